// pread64, pwrite64, preadv, pwritev, preadv2 and pwritev2: transfers at a position of the caller's, which leave that of the open file as it is; and the calls that bring a
// file to a disk, of which there is none.

import { EBADF, EINVAL, EISDIR, EOPNOTSUPP, ESPIPE } from "../abi/errno";
import { REFUSED_PREADV2_RWF_NOWAIT, REFUSED_PWRITEV2_RWF_APPEND, REFUSED_PWRITEV2_RWF_NOWAIT } from "../abi/refusals";
import {
    SYS_FDATASYNC,
    SYS_FSYNC,
    SYS_PREAD64,
    SYS_PREADV,
    SYS_PREADV2,
    SYS_PWRITE64,
    SYS_PWRITEV,
    SYS_PWRITEV2,
    SYS_SYNC,
} from "../abi/syscalls";
import { fd_hold } from "../fs/descriptors";
import {
    flags_read,
    flags_write,
    KIND_FILE,
    KIND_TOLD,
    open_file_flags,
    open_file_kind,
    open_file_release,
} from "../fs/open-file";
import { xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { sys_readv, sys_writev } from "./read-write";
import { call_register, call_t, refused } from "./table";
import { file_read_at, file_write_at, parts_one, parts_vector } from "./transfer";

export function positioned_calls(): void {
    call_register(SYS_PREAD64, sys_pread64);
    call_register(SYS_PWRITE64, sys_pwrite64);
    call_register(SYS_PREADV, sys_preadv);
    call_register(SYS_PWRITEV, sys_pwritev);
    call_register(SYS_PREADV2, sys_preadv2);
    call_register(SYS_PWRITEV2, sys_pwritev2);
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

/** The flags of preadv2: how soon a disk has the bytes changes nothing. */
const RWF_HIPRI: u64 = 1;
const RWF_DSYNC: u64 = 2;
const RWF_SYNC: u64 = 4;
const RWF_NOWAIT: u64 = 8;
const RWF_APPEND: u64 = 16;
const RWF_TAKEN: u64 = RWF_HIPRI | RWF_DSYNC | RWF_SYNC;

/** preadv2(fd, vector, count, position, 0, flags): position -1 is that of the open file, which moves. */
function sys_preadv2(process: process_t, call: call_t): i64 {
    if (call.a5 & RWF_NOWAIT) return refused(process, REFUSED_PREADV2_RWF_NOWAIT);
    if (call.a5 & ~(RWF_TAKEN | RWF_APPEND)) return -EOPNOTSUPP;
    return <i64>call.a3 == -1 ? sys_readv(process, call) : positioned(process, call, false, true);
}

/** pwritev2(fd, vector, count, position, 0, flags) */
function sys_pwritev2(process: process_t, call: call_t): i64 {
    if (call.a5 & RWF_NOWAIT) return refused(process, REFUSED_PWRITEV2_RWF_NOWAIT);
    if (call.a5 & RWF_APPEND) return refused(process, REFUSED_PWRITEV2_RWF_APPEND);
    if (call.a5 & ~RWF_TAKEN) return -EOPNOTSUPP;
    return <i64>call.a3 == -1 ? sys_writev(process, call) : positioned(process, call, true, true);
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
    if (kind > KIND_TOLD) return -ESPIPE;
    if (writes ? !flags_write(flags) : !flags_read(flags)) return -EBADF;
    return kind == KIND_FILE ? 0 : -EISDIR;
}

/** fsync(fd) and fdatasync(fd): -EINVAL for what is no file. */
function sys_fsync(process: process_t, call: call_t): i64 {
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    const kind = open_file_kind(file);
    open_file_release(file);
    return kind > KIND_TOLD ? -EINVAL : 0;
}

function sys_sync(_process: process_t, _call: call_t): i64 {
    return 0;
}
