// Roles of `race` about descriptors, files, raw ranges and long calls (vmm-policy 5.9.1, 5.9.9, 6.1).
import { O_APPEND, O_CREAT, O_RDWR, O_TRUNC } from "../../../kernel/abi/file";
import { DSM_BASE } from "../../../kernel/abi/memory-map";
import { SYS_GETDENTS64, SYS_GETRANDOM, SYS_MUNMAP } from "../../../kernel/abi/syscalls";
import { cstr } from "../../../userland/lib/cstr";
import { close, open, read, seek, write } from "../../../userland/lib/file";
import { ecall } from "../../../userland/lib/hal";
import { map_pages } from "../../../userland/lib/malloc";
import { mprotect, munmap } from "../../../userland/lib/memory";
import { fork } from "../../../userland/lib/process";
import { child_ends, dawdle, exit_now, PAGE, random, role_count, rounds, SIGSEGV, wrong } from "./race-kit";

const EBADF: i64 = -9;
const EINVAL: i64 = -22;
const BYTES: u64 = 6000;
/** Each worker's bytes, to write from and to read into. */
const buffers: usize = memory.data(32 * 8, 8);
const names: usize = memory.data(32 * 8, 8);
const RECORD: u64 = 48;

/** The letter of role C: with closers about, nobody keeps a descriptor. */
const CLOSER: u32 = 67;
const APPENDER: u32 = 65;

export function file_begin(): void {
    for (let w: u32 = 0; w < 32; w++) {
        store<u64>(buffers + ((<usize>w) << 3), map_pages(2 * PAGE));
        const name = names + ((<usize>w) << 3);
        store<u8>(name, 47);
        store<u8>(name, 111, 1);
        store<u8>(name, <u8>(97 + (w % 26)), 2);
        store<u8>(name, <u8>(97 + w / 26), 3);
        store<u8>(name, 0, 4);
    }
}

function buffer_of(w: u32): usize {
    return <usize>load<u64>(buffers + ((<usize>w) << 3));
}

/** O: a file of its own, whose bytes come back through a descriptor of its own. */
export function opener(w: u32): void {
    const closed = role_count(CLOSER) != 0;
    const buffer = buffer_of(w);
    for (let n: u32 = 0; n < rounds; n++) {
        const fd = open(names + ((<usize>w) << 3), O_RDWR | O_CREAT);
        if (fd < 0) {
            if (!closed) wrong(w, cstr("open gave"), fd);
            continue;
        }
        const bytes = 1 + <u64>random(w, <u32>BYTES);
        for (let i: u64 = 0; i < bytes; i++) store<u8>(buffer + <usize>i, <u8>(w * 31 + n));
        const written = write(fd, buffer, bytes);
        for (let i: u64 = 0; i < bytes; i++) store<u8>(buffer + <usize>i, 0);
        const sought = seek(fd, 0, 0);
        const got = read(fd, buffer, bytes);
        const ended = close(fd);
        if (closed) continue;
        if (written != <i64>bytes || sought != 0 || got != <i64>bytes || ended != 0) wrong(w, cstr("read gave"), got);
        for (let i: u64 = 0; i < bytes; i++) {
            if (load<u8>(buffer + <usize>i) == <u8>(w * 31 + n)) continue;
            wrong(w, cstr("a file held another's byte at"), i);
            break;
        }
    }
}

/** C: the even workers open and close the lowest descriptors; the odd ones use those, whatever they name, and close one now and then. */
export function closer(w: u32): void {
    for (let n: u32 = 0; n < rounds * 8; n++) {
        if (w & 1) use_descriptor(w);
        else close(open(names + ((<usize>w) << 3), O_RDWR | O_CREAT));
    }
}

function use_descriptor(w: u32): void {
    const buffer = buffer_of(w);
    const fd = <i64>(3 + random(w, 2));
    const how = random(w, 16);
    const bytes = how < 12 ? 64 : 1 + <u64>random(w, <u32>BYTES);
    const result =
        how == 0 ? close(fd) : how & 1 ? write(fd, buffer, bytes) : how & 2 ? seek(fd, 0, 0) : read(fd, buffer, bytes);
    if (result < 0 && result != EBADF) wrong(w, cstr("a call on a closed descriptor gave"), result);
}

/** A: appends whole records to one file. */
export function appender(w: u32): void {
    const fd = open(cstr("/appended"), O_RDWR | O_CREAT | O_APPEND);
    const buffer = buffer_of(w);
    for (let i: u64 = 0; i < RECORD; i++) store<u8>(buffer + <usize>i, <u8>(w + 1));
    for (let n: u32 = 0; n < rounds; n++) {
        const written = write(fd, buffer, RECORD);
        if (written != <i64>RECORD) wrong(w, cstr("an append gave"), written);
        dawdle(w, 20);
    }
    close(fd);
}

/** After all workers are through: every record is there, and whole. */
export function appenders_end(): void {
    const workers = role_count(APPENDER);
    if (workers == 0) return;
    const fd = open(cstr("/appended"), O_RDWR);
    const buffer = buffer_of(0);
    let records: u32 = 0;
    while (read(fd, buffer, RECORD) == <i64>RECORD) {
        for (let i: usize = 1; i < <usize>RECORD; i++) {
            if (load<u8>(buffer + i) == load<u8>(buffer)) continue;
            wrong(0, cstr("a record is torn:"), records);
            break;
        }
        records++;
    }
    if (records != workers * rounds) wrong(0, cstr("records that were appended:"), records);
    close(fd);
}

/** R: empties a file and fills it again; what is read from it is its bytes, or none. */
export function truncater(w: u32): void {
    const buffer = buffer_of(w);
    for (let n: u32 = 0; n < rounds; n++) {
        const fd = open(cstr("/emptied"), O_RDWR | O_CREAT | O_TRUNC);
        if (fd < 0) {
            wrong(w, cstr("open gave"), fd);
            return;
        }
        for (let i: usize = 0; i < <usize>BYTES; i++) store<u8>(buffer + i, 171);
        // Half of the workers only empty it.
        if (w & 1) {
            close(fd);
            continue;
        }
        write(fd, buffer, BYTES);
        seek(fd, 0, 0);
        const got = read(fd, buffer, BYTES);
        for (let i: i64 = 0; i < got; i++) {
            const byte = load<u8>(buffer + <usize>i);
            if (byte == 171 || byte == 0) continue;
            wrong(w, cstr("a file held what nobody wrote:"), byte);
            break;
        }
        close(fd);
    }
}

/** Z: ranges that hold no vseg of the program, or not only such: they are refused or nothing happens. */
export function ranger(w: u32): void {
    const page = map_pages(PAGE);
    store<u64>(page, 42);
    for (let n: u32 = 0; n < rounds; n++) {
        refused(w, 0x2000, PAGE);
        refused(w, 0x3000, PAGE);
        refused(w, 0, 0x10000);
        refused(w, 0x1000, 0x3000);
        refused(w, 0x3ff_f000, 0xffff_ffff_ffff_f000);
        refused(w, page, 0xffff_ffff_ffff_f000 - page);
        refused(w, 0x8000_0000_0000_0000, PAGE);
        if (mprotect(0x2000, PAGE, 3) >= 0) wrong(w, cstr("mprotect of kentry gave"), 0);
        if (mprotect(0x3000, 0x2000, 0) >= 0) wrong(w, cstr("mprotect over kentry gave"), 0);
        if (mprotect(page, PAGE * 2048, 1) >= 0) wrong(w, cstr("mprotect of a hole gave"), 0);
        // Nothing is there: as Linux, nothing to do.
        const hole = ecall(SYS_MUNMAP, 0x31000000, 0x4000000, 0, 0, 0, 0);
        if (hole != 0) wrong(w, cstr("munmap of a hole gave"), hole);
        // A child is no node: the region is nothing to it.
        const pid = fork();
        if (pid == 0) {
            atomic.load<u32>(<usize>DSM_BASE + (random(w, 2) << 12));
            exit_now(1);
        }
        child_ends(w, pid, SIGSEGV, SIGSEGV, cstr("a child that is no node ended with"));
    }
    if (load<u64>(page) != 42) wrong(w, cstr("a page was lost:"), load<u64>(page));
}

function refused(w: u32, address: u64, bytes: u64): void {
    const result = ecall(SYS_MUNMAP, address, bytes, 0, 0, 0, 0);
    if (result != EINVAL) wrong(w, cstr("a range that is not the program's gave"), result);
}

/** B: calls whose work a number of the user sets: each ends, and others run meanwhile. */
export function hoarder(w: u32): void {
    const buffer = map_pages(64 * PAGE);
    const directory = open(cstr("/"), 0);
    for (let n: u32 = 0; n < rounds; n++) {
        if (directory >= 0) {
            seek(directory, 0x7fffffff, 0);
            const entries = ecall(SYS_GETDENTS64, <u64>directory, buffer, 4096, 0, 0, 0);
            if (entries > 4096) wrong(w, cstr("getdents gave"), entries);
        }
        const got = ecall(SYS_GETRANDOM, buffer, 64 * PAGE, 0, 0, 0, 0);
        if (got != <i64>(64 * PAGE)) wrong(w, cstr("getrandom gave"), got);
        // A great hole, and one vseg of many pages that nobody has touched.
        const large = map_pages(0x400_0000);
        if (large == 0 || munmap(large, 0x400_0000) != 0) wrong(w, cstr("64 MiB of nothing at"), large);
    }
}
