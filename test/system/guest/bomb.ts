// bomb: takes one thing until there is no more of it, from several clusters at once, and leaves the mess to the kernel (test/system/bombs.test.ts).
// Argument: what. Lines `LABEL NUMBER`; the errors that end it are checked, how far it goes is the kernel's to say.
import { O_CREAT, O_RDWR } from "../../../kernel/abi/file";
import { SYS_FUTEX, SYS_MMAP, SYS_SM_LOCK } from "../../../kernel/abi/syscalls";
import { argument_number } from "../../../userland/lib/args";
import { cstr } from "../../../userland/lib/cstr";
import { open } from "../../../userland/lib/file";
import { ecall, pause } from "../../../userland/lib/hal";
import { map_pages } from "../../../userland/lib/malloc";
import { node_id, node_join } from "../../../userland/lib/node";
import { fork, place_fork, wait_for } from "../../../userland/lib/process";
import { thread_join, worker_cluster, worker_count } from "../../../userland/lib/thread";
import { exit_now, kit_begin, PAGE, random_cluster, sleep_for_ever, sleep_ns, start_thread } from "./race-kit";
import { tell } from "./tell";

const EAGAIN: i64 = -11;
const ENOMEM: i64 = -12;
const EMFILE: i64 = -24;
const MOST: u32 = 8000;
const HANDS: u32 = 3;
const status: usize = memory.data(4, 4);
const time: usize = memory.data(16, 8);
const words: usize = memory.data(64 * 4, 4);
/** What a bomb got, and the calls that were refused for a reason that is none. */
const taken: usize = memory.data(4, 4);
const wrong: usize = memory.data(4, 4);
const ids: usize = memory.data(3 * 8, 8);

/** Counts a call's result: true while there is more. */
function got(result: i64, refusal: i64): bool {
    if (result >= 0) {
        atomic.add<u32>(taken, 1);
        return atomic.load<u32>(taken) < MOST;
    }
    if (result != refusal && result != ENOMEM && result != EAGAIN) atomic.add<u32>(wrong, 1);
    return false;
}

/** The same in three clusters at once; then the process ends with all of it. */
function together(entry: u32): void {
    for (let i: u32 = 0; i < HANDS; i++)
        store<i64>(ids + ((<usize>i) << 3), start_thread(i, entry, i, worker_cluster(i)));
    for (let i: u32 = 0; i < HANDS; i++) thread_join(load<i64>(ids + ((<usize>i) << 3)), 0);
    tell(cstr("more_than_20"), load<u32>(taken) > 20 ? 1 : 0);
    tell(cstr("wrong"), load<u32>(wrong));
}

export function opens(hand: u64): u64 {
    while (got(open(cstr("/bomb"), O_RDWR | O_CREAT), EMFILE)) pause();
    return 0;
}

export function maps(hand: u64): u64 {
    while (true) {
        const at = ecall(SYS_MMAP, 0, PAGE, 1, 0x22, 0xffff_ffff_ffff_ffff, 0);
        if (!got(at, ENOMEM)) return 0;
    }
}

export function starts(hand: u64): u64 {
    const entry: (argument: u64) => u64 = sleep_for_ever;
    let next = <u32>hand;
    while (got(start_thread(32 + <u32>hand, <u32>entry.index, 0, worker_cluster(next)), EAGAIN)) next++;
    return 0;
}

/** Threads that wait on many words, moved from one to the next again and again. */
export function waits(word: u64): u64 {
    ecall(SYS_FUTEX, words + <usize>(word << 2), 0, 0, 0, 0, 0);
    return sleep_for_ever(0);
}

export function moves(hand: u64): u64 {
    for (let n: u32 = 0; n < 2000; n++) {
        const from = words + ((n & 63) << 2);
        if (n & 1) ecall(SYS_FUTEX, from, 1, hand, 0, 0, 0);
        else ecall(SYS_FUTEX, from, 3, 0, 0x7fff_ffff, words + (((n * 7) & 63) << 2), 0);
        atomic.add<u32>(taken, 1);
    }
    return 0;
}

function futexes(): void {
    const entry: (word: u64) => u64 = waits;
    for (let i: u32 = 0; i < 48; i++) {
        const result = start_thread(i, <u32>entry.index, i, worker_cluster(i));
        if (result < 0 && result != EAGAIN && result != ENOMEM) atomic.add<u32>(wrong, 1);
    }
    const mover: (hand: u64) => u64 = moves;
    together(<u32>mover.index);
}

/** Every process forks up to five times, its children too; none waits, so orphans have orphans. */
function forks(depth: u32): void {
    for (let n: u32 = 0; n < 5; n++) {
        place_fork(random_cluster(depth));
        const pid = fork();
        if (pid == 0) {
            if (depth < 3) forks(depth + 1);
            exit_now(0);
        }
        if (pid < 0 && pid != EAGAIN && pid != ENOMEM) exit_now(1);
    }
}

/** A child touches pages until it is killed for want of memory, or has none left to map. */
function fills(): void {
    const pid = fork();
    if (pid == 0) {
        for (let n: u32 = 0; n < 100_000; n++) {
            const at = map_pages(16 * PAGE);
            if (at == 0) exit_now(0);
            for (let i: usize = 0; i < 16; i++) store<u64>(at + (i << 12), 1);
        }
        exit_now(2);
    }
    wait_for(pid, status);
    tell(cstr("killed_or_refused"), load<u32>(status) == 9 || load<u32>(status) == 0 ? 1 : 0);
}

/** A node takes locks of its group, of numbers that no other node takes, and gives none back. */
function locks(): void {
    for (let id: u32 = 0; id < 600; id++) {
        if (ecall(SYS_SM_LOCK, ((<u64>node_id()) << 24) + <u64>id * 0x1001, 0, 0, 0, 0, 0) < 0) break;
        atomic.add<u32>(taken, 1);
    }
    sleep_ns(time, 1_000_000);
    exit_now(0);
}

export function main(argc: i32, argv: usize): i32 {
    const opener: (hand: u64) => u64 = opens;
    const mapper: (hand: u64) => u64 = maps;
    const starter: (hand: u64) => u64 = starts;
    kit_begin(<usize>load<u64>(argv), 0, 1, 0);
    worker_count();
    switch (argument_number(argc, argv, 1, 0)) {
        case 0:
            together(<u32>opener.index);
            break;
        case 1:
            together(<u32>mapper.index);
            break;
        case 2:
            together(<u32>starter.index);
            break;
        case 3:
            futexes();
            break;
        case 4:
            forks(0);
            while (wait_for(-1, status) > 0) pause();
            tell(cstr("wrong"), 0);
            break;
        case 5:
            fills();
            break;
        default:
            node_join();
            locks();
    }
    exit_now(0);
    return 0;
}
