// The call that lists a directory: getdents64.

import { EBADF, EFAULT, EINTR, EINVAL, ENOMEM, ENOTDIR } from "../abi/errno";
import { PAGE_SIZE } from "../abi/memory-map";
import { SYS_GETDENTS64 } from "../abi/syscalls";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { fd_hold } from "../fs/descriptors";
import { directory_list } from "../fs/listing";
import {
    KIND_TOLD,
    open_file_inode,
    open_file_is_directory,
    open_file_kind,
    open_file_position,
    open_file_release,
    open_file_set_position,
} from "../fs/open-file";
import { turn_give, turn_take } from "../fs/turn";
import { uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { ppm_alloc, ppm_free } from "../mm/ppm";
import { process_t } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import { rpc_between_pages } from "../rpc/serve";
import { call_register, call_t } from "./table";
import { told_list } from "./told-listing";

export function directory_calls(): void {
    call_register(SYS_GETDENTS64, sys_getdents64);
}

/** getdents64(fd, to, bytes) */
function sys_getdents64(process: process_t, call: call_t): i64 {
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    const result = open_file_is_directory(file) ? list(process, file, call.a1, call.a2) : -ENOTDIR;
    open_file_release(file);
    return result;
}

/** Lists names from the position on, a page of records at a time. The position moves by the records that the user has got. */
function list(process: process_t, file: xptr_t, to: uaddr_t, bytes: u64): i64 {
    const page = ppm_alloc(0, FRAME_KERNEL, 0);
    if (page == 0) return -ENOMEM;
    let done: u64 = 0;
    let error: i64 = turn_take(file) ? 0 : -EINTR;
    const locked = error == 0;
    while (error == 0 && done < bytes) {
        const room = bytes - done < <u64>PAGE_SIZE ? <u32>(bytes - done) : <u32>PAGE_SIZE;
        const found = list_from(file, open_file_position(file), page, room);
        if (found <= 0) {
            error = found < 0 ? -EINVAL : 0;
            break;
        }
        const copied = copy_records(process, file, to + done, page, <u32>found);
        done += copied;
        if (copied != <u32>found) error = -EFAULT;
        else if (!rpc_between_pages()) error = -EINTR;
    }
    if (bytes == 0 && error == 0) error = -EINVAL;
    if (locked) turn_give(file);
    ppm_free(page);
    return done != 0 ? <i64>done : error;
}

function list_from(file: xptr_t, position: u64, page: usize, room: u32): i64 {
    const object = open_file_inode(file);
    if (open_file_kind(file) == KIND_TOLD) return told_list(object, position, page, room);
    return directory_list(object, position, xptr_local(page), room);
}

/** Copies whole records to the user, and moves the position behind each. Returns the bytes copied. */
function copy_records(process: process_t, file: xptr_t, to: uaddr_t, page: usize, bytes: u32): u32 {
    let done: u32 = 0;
    while (done < bytes) {
        const record = <u32>load<u16>(page + done, 16);
        if (copy_to_user(process, to + done, page + done, record) != 0) break;
        open_file_set_position(file, load<u64>(page + done, 8));
        done += record;
    }
    return done;
}
