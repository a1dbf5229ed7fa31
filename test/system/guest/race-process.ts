// Roles of `race` about the ends of threads and processes: kill, exec, exit beside every kind of wait (vmm-policy 5.9.1, 5.9.3, 5.9.8, 7.2, 7.4).
import { O_CREAT, O_RDWR } from "../../../kernel/abi/file";
import { SYS_EXIT, SYS_NANOSLEEP } from "../../../kernel/abi/syscalls";
import { cstr } from "../../../userland/lib/cstr";
import { map_file, open, read, seek, write } from "../../../userland/lib/file";
import { ecall, pause } from "../../../userland/lib/hal";
import { execve, fork, get_parent, kill, place_fork, wait_for } from "../../../userland/lib/process";
import { mutex_lock, mutex_unlock } from "../../../userland/lib/sync";
import { thread_join } from "../../../userland/lib/thread";
import {
    child_ends,
    clock_ns,
    dawdle,
    exit_now,
    own_path,
    PAGE,
    random,
    random_cluster,
    role_count,
    room,
    rounds,
    SIGKILL,
    sleep_for_ever,
    sleep_ns,
    start_thread,
    WELL,
    wrong,
} from "./race-kit";
import { stack_user } from "./race-memory";

const argument_tables: usize = memory.data(32 * 24, 8);
const long_time: usize = memory.data(16, 8);
const mutex: usize = memory.data(4, 4);
let counter: u64 = 0;
const joined: usize = memory.data(8, 8);
const header: usize = memory.data(4096, 8);
const scratch: usize = memory.data(16, 8);
const scratch_status: usize = memory.data(4, 4);

/** A child's threads: one waits in futex, one in sleep, one in wait4 for a grandchild, one in join, one only computes. */
function spread_waiters(w: u32): void {
    const futex_waiter: (argument: u64) => u64 = sleep_for_ever;
    const sleeper: (argument: u64) => u64 = sleeps_long;
    const parent: (argument: u64) => u64 = waits_for_child;
    const joiner: (argument: u64) => u64 = waits_for_thread;
    const spinner: (argument: u64) => u64 = spins;
    store<i64>(joined, start_thread(0, <u32>futex_waiter.index, 0, random_cluster(w)));
    start_thread(1, <u32>sleeper.index, 0, random_cluster(w));
    start_thread(2, <u32>parent.index, 0, random_cluster(w));
    start_thread(3, <u32>joiner.index, 0, random_cluster(w));
    start_thread(4, <u32>spinner.index, 0, random_cluster(w));
}

export function sleeps_long(argument: u64): u64 {
    store<u64>(long_time, 1 << 20);
    ecall(SYS_NANOSLEEP, long_time, 0, 0, 0, 0, 0);
    return 0;
}

/** The grandchild ends soon by itself: nobody kills it. */
export function waits_for_child(argument: u64): u64 {
    const pid = fork();
    if (pid == 0) {
        sleep_ns(scratch, 300_000);
        exit_now(0);
    }
    wait_for(-1, scratch_status);
    return sleep_for_ever(0);
}

export function waits_for_thread(argument: u64): u64 {
    thread_join(load<i64>(joined), 0);
    return 0;
}

export function spins(argument: u64): u64 {
    while (true) atomic.add<u64>(joined, 0);
}

/** K: kills a child whose threads wait in every way: its status is the signal. */
export function killer(w: u32): void {
    for (let n: u32 = 0; n < rounds; n++) {
        place_fork(random_cluster(w));
        const pid = fork();
        if (pid == 0) {
            spread_waiters(w);
            sleep_for_ever(0);
        }
        if (pid < 0) {
            wrong(w, cstr("fork gave"), pid);
            return;
        }
        dawdle(w, 1 + random(w, 3000));
        const result = kill(pid, SIGKILL);
        if (result != 0) wrong(w, cstr("kill gave"), result);
        if (!child_ends(w, pid, SIGKILL, SIGKILL, cstr("a killed child ended with"))) return;
    }
}

/** H: a child's threads leave one by one, by exit of a thread or of all: the status is the last or the only code. */
export function leaver(w: u32): void {
    for (let n: u32 = 0; n < rounds; n++) {
        place_fork(random_cluster(w));
        const pid = fork();
        if (pid == 0) {
            spread_waiters(w);
            const entry: (argument: u64) => u64 = exits_all;
            start_thread(5, <u32>entry.index, random(w, 500), random_cluster(w));
            if (random(w, 2) == 0) exit_now(7);
            // This thread only; the sixth ends the rest.
            ecall(SYS_EXIT, 0, 0, 0, 0, 0, 0);
        }
        if (pid < 0) {
            wrong(w, cstr("fork gave"), pid);
            return;
        }
        if (!child_ends(w, pid, WELL, WELL, cstr("a child that exits ended with"))) return;
    }
}

export function exits_all(turns: u64): u64 {
    for (; turns != 0; turns--) pause();
    exit_now(7);
    return 0;
}

/** Replaces this process by the same program, as image `what` of `race_image`. Returns only an error. */
function become(w: u32, what: usize): i64 {
    const argv = argument_tables + <usize>w * 24;
    store<u64>(argv, own_path);
    store<u64>(argv, what, 8);
    store<u64>(argv, 0, 16);
    return execve(own_path, argv, 0);
}

/** The exec'ed program: 1 says that all is well, 2 waits to be killed. */
export function race_image(which: u32): void {
    if (which == 1) exit_now(7);
    sleep_for_ever(0);
}

/** X: a child with threads in every wait becomes another image; sometimes two threads try at once. */
export function execer(w: u32): void {
    for (let n: u32 = 0; n < rounds; n++) {
        place_fork(random_cluster(w));
        const pid = fork();
        if (pid == 0) {
            spread_waiters(w);
            const entry: (argument: u64) => u64 = becomes_well;
            if (random(w, 2) == 0) start_thread(5, <u32>entry.index, w + 1, random_cluster(w));
            dawdle(w, 400);
            become(w, cstr("one"));
            // The other's exec ends this thread; an error that both have is no end.
            sleep_for_ever(0);
        }
        if (pid < 0) {
            wrong(w, cstr("fork gave"), pid);
            return;
        }
        if (!child_ends(w, pid, WELL, WELL, cstr("an exec'ed child ended with"))) return;
    }
}

export function becomes_well(w: u64): u64 {
    become(<u32>w & 31, cstr("one"));
    return sleep_for_ever(0);
}

/** Y: a kill that comes at any moment of an exec ends the process with that signal. */
export function exec_killer(w: u32): void {
    for (let n: u32 = 0; n < rounds; n++) {
        place_fork(random_cluster(w));
        const pid = fork();
        if (pid == 0) {
            const entry: (argument: u64) => u64 = sleep_for_ever;
            for (let i: u32 = 0; i < 2; i++) start_thread(i, <u32>entry.index, 0, random_cluster(w));
            become(w, cstr("two"));
            exit_now(1);
        }
        if (pid < 0) {
            wrong(w, cstr("fork gave"), pid);
            return;
        }
        dawdle(w, 1 + random(w, 6000));
        kill(pid, SIGKILL);
        if (!child_ends(w, pid, SIGKILL, SIGKILL, cstr("a child killed in exec ended with"))) return;
    }
}

/** E: a child tries to become a file whose ELF header is damaged: it goes on with an error, or ends by a signal. */
export function bad_execer(w: u32): void {
    const own = open(own_path, 0);
    read(own, header, 4096);
    for (let n: u32 = 0; n < rounds; n++) {
        place_fork(random_cluster(w));
        const pid = fork();
        if (pid == 0) bad_exec_child(w);
        if (pid < 0) {
            wrong(w, cstr("fork gave"), pid);
            return;
        }
        const status = room(w) + 56;
        const found = wait_for(pid, status);
        const got = load<u32>(status);
        const signal = (got & 127) != 0;
        if (found != pid || (!signal && got != 3 << 8)) wrong(w, cstr("exec of a bad file ended with"), got);
    }
}

/** Fields of the file header and of the first two program headers, with a few values that a sum may wrap. */
function bad_exec_child(w: u32): void {
    const at = random(w, 2) == 0 ? 16 + random(w, 48) : 64 + random(w, 112);
    const choice = random(w, 6);
    const field = header + (<usize>at & ~7);
    if (choice == 0) store<u64>(field, 0xffff_ffff_ffff_f000);
    else if (choice == 1) store<u64>(field, 0x8000_0000_0000_0000);
    else if (choice == 2) store<u64>(field, load<u64>(field) + 0x1_0000_0000);
    else if (choice == 3) store<u64>(field, 0);
    else if (choice == 4) store<u8>(header + at, <u8>random(w, 256));
    else store<u64>(field, 0x3fff_f001);
    const name = w & 1 ? cstr("/bad-one") : cstr("/bad-two");
    const file = open(name, O_RDWR | O_CREAT);
    if (file < 0) exit_now(3);
    seek(file, 0, 0);
    if (write(file, header, 4096) < 0) exit_now(3);
    const argv = argument_tables + <usize>w * 24;
    store<u64>(argv, name);
    store<u64>(argv, 0, 8);
    const result = execve(name, argv, 0);
    exit_now(result < 0 ? 3 : 4);
}

/** N: a grandchild sees its parent go: it has none then, whoever gets that PID. */
export function orphaner(w: u32): void {
    for (let n: u32 = 0; n < rounds; n++) {
        const file = open(w & 1 ? cstr("/orphan-one") : cstr("/orphan-two"), O_RDWR | O_CREAT);
        // The byte behind the last: a file that is mapped has its pages.
        store<u64>(room(w), 0);
        seek(file, <i64>(random(w, 200) * 8), 0);
        const at = seek(file, 0, 1);
        write(file, room(w), 8);
        const page = map_file(file, PAGE);
        if (page == 0) {
            wrong(w, cstr("no page of a file"), file);
            return;
        }
        place_fork(random_cluster(w));
        const pid = fork();
        if (pid == 0) {
            place_fork(random_cluster(w));
            if (fork() == 0) grandchild(page + <usize>at);
            exit_now(7);
        }
        if (!child_ends(w, pid, WELL, WELL, cstr("the middle child ended with"))) return;
        let turns: u32 = 0;
        while (atomic.load<u64>(page + <usize>at) == 0 && turns++ < 3000) sleep_ns(room(w), 20_000);
        if (atomic.load<u64>(page + <usize>at) != 1) wrong(w, cstr("an orphan's parent"), load<u64>(page + <usize>at));
    }
}

function grandchild(word: usize): void {
    let turns: u32 = 0;
    while (get_parent() != 0 && turns++ < 2000) sleep_ns(scratch, 20_000);
    atomic.store<u64>(word, get_parent() == 0 ? 1 : 2);
    exit_now(0);
}

/** Q: a lock of the program, whose waiters wait in futex; nobody's turn is lost. */
export function locker(w: u32): void {
    for (let n: u32 = 0; n < rounds * 4; n++) {
        mutex_lock(mutex);
        const seen = counter;
        dawdle(w, 20);
        counter = seen + 1;
        mutex_unlock(mutex);
    }
}

/** After all workers are through: every turn of every locker counts. */
export function lockers_end(): void {
    const expected = <u64>role_count(81) * <u64>rounds * 4;
    if (counter != expected) wrong(0, cstr("turns that the lock has had"), counter);
}

/** D: short sleeps last as long as they should at least. */
export function sleeper(w: u32): void {
    for (let n: u32 = 0; n < rounds; n++) {
        const ns = <u64>random(w, 200) * 1000;
        const before = clock_ns(room(w));
        const result = sleep_ns(room(w), ns);
        if (result != 0 || clock_ns(room(w)) - before < ns) wrong(w, cstr("a sleep ended early, with"), result);
        stack_user(n);
    }
}
