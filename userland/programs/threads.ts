// threads: one thread a cluster. Each uses its own stack (a recursion), shared data (a counter) and the shared heap (its
// slot of an array), and returns a value; main checks all three sums.
import { cstr } from "../lib/cstr";
import { malloc } from "../lib/malloc";
import { line_begin, line_end, number, text, verdict } from "../lib/print";
import { cluster_self, program_threads, thread_create, thread_join, worker_cluster, worker_count } from "../lib/thread";

/** In DATA: every thread adds to it. */
const counter: usize = memory.data(8, 8);
const DEPTH: u64 = 40;
let slots: usize = 0;

/** 1 + 2 + ... + n on the stack. */
function sum_to(n: u64): u64 {
    if (n == 0) return 0;
    return n + sum_to(n - 1);
}

function worker(index: u64): u64 {
    const sum = sum_to(DEPTH + index);
    atomic.add<u64>(counter, sum);
    store<u64>(slots + ((<usize>index) << 3), ((<u64>cluster_self()) << 32) | sum);
    return sum;
}

export function main(argc: i32, argv: usize): i32 {
    const clusters = worker_count();
    const threads = program_threads(clusters);
    slots = malloc(<u64>threads * 8);
    const ids = malloc(<u64>threads * 8);
    const value = malloc(8);
    const entry: (index: u64) => u64 = worker;
    let expected: u64 = 0;
    for (let i: u32 = 0; i < threads; i++) {
        const id = thread_create(<u32>entry.index, i, <i32>worker_cluster(i));
        if (id < 0) return verdict(cstr("threads"), false, cstr("a thread could not be created"));
        store<i64>(ids + (i << 3), id);
        const n = DEPTH + <u64>i;
        expected += (n * (n + 1)) / 2;
    }
    let joined: u64 = 0;
    let placed = true;
    let heap: u64 = 0;
    for (let i: u32 = 0; i < threads; i++) {
        if (thread_join(load<i64>(ids + (i << 3)), value) != 0)
            return verdict(cstr("threads"), false, cstr("join failed"));
        joined += load<u64>(value);
        const slot = load<u64>(slots + (i << 3));
        heap += slot & 0xffffffff;
        if (slot >> 32 != worker_cluster(i)) placed = false;
    }
    line_begin();
    text(cstr("threads: "));
    number(threads);
    text(cstr(" threads on "));
    number(clusters);
    text(cstr(" clusters, sum "));
    number(<i64>joined);
    line_end();
    const good = joined == expected && heap == expected && atomic.load<u64>(counter) == expected && placed;
    return verdict(cstr("threads"), good, cstr("a sum or a thread's cluster is wrong"));
}
