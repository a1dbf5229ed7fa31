// file-calls: what file calls give, one line `NAME NUMBER` each (test/system/file-calls.test.ts; docs/spec/files.md). The first argument
// names a group of calls.
import { O_APPEND, O_CREAT, O_RDWR, O_TRUNC, SEEK_CUR, SEEK_END, SEEK_SET } from "../../../kernel/abi/file";
import { SYS_GETDENTS64, SYS_GETRANDOM, SYS_READV, SYS_WRITE, SYS_WRITEV } from "../../../kernel/abi/syscalls";
import { argument_is } from "../../../userland/lib/args";
import { clock } from "../../../userland/lib/clock";
import { cstr } from "../../../userland/lib/cstr";
import { close, open, read, seek, write } from "../../../userland/lib/file";
import { ecall } from "../../../userland/lib/hal";
import { malloc, map_pages } from "../../../userland/lib/malloc";
import { munmap } from "../../../userland/lib/memory";
import { fork, kill, wait_for } from "../../../userland/lib/process";
import { thread_yield } from "../../../userland/lib/sync";
import { tell } from "./tell";

const PAGE: u64 = 4096;
const FILE_LIMIT: i64 = 128 << 20;
const LAST: i64 = 0x7fffffffffffffff;
const DIRECTORY: u32 = 65536;

function position(fd: i64): i64 {
    return seek(fd, 0, SEEK_CUR);
}

/** An address with `bytes` good bytes before one that is not mapped. */
function before_hole(bytes: u64): usize {
    const pages = map_pages(2 * PAGE);
    munmap(pages + 4096, PAGE);
    return pages + <usize>(PAGE - bytes);
}

/** Two parts of a vector. */
function parts(a: usize, a_bytes: u64, b: usize, b_bytes: u64): usize {
    const vector = malloc(32);
    store<u64>(vector, a);
    store<u64>(vector, a_bytes, 8);
    store<u64>(vector, b, 16);
    store<u64>(vector, b_bytes, 24);
    return vector;
}

function positions(): void {
    const fd = open(cstr("q"), O_RDWR | O_CREAT | O_TRUNC);
    const buffer = malloc(4096);
    write(fd, buffer, 10);
    tell(cstr("write_bad"), write(fd, 8, 4));
    tell(cstr("after_write_bad"), position(fd));
    seek(fd, 2, SEEK_SET);
    tell(cstr("read_bad"), read(fd, 8, 4));
    tell(cstr("after_read_bad"), position(fd));
    seek(fd, 0, SEEK_SET);
    tell(cstr("write_short"), write(fd, before_hole(96), 200));
    tell(cstr("after_write_short"), position(fd));
    tell(cstr("size"), seek(fd, 0, SEEK_END));
    seek(fd, 90, SEEK_SET);
    tell(cstr("read_to_end"), read(fd, buffer, 100));
    tell(cstr("after_read_to_end"), position(fd));
    tell(cstr("read_at_end"), read(fd, buffer, 100));
    const appended = open(cstr("q"), O_RDWR | O_APPEND);
    tell(cstr("append_bad"), write(appended, 8, 4));
    tell(cstr("after_append_bad"), position(appended));
    tell(cstr("append"), write(appended, buffer, 4));
    tell(cstr("after_append"), position(appended));
    const vector = parts(buffer, 50, before_hole(20), 100);
    seek(fd, 0, SEEK_SET);
    tell(cstr("writev_short"), ecall(SYS_WRITEV, <u64>fd, vector, 2, 0, 0, 0));
    tell(cstr("after_writev_short"), position(fd));
}

function numbers(): void {
    const fd = open(cstr("n"), O_RDWR | O_CREAT | O_TRUNC);
    const buffer = malloc(4096);
    write(fd, buffer, 10);
    tell(cstr("write_huge"), write(fd, buffer, 0xfffffffffffffff0));
    tell(cstr("read_huge"), read(fd, buffer, 0xffffffffffffffff));
    tell(cstr("after_huge"), position(fd));
    const wraps = parts(buffer, 4, buffer, 0x7ffffffffffffff0);
    tell(cstr("writev_wraps"), ecall(SYS_WRITEV, <u64>fd, wraps, 2, 0, 0, 0));
    tell(cstr("readv_negative"), ecall(SYS_READV, <u64>fd, parts(buffer, 4, buffer, 0x8000000000000000), 2, 0, 0, 0));
    tell(cstr("writev_many"), ecall(SYS_WRITEV, <u64>fd, wraps, 1025, 0, 0, 0));
    tell(cstr("after_vectors"), position(fd));
    tell(cstr("seek_last"), seek(fd, LAST, SEEK_SET) == LAST ? 1 : 0);
    tell(cstr("seek_beyond"), seek(fd, 1, SEEK_CUR));
    tell(cstr("seek_end_beyond"), seek(fd, LAST, SEEK_END));
    tell(cstr("seek_negative"), seek(fd, -11, SEEK_END));
    tell(cstr("seek_how"), seek(fd, 0, 3));
    tell(cstr("read_last"), read(fd, buffer, 10));
    tell(cstr("write_last"), write(fd, buffer, 10));
    seek(fd, FILE_LIMIT - 10, SEEK_SET);
    tell(cstr("write_over_limit"), write(fd, buffer, 20));
    tell(cstr("write_at_limit"), write(fd, buffer, 20));
    tell(cstr("write_nothing_at_limit"), write(fd, buffer, 0));
    tell(cstr("at_limit"), position(fd) - FILE_LIMIT);
}

/** Without a free descriptor an open changes nothing. */
function full_table(): void {
    const fd = open(cstr("kept"), O_RDWR | O_CREAT);
    write(fd, malloc(10), 10);
    let count: i64 = 1;
    while (open(cstr("kept"), O_RDWR) >= 0) count++;
    tell(cstr("descriptors"), count);
    tell(cstr("open_full"), open(cstr("kept"), O_RDWR | O_TRUNC));
    tell(cstr("create_full"), open(cstr("made"), O_RDWR | O_CREAT));
    tell(cstr("kept_size"), seek(fd, 0, SEEK_END));
    close(fd + 2);
    tell(cstr("made"), open(cstr("made"), O_RDWR));
    tell(cstr("lowest"), open(cstr("kept"), O_RDWR) - fd);
}

/** Lists the directory from `from` on, `at_once` bytes a call: entries. */
function list(directory: i64, from: i64, at_once: u64): i64 {
    const buffer = malloc(4096);
    let entries: i64 = 0;
    seek(directory, from, SEEK_SET);
    while (true) {
        const bytes = ecall(SYS_GETDENTS64, <u64>directory, buffer, at_once, 0, 0, 0);
        if (bytes <= 0) return bytes < 0 ? bytes : entries;
        for (let at: usize = 0; at < <usize>bytes; at += load<u16>(buffer + at, 16)) entries++;
    }
}

function make_files(from: u32, to: u32): void {
    const name = malloc(16);
    for (let i = from; i < to; i++) {
        store<u8>(name, 102);
        store<u8>(name, <u8>(97 + i / 26), 1);
        store<u8>(name, <u8>(97 + (i % 26)), 2);
        store<u8>(name, 0, 3);
        close(open(name, O_RDWR | O_CREAT));
    }
}

function directory(): void {
    const fd = open(cstr("/"), DIRECTORY);
    const before = list(fd, 0, 4096);
    tell(cstr("files_of_initrd"), before);
    make_files(0, 25);
    let from = clock();
    tell(cstr("with_25"), list(fd, 0, 4096) - before);
    tell(cstr("cost_25"), clock() - from);
    make_files(0, 225);
    from = clock();
    tell(cstr("with_225"), list(fd, 0, 4096) - before);
    tell(cstr("cost_225"), clock() - from);
    tell(cstr("in_small_pieces"), list(fd, 0, 64) - before);
    tell(cstr("from_the_200th"), list(fd, before + 200, 4096));
    tell(cstr("too_small"), list(fd, 0, 8));
    tell(cstr("at_2_31"), list(fd, 0x7fffffff, 512));
    tell(cstr("at_2_32"), list(fd, 0x100000000, 512));
    tell(cstr("at_last"), list(fd, LAST, 512));
    seek(fd, 0, SEEK_SET);
    tell(cstr("bad_address"), ecall(SYS_GETDENTS64, <u64>fd, 8, 512, 0, 0, 0));
    tell(cstr("after_bad_address"), position(fd));
    tell(cstr("bad_in_the_middle"), ecall(SYS_GETDENTS64, <u64>fd, before_hole(60), 512, 0, 0, 0) > 0 ? 1 : 0);
    tell(cstr("after_bad_in_the_middle"), position(fd));
}

/** Bytes of the long calls. */
const LONG: u64 = 1 << 18;

function long_call(which: u32, fd: i64, buffer: usize): void {
    if (which == 0) ecall(SYS_GETRANDOM, buffer, LONG, 0, 0, 0, 0);
    else if (which == 1) write(fd, buffer, LONG);
    else if (which == 2) read(fd, buffer, LONG);
    else ecall(SYS_WRITE, 1, buffer, LONG >> 2, 0, 0, 0);
    seek(fd, 0, SEEK_SET);
}

/** How long a call takes, and how long after a kill its process is there. */
function killed_call(which: u32, fd: i64, buffer: usize, whole: usize, killed: usize): void {
    const from = clock();
    long_call(which, fd, buffer);
    tell(whole, clock() - from);
    const pid = fork();
    if (pid == 0) while (true) long_call(which, fd, buffer);
    for (let i = 0; i < 50; i++) thread_yield();
    const at = clock();
    kill(pid, 9);
    wait_for(pid, 0);
    tell(killed, clock() - at);
}

function long_calls(): void {
    const buffer = map_pages(LONG);
    const fd = open(cstr("long"), O_RDWR | O_CREAT);
    killed_call(0, fd, buffer, cstr("random"), cstr("random_killed"));
    killed_call(1, fd, buffer, cstr("write"), cstr("write_killed"));
    killed_call(2, fd, buffer, cstr("read"), cstr("read_killed"));
}

export function main(argc: i32, argv: usize): i32 {
    if (argument_is(argc, argv, 1, cstr("positions"))) positions();
    else if (argument_is(argc, argv, 1, cstr("numbers"))) numbers();
    else if (argument_is(argc, argv, 1, cstr("full"))) full_table();
    else if (argument_is(argc, argv, 1, cstr("directory"))) directory();
    else if (argument_is(argc, argv, 1, cstr("killed"))) long_calls();
    else if (argument_is(argc, argv, 1, cstr("random"))) long_call(0, 0, map_pages(LONG));
    else if (argument_is(argc, argv, 1, cstr("console"))) long_call(3, 0, map_pages(LONG));
    else return 2;
    return 0;
}
