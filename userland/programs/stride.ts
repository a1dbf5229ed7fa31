// stride: page walks over the heap, as rows and columns of large arrays make them. main writes one word in each of PAGES pages, STRIDE
// pages apart; then every thread reads them all, ROUNDS times, and checks the sum. Arguments: pages (default 64), stride (1), rounds (1).
import { argument_number } from "../lib/args";
import { cstr } from "../lib/cstr";
import { map_pages } from "../lib/malloc";
import { verdict } from "../lib/print";
import { team_run } from "../lib/team";
import { program_threads, worker_count } from "../lib/thread";

/** Threads that found another sum. */
const wrong: usize = memory.data(8, 8);
let area: usize = 0;
let pages: u32 = 0;
let step: usize = 0;
let rounds: u32 = 0;

function walk(): u64 {
    let sum: u64 = 0;
    for (let i: u32 = 0; i < pages; i++) sum += load<u64>(area + <usize>i * step);
    return sum;
}

function worker(index: u64): u64 {
    const expected = (<u64>pages * (<u64>pages + 1)) / 2;
    let bad: u64 = 0;
    for (let round: u32 = 0; round < rounds; round++) if (walk() != expected) bad = 1;
    atomic.add<u64>(wrong, bad);
    return 0;
}

export function main(argc: i32, argv: usize): i32 {
    pages = argument_number(argc, argv, 1, 64);
    step = (<usize>argument_number(argc, argv, 2, 1)) << 12;
    rounds = argument_number(argc, argv, 3, 1);
    area = map_pages(<u64>pages * step);
    if (area == 0) return verdict(cstr("stride"), false, cstr("no memory"));
    for (let i: u32 = 0; i < pages; i++) store<u64>(area + <usize>i * step, <u64>i + 1);
    const entry: (index: u64) => u64 = worker;
    if (!team_run(<u32>entry.index, program_threads(worker_count())))
        return verdict(cstr("stride"), false, cstr("a thread could not be created"));
    return verdict(cstr("stride"), load<u64>(wrong) == 0, cstr("a page does not hold what was written"));
}
