// sleepers: threads that sleep and wait with deadlines, in all clusters (test/system/sleep.test.ts). Lines `LABEL NUMBER`. Argument: what to do.
import { FUTEX_WAIT, FUTEX_WAIT_BITSET, FUTEX_WAKE } from "../../../kernel/abi/futex";
import { SYS_CLOCK_NANOSLEEP, SYS_FUTEX } from "../../../kernel/abi/syscalls";
import { argument_number } from "../../../userland/lib/args";
import { cstr } from "../../../userland/lib/cstr";
import { ecall, pause } from "../../../userland/lib/hal";
import { fork, kill, wait_for } from "../../../userland/lib/process";
import { thread_join, worker_cluster, worker_count } from "../../../userland/lib/thread";
import { clock_ns, exit_now, room, SIGKILL, sleep_ns, start_thread } from "./race-kit";
import { tell } from "./tell";

const MILLISECOND: u64 = 1_000_000;
const HOUR: u64 = 3_600_000_000_000;
const SLEEPERS: u32 = 24;
/** Slept too short, by any thread. */
const early: usize = memory.data(4, 4);
/** The order in which sleepers wake: each takes the next number. */
const order: usize = memory.data(4, 4);
const places: usize = memory.data(24 * 4, 4);
const ids: usize = memory.data(24 * 8, 8);
const word: usize = memory.data(4, 4);
const status: usize = memory.data(4, 4);
const start_time: usize = memory.data(8, 8);
/** What all sleep in turn: ns. */
let length: u64 = 0;
let step: u64 = 0;

/** Sleeper `i` of `run_sleepers`. */
export function sleeper(i: u64): u64 {
    const own = room(<u32>i);
    const until = load<u64>(start_time) + length + step * i;
    store<u64>(own, until / 1_000_000_000);
    store<u64>(own, until % 1_000_000_000, 8);
    // Half of them by an absolute time of the clock, half by a futex that nobody wakes.
    if (i & 1) ecall(SYS_CLOCK_NANOSLEEP, 1, 1, own, 0, 0, 0);
    else ecall(SYS_FUTEX, word, FUTEX_WAIT_BITSET, 0, own, 0, 0xffffffff);
    if (clock_ns(own) < until) atomic.add<u32>(early, 1);
    store<u32>(places + ((<usize>i) << 2), atomic.add<u32>(order, 1));
    return 0;
}

/** SLEEPERS threads sleep until `length` + i * `step` ns from now: how many woke early, how many out of turn by more than the clusters there are. */
function run_sleepers(label: usize): void {
    atomic.store<u32>(order, 0);
    const entry: (i: u64) => u64 = sleeper;
    store<u64>(start_time, clock_ns(room(31)));
    for (let i: u32 = 0; i < SLEEPERS; i++) {
        store<i64>(ids + ((<usize>i) << 3), start_thread(i, <u32>entry.index, i, worker_cluster(i)));
    }
    for (let i: u32 = 0; i < SLEEPERS; i++) thread_join(load<i64>(ids + ((<usize>i) << 3)), 0);
    tell(label, atomic.load<u32>(order));
    let disorder: u32 = 0;
    for (let i: u32 = 0; i < SLEEPERS; i++) if (load<u32>(places + ((<usize>i) << 2)) != i) disorder++;
    if (step != 0) tell(cstr("out_of_turn"), disorder);
    tell(cstr("early"), load<u32>(early));
}

/** What follows needs no more threads than sleepers' harts. */
function many(): void {
    length = 20 * MILLISECOND;
    step = 0;
    run_sleepers(cstr("equal"));
    step = MILLISECOND;
    run_sleepers(cstr("ordered"));
}

/** Sleeps of an hour and a day, one after the other: the machine has nothing to do meanwhile. */
function long(): void {
    const before = clock_ns(room(0));
    tell(cstr("hour"), sleep_ns(room(0), HOUR));
    tell(cstr("hour_passed"), clock_ns(room(0)) - before >= HOUR ? 1 : 0);
    store<u64>(room(0), 86_400);
    store<u64>(room(0), 0, 8);
    tell(cstr("day"), ecall(SYS_FUTEX, word, FUTEX_WAIT, 0, room(0), 0, 0));
    tell(cstr("day_passed"), clock_ns(room(1)) - before >= 25 * HOUR ? 1 : 0);
}

export function sleeps_a_day(i: u64): u64 {
    if (i & 1) sleep_ns(room(<u32>i), 24 * HOUR);
    else {
        store<u64>(room(<u32>i), 86_400);
        store<u64>(room(<u32>i), 0, 8);
        ecall(SYS_FUTEX, word, FUTEX_WAIT, 0, room(<u32>i), 0, 0);
    }
    return 0;
}

/** A child whose threads sleep a day in every cluster is killed, or ends, at once. */
function killed(): void {
    for (let how: u32 = 0; how < 2; how++) {
        const before = clock_ns(room(0));
        const pid = fork();
        if (pid == 0) {
            const entry: (i: u64) => u64 = sleeps_a_day;
            for (let i: u32 = 0; i < 2 * worker_count() && i < 24; i++)
                start_thread(i, <u32>entry.index, i, worker_cluster(i));
            if (how == 1) {
                sleep_ns(room(30), MILLISECOND);
                exit_now(7);
            }
            sleep_ns(room(30), 24 * HOUR);
        }
        sleep_ns(room(0), 2 * MILLISECOND);
        if (how == 0) tell(cstr("kill"), kill(pid, SIGKILL));
        tell(cstr("waited"), wait_for(pid, status) == pid ? 1 : 0);
        tell(cstr("status"), load<u32>(status));
        tell(cstr("at_once"), clock_ns(room(0)) - before < HOUR ? 1 : 0);
    }
}

export function waits_with_deadline(timeout: u64): u64 {
    const own = room(<u32>timeout);
    store<u64>(own, 3600);
    store<u64>(own, 0, 8);
    return <u64>ecall(SYS_FUTEX, word, FUTEX_WAIT, 0, own, 0, 0);
}

/** Who is woken before its deadline sleeps later as if it had never had one. */
function woken(): void {
    const entry: (timeout: u64) => u64 = waits_with_deadline;
    const count: i64 = 4;
    for (let i: u32 = 0; i < <u32>count; i++) {
        store<i64>(ids + ((<usize>i) << 3), start_thread(i, <u32>entry.index, i, worker_cluster(i)));
    }
    let awake: i64 = 0;
    while (awake < count) {
        awake += ecall(SYS_FUTEX, word, FUTEX_WAKE, 1, 0, 0, 0);
        pause();
    }
    let results: i64 = 0;
    for (let i: u32 = 0; i < <u32>count; i++) {
        thread_join(load<i64>(ids + ((<usize>i) << 3)), room(31));
        results += load<i64>(room(31));
    }
    tell(cstr("woken"), results);
    const before = clock_ns(room(0));
    sleep_ns(room(0), MILLISECOND);
    const passed = clock_ns(room(0)) - before;
    tell(cstr("later_sleep"), passed >= MILLISECOND && passed < HOUR ? 1 : 0);
}

export function main(argc: i32, argv: usize): i32 {
    worker_count();
    switch (argument_number(argc, argv, 1, 0)) {
        case 0:
            many();
            return 0;
        case 1:
            long();
            return 0;
        case 2:
            killed();
            return 0;
        default:
            woken();
            return 0;
    }
}
