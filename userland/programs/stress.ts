// stress: random mmap, remote_malloc, munmap, mprotect, threads on other clusters, fork and exec, each checked against a model of
// every page. Arguments: seed (default 1), steps (default 60). The same seed gives the same operations.
import { argument_number } from "../lib/args";
import { cstr } from "../lib/cstr";
import { map_pages } from "../lib/malloc";
import { mprotect, munmap, PROT_NONE, PROT_READ, PROT_WRITE, remote_malloc } from "../lib/memory";
import { line_begin, line_end, number, text, verdict } from "../lib/print";
import { execve, exit, fork, place_fork, wait_for } from "../lib/process";
import {
    cluster_count,
    cluster_has_memory,
    thread_create,
    thread_join,
    worker_cluster,
    worker_count,
} from "../lib/thread";

const PAGE: usize = 4096;
const MOST_PAGES: u32 = 96;
/** The model, a page each: address (0: no page), the value of its first and last word, its rights. */
const addresses: usize = memory.data(96 * 8, 8);
const values: usize = memory.data(96 * 8, 8);
const rights: usize = memory.data(96 * 8, 8);
const status: usize = memory.data(4, 4);
const argv: usize = memory.data(32, 8);
/** What a thread counts. */
const wrong_pages: usize = memory.data(8, 8);
const READ_WRITE: u32 = 3;
let state: u32 = 1;

function random(below: u32): u32 {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
}

function address_of(i: u32): usize {
    return <usize>load<u64>(addresses + (i << 3));
}

function may(i: u32, right: u32): bool {
    return address_of(i) != 0 && (<u32>load<u64>(rights + (i << 3)) & right) != 0;
}

/** True when the page holds what the model says. */
function right_page(i: u32): bool {
    const at = address_of(i);
    const value = load<u64>(values + (i << 3));
    return atomic.load<u64>(at) == value && atomic.load<u64>(at + PAGE - 8) == value;
}

function all_right(): bool {
    for (let i: u32 = 0; i < MOST_PAGES; i++) if (may(i, PROT_READ) && !right_page(i)) return false;
    return true;
}

function write_page(i: u32, value: u64): void {
    atomic.store<u64>(address_of(i), value);
    atomic.store<u64>(address_of(i) + PAGE - 8, value);
}

function free_slot(): i32 {
    for (let i: u32 = 0; i < MOST_PAGES; i++) if (address_of(i) == 0) return <i32>i;
    return -1;
}

function random_bank(): u32 {
    let cxy = random(cluster_count());
    while (!cluster_has_memory(cxy)) cxy = (cxy + 1) % cluster_count();
    return cxy;
}

function map_some(): bool {
    const pages: u32 = 1 + random(6);
    const bytes = (<u64>pages) << 12;
    const at = random(2) == 0 ? map_pages(bytes) : remote_malloc(bytes, random_bank());
    if (at == 0) return false;
    for (let p: u32 = 0; p < pages; p++) {
        const i = free_slot();
        if (i < 0) return munmap(at + <usize>p * PAGE, (<u64>(pages - p)) << 12) == 0;
        store<u64>(addresses + ((<usize>i) << 3), at + <usize>p * PAGE);
        store<u64>(values + ((<usize>i) << 3), 0);
        store<u64>(rights + ((<usize>i) << 3), READ_WRITE);
    }
    return true;
}

function is_ours(address: usize): bool {
    for (let i: u32 = 0; i < MOST_PAGES; i++) if (address_of(i) == address) return true;
    return false;
}

/** Unmaps up to four pages from a random one on; they may lie in several mappings. */
function unmap_some(): bool {
    const first = address_of(random(MOST_PAGES));
    if (first == 0) return true;
    const most = first + <usize>(1 + random(4)) * PAGE;
    let end = first + PAGE;
    while (end < most && is_ours(end)) end += PAGE;
    if (munmap(first, end - first) != 0) return false;
    for (let i: u32 = 0; i < MOST_PAGES; i++) {
        if (address_of(i) >= first && address_of(i) < end) store<u64>(addresses + (i << 3), 0);
    }
    return true;
}

function protect_one(): bool {
    const i = random(MOST_PAGES);
    if (address_of(i) == 0) return true;
    const choice = random(3);
    const prot = choice == 0 ? PROT_NONE : choice == 1 ? PROT_READ : READ_WRITE;
    store<u64>(rights + (i << 3), prot);
    return mprotect(address_of(i), PAGE, prot) == 0;
}

function write_some(): bool {
    for (let n: u32 = 0; n < 8; n++) {
        const i = random(MOST_PAGES);
        if (!may(i, PROT_WRITE)) continue;
        const value = <u64>random(1000000);
        write_page(i, value);
        store<u64>(values + (i << 3), value);
    }
    return true;
}

/** A thread elsewhere looks at every page, and adds 1 to those it may write. */
function visitor(argument: u64): u64 {
    let wrong: u64 = 0;
    for (let i: u32 = 0; i < MOST_PAGES; i++) {
        if (may(i, PROT_READ) && argument == 1 && !right_page(i)) wrong++;
        if (!may(i, PROT_WRITE)) continue;
        atomic.add<u64>(address_of(i), 1);
        atomic.add<u64>(address_of(i) + PAGE - 8, 1);
    }
    atomic.add<u64>(wrong_pages, wrong);
    return 0;
}

/** One visitor, which sees the model's values; or two at once on different clusters, whose sums must both count. */
function visit(): bool {
    const count: u32 = 1 + random(2);
    const entry: (argument: u64) => u64 = visitor;
    const first = thread_create(<u32>entry.index, count, <i32>worker_cluster(random(worker_count())));
    const second = count == 2 ? thread_create(<u32>entry.index, count, <i32>worker_cluster(random(worker_count()))) : 0;
    if (first < 0 || second < 0) return false;
    if (thread_join(first, 0) != 0 || (count == 2 && thread_join(second, 0) != 0)) return false;
    for (let i: u32 = 0; i < MOST_PAGES; i++) {
        if (may(i, PROT_WRITE)) store<u64>(values + (i << 3), load<u64>(values + (i << 3)) + count);
    }
    return load<u64>(wrong_pages) == 0;
}

function child(execs: bool): void {
    if (!all_right()) exit(1);
    for (let i: u32 = 0; i < MOST_PAGES; i++) {
        if (!may(i, PROT_WRITE)) continue;
        write_page(i, 77);
        store<u64>(values + (i << 3), 77);
    }
    if (!all_right()) exit(2);
    if (!execs) exit(7);
    store<u64>(argv, cstr("stress"));
    store<u64>(argv, cstr("0"), 8);
    store<u64>(argv, 0, 16);
    execve(cstr("stress"), argv, 0);
    exit(3);
}

/** A child on a random cluster sees the same pages, changes its own, perhaps becomes another program; ours stay as they were. */
function fork_one(): bool {
    const execs = random(3) == 0;
    place_fork(worker_cluster(random(worker_count())));
    const pid = fork();
    if (pid < 0) return false;
    if (pid == 0) child(execs);
    write_some();
    if (wait_for(pid, status) != pid) return false;
    return load<u32>(status) == 7 << 8;
}

function step(): bool {
    switch (random(8)) {
        case 0:
        case 1:
            return map_some();
        case 2:
            return unmap_some();
        case 3:
            return protect_one();
        case 4:
            return write_some();
        case 5:
            return visit();
        case 6:
            return fork_one();
        default:
            return all_right();
    }
}

export function main(argc: i32, args: usize): i32 {
    const seed = argument_number(argc, args, 1, 1);
    const steps = argument_number(argc, args, 2, 60);
    // The exec'ed child.
    if (seed == 0) return 7;
    state = seed * 2654435761 + 1;
    for (let n: u32 = 0; n < steps; n++) {
        if (step() && all_right()) continue;
        line_begin();
        text(cstr("stress: seed "));
        number(seed);
        text(cstr(", step "));
        number(n);
        line_end();
        return verdict(cstr("stress"), false, cstr("a page does not hold what was written"));
    }
    return verdict(cstr("stress"), true, 0);
}
