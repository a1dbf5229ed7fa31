// stack: one thread a cluster, whose work is a deep recursion. All stacks are touched once, for the page faults; then, when all
// threads are through, each makes the recursion REPEATS times more. Each result is checked. Prints the cycles of the slowest thread's
// REPEATS recursions. Arguments: depth (default 100), repeats (default 10).
import { argument_number } from "../lib/args";
import { clock, keep_most } from "../lib/clock";
import { cstr } from "../lib/cstr";
import { figure, verdict } from "../lib/print";
import { barrier_init, barrier_wait } from "../lib/sync";
import { team_run } from "../lib/team";
import { program_threads, worker_count } from "../lib/thread";

/** Threads that found another sum, and the most cycles that one needed. */
const wrong: usize = memory.data(8, 8);
const slowest: usize = memory.data(8, 8);
const barrier: usize = memory.data(16, 8);
let depth: u64 = 0;
let repeats: u32 = 0;

/** 1 + 2 + ... + n on the stack. */
function sum_to(n: u64): u64 {
    if (n == 0) return 0;
    return n + sum_to(n - 1);
}

function worker(index: u64): u64 {
    const expected = (depth * (depth + 1)) / 2;
    let bad: u64 = sum_to(depth) == expected ? 0 : 1;
    barrier_wait(barrier);
    const before = clock();
    for (let i: u32 = 0; i < repeats; i++) if (sum_to(depth) != expected) bad = 1;
    keep_most(slowest, clock() - before);
    atomic.add<u64>(wrong, bad);
    return 0;
}

export function main(argc: i32, argv: usize): i32 {
    depth = argument_number(argc, argv, 1, 100);
    repeats = argument_number(argc, argv, 2, 10);
    const threads = program_threads(worker_count());
    barrier_init(barrier, threads);
    const entry: (index: u64) => u64 = worker;
    if (!team_run(<u32>entry.index, threads))
        return verdict(cstr("stack"), false, cstr("a thread could not be created"));
    figure(cstr("recursions"), <i64>load<u64>(slowest), cstr("cycles"));
    return verdict(cstr("stack"), load<u64>(wrong) == 0, cstr("a sum is wrong"));
}
