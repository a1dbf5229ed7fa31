// chaos: random system calls with random arguments and pointers, from several processes and threads in all clusters at once
// (test/system/random-calls.test.ts). Arguments: seed, processes, threads a process, steps a thread. Started with nodes, each node process
// is one of the processes. Nothing that a call answers is wrong; the kernel must live, and this program must end.
//
// Why it ends: the first process only forks and waits. Each other one has a first thread that sleeps for a while and ends it, by
// exit_group, exec, a fault or a kill, whatever its other threads wait for. Children of those call nothing that may wait for ever.
import { SIGCONT, SIGSTOP } from "../../../kernel/abi/signal";
import {
    SYS_BRK,
    SYS_CLONE,
    SYS_EXECVE,
    SYS_EXIT,
    SYS_FUTEX,
    SYS_GETPID,
    SYS_GETRANDOM,
    SYS_KILL,
    SYS_MMAP,
    SYS_MPROTECT,
    SYS_MUNMAP,
    SYS_NANOSLEEP,
    SYS_OPENAT,
    SYS_PLACE_FORK,
    SYS_REMOTE_MALLOC,
    SYS_SCHED_YIELD,
    SYS_SETPGID,
    SYS_SM_BARRIER,
    SYS_SM_BCAST,
    SYS_SM_COND_WAIT,
    SYS_SM_COND_WAKE,
    SYS_SM_EXIT,
    SYS_SM_FREE,
    SYS_SM_LOCK,
    SYS_SM_MALLOC,
    SYS_SM_STATS,
    SYS_SM_UNLOCK,
    SYS_THREAD_CREATE,
    SYS_THREAD_JOIN,
    SYS_TKILL,
    SYS_WAIT4,
} from "../../../kernel/abi/syscalls";
import { STATUS_STOPPED, WUNTRACED } from "../../../kernel/abi/wait";
import { argument_number } from "../../../userland/lib/args";
import { thread_entry_address } from "../../../userland/lib/asm";
import { cstr } from "../../../userland/lib/cstr";
import { ecall, function_address } from "../../../userland/lib/hal";
import { map_pages } from "../../../userland/lib/malloc";
import { node_count, node_id, node_join } from "../../../userland/lib/node";
import { verdict } from "../../../userland/lib/print";
import { fork, place_fork } from "../../../userland/lib/process";
import { worker_count } from "../../../userland/lib/thread";
import {
    AREAS,
    area,
    areas,
    begin_names,
    call,
    KEPT,
    kept,
    name,
    near,
    PAGE,
    pointer,
    size,
    soon,
} from "./chaos-arguments";
import { file_call } from "./chaos-files";
import { exit_now, kit_begin, own_path, random, random_cluster, SIGKILL, sleep_ns } from "./race-kit";

const ECHILD: i64 = -10;
const MOST_PROCESSES: u32 = 16;
const pids: usize = memory.data(16 * 8, 8);
const start: usize = memory.data(16, 8);
const scratch: usize = memory.data(64, 8);
const argv: usize = memory.data(64, 8);
/** 0, SIGCONT, SIGSTOP, SIGKILL, SIGTERM. */
const signals: usize = memory.data<u8>([0, 18, 19, 9, 15]);
const SIGNALS: u32 = 5;
let threads: u32 = 0;
let steps: u32 = 0;
let siblings: u32 = 0;
let is_node: bool = false;
/** Forks between the first process and this one. */
let depth: u32 = 0;

function memory_call(w: u32): void {
    const slot = areas + ((KEPT + random(w, AREAS - KEPT)) << 3);
    const wild = random(w, 40) == 0;
    const at = wild ? pointer(w) : load<u64>(slot);
    const bytes = wild ? size(w) : PAGE;
    switch (random(w, 8)) {
        case 0:
        case 1:
            call(SYS_MUNMAP, at, bytes, 0, 0);
            break;
        case 2:
            call(SYS_MPROTECT, at, bytes, random(w, 8), 0);
            break;
        case 3: {
            const made = call(SYS_REMOTE_MALLOC, near(w), random_cluster(w), 0, 0);
            if (made > 0) store<u64>(slot, made);
            break;
        }
        case 4:
            call(SYS_BRK, call(SYS_BRK, 0, 0, 0, 0) + near(w), 0, 0, 0);
            break;
        case 5:
            call(SYS_MMAP, pointer(w), size(w), random(w, 8), random(w, 64));
            break;
        default: {
            const made = map_pages((<u64>1 + random(w, 3)) << 12);
            if (made != 0) store<u64>(slot, made);
        }
    }
}

function thread_call(w: u32): void {
    const waits = depth < 2;
    const entry: (w: u64) => u64 = stepper;
    switch (random(w, 7)) {
        case 0: {
            const place = random(w, 8) == 0 ? size(w) : <u64>random_cluster(w);
            store<u64>(start, function_address(<u32>entry.index));
            store<u64>(start, 16 + (w & 15), 8);
            call(SYS_THREAD_CREATE, thread_entry_address(), random(w, 8) == 0 ? pointer(w) : start, place, 0);
            break;
        }
        case 1:
            if (waits) call(SYS_THREAD_JOIN, size(w), pointer(w), 0, 0);
            break;
        case 2:
            call(SYS_FUTEX, pointer(w), random(w, 5), random(w, 3), waits ? pointer(w) : soon);
            break;
        case 3:
            ecall(SYS_FUTEX, area(w), 3 + random(w, 2), random(w, 4), random(w, 4), area(w), 0);
            break;
        case 4:
            if (waits) call(SYS_NANOSLEEP, pointer(w), 0, 0, 0);
            break;
        case 5:
            call(SYS_FUTEX, area(w), random(w, 2), 0, soon);
            break;
        default:
            clone_call(w);
    }
}

/** Any flags: without CLONE_VM it is a fork. */
function clone_call(w: u32): void {
    if (depth >= 3) return;
    const pid = call(SYS_GETPID, 0, 0, 0, 0);
    ecall(SYS_CLONE, size(w), pointer(w), pointer(w), pointer(w), pointer(w), 0);
    if (call(SYS_GETPID, 0, 0, 0, 0) != pid) live_as_child(w);
}

function fork_call(w: u32): void {
    if (depth >= 3) return;
    call(SYS_PLACE_FORK, random(w, 10) == 0 ? size(w) : <u64>random_cluster(w), 0, 0, 0);
    if (fork() == 0) live_as_child(w);
}

/** A child does a few steps, and ends. */
function live_as_child(w: u32): void {
    depth++;
    for (let n = random(w, 12); n != 0; n--) step(w);
    if (random(w, 3) == 0) become();
    exit_now(random(w, 200));
}

function become(): void {
    store<u64>(argv, own_path);
    store<u64>(argv, 0, 8);
    ecall(SYS_EXECVE, own_path, argv, 0, 0, 0, 0);
}

/** Signals for a sibling, which the first process lets go on if they stop it, or for the process group of this sibling and its children. */
function kill_call(w: u32): void {
    const pid = load<u64>(pids + (random(w, MOST_PROCESSES) << 3));
    const signal = load<u8>(signals + random(w, SIGNALS));
    if (pid != 0) call(SYS_KILL, pid, signal, 0, 0);
    else call(SYS_KILL, 0, signal == SIGSTOP ? SIGCONT : signal, 0, 0);
}

/** Only processes of this program are killed: the own one, a sibling, or the own group. */
function process_call(w: u32): void {
    switch (random(w, 40)) {
        case 0:
            kill_call(w);
            break;
        case 1:
            call(SYS_EXECVE, name(w), random(w, 2) == 0 ? 0 : pointer(w), random(w, 2) == 0 ? 0 : pointer(w), 0);
            break;
        case 10:
        case 11:
        case 12:
        case 13:
        case 14:
        case 2:
            call(SYS_WAIT4, 0xffff_ffff_ffff_ffff, pointer(w), random(w, 16), 0);
            break;
        case 3:
            call(SYS_EXIT, size(w), 0, 0, 0);
            break;
        case 4:
            call(SYS_TKILL, size(w), random(w, SIGSTOP), 0, 0);
            break;
        case 15:
        case 16:
        case 17:
        case 5:
            call(SYS_GETRANDOM, pointer(w), size(w), 0, 0);
            break;
        case 6:
            call(SYS_SCHED_YIELD, 0, 0, 0, 0);
            break;
        default:
            fork_call(w);
    }
}

function node_call(w: u32): void {
    switch (random(w, 12)) {
        case 0:
            call(SYS_SM_BARRIER, 0, 0, 0, 0);
            break;
        case 1:
            call(SYS_SM_BCAST, pointer(w), random(w, 5), 0, 0);
            break;
        case 2:
        case 3: {
            const at = call(SYS_SM_MALLOC, near(w), 0, 0, 0);
            if (at > 0) store<u64>(areas + ((KEPT + random(w, AREAS - KEPT)) << 3), at);
            break;
        }
        case 4:
            call(SYS_SM_FREE, random(w, 2) == 0 ? area(w) : pointer(w), 0, 0, 0);
            break;
        case 5:
        case 6:
            call(SYS_SM_LOCK, random(w, 3), 0, 0, 0);
            break;
        case 7:
        case 8:
            call(SYS_SM_UNLOCK, random(w, 3), 0, 0, 0);
            break;
        case 9:
            call(SYS_SM_COND_WAIT, random(w, 3), random(w, 3), 0, 0);
            break;
        case 10:
            call(SYS_SM_COND_WAKE, random(w, 3), random(w, 2), 0, 0);
            break;
        default:
            call(random(w, 30) == 0 ? SYS_SM_EXIT : SYS_SM_STATS, pointer(w), 0, 0, 0);
    }
}

/** A load or a store of the user's own, which may end its process. */
function access(w: u32): void {
    const at = <usize>(random(w, 300) == 0 ? pointer(w) : kept(w) + (random(w, 512) << 3));
    if (random(w, 2) == 0) atomic.load<u32>(at & ~3);
    else atomic.add<u32>(at & ~3, 1);
}

/** Any call with any arguments but those by which one stops the first process, or waits for ever, as a child that nobody ends could. */
function any_call(w: u32): void {
    const number = random(w, 300) + (random(w, 4) == 0 ? 1024 - 200 : 0);
    const harmful = number == SYS_KILL || number == 131 || number == 94 || number == SYS_EXECVE || number == SYS_OPENAT;
    if (harmful || number == SYS_CLONE || depth >= 2) return;
    ecall(number, pointer(w), size(w), pointer(w), size(w), pointer(w), size(w));
}

function step(w: u32): void {
    const kind = random(w, 26);
    if (kind < 6) access(w);
    else if (kind < 11) memory_call(w);
    else if (kind < 16) file_call(w);
    else if (kind < 19) thread_call(w);
    else if (kind < 20) any_call(w);
    else if (is_node && depth == 1) node_call(w);
    else process_call(w);
}

export function stepper(w: u64): u64 {
    for (let n: u32 = 0; n < steps; n++) step(<u32>w);
    return 0;
}

/** A process: its other threads do anything, its first one ends it. */
function live(process: u32): void {
    depth = 1;
    call(SYS_SETPGID, 0, 0, 0, 0);
    const entry: (w: u64) => u64 = stepper;
    for (let i: u32 = 0; i < AREAS; i++) store<u64>(areas + (i << 3), map_pages(PAGE));
    for (let i: u32 = 0; i < threads; i++) {
        store<u64>(start, function_address(<u32>entry.index));
        store<u64>(start, i, 8);
        call(SYS_THREAD_CREATE, thread_entry_address(), start, random_cluster(process), 0);
        // The start block is one: the thread has read it by then, or begins with what the next one gets.
        sleep_ns(scratch, 10_000);
    }
    sleep_ns(scratch, <u64>random(process, 10_000) * 1000);
    switch (random(process, 4)) {
        case 0:
            become();
            break;
        case 1:
            call(SYS_KILL, call(SYS_GETPID, 0, 0, 0, 0), SIGKILL, 0, 0);
            break;
        case 2:
            atomic.add<u32>(8, 1);
            break;
        default:
    }
    exit_now(7);
}

export function main(argc: i32, args: usize): i32 {
    // A new image of a child.
    if (argc < 5) return 7;
    const seed = argument_number(argc, args, 1, 1);
    siblings = argument_number(argc, args, 2, 2);
    threads = argument_number(argc, args, 3, 2);
    steps = argument_number(argc, args, 4, 20);
    // A program that is no group is one of a single node.
    is_node = node_join() && node_count() > 1;
    kit_begin(<usize>load<u64>(args), 0, is_node ? seed + 1000 * (node_id() + 1) : seed, 0);
    begin_names();
    if (worker_count() == 0 || siblings > MOST_PROCESSES)
        return verdict(cstr("chaos"), false, cstr("too many processes"));
    if (is_node) live(0);
    for (let i: u32 = 0; i < siblings; i++) {
        place_fork(random_cluster(i));
        const pid = fork();
        if (pid == 0) live(i);
        if (pid < 0) return verdict(cstr("chaos"), false, cstr("fork failed"));
        store<u64>(pids + (i << 3), pid);
    }
    let waited: i64 = 0;
    while (waited != ECHILD) {
        waited = call(SYS_WAIT4, 0xffff_ffff_ffff_ffff, scratch, WUNTRACED, 0);
        if (waited > 0 && load<u8>(scratch) == STATUS_STOPPED) call(SYS_KILL, waited, SIGCONT, 0, 0);
    }
    return verdict(cstr("chaos"), true, 0);
}
