// pread64, pwrite64, preadv and pwritev: transfers at a position of the caller's, which leave that of the open file as it is; and the calls that bring a
// file to a disk, of which there is none.

import { EBADF, EINVAL, EISDIR, ESPIPE } from "../abi/errno";
import {
    SYS_FDATASYNC,
    SYS_FSYNC,
    SYS_PREAD64,
    SYS_PREADV,
    SYS_PWRITE64,
    SYS_PWRITEV,
    SYS_SYNC,
} from "../abi/syscalls";
import { fd_hold } from "../fs/descriptors";
import {
    flags_read,
    flags_write,
    KIND_DIRECTORY,
    KIND_FILE,
    open_file_flags,
    open_file_kind,
    open_file_release,
} from "../fs/open-file";
import { xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { call_register, call_t } from "./table";
import { file_read_at, file_write_at, parts_one, parts_vector } from "./transfer";

export function positioned_calls(): void {
    call_register(SYS_PREAD64, sys_pread64);
    call_register(SYS_PWRITE64, sys_pwrite64);
    call_register(SYS_PREADV, sys_preadv);
    call_register(SYS_PWRITEV, sys_pwritev);
    call_register(SYS_FSYNC, sys_fsync);
    call_register(SYS_FDATASYNC, sys_fsync);
    call_register(SYS_SYNC, sys_sync);
}

/** pread64(fd, buffer, bytes, position) */
function sys_pread64(process: process_t, call: call_t): i64 {
    return positioned(process, call, false, false);
}

/** pwrite64(fd, buffer, bytes, position) */
function sys_pwrite64(process: process_t, call: call_t): i64 {
    return positioned(process, call, true, false);
}

/** preadv(fd, vector, count, position) */
function sys_preadv(process: process_t, call: call_t): i64 {
    return positioned(process, call, false, true);
}

/** pwritev(fd, vector, count, position) */
function sys_pwritev(process: process_t, call: call_t): i64 {
    return positioned(process, call, true, true);
}

function positioned(process: process_t, call: call_t, writes: bool, vector: bool): i64 {
    if (<i64>call.a3 < 0) return -EINVAL;
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    let result = check(file, writes);
    if (result == 0) result = vector ? parts_vector(process, call.a1, call.a2) : parts_one(call.a1, call.a2);
    if (result == 0) result = writes ? file_write_at(process, file, call.a3) : file_read_at(process, file, call.a3);
    open_file_release(file);
    return result;
}

/** Returns 0 when the open file has positions and may be read or written, or -errno. */
function check(file: xptr_t, writes: bool): i64 {
    const kind = open_file_kind(file);
    const flags = open_file_flags(file);
    if (kind > KIND_DIRECTORY) return -ESPIPE;
    if (writes ? !flags_write(flags) : !flags_read(flags)) return -EBADF;
    return kind == KIND_FILE ? 0 : -EISDIR;
}

/** fsync(fd) and fdatasync(fd): -EINVAL for what is no file. */
function sys_fsync(process: process_t, call: call_t): i64 {
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    const kind = open_file_kind(file);
    open_file_release(file);
    return kind > KIND_DIRECTORY ? -EINVAL : 0;
}

function sys_sync(_process: process_t, _call: call_t): i64 {
    return 0;
}
