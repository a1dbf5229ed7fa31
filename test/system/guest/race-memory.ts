// Roles of `race` about memory: faults, maps, rights, stacks, forks of all these (vmm-policy 5.9.2, 5.9.4, 5.9.5, 5.9.7).
import { USER_TOP } from "../../../kernel/abi/memory-map";
import { cstr } from "../../../userland/lib/cstr";
import { pause } from "../../../userland/lib/hal";
import { map_pages } from "../../../userland/lib/malloc";
import { mprotect, munmap, PROT_NONE, PROT_READ, remote_malloc } from "../../../userland/lib/memory";
import { fork, place_fork } from "../../../userland/lib/process";
import { thread_join } from "../../../userland/lib/thread";
import {
    child_ends,
    dawdle,
    exit_now,
    MOST_WORKERS,
    PAGE,
    random,
    random_cluster,
    room,
    rounds,
    SIGSEGV,
    start_thread,
    WELL,
    wrong,
} from "./race-kit";

const READ_WRITE: u32 = 3;
const PAGES: u32 = 4;
/** Two DATA pages that nothing else lies in, for rights that change while a cluster gets its first thread. */
const data_pages: usize = memory.data(3 * 4096, 8);
/** A page of each worker that watchers read: its writer writes the first word, then the last. */
const watched: usize = memory.data(32 * 8, 8);
/** What a child's threads and its first thread tell each other. */
const flag: usize = memory.data(4, 4);
const victim: usize = memory.data(8, 8);

function data_page(): usize {
    return (data_pages + <usize>PAGE - 1) & ~(<usize>PAGE - 1);
}

export function memory_begin(): void {
    for (let i: u32 = 0; i < MOST_WORKERS; i++) store<u64>(watched + ((<usize>i) << 3), map_pages(PAGE));
}

function page_of(worker: u32): usize {
    return <usize>load<u64>(watched + ((<usize>worker) << 3));
}

/** F: forks to a random cluster; the child sees one moment of the watched pages, has its own copy, and says so. */
export function forker(w: u32): void {
    for (let n: u32 = 0; n < rounds; n++) {
        const own = page_of(w);
        store<u64>(own, n + 1);
        place_fork(random_cluster(w));
        const pid = fork();
        if (pid == 0) fork_child(w, n + 1);
        if (pid < 0) {
            wrong(w, cstr("fork gave"), pid);
            return;
        }
        store<u64>(own, 0);
        if (!child_ends(w, pid, WELL, WELL, cstr("a forked child ended with"))) return;
        if (load<u64>(own) != 0) wrong(w, cstr("a child wrote into its parent's page"), n);
    }
}

function fork_child(w: u32, value: u64): void {
    if (load<u64>(page_of(w)) != value) exit_now(1);
    for (let i: u32 = 0; i < MOST_WORKERS; i++) {
        const page = page_of(i);
        // Taken at one moment between two stores of its writer.
        const first = load<u64>(page, 8);
        const last = load<u64>(page, 4088);
        if (first != last && first != last + 1) exit_now(2);
    }
    store<u64>(page_of(w), 99);
    if (load<u64>(page_of(w)) != 99) exit_now(3);
    exit_now(7);
}

/** T: maps pages, finds them zero, writes and reads them, unmaps them. */
export function toucher(w: u32): void {
    for (let n: u32 = 0; n < rounds; n++) {
        const remote = random(w, 3) == 0;
        const at = remote ? remote_malloc(PAGES * PAGE, random_cluster(w)) : map_pages(PAGES * PAGE);
        if (at == 0) {
            wrong(w, cstr("no pages in round"), n);
            return;
        }
        for (let i: u32 = 0; i < PAGES; i++) {
            const page = at + ((<usize>i) << 12);
            if (load<u64>(page) != 0 || load<u64>(page, 2048) != 0) wrong(w, cstr("a new page held"), load<u64>(page));
            store<u64>(page, w * 1000 + n);
            store<u64>(page, w + n * 77, 2048);
        }
        dawdle(w, 60);
        for (let i: u32 = 0; i < PAGES; i++) {
            const page = at + ((<usize>i) << 12);
            if (load<u64>(page) != w * 1000 + n || load<u64>(page, 2048) != w + n * 77)
                wrong(w, cstr("a page lost its value in round"), n);
        }
        // In two pieces: the vseg is cut.
        const cut = (<u64>1 + random(w, PAGES - 1)) << 12;
        if (munmap(at + <usize>cut, PAGES * PAGE - cut) != 0 || munmap(at, cut) != 0)
            wrong(w, cstr("munmap failed"), n);
    }
}

/** W: writes its watched page between two mprotects that leave it readable. */
export function protector(w: u32): void {
    const page = page_of(w);
    for (let n: u32 = 0; n < rounds; n++) {
        const before = load<u64>(page, 8);
        store<u64>(page, before + 1, 8);
        store<u64>(page, before + 1, 4088);
        if (mprotect(page, PAGE, PROT_READ) != 0) wrong(w, cstr("mprotect to r failed"), n);
        dawdle(w, 40);
        if (load<u64>(page, 8) != before + 1) wrong(w, cstr("a protected page changed"), n);
        if (mprotect(page, PAGE, READ_WRITE) != 0) wrong(w, cstr("mprotect to rw failed"), n);
    }
}

/** G: sees every writer's stores in their order. */
export function watcher(w: u32): void {
    for (let n: u32 = 0; n < rounds * 4; n++) {
        for (let i: u32 = 0; i < MOST_WORKERS; i++) {
            const last = atomic.load<u64>(page_of(i) + 4088);
            const first = atomic.load<u64>(page_of(i) + 8);
            if (first < last) wrong(w, cstr("a watched page went back to"), first);
        }
    }
}

/** S: threads in random clusters use three pages of their stacks, two at a time. */
export function spawner(w: u32): void {
    const entry: (argument: u64) => u64 = stack_user;
    for (let n: u32 = 0; n < rounds; n++) {
        const first = start_thread(w * 2, <u32>entry.index, n, random_cluster(w));
        const second = start_thread(w * 2 + 1, <u32>entry.index, n + 1, random_cluster(w));
        if (first < 0 || second < 0) {
            wrong(w, cstr("no thread:"), first < 0 ? first : second);
            return;
        }
        const value = room(w);
        for (let i: u32 = 0; i < 2; i++) {
            const error = thread_join(i == 0 ? first : second, value);
            if (error != 0) wrong(w, cstr("join gave"), error);
            else if (load<u64>(value) != expected_of(n + i)) wrong(w, cstr("a stack lost a value"), load<u64>(value));
        }
    }
}

function expected_of(argument: u64): u64 {
    let sum: u64 = 0;
    for (let depth: u64 = 0; depth < DEPTH; depth++) sum += argument + depth;
    return sum;
}
const DEPTH: u64 = 100;

export function stack_user(argument: u64): u64 {
    return deep(argument, 0);
}

/** Not a loop: each level's value stands in its own stack frame until the deeper ones are through. */
function deep(argument: u64, depth: u64): u64 {
    if (depth == DEPTH) return 0;
    const own = argument + depth;
    const rest = deep(argument, depth + 1);
    return own + rest;
}

/** U: a child's threads use pages while another unmaps them: it ends well, or by SIGSEGV. */
export function unmapper(w: u32): void {
    for (let n: u32 = 0; n < rounds; n++) {
        place_fork(random_cluster(w));
        const pid = fork();
        if (pid == 0) unmap_child(w);
        if (pid < 0) {
            wrong(w, cstr("fork gave"), pid);
            return;
        }
        if (!child_ends(w, pid, WELL, SIGSEGV, cstr("a child that unmaps ended with"))) return;
    }
}

function unmap_child(w: u32): void {
    store<u64>(victim, map_pages(2 * PAGE));
    atomic.store<u32>(flag, 0);
    const entry: (argument: u64) => u64 = user_of_victim;
    for (let i: u32 = 0; i < 3; i++) start_thread(i, <u32>entry.index, i, random_cluster(w));
    dawdle(w, 200);
    const at = <usize>load<u64>(victim);
    const how = random(w, 3);
    if (how == 0) mprotect(at, 2 * PAGE, PROT_NONE);
    else munmap(at, how == 1 ? 2 * PAGE : PAGE);
    // What is mapped now may be where the old pages were: its values are its own.
    const fresh = map_pages(2 * PAGE);
    if (fresh != at && fresh != 0 && load<u64>(fresh) != 0) exit_now(1);
    dawdle(w, 200);
    atomic.store<u32>(flag, 1);
    exit_now(7);
}

export function user_of_victim(argument: u64): u64 {
    while (atomic.load<u32>(flag) == 0) {
        const at = <usize>load<u64>(victim);
        atomic.add<u64>(at + <usize>argument * 8 + 64, 1);
        atomic.add<u64>(at + 4096 + <usize>argument * 8, 1);
    }
    return 0;
}

/** L: in a child, threads read and write the stack of another that ends: it ends well, or by SIGSEGV. */
export function stack_peeper(w: u32): void {
    for (let n: u32 = 0; n < rounds; n++) {
        place_fork(random_cluster(w));
        const pid = fork();
        if (pid == 0) peep_child(w);
        if (pid < 0) {
            wrong(w, cstr("fork gave"), pid);
            return;
        }
        if (!child_ends(w, pid, WELL, SIGSEGV, cstr("a child that reads stacks ended with"))) return;
    }
}

function peep_child(w: u32): void {
    const owner: (argument: u64) => u64 = shows_stack;
    const peeper: (argument: u64) => u64 = peeps;
    const cxy = random_cluster(w);
    for (let n: u32 = 0; n < 6; n++) {
        store<u64>(victim, 0);
        const first = start_thread(0, <u32>owner.index, random(w, 100), cxy);
        const second = start_thread(1, <u32>peeper.index, random(w, 20), cxy);
        const third = start_thread(2, <u32>peeper.index, random(w, 20), cxy);
        // Nobody keeps a child from being short of threads: it only must end.
        if (first < 0 || second < 0 || third < 0) exit_now(7);
        thread_join(first, 0);
        thread_join(second, 0);
        thread_join(third, 0);
    }
    exit_now(7);
}

/** Lives for some turns, with three pages of its stack in use. */
export function shows_stack(turns: u64): u64 {
    stack_user(turns);
    atomic.store<u64>(victim, 1);
    for (; turns != 0; turns--) pause();
    return 0;
}

/** Reads and writes pages of the first stack slots of its cluster, whoever has them now, where no frame may be yet. */
export function peeps(turns: u64): u64 {
    while (atomic.load<u64>(victim) == 0) pause();
    for (; turns != 0; turns--) {
        const slot = <usize>(turns & 3);
        atomic.add<u64>(<usize>USER_TOP - slot * STACK_BYTES - <usize>((turns & 7) + 1) * <usize>PAGE, 0);
    }
    return 0;
}
/** kernel.vspaceStackSize of every config here. */
const STACK_BYTES: usize = 65536;

/** V: rights of a DATA page change while another cluster gets its first thread; what holds in the end holds there. */
export function attacher(w: u32): void {
    for (let n: u32 = 0; n < rounds; n++) {
        const variant = random(w, 4);
        const clusters = random(w, 3) + 1;
        const pid = fork();
        if (pid == 0) attach_child(w, variant, clusters);
        if (pid < 0) {
            wrong(w, cstr("fork gave"), pid);
            return;
        }
        const wanted = variant < 2 ? SIGSEGV : WELL;
        if (!child_ends(w, pid, wanted, wanted, cstr("a child that changes rights ended with"))) return;
    }
}

/** 0: in the end read only, 1: unmapped, 2: read and write again, 3: not changed to the end, its neighbour is. */
function attach_child(w: u32, variant: u32, clusters: u32): void {
    const page = data_page();
    store<u64>(page, 5);
    atomic.store<u32>(flag, 0);
    const entry: (argument: u64) => u64 = writes_when_told;
    let last: i64 = 0;
    for (let i: u32 = 0; i < clusters; i++) last = start_thread(i, <u32>entry.index, variant, random_cluster(w));
    dawdle(w, 300);
    if (variant == 1) munmap(page, PAGE);
    else if (variant == 3) munmap(page + <usize>PAGE, PAGE);
    else mprotect(page, PAGE, PROT_READ);
    if (variant == 2) mprotect(page, PAGE, READ_WRITE);
    atomic.store<u32>(flag, 1);
    thread_join(last, room(w));
    exit_now(variant < 2 || load<u64>(room(w)) != 1 ? 1 : 7);
}

export function writes_when_told(variant: u64): u64 {
    while (atomic.load<u32>(flag) == 0) pause();
    const page = data_page();
    // A load keeps a page that may be read, a store needs the right to write.
    if (variant == 0 && load<u64>(page) != 5) return 2;
    atomic.store<u64>(page, 6);
    return atomic.load<u64>(page) == 6 ? 1 : 2;
}
