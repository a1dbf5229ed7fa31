// file-races: threads and processes in all clusters at the same files and descriptors (test/system/files.test.ts; docs/spec/files.md). The
// first argument names the race, the second how many rounds or bytes. 0: every rule held; else the number of the one that did not.
import { O_APPEND, O_CREAT, O_RDWR, O_TRUNC, SEEK_END, SEEK_SET } from "../../../kernel/abi/file";
import { SYS_CLOSE } from "../../../kernel/abi/syscalls";
import { argument_is, argument_number } from "../../../userland/lib/args";
import { cstr } from "../../../userland/lib/cstr";
import { close, map_file, open, read, seek, write } from "../../../userland/lib/file";
import { ecall } from "../../../userland/lib/hal";
import { malloc, map_pages } from "../../../userland/lib/malloc";
import { munmap } from "../../../userland/lib/memory";
import { exit, fork, kill, place_fork, wait_for } from "../../../userland/lib/process";
import { thread_yield } from "../../../userland/lib/sync";
import { thread_create, thread_join, worker_cluster } from "../../../userland/lib/thread";

const PAGE: u64 = 4096;
const EBADF: i64 = -9;
const SIGKILL: u32 = 9;
const LOST: i32 = 3;
const TORN: i32 = 4;
const FOREIGN: i32 = 5;
const SAME: i32 = 6;
const REFUSED: i32 = 7;
const LEFT: i32 = 8;

let rounds: u32 = 0;
const stop: usize = memory.data(4, 4);
const wrong: usize = memory.data(4, 4);

function found(what: i32): void {
    atomic.cmpxchg<u32>(wrong, 0, what);
}

function running(): bool {
    return atomic.load<u32>(stop) == 0;
}

const EACH_BYTE: u64 = 0x0101010101010101;

function fill(at: usize, bytes: u64, value: u64): void {
    let i: u64 = 0;
    for (; i + 8 <= bytes; i += 8) store<u64>(at + <usize>i, value * EACH_BYTE);
    for (; i < bytes; i++) store<u8>(at + <usize>i, <u8>value);
}

function all_are(at: usize, bytes: u64, value: u64): bool {
    let i: u64 = 0;
    for (; i + 8 <= bytes; i += 8) if (load<u64>(at + <usize>i) != value * EACH_BYTE) return false;
    for (; i < bytes; i++) if (load<u8>(at + <usize>i) != <u8>value) return false;
    return true;
}

/** Runs `count` threads of one function, one a cluster in turn, and waits for all. */
function together(entry: u32, count: u32): void {
    const ids = malloc(<u64>count * 8);
    for (let i: u32 = 0; i < count; i++) store<i64>(ids + (i << 3), thread_create(entry, i, <i32>worker_cluster(i)));
    for (let i: u32 = 0; i < count; i++) if (thread_join(load<i64>(ids + (i << 3)), 0) != 0) found(LEFT);
}

// Appends: each writer adds `rounds` records of its own letter; all must arrive whole.
const WRITERS: u32 = 4;
let record: u64 = 0;
let shared: i64 = 0;

function append(writer: u64): u64 {
    const fd = shared >= 0 ? shared : open(cstr("log"), O_RDWR | O_APPEND);
    const buffer = malloc(record);
    fill(buffer, record, 97 + writer);
    for (let i: u32 = 0; i < rounds; i++) if (write(fd, buffer, record) != <i64>record) found(LOST);
    if (shared < 0) close(fd);
    return 0;
}

function append_in_processes(): void {
    for (let i: u32 = 0; i < WRITERS; i++) {
        place_fork(worker_cluster(i));
        if (fork() != 0) continue;
        append(i);
        exit(atomic.load<u32>(wrong));
    }
    const status = malloc(8);
    for (let i: u32 = 0; i < WRITERS; i++) if (wait_for(-1, status) < 0 || load<u32>(status) != 0) found(LOST);
}

function appends(who: u32): void {
    const log = open(cstr("log"), O_CREAT | O_TRUNC | O_RDWR | O_APPEND);
    shared = who == 0 ? log : -1;
    const entry: (argument: u64) => u64 = append;
    if (who == 2) append_in_processes();
    else together(<u32>entry.index, WRITERS);
    const total = <u64>(WRITERS * rounds) * record;
    const all = malloc(total + 1);
    seek(log, 0, SEEK_SET);
    if (read(log, all, total + 1) != <i64>total) found(LOST);
    const counts = malloc(32);
    fill(counts, 32, 0);
    for (let at: u64 = 0; at < total; at += record) {
        const writer = <u32>load<u8>(all + <usize>at) - 97;
        if (writer >= WRITERS || !all_are(all + <usize>at, record, 97 + writer)) return found(TORN);
        store<u64>(counts + (writer << 3), load<u64>(counts + (writer << 3)) + 1);
    }
    for (let i: u32 = 0; i < WRITERS; i++) if (load<u64>(counts + (i << 3)) != rounds) found(LOST);
}

// Close beside read, write and seek of the same descriptor: bytes of the file, or EBADF.
function user(index: u64): u64 {
    const buffer = malloc(64);
    fill(buffer, 64, 7);
    while (running()) {
        const written = write(3, buffer, 64);
        if (written != 64 && written != EBADF) found(REFUSED);
        if (seek(3, 0, SEEK_SET) > 64) found(TORN);
        const got = read(3, buffer, 64);
        if (got > 64 || (got < 0 && got != EBADF)) found(REFUSED);
        if (got > 0 && !all_are(buffer, <u64>got, 7)) found(FOREIGN);
        fill(buffer, 64, 7);
    }
    return 0;
}

function closer(index: u64): u64 {
    if (index != 0) return user(index);
    for (let i: u32 = 0; i < rounds; i++) {
        const fd = open(cstr("z"), O_RDWR | O_CREAT);
        if (fd != 3 || close(fd) != 0) found(SAME);
    }
    atomic.store<u32>(stop, 1);
    return 0;
}

// fork beside open, write and close.
const OPENERS: u32 = 3;
/** Threads that are at work: their first faults are over. */
const ready: usize = memory.data(4, 4);

function opener(index: u64): u64 {
    if (index == 0) return forker();
    const name = malloc(8);
    store<u8>(name, <u8>(97 + index));
    store<u8>(name, 0, 1);
    for (let round = 0; running(); round++) {
        const fd = open(name, O_RDWR | O_CREAT);
        if (fd < 3 || write(fd, name, 1) != 1 || close(fd) != 0) found(LOST);
        if (round == 0) atomic.add<u32>(ready, 1);
    }
    return 0;
}

function forker(): u64 {
    const status = malloc(8);
    while (atomic.load<u32>(ready) < OPENERS) thread_yield();
    for (let i: u32 = 0; i < rounds; i++) {
        place_fork(worker_cluster(i));
        const pid = fork();
        if (pid == 0) {
            for (let fd: u64 = 3; fd < 32; fd++) ecall(SYS_CLOSE, fd, 0, 0, 0, 0, 0);
            exit(0);
        }
        if (pid < 0 || wait_for(pid, status) != pid || load<u32>(status) != 0) found(REFUSED);
    }
    atomic.store<u32>(stop, 1);
    return 0;
}

// Opens at once: each has a descriptor of its own.
const opened: usize = memory.data(8 * 3, 8);

function open_at_once(index: u64): u64 {
    const name = malloc(8);
    store<u8>(name, <u8>(97 + index));
    store<u8>(name, 0, 1);
    for (let round: u32 = 1; round <= rounds; round++) {
        store<i64>(opened + ((<usize>index) << 3), open(name, O_RDWR | O_CREAT));
        meet(2 * round - 1);
        if (index == 0) compare_opened();
        meet(2 * round);
        close(load<i64>(opened + ((<usize>index) << 3)));
    }
    return 0;
}

function meet(round: u32): void {
    atomic.add<u32>(ready, 1);
    while (atomic.load<u32>(ready) < round * OPENERS) thread_yield();
}

function compare_opened(): void {
    const a = load<i64>(opened);
    const b = load<i64>(opened, 8);
    const c = load<i64>(opened, 16);
    if (a < 3 || b < 3 || c < 3 || a == b || a == c || b == c) found(SAME);
}

// Truncation beside writers, readers, and fresh memory, which gets the frames that are freed.
const OWN: u64 = 0x77;
const WRITTEN: u64 = 0x11;
/** Words that far apart are looked at. */
const LINE: u64 = 256;

function truncate_race(index: u64): u64 {
    if (index == 0) return truncater();
    if (index % 3 == 1) return page_writer();
    return index % 3 == 2 ? page_reader() : fresh_pages();
}

function truncater(): u64 {
    const fd = open(cstr("f"), O_RDWR | O_CREAT);
    for (let i: u32 = 0; i < rounds; i++) {
        while (seek(fd, 0, SEEK_END) < <i64>(4 * PAGE)) thread_yield();
        for (let left: u32 = (i * 37) % 23; left > 0; left--) thread_yield();
        close(open(cstr("f"), O_RDWR | O_TRUNC));
    }
    atomic.store<u32>(stop, 1);
    return 0;
}

/** From pages that have never been touched but for the first, so that the transfer waits for its faults. */
function page_writer(): u64 {
    while (running()) {
        const fd = open(cstr("f"), O_RDWR | O_CREAT);
        for (let i: u32 = 0; i < 4; i++) {
            const page = map_pages(2 * PAGE);
            fill(page, PAGE, WRITTEN);
            if (write(fd, page, 2 * PAGE) != <i64>(2 * PAGE)) found(LOST);
            munmap(page, 2 * PAGE);
        }
        close(fd);
    }
    return 0;
}

function page_reader(): u64 {
    while (running()) {
        const fd = open(cstr("f"), O_RDWR | O_CREAT);
        const pages = map_pages(4 * PAGE);
        const got = read(fd, pages, 4 * PAGE);
        for (let at: i64 = 0; at < got; at += <i64>LINE) {
            const word = load<u64>(pages + <usize>at);
            if (word != WRITTEN * EACH_BYTE && word != 0) found(FOREIGN);
        }
        munmap(pages, 4 * PAGE);
        close(fd);
    }
    return 0;
}

function fresh_pages(): u64 {
    while (running()) {
        const pages = map_pages(16 * PAGE);
        for (let at: u64 = 0; at < 16 * PAGE; at += LINE) {
            if (load<u64>(pages + <usize>at) != 0) found(FOREIGN);
            store<u64>(pages + <usize>at, OWN * EACH_BYTE);
        }
        for (let at: u64 = 0; at < 16 * PAGE; at += LINE) {
            if (load<u64>(pages + <usize>at) != OWN * EACH_BYTE) found(TORN);
        }
        munmap(pages, 16 * PAGE);
    }
    return 0;
}

/** A mapping and its file stay one over a truncation. */
function mapping(): void {
    const fd = open(cstr("m"), O_RDWR | O_CREAT);
    const buffer = malloc(PAGE);
    fill(buffer, PAGE, WRITTEN);
    for (let i: u32 = 0; i < 3; i++) write(fd, buffer, PAGE);
    const mapped = map_file(fd, 3 * PAGE);
    if (!all_are(mapped + 4096, PAGE, WRITTEN)) found(LOST);
    close(open(cstr("m"), O_RDWR | O_TRUNC));
    if (seek(fd, 0, SEEK_END) != 0) found(LEFT);
    if (!all_are(mapped + 4096, PAGE, 0)) found(LEFT);
    seek(fd, 0, SEEK_SET);
    fill(buffer, PAGE, OWN);
    for (let i: u32 = 0; i < 3; i++) write(fd, buffer, PAGE);
    if (!all_are(mapped + 4096, PAGE, OWN)) found(LOST);
    store<u8>(mapped, 5, 2 * 4096);
    seek(fd, <i64>(2 * PAGE), SEEK_SET);
    if (read(fd, buffer, PAGE) != <i64>PAGE || load<u8>(buffer) != 5 || load<u8>(buffer, 1) != <u8>OWN) found(LOST);
    // The first page is not mapped: it was freed, and is zero where the file grows over it.
    if (munmap(mapped, 3 * PAGE) != 0) found(REFUSED);
    close(open(cstr("m"), O_RDWR | O_TRUNC));
    seek(fd, <i64>PAGE, SEEK_SET);
    write(fd, buffer, 1);
    seek(fd, 0, SEEK_SET);
    if (read(fd, buffer, PAGE) != <i64>PAGE || !all_are(buffer, PAGE, 0)) found(LEFT);
    close(fd);
}

/** Children that write, read and wait for their turns are killed at some moment, one after the other. */
function killing(): void {
    shared = open(cstr("k"), O_RDWR | O_CREAT | O_APPEND);
    const buffer = malloc(8 * PAGE);
    fill(buffer, 8 * PAGE, WRITTEN);
    const status = malloc(8);
    for (let i: u32 = 0; i < rounds; i++) {
        const first = killed_child(i, buffer);
        const second = killed_child(i + 1, buffer);
        for (let left: u32 = (i * 37) % 91; left > 0; left--) thread_yield();
        kill(first, SIGKILL);
        // The file is not left with the dead.
        if (write(shared, buffer, 10) != 10) found(REFUSED);
        kill(second, SIGKILL);
        if (wait_for(first, status) != first || wait_for(second, status) != second) found(LEFT);
        close(open(cstr("k"), O_RDWR | O_TRUNC));
    }
    close(shared);
}

function killed_child(place: u32, buffer: usize): i64 {
    place_fork(worker_cluster(place));
    const pid = fork();
    if (pid != 0) return pid;
    const entry: (argument: u64) => u64 = write_for_ever;
    for (let i: u32 = 0; i < 2; i++) thread_create(<u32>entry.index, buffer, <i32>worker_cluster(place + i));
    write_for_ever(buffer);
    return 0;
}

function write_for_ever(buffer: u64): u64 {
    while (true) {
        if (seek(shared, 0, SEEK_END) > 1000000) close(open(cstr("k"), O_RDWR | O_TRUNC));
        write(shared, <usize>buffer, 8 * PAGE);
        seek(shared, 0, SEEK_SET);
        read(shared, malloc(64), 64);
    }
}

export function main(argc: i32, argv: usize): i32 {
    rounds = argument_number(argc, argv, 2, 20);
    record = argument_number(argc, argv, 3, 8);
    const closes: (argument: u64) => u64 = closer;
    const forks: (argument: u64) => u64 = opener;
    const opens: (argument: u64) => u64 = open_at_once;
    const truncates: (argument: u64) => u64 = truncate_race;
    if (argument_is(argc, argv, 1, cstr("append-shared"))) appends(0);
    else if (argument_is(argc, argv, 1, cstr("append-threads"))) appends(1);
    else if (argument_is(argc, argv, 1, cstr("append-processes"))) appends(2);
    else if (argument_is(argc, argv, 1, cstr("close"))) together(<u32>closes.index, 4);
    else if (argument_is(argc, argv, 1, cstr("fork"))) together(<u32>forks.index, 4);
    else if (argument_is(argc, argv, 1, cstr("open"))) together(<u32>opens.index, OPENERS);
    else if (argument_is(argc, argv, 1, cstr("truncate"))) together(<u32>truncates.index, 7);
    else if (argument_is(argc, argv, 1, cstr("mapping"))) mapping();
    else if (argument_is(argc, argv, 1, cstr("kill"))) killing();
    else return 2;
    return <i32>atomic.load<u32>(wrong);
}
