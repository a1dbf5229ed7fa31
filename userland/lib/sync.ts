// Synchronisation of a program's threads on futexes. All words are u32 in memory that every thread sees (DATA or HEAP).
import { FUTEX_WAIT, FUTEX_WAKE } from "../../kernel/abi/futex";
import { SYS_FUTEX, SYS_SCHED_YIELD } from "../../kernel/abi/syscalls";
import { ecall } from "./hal";

const ALL: u64 = 0x7fffffff;

/** Sleeps while the word is `expected`. */
export function futex_wait(word: usize, expected: u32): void {
    ecall(SYS_FUTEX, word, FUTEX_WAIT, expected, 0, 0, 0);
}

export function futex_wake(word: usize, count: u64): void {
    ecall(SYS_FUTEX, word, FUTEX_WAKE, count, 0, 0, 0);
}

export function thread_yield(): void {
    ecall(SYS_SCHED_YIELD, 0, 0, 0, 0, 0, 0);
}

/** A mutex is one word: 0 free, 1 taken, 2 taken and waited for. */
export function mutex_lock(mutex: usize): void {
    if (atomic.cmpxchg<u32>(mutex, 0, 1) == 0) return;
    while (atomic.xchg<u32>(mutex, 2) != 0) futex_wait(mutex, 2);
}

export function mutex_unlock(mutex: usize): void {
    if (atomic.xchg<u32>(mutex, 0) == 2) futex_wake(mutex, 1);
}

/** A barrier is three words (12 bytes): threads that must come, threads that have, and how often it has opened. */
export function barrier_init(barrier: usize, threads: u32): void {
    store<u32>(barrier, threads);
    store<u32>(barrier, 0, 4);
    store<u32>(barrier, 0, 8);
}

export function barrier_wait(barrier: usize): void {
    const round = atomic.load<u32>(barrier + 8);
    if (atomic.add<u32>(barrier + 4, 1) + 1 == load<u32>(barrier)) {
        atomic.store<u32>(barrier + 4, 0);
        atomic.add<u32>(barrier + 8, 1);
        futex_wake(barrier + 8, ALL);
        return;
    }
    while (atomic.load<u32>(barrier + 8) == round) futex_wait(barrier + 8, round);
}
