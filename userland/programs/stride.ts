// stride: page walks over the heap, as rows and columns of large arrays make them. main writes one word in each of PAGES pages, STRIDE
// pages apart; every thread reads them all once, for the page faults, and when all are through, ROUNDS times more. Each walk's sum is
// checked. Prints the cycles of the slowest thread's ROUNDS walks. Arguments: pages (default 64), stride (1), rounds (1).
import { argument_number } from "../lib/args";
import { clock, keep_most } from "../lib/clock";
import { cstr } from "../lib/cstr";
import { map_pages } from "../lib/malloc";
import { figure, verdict } from "../lib/print";
import { barrier_init, barrier_wait } from "../lib/sync";
import { team_run } from "../lib/team";
import { program_threads, worker_count } from "../lib/thread";

/** Threads that found another sum. */
const wrong: usize = memory.data(8, 8);
/** The most cycles that a thread needed. */
const slowest: usize = memory.data(8, 8);
const barrier: usize = memory.data(16, 8);
let area: usize = 0;
let pages: u32 = 0;
let step: usize = 0;
let rounds: u32 = 0;

function walk(): u64 {
    // Globals are DATA: read once, so that the loop's loads are all of HEAP.
    const distance = step;
    const end = area + <usize>pages * distance;
    let sum: u64 = 0;
    for (let at = area; at < end; at += distance) sum += load<u64>(at);
    return sum;
}

function worker(index: u64): u64 {
    const expected = (<u64>pages * (<u64>pages + 1)) / 2;
    let bad: u64 = walk() == expected ? 0 : 1;
    barrier_wait(barrier);
    const before = clock();
    for (let round: u32 = 0; round < rounds; round++) if (walk() != expected) bad = 1;
    keep_most(slowest, clock() - before);
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
    const threads = program_threads(worker_count());
    barrier_init(barrier, threads);
    const entry: (index: u64) => u64 = worker;
    if (!team_run(<u32>entry.index, threads))
        return verdict(cstr("stride"), false, cstr("a thread could not be created"));
    figure(cstr("walks"), <i64>load<u64>(slowest), cstr("cycles"));
    return verdict(cstr("stride"), load<u64>(wrong) == 0, cstr("a page does not hold what was written"));
}
