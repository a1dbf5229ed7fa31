// The calls for the one directory: getdents64 and getcwd.

import { EBADF, EFAULT, EINTR, EINVAL, ENOTDIR, ERANGE } from "../abi/errno";
import { DIRENT_NAME_SIZE } from "../abi/file";
import { SYS_GETCWD, SYS_GETDENTS64 } from "../abi/syscalls";
import { fd_hold } from "../fs/descriptors";
import { directory_entry } from "../fs/directory";
import { open_file_is_directory, open_file_position, open_file_release, open_file_set_position } from "../fs/open-file";
import { turn_give, turn_take } from "../fs/turn";
import { range_fits } from "../hal/checked";
import { cstr } from "../hal/cstr";
import { uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import { rpc_between_pages } from "../rpc/serve";
import { this_thread } from "../sched/thread";
import { call_register, call_t } from "./table";

export function directory_calls(): void {
    call_register(SYS_GETDENTS64, sys_getdents64);
    call_register(SYS_GETCWD, sys_getcwd);
}

/** getcwd(to, bytes): the working directory is "/". */
function sys_getcwd(process: process_t, call: call_t): i64 {
    if (call.a1 < 2) return -ERANGE;
    return copy_to_user(process, call.a0, cstr("/"), 2) != 0 ? -EFAULT : 2;
}

/** The header of a linux_dirent64 in bytes: ino, off (u64 each), reclen (u16), type (u8). The name follows. */
const DIRENT_HEADER: u32 = 19;
const DT_REG: u32 = 8;

/** getdents64(fd, to, bytes) */
function sys_getdents64(process: process_t, call: call_t): i64 {
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    const result = open_file_is_directory(file) ? list(process, file, call.a1, call.a2) : -ENOTDIR;
    open_file_release(file);
    return result;
}

/** Lists entries from the position on. The position moves by the entries that the user has got. */
function list(process: process_t, file: xptr_t, to: uaddr_t, bytes: u64): i64 {
    if (!turn_take(file)) return -EINTR;
    let index = open_file_position(file);
    let done: u64 = 0;
    let error: i64 = 0;
    while (error == 0) {
        const record = make_record(index);
        if (record == 0) break;
        if (!range_fits(done, record, bytes)) error = -EINVAL;
        else if (copy_to_user(process, to + done, this_thread().buffer, record) != 0) error = -EFAULT;
        else {
            done += record;
            index++;
            if (!rpc_between_pages()) error = -EINTR;
        }
    }
    open_file_set_position(file, index);
    turn_give(file);
    return done != 0 ? <i64>done : error;
}

/** Makes the record of the directory's entry of that index in the thread's buffer. Returns its bytes, or 0 behind the last entry. */
function make_record(index: u64): u32 {
    const entry = this_thread().buffer;
    for (let i: u32 = 0; i < DIRENT_HEADER + DIRENT_NAME_SIZE + 8; i++) store<u8>(entry + i, 0);
    const name = entry + 24;
    if (!directory_entry(index, xptr_local(name))) return 0;
    let length: u32 = 0;
    while (load<u8>(name + length) != 0) length++;
    for (let i: u32 = 0; i <= length; i++) store<u8>(entry + DIRENT_HEADER + i, load<u8>(name + i));
    const record = (DIRENT_HEADER + length + 1 + 7) & ~7;
    store<u64>(entry, index + 1);
    store<u64>(entry, index + 1, 8);
    store<u16>(entry, <u16>record, 16);
    store<u8>(entry, <u8>DT_REG, 18);
    return record;
}
