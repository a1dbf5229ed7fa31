// Files: open, close, read, write, seek, map (vmm-policy 3 FILE).
import { O_CREAT } from "../../kernel/abi/file";
import { SYS_CLOSE, SYS_LSEEK, SYS_MMAP, SYS_OPENAT, SYS_READ, SYS_WRITE } from "../../kernel/abi/syscalls";
import { ecall } from "./hal";

const AT_FDCWD: u64 = 0xffffffffffffff9c;
const PROT_READ_WRITE: u64 = 3;
const MAP_SHARED: u64 = 1;
export const READ_ONLY: u32 = 0;
export const READ_WRITE: u32 = 2;
export const CREATE: u32 = O_CREAT;

/** A descriptor, or -errno. */
export function open(path: usize, flags: u32): i64 {
    return ecall(SYS_OPENAT, AT_FDCWD, path, flags, 0, 0, 0);
}

export function close(fd: i64): i64 {
    return ecall(SYS_CLOSE, <u64>fd, 0, 0, 0, 0, 0);
}

/** Bytes read, 0 at the end, or -errno. */
export function read(fd: i64, buffer: usize, bytes: u64): i64 {
    return ecall(SYS_READ, <u64>fd, buffer, bytes, 0, 0, 0);
}

/** Bytes written, or -errno. */
export function write(fd: i64, buffer: usize, bytes: u64): i64 {
    return ecall(SYS_WRITE, <u64>fd, buffer, bytes, 0, 0, 0);
}

/** The new position, or -errno; `whence` as lseek(2). */
export function seek(fd: i64, offset: i64, whence: u32): i64 {
    return ecall(SYS_LSEEK, <u64>fd, <u64>offset, whence, 0, 0, 0);
}

/** The file's pages, shared with all who map or write it; 0 when that is not possible. */
export function map_file(fd: i64, bytes: u64): usize {
    const address = ecall(SYS_MMAP, 0, bytes, PROT_READ_WRITE, MAP_SHARED, <u64>fd, 0);
    return address < 0 ? 0 : <usize>address;
}
