// What the race-directed guests share: workers in all clusters, a random number each, verdicts, and threads that need no lock of the
// program (a fork copies a lock in whatever state another thread has it).
import {
    SYS_CLOCK_GETTIME,
    SYS_EXIT_GROUP,
    SYS_FUTEX,
    SYS_NANOSLEEP,
    SYS_THREAD_CREATE,
} from "../../../kernel/abi/syscalls";
import { thread_entry_address } from "../../../userland/lib/asm";
import { ecall, function_address, pause } from "../../../userland/lib/hal";
import { line_begin, line_end, number, text } from "../../../userland/lib/print";
import { wait_for } from "../../../userland/lib/process";
import { worker_cluster } from "../../../userland/lib/thread";

export const PAGE: u64 = 4096;
export const MOST_WORKERS: u32 = 32;
export const SIGKILL: u32 = 9;
export const SIGSEGV: u32 = 11;
/** The status of wait4 for exit code 7: a child that found all well. */
export const WELL: u32 = 7 << 8;

/** u32 each: the random state of a worker. */
const states: usize = memory.data(32 * 4, 4);
/** What a thread is started with: function, argument; a child's threads are numbered like the workers. */
const starts: usize = memory.data(64 * 16, 8);
/** Each worker's own room, on its own cache line. */
const rooms: usize = memory.data(32 * 64, 64);
const failures: usize = memory.data(4, 4);
const sleeping_word: usize = memory.data(4, 4);

export let rounds: u32 = 0;
export let roles: usize = 0;
/** argv[0]: the name of the own file. */
export let own_path: usize = 0;

export function kit_begin(path: usize, how_many: u32, seed: u32, letters: usize): void {
    own_path = path;
    rounds = how_many;
    roles = letters;
    for (let i: u32 = 0; i < MOST_WORKERS; i++) store<u32>(states + (i << 2), seed * 2654435761 + i * 2246822519 + 1);
}

export function random(worker: u32, below: u32): u32 {
    const at = states + (worker << 2);
    const next = load<u32>(at) * 1664525 + 1013904223;
    store<u32>(at, next);
    return (next >> 8) % below;
}

export function random_cluster(worker: u32): u32 {
    return worker_cluster(random(worker, 256));
}

/** How many workers have this role. */
export function role_count(letter: u32): u32 {
    let count: u32 = 0;
    for (let at = roles; load<u8>(at) != 0; at++) if (load<u8>(at) == <u8>letter) count++;
    return count;
}

/** 64 bytes in DATA that the worker alone writes. */
export function room(worker: u32): usize {
    return rooms + ((<usize>worker) << 6);
}

/** Starts a thread without any lock of the program: `slot` (0 to 63) is the caller's to choose. Its id, or -errno. */
export function start_thread(slot: u32, entry: u32, argument: u64, cxy: u32): i64 {
    const start = starts + ((<usize>slot) << 4);
    store<u64>(start, function_address(entry));
    store<u64>(start, argument, 8);
    return ecall(SYS_THREAD_CREATE, thread_entry_address(), start, cxy, 0, 0, 0);
}

/** Says what is wrong, once a call; the run fails. In the program's first process only: a child says it by its exit code. */
export function wrong(worker: u32, what: usize, value: i64): void {
    atomic.add<u32>(failures, 1);
    line_begin();
    text(WORKER);
    number(worker);
    text(COLON);
    text(what);
    text(SPACE);
    number(value);
    line_end();
}
const WORKER: usize = memory.data<u8>([119, 111, 114, 107, 101, 114, 32, 0]);
const COLON: usize = memory.data<u8>([58, 32, 0]);
const SPACE: usize = memory.data<u8>([32, 0]);

export function failed(): bool {
    return atomic.load<u32>(failures) != 0;
}

/** Waits for the child; true when its status is `wanted`, or `also`. */
export function child_ends(worker: u32, pid: i64, wanted: u32, also: u32, what: usize): bool {
    const status = room(worker) + 56;
    const found = wait_for(pid, status);
    if (found != pid) {
        wrong(worker, what, found);
        return false;
    }
    const got = load<u32>(status);
    if (got == wanted || got == also) return true;
    wrong(worker, what, got);
    return false;
}

export function exit_now(code: u32): void {
    ecall(SYS_EXIT_GROUP, code, 0, 0, 0, 0, 0);
}

/** ns since the machine began; 16 bytes at `to` are overwritten. */
export function clock_ns(to: usize): u64 {
    ecall(SYS_CLOCK_GETTIME, 1, to, 0, 0, 0, 0);
    return load<u64>(to) * 1_000_000_000 + load<u64>(to, 8);
}

/** Sleeps; 16 bytes at `to` are overwritten. */
export function sleep_ns(to: usize, ns: u64): i64 {
    store<u64>(to, ns / 1_000_000_000);
    store<u64>(to, ns % 1_000_000_000, 8);
    return ecall(SYS_NANOSLEEP, to, 0, 0, 0, 0, 0);
}

/** Some turns of doing nothing: so that what two threads do meets at other places each time. */
export function dawdle(worker: u32, most: u32): void {
    for (let turns = random(worker, most); turns != 0; turns--) pause();
}

/** Waits in futex for ever. */
export function sleep_for_ever(argument: u64): u64 {
    while (true) ecall(SYS_FUTEX, sleeping_word, 0, 0, 0, 0, 0);
}
