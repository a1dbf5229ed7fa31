// The calls that change a file's size (docs/spec/files.md F4): truncate, ftruncate and fallocate.

import { EBADF, EFBIG, EINTR, EINVAL, EISDIR, ENODEV, ENOSPC, ESPIPE, ETXTBSY } from "../abi/errno";
import { PAGE_SHIFT } from "../abi/memory-map";
import { REFUSED_FALLOCATE_ANOTHER_MODE_THAN_0 } from "../abi/refusals";
import { SYS_FALLOCATE, SYS_FTRUNCATE, SYS_TRUNCATE } from "../abi/syscalls";
import { FILE_LIMIT, HOLD_WRITE, inode_resize, inode_truncate, page_hold, page_release } from "../fs/cache";
import { fd_hold } from "../fs/descriptors";
import { IS_DIRECTORY } from "../fs/directory";
import { inode_grow, inode_size } from "../fs/inode";
import {
    flags_write,
    KIND_FILE,
    KIND_PIPE,
    open_file_flags,
    open_file_inode,
    open_file_kind,
    open_file_release,
} from "../fs/open-file";
import { turn_give, turn_take } from "../fs/turn";
import { writer_enter, writer_leave } from "../fs/writers";
import { pages_of, range_fits } from "../hal/checked";
import { xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { rpc_between_pages } from "../rpc/serve";
import { AT_FDCWD } from "./path";
import { call_register, call_t, refused } from "./table";
import { target_hold, target_object, target_release } from "./target";

export function resize_calls(): void {
    call_register(SYS_TRUNCATE, sys_truncate);
    call_register(SYS_FTRUNCATE, sys_ftruncate);
    call_register(SYS_FALLOCATE, sys_fallocate);
}

/** truncate(path, length): to truncate is to write, so a file that processes execute is ETXTBSY. */
function sys_truncate(process: process_t, call: call_t): i64 {
    if (<i64>call.a1 < 0) return -EINVAL;
    const found = target_hold(process, AT_FDCWD, call.a0, 0);
    if (found < 0) return found;
    const inode = target_object(found);
    let result: i64 = -EISDIR;
    if ((found & IS_DIRECTORY) == 0) {
        result = -ETXTBSY;
        if (writer_enter(inode)) {
            result = resize(inode, call.a1);
            writer_leave(inode);
        }
    }
    target_release(found);
    return result;
}

/** ftruncate(fd, length) */
function sys_ftruncate(process: process_t, call: call_t): i64 {
    if (<i64>call.a1 < 0) return -EINVAL;
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    const writes = open_file_kind(file) == KIND_FILE && flags_write(open_file_flags(file));
    const result = writes ? resize(open_file_inode(file), call.a1) : -EINVAL;
    open_file_release(file);
    return result;
}

function resize(inode: xptr_t, size: u64): i64 {
    if (size > FILE_LIMIT) return -EFBIG;
    if (!turn_take(inode)) return -EINTR;
    inode_resize(inode, size);
    turn_give(inode);
    return 0;
}

/** fallocate(fd, mode, offset, bytes): afterwards no write to the range fails for want of memory. Mode 0 lets the file reach its end. */
function sys_fallocate(process: process_t, call: call_t): i64 {
    if (<u32>call.a1 != 0) return refused(process, REFUSED_FALLOCATE_ANOTHER_MODE_THAN_0);
    if (<i64>call.a2 < 0 || <i64>call.a3 <= 0) return -EINVAL;
    const file = fd_hold(process, <u32>call.a0);
    if (file == 0) return -EBADF;
    const kind = open_file_kind(file);
    let result: i64 = 0;
    if (!flags_write(open_file_flags(file))) result = -EBADF;
    else if (kind != KIND_FILE) result = kind == KIND_PIPE ? -ESPIPE : -ENODEV;
    else if (!range_fits(call.a2, call.a3, FILE_LIMIT)) result = -EFBIG;
    else result = allocate(open_file_inode(file), call.a2, call.a2 + call.a3);
    open_file_release(file);
    return result;
}

/** Makes the pages of the range. Without memory for all of them, those behind the file's end go again. */
function allocate(inode: xptr_t, from: u64, to: u64): i64 {
    if (!turn_take(inode)) return -EINTR;
    const end = pages_of(to);
    let error: i64 = 0;
    let ppn: u64 = 0;
    for (let index = from >> PAGE_SHIFT; index < end && error == 0; index++) {
        ppn = page_hold(inode, index, HOLD_WRITE, ppn);
        if (ppn == 0) error = -ENOSPC;
        else if (!rpc_between_pages()) error = -EINTR;
    }
    page_release(ppn);
    if (error == 0) inode_grow(inode, to);
    else inode_truncate(inode, inode_size(inode));
    turn_give(inode);
    return error;
}
