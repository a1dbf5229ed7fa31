// strain: shared pages used in the ways that protocols of one page and one thread forget (test/system/dsm-strain.test.ts). Exit code 0 when
// everything read is right. Arguments: what, and how often or how many pages:
// - promises: threads of node 0 in four clusters and of node 1 read and write two pages, so that a page is asked for while it is held.
// - leave: node 1 writes a page; one of its threads waits in sm_node_exit while another ends the process; then node 0 reads.
// - across: every node stores and loads 8 bytes that lie over two pages, at the same time.
// - atomics: every thread of every node counts in two words of a page (by AMOs, by LR and SC) and writes plainly to others of it.
// - notices: nodes write so many pages of release consistency, in turn, under locks of their own, and after a barrier; all are read.
import { DSM_RELEASE } from "../../../kernel/abi/policy";
import { SYS_EXIT_GROUP, SYS_NANOSLEEP } from "../../../kernel/abi/syscalls";
import { argument_is, argument_number } from "../../../userland/lib/args";
import { cstr } from "../../../userland/lib/cstr";
import { ecall } from "../../../userland/lib/hal";
import { node_count, node_id, node_join, node_shared, node_shared_as } from "../../../userland/lib/node";
import { line_begin, line_end, number, text } from "../../../userland/lib/print";
import { sm_barrier, sm_bcast, sm_lock, sm_malloc, sm_node_exit, sm_unlock } from "../../../userland/lib/sm";
import { thread_yield } from "../../../userland/lib/sync";
import { thread_create, thread_join, worker_cluster, worker_count } from "../../../userland/lib/thread";

const PAGE: u32 = 4096;
const threads: usize = memory.data(16 * 8, 8);
let started: u32 = 0;
let rounds: u32 = 0;
let shared: usize = 0;

function start(entry: u32, argument: u64, worker: u32): void {
    store<u64>(
        threads + (started++ << 3),
        <u64>thread_create(entry, argument, <i32>worker_cluster(worker % worker_count())),
    );
}

function join_all(): void {
    for (let i: u32 = 0; i < started; i++) thread_join(<i64>load<u64>(threads + (i << 3)), 0);
}

function read_first(word: u64): u64 {
    let sum: u64 = 0;
    for (let i: u32 = 0; i < rounds * 4; i++) {
        sum += load<u64>(shared + ((<u32>word) << 3));
        thread_yield();
    }
    return sum;
}

/** Argument: page << 8 | word. */
function write_word(argument: u64): u64 {
    const word = shared + <usize>(argument >> 8) * PAGE + ((<usize>(argument & 255)) << 3);
    for (let i: u32 = 0; i < rounds; i++) {
        store<u64>(word, i);
        thread_yield();
    }
    return 0;
}

function promises(): bool {
    shared = node_shared(2 * PAGE);
    const read: (argument: u64) => u64 = read_first;
    const write: (argument: u64) => u64 = write_word;
    const w = <u32>write.index;
    if (node_id() == 0) {
        for (let i = 0; i < 3; i++) start(<u32>read.index, 0, 2);
        start(w, 256 + 1, 2);
        start(w, 256 + 2, 2);
        start(w, 9, 1);
        start(w, 10, 3);
        start(w, 11, 1);
        start(w, 256 + 4, 3);
    } else {
        start(w, 12, node_id());
        start(w, 256 + 3, node_id());
        start(w, 13, 0);
    }
    join_all();
    sm_barrier();
    for (let word: usize = 9; word < 14; word++) if (load<u64>(shared + (word << 3)) != rounds - 1) return false;
    for (let word: usize = 1; word < 5; word++) if (load<u64>(shared + PAGE + (word << 3)) != rounds - 1) return false;
    return true;
}

function sleep(nanoseconds: u64): void {
    const time = memory.data(16, 8);
    store<u64>(time, 0);
    store<u64>(time, nanoseconds, 8);
    ecall(SYS_NANOSLEEP, time, 0, 0, 0, 0, 0);
}

function end_process(delay: u64): u64 {
    sleep(delay);
    ecall(SYS_EXIT_GROUP, 0, 0, 0, 0, 0, 0);
    return 0;
}

function leave(): bool {
    shared = sm_bcast(node_id() == 1 ? sm_malloc(PAGE) : 0, 1);
    if (node_id() == 1) store<u64>(shared, 42);
    sm_barrier();
    if (node_id() == 1) {
        const end: (argument: u64) => u64 = end_process;
        start(<u32>end.index, 1_000_000, 1);
        return true;
    }
    sleep(5_000_000);
    return load<u64>(shared) == 42;
}

/** Both halves of what lies over the border are of one byte each, and of a node that there is. */
function is_whole(value: u64): bool {
    for (let half: u64 = 0; half < 64; half += 32) {
        const bytes = <u32>(value >> half);
        if (bytes != 0 && (bytes != (bytes & 255) * 0x01010101 || (bytes & 255) > node_count())) return false;
    }
    return true;
}

function across(): bool {
    shared = node_shared(2 * PAGE);
    const word = shared + PAGE - 4;
    const value: u64 = (<u64>node_id() + 1) * 0x0101010101010101;
    let right = true;
    for (let i: u32 = 0; i < rounds; i++) {
        store<u64>(word, value);
        if (!is_whole(load<u64>(word))) right = false;
        store<f64>(word, reinterpret<f64>(value));
        if (!is_whole(reinterpret<u64>(load<f64>(word)))) right = false;
        if ((<u32>load<u16>(shared + PAGE - 1) & 255) > node_count()) right = false;
    }
    sm_barrier();
    return right && load<u64>(word) != 0;
}

/** Argument: the worker. */
function count(argument: u64): u64 {
    const own = shared + 64 + ((<usize>argument) << 3);
    for (let i: u32 = 0; i < rounds; i++) {
        store<u64>(own, load<u64>(own) + 1);
        atomic.add<u64>(shared, 1);
        store<u64>(own, load<u64>(own) + 1);
        let seen = atomic.load<u32>(shared + 16);
        while (true) {
            const before = atomic.cmpxchg<u32>(shared + 16, seen, seen + 1);
            if (before == seen) break;
            seen = before;
        }
    }
    return 0;
}

function atomics(): bool {
    shared = node_shared_as(PAGE, DSM_RELEASE);
    const entry: (argument: u64) => u64 = count;
    const first = node_id() * 2;
    start(<u32>entry.index, first + 1, node_id() + 1);
    count(first);
    join_all();
    sm_barrier();
    const workers = node_count() * 2;
    if (load<u64>(shared) != workers * rounds || load<u32>(shared + 16) != workers * rounds) return false;
    for (let i: u32 = 0; i < workers; i++) if (load<u64>(shared + 64 + (i << 3)) != rounds * 2) return false;
    return true;
}

function add_to_pages(value: u32): void {
    for (let page: u32 = 0; page < rounds; page++) store<u32>(shared + page * PAGE + (node_id() << 2), value + page);
}

/** What the nodes from `first` on have written. */
function old_words(value: u32, first: u32): u32 {
    let old: u32 = 0;
    for (let page: u32 = 0; page < rounds; page++) {
        for (let node = first; node < node_count(); node++) {
            if (load<u32>(shared + page * PAGE + (node << 2)) != value + page) old++;
        }
    }
    return old;
}

function notices(): bool {
    shared = node_shared_as(rounds * PAGE, DSM_RELEASE);
    const turn = node_shared(64);
    let old: u32 = 0;
    for (let page: u32 = 0; page < rounds; page++) old += load<u32>(shared + page * PAGE + 2048);
    sm_barrier();
    add_to_pages(1);
    sm_barrier();
    old += old_words(1, 0);
    sm_barrier();
    // All at once, each under its own lock, then one after the other under a common one.
    sm_lock(100 + node_id());
    add_to_pages(1000);
    sm_unlock(100 + node_id());
    sm_lock(1);
    store<u32>(turn, load<u32>(turn) + 1);
    while (load<u32>(turn) != node_count()) {
        sm_unlock(1);
        sm_lock(1);
    }
    sm_unlock(1);
    old += old_words(1000, 0);
    sm_barrier();
    sm_lock(1);
    while (load<u32>(turn) != node_count() + node_id()) {
        sm_unlock(1);
        sm_lock(1);
    }
    add_to_pages(2000);
    store<u32>(turn, load<u32>(turn) + 1);
    sm_unlock(1);
    sm_barrier();
    old += old_words(2000, 0);
    if (old != 0) {
        line_begin();
        text(cstr("old "));
        number(old);
        line_end();
    }
    return old == 0;
}

function run(argc: i32, argv: usize): bool {
    if (argument_is(argc, argv, 1, cstr("promises"))) return promises();
    if (argument_is(argc, argv, 1, cstr("leave"))) return leave();
    if (argument_is(argc, argv, 1, cstr("across"))) return across();
    if (argument_is(argc, argv, 1, cstr("atomics"))) return atomics();
    return notices();
}

export function main(argc: i32, argv: usize): i32 {
    if (!node_join()) return 2;
    rounds = argument_number(argc, argv, 2, 1);
    const right = run(argc, argv);
    if (right) sm_node_exit();
    return right ? 0 : 1;
}
