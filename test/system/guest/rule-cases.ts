// rule-cases: what single rules of docs/spec/vmm-policy.md give a program, one line `NAME NUMBER` each (test/audit/rule-mutants.test.ts). The
// first argument names a group.
import { O_CREAT, O_RDWR, O_TRUNC, SEEK_SET } from "../../../kernel/abi/file";
import { FUTEX_WAIT } from "../../../kernel/abi/futex";
import { SYS_FUTEX, SYS_MMAP } from "../../../kernel/abi/syscalls";
import { argument_is } from "../../../userland/lib/args";
import { cstr } from "../../../userland/lib/cstr";
import { close, map_file, open, read, seek, write } from "../../../userland/lib/file";
import { ecall } from "../../../userland/lib/hal";
import { malloc, map_pages } from "../../../userland/lib/malloc";
import { brk, mprotect, munmap } from "../../../userland/lib/memory";
import { exit, fork, place_fork, wait_for } from "../../../userland/lib/process";
import { cluster_self, thread_create, thread_join, worker_cluster } from "../../../userland/lib/thread";
import { tell } from "./tell";

const PAGE: u64 = 4096;
const CODE: usize = 0x10000;
const word: usize = memory.data(4, 4);
const status: usize = memory.data(4, 4);

/** A file of three pages, each filled with its number + 1. */
function three_pages(): i64 {
    const fd = open(cstr("three"), O_RDWR | O_CREAT | O_TRUNC);
    const buffer = malloc(PAGE);
    for (let page = 1; page <= 3; page++) {
        memory.fill(buffer, <u8>page, <usize>PAGE);
        write(fd, buffer, PAGE);
    }
    seek(fd, 0, SEEK_SET);
    return fd;
}

/** What a child finds: 5.9.1, 7.2. */
function children(): void {
    const fd = three_pages();
    const end = brk(0);
    brk(end + 100);
    const free = map_pages(PAGE);
    munmap(free, PAGE);
    place_fork((cluster_self() + 1) % 4);
    const pid = fork();
    if (pid == 0) {
        const kept = brk(0) == end + 100 ? 1 : 0;
        const mapped = map_pages(PAGE);
        store<u8>(mapped, 5);
        close(fd);
        exit(kept + (mapped == free ? 2 : 0));
    }
    wait_for(pid, status);
    tell(cstr("child"), load<u32>(status) >> 8);
    const buffer = malloc(64);
    tell(cstr("read_after_child"), read(fd, buffer, 8));
    tell(cstr("other_file"), open(cstr("other"), O_RDWR | O_CREAT) - fd);
    tell(cstr("first_byte"), load<u8>(buffer));
}

/** A mapped file that loses its first page: 7.1. */
function files(): void {
    const fd = three_pages();
    const map = map_file(fd, 3 * PAGE);
    munmap(map, PAGE);
    tell(cstr("second_page"), load<u8>(map + <usize>PAGE));
    tell(cstr("third_page"), load<u8>(map + <usize>(2 * PAGE)));
    tell(cstr("past_the_end"), pread_at(fd, 3 * PAGE));
}

function pread_at(fd: i64, at: i64): i64 {
    seek(fd, at, SEEK_SET);
    return read(fd, malloc(64), 8);
}

/** What is refused: 5.8, 5.10, 7.1. */
function checks(): void {
    const fd = three_pages();
    tell(cstr("read_into_code"), read(fd, CODE, 8));
    tell(cstr("unmap_code"), munmap(CODE, PAGE));
    const map = map_pages(PAGE);
    tell(cstr("unmap_odd"), munmap(map + 8, PAGE));
    tell(cstr("protect_hole"), mprotect(map, 1 << 24, 1));
    tell(cstr("map_nothing"), ecall(SYS_MMAP, 0, 0, 3, 0x22, <u64>-1, 0));
    const entry: (argument: u64) => u64 = touch;
    tell(cstr("no_cluster"), thread_create(<u32>entry.index, map, 99));
    tell(cstr("other_word"), ecall(SYS_FUTEX, word, FUTEX_WAIT, 1, 0, 0, 0));
}

function touch(argument: u64): u64 {
    const at = <usize>argument;
    for (let page: usize = 0; page < 4; page++) store<u8>(at + page * <usize>PAGE, <u8>page);
    return 0;
}

function in_other_clusters(entry: u32, argument: u64): void {
    for (let i: u32 = 1; i < 4; i++) thread_join(thread_create(entry, argument, <i32>worker_cluster(i)), 0);
}

/** A vseg that others share is cut, then goes; another is narrowed: 5.9, 7.1. */
function cuts(): void {
    const entry: (argument: u64) => u64 = touch;
    const map = map_pages(4 * PAGE);
    touch(map);
    in_other_clusters(<u32>entry.index, map);
    munmap(map, PAGE);
    tell(cstr("unmap_rest"), munmap(map + <usize>PAGE, 3 * PAGE));
    const read_only = map_pages(4 * PAGE);
    touch(read_only);
    in_other_clusters(<u32>entry.index, read_only);
    tell(cstr("protect"), mprotect(read_only, PAGE, 1));
    tell(cstr("protect_rest"), mprotect(read_only + <usize>PAGE, 3 * PAGE, 1));
    const fd = three_pages();
    tell(cstr("read_into_read_only"), read(fd, read_only, 8));
}

/** A page that two clusters touch at once: 5.6. */
function meetings(): void {
    const entry: (argument: u64) => u64 = touch;
    for (let round = 0; round < 20; round++) {
        const map = map_pages(4 * PAGE);
        const first = thread_create(<u32>entry.index, map, <i32>worker_cluster(1));
        const second = thread_create(<u32>entry.index, map, <i32>worker_cluster(2));
        touch(map);
        thread_join(first, 0);
        thread_join(second, 0);
        munmap(map, 4 * PAGE);
    }
    tell(cstr("rounds"), 20);
}

export function main(argc: i32, argv: usize): i32 {
    if (argument_is(argc, argv, 1, cstr("children"))) children();
    else if (argument_is(argc, argv, 1, cstr("files"))) files();
    else if (argument_is(argc, argv, 1, cstr("checks"))) checks();
    else if (argument_is(argc, argv, 1, cstr("cuts"))) cuts();
    else if (argument_is(argc, argv, 1, cstr("meetings"))) meetings();
    else return 2;
    return 0;
}
