// futex: threads in every cluster wait on futexes; each call's result is a line (test/system/futex.test.ts).
import { FUTEX_CMP_REQUEUE, FUTEX_REQUEUE, FUTEX_WAIT, FUTEX_WAIT_BITSET, FUTEX_WAKE } from "../../../kernel/abi/futex";
import { SYS_CLOCK_GETTIME, SYS_FUTEX } from "../../../kernel/abi/syscalls";
import { cstr } from "../../../userland/lib/cstr";
import { ecall, function_address, pause } from "../../../userland/lib/hal";
import { thread_create, thread_join, worker_cluster } from "../../../userland/lib/thread";
import { tell } from "./tell";

const WAITERS: u32 = 4;
const ALL: u64 = 0x7fffffff;
/** Nothing is mapped there. */
const NOWHERE: u64 = 8;
const word: usize = memory.data(4, 4);
const other: usize = memory.data(4, 4);
const awake: usize = memory.data(4, 4);
const ids: usize = memory.data(4 * 8, 8);
const time: usize = memory.data(16, 8);

function futex(address: u64, operation: u64, value: u64, a3: u64, a4: u64, a5: u64): i64 {
    return ecall(SYS_FUTEX, address, operation, value, a3, a4, a5);
}

function requeue(count: u64, moved: u64, to: u64): i64 {
    return futex(word, FUTEX_REQUEUE, count, moved, to, 0);
}

/** Address of a struct timespec. */
function timespec(seconds: u64, ns: u64): usize {
    store<u64>(time, seconds);
    store<u64>(time, ns, 8);
    return time;
}

function now(): u64 {
    ecall(SYS_CLOCK_GETTIME, 1, time, 0, 0, 0, 0);
    return load<u64>(time) * 1_000_000_000 + load<u64>(time, 8);
}

function waiter(timeout: u64): u64 {
    const result = futex(word, FUTEX_WAIT, 0, timeout, 0, 0);
    atomic.add<u32>(awake, 1);
    return <u64>result;
}

/** Starts threads, and returns when all of them wait. */
function begin(timeout: u64): void {
    const entry: (argument: u64) => u64 = waiter;
    atomic.store<u32>(awake, 0);
    for (let i: u32 = 0; i < WAITERS; i++) {
        store<i64>(ids + (i << 3), thread_create(<u32>entry.index, timeout, <i32>worker_cluster(i)));
    }
    // Moved to where they are: how many there are.
    while (requeue(0, ALL, word) != WAITERS) pause();
}

function until_awake(count: u32): void {
    while (atomic.load<u32>(awake) != count) pause();
}

/** All threads' results (32 bits each), added up. */
function end(): i64 {
    let sum: i64 = 0;
    for (let i: u32 = 0; i < WAITERS; i++) {
        thread_join(load<i64>(ids + (i << 3)), time);
        sum += load<i32>(time);
    }
    return sum;
}

function requeues(): void {
    begin(0);
    tell(cstr("requeue"), requeue(1, 2, other));
    until_awake(1);
    tell(cstr("left"), futex(word, FUTEX_WAKE, ALL, 0, 0, 0));
    until_awake(2);
    tell(cstr("moved"), futex(other, FUTEX_WAKE, ALL, 0, 0, 0));
    tell(cstr("results"), end());
    begin(0);
    tell(cstr("compare_other"), futex(word, FUTEX_CMP_REQUEUE, 0, ALL, other, 7));
    tell(cstr("compare"), futex(word, FUTEX_CMP_REQUEUE, 0, ALL, other, 0));
    tell(cstr("compare_left"), futex(word, FUTEX_WAKE, ALL, 0, 0, 0));
    tell(cstr("compare_moved"), futex(other, FUTEX_WAKE, ALL, 0, 0, 0));
    tell(cstr("compare_results"), end());
    tell(cstr("compare_nowhere"), futex(NOWHERE, FUTEX_CMP_REQUEUE, 0, ALL, other, 0));
    tell(cstr("misaligned"), requeue(0, ALL, other + 2));
    tell(cstr("unknown"), futex(word, 99, 0, 0, 0, 0));
}

/** From a cluster other than Z: a word in a private page, here a replicated one of CODE, is kept by the thread's own cluster. */
function away(): u64 {
    const entry: (argument: u64) => u64 = waiter;
    tell(cstr("private"), requeue(0, 3, function_address(<u32>entry.index) & ~3));
    until_awake(3);
    return 0;
}

function elsewhere(): void {
    begin(0);
    const entry: () => u64 = away;
    thread_join(thread_create(<u32>entry.index, 0, 1), 0);
    tell(cstr("private_left"), futex(word, FUTEX_WAKE, ALL, 0, 0, 0));
    tell(cstr("private_results"), end());
}

/** A wait that nobody ends takes until its time at least, and leaves nothing that could be woken. */
function alone(operation: u64, at: usize, from: u64): void {
    const before = now();
    const seconds = from == 0 ? 0 : (before + from) / 1_000_000_000;
    const ns = from == 0 ? 200_000 : (before + from) % 1_000_000_000;
    tell(at, futex(word, operation, 0, timespec(seconds, ns), 0, 0xffffffff));
    tell(cstr("in_time"), now() - before >= 200_000 ? 1 : 0);
    tell(cstr("nobody"), futex(word, FUTEX_WAKE, ALL, 0, 0, 0));
}

function timeouts(): void {
    alone(FUTEX_WAIT, cstr("relative"), 0);
    alone(FUTEX_WAIT_BITSET, cstr("absolute"), 200_000);
    tell(cstr("past"), futex(word, FUTEX_WAIT_BITSET, 0, timespec(0, 0), 0, 0xffffffff));
    tell(cstr("none_left"), futex(word, FUTEX_WAIT, 0, timespec(0, 0), 0, 0));
    tell(cstr("other_value"), futex(word, FUTEX_WAIT, 7, timespec(0, 0), 0, 0));
    tell(cstr("no_time"), futex(word, FUTEX_WAIT, 0, timespec(0, 1_000_000_000), 0, 0));
    tell(cstr("negative"), futex(word, FUTEX_WAIT, 0, timespec(0xffff_ffff_ffff_ffff, 0), 0, 0));
    tell(cstr("time_nowhere"), futex(word, FUTEX_WAIT, 0, NOWHERE, 0, 0));
    // All read the same timespec, which says how long from now on.
    begin(<u64>timespec(1 << 40, 0));
    tell(cstr("in_time_woken"), futex(word, FUTEX_WAKE, ALL, 0, 0, 0));
    tell(cstr("in_time_results"), end());
    begin(<u64>timespec(0, 20_000_000));
    tell(cstr("late_results"), end());
}

export function main(): i32 {
    requeues();
    elsewhere();
    timeouts();
    return 0;
}
