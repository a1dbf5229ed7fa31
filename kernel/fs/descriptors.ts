// File descriptors. The table of P lies at its reference cluster; an open file (position, mode) lies where it was opened and is
// shared by fork. Operations are leaf requests to the cluster that has the object.
import { EBADF, EINVAL, EMFILE } from "../abi/errno";
import { O_APPEND, SEEK_CUR, SEEK_END, SEEK_SET } from "../abi/file";
import { lock_acquire, lock_release } from "../hal/lock";
import { xptr_cxy, xptr_local, xptr_lpa, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { process_hold, process_release, process_t } from "../proc/process-table";
import { RPC_FD_ADD, RPC_FD_CLOSE, RPC_FD_GET, RPC_OPEN_FILE } from "../rpc/ops";
import { is_local, LEVEL_LEAF, rpc_arguments, rpc_get, rpc_register, rpc_send, rpc_set } from "../rpc/rpc";
import { inode_size } from "./cache";

@unmanaged
export class open_file_t {
    inode: u64;
    position: u64;
    flags: u32;
    /** Descriptors that name it, in all processes. */
    owners: u32;
    lock: u32;
    directory: u32;
}

/** 0, 1 and 2 are the console, and never in the table. */
const FIRST_FD: u32 = 3;
const FDS: u32 = 32;

export function descriptors_init(): void {
    const add: (desc: xptr_t) => void = serve_add;
    const get: (desc: xptr_t) => void = serve_get;
    const close: (desc: xptr_t) => void = serve_close;
    const operate: (desc: xptr_t) => void = serve_open_file;
    rpc_register(RPC_FD_ADD, <u32>add.index);
    rpc_register(RPC_FD_GET, <u32>get.index);
    rpc_register(RPC_FD_CLOSE, <u32>close.index);
    rpc_register(RPC_OPEN_FILE, <u32>operate.index);
}

/** A new open file of this cluster, with one owner: its xptr, or 0. */
export function open_file_create(inode: xptr_t, flags: u32, directory: bool): xptr_t {
    const file = changetype<open_file_t>(kcm_alloc(<u32>offsetof<open_file_t>()));
    if (changetype<usize>(file) == 0) return 0;
    file.inode = inode;
    file.flags = flags;
    file.owners = 1;
    file.directory = directory ? 1 : 0;
    return xptr_local(changetype<usize>(file));
}

function ask(process: process_t, op: u32, a: u64): i64 {
    const desc = rpc_arguments();
    desc.arg0 = process.pid;
    desc.arg1 = a;
    rpc_send(process.reference, LEVEL_LEAF, op);
    return <i64>desc.arg0;
}

/** The lowest free descriptor for an open file, or -EMFILE. */
export function fd_add(process: process_t, file: xptr_t): i64 {
    return is_local(process.reference) ? add_here(process.pid, file) : ask(process, RPC_FD_ADD, file);
}

function serve_add(desc: xptr_t): void {
    rpc_set(desc, 0, <u64>add_here(<u32>rpc_get(desc, 0), rpc_get(desc, 1)));
}

function add_here(pid: u32, file: xptr_t): i64 {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return -EBADF;
    const fd = add_to(process, file);
    process_release(process);
    return fd;
}

function add_to(process: process_t, file: xptr_t): i64 {
    if (process.fds == 0) process.fds = kcm_alloc(FDS * 8);
    if (process.fds == 0) return -EMFILE;
    for (let fd = FIRST_FD; fd < FDS; fd++) {
        if (load<u64>(process.fds + (fd << 3)) != 0) continue;
        store<u64>(process.fds + (fd << 3), file);
        return fd;
    }
    return -EMFILE;
}

/** The open file of a descriptor, 0: there is none. */
export function fd_get(process: process_t, fd: u32): xptr_t {
    return is_local(process.reference) ? get_here(process.pid, fd) : <u64>ask(process, RPC_FD_GET, fd);
}

function serve_get(desc: xptr_t): void {
    rpc_set(desc, 0, get_here(<u32>rpc_get(desc, 0), <u32>rpc_get(desc, 1)));
}

function get_here(pid: u32, fd: u32): xptr_t {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return 0;
    const known = process.fds != 0 && fd >= FIRST_FD && fd < FDS;
    const file = known ? load<u64>(process.fds + (fd << 3)) : 0;
    process_release(process);
    return file;
}

/** Takes a descriptor out of the table: its open file, whose owner the caller now is; 0: there is none. */
export function fd_take(process: process_t, fd: u32): xptr_t {
    return is_local(process.reference) ? take_here(process.pid, fd) : <u64>ask(process, RPC_FD_CLOSE, fd);
}

function serve_close(desc: xptr_t): void {
    rpc_set(desc, 0, take_here(<u32>rpc_get(desc, 0), <u32>rpc_get(desc, 1)));
}

function take_here(pid: u32, fd: u32): xptr_t {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return 0;
    const file = get_here(pid, fd);
    if (file != 0) store<u64>(process.fds + (fd << 3), 0);
    process_release(process);
    return file;
}

/** The i-th place of the table at Z: an open file or 0; -1 behind the end. For fork and the end of a process, at Z. */
export function fd_at(process: process_t, fd: u32): i64 {
    if (fd >= FDS) return -1;
    return process.fds == 0 ? 0 : <i64>load<u64>(process.fds + (fd << 3));
}

// Operations on an open file.
const OPERATION_SHARE: u32 = 0;
const OPERATION_DROP: u32 = 1;
const OPERATION_ADVANCE: u32 = 2;
const OPERATION_SEEK: u32 = 3;

function operate(file: xptr_t, operation: u32, a: u64, b: u64): i64 {
    const cxy = xptr_cxy(file);
    const local = xptr_lpa(file);
    if (is_local(cxy)) return operate_here(changetype<open_file_t>(local), operation, a, b);
    const desc = rpc_arguments();
    desc.arg0 = local;
    desc.arg1 = operation;
    desc.arg2 = a;
    desc.arg3 = b;
    rpc_send(cxy, LEVEL_LEAF, RPC_OPEN_FILE);
    return <i64>desc.arg0;
}

function serve_open_file(desc: xptr_t): void {
    const file = changetype<open_file_t>(<usize>rpc_get(desc, 0));
    rpc_set(desc, 0, <u64>operate_here(file, <u32>rpc_get(desc, 1), rpc_get(desc, 2), rpc_get(desc, 3)));
}

function operate_here(file: open_file_t, operation: u32, a: u64, b: u64): i64 {
    const lock = changetype<usize>(file) + offsetof<open_file_t>("lock");
    lock_acquire(lock);
    let result: i64 = 0;
    if (operation == OPERATION_SHARE) file.owners++;
    else if (operation == OPERATION_DROP) result = --file.owners;
    else if (operation == OPERATION_ADVANCE) result = advance(file, a, b != 0);
    else if (operation == OPERATION_SEEK) result = seek(file, <i64>a, <u32>b);
    lock_release(lock);
    if (operation == OPERATION_DROP && result == 0) kcm_free(changetype<usize>(file));
    return result;
}

/** One more descriptor names the file. */
export function open_file_share(file: xptr_t): void {
    operate(file, OPERATION_SHARE, 0, 0);
}

/** One descriptor less; the last one closes it. */
export function open_file_drop(file: xptr_t): void {
    operate(file, OPERATION_DROP, 0, 0);
}

/** Takes `bytes` bytes of the file for one transfer: the position where it begins. A write in append mode begins at the end. */
export function open_file_advance(file: xptr_t, bytes: u64, writing: bool): u64 {
    return <u64>operate(file, OPERATION_ADVANCE, bytes, writing ? 1 : 0);
}

function advance(file: open_file_t, bytes: u64, writing: bool): i64 {
    if (file.directory == 0) {
        const size = inode_size(file.inode);
        if (writing && (file.flags & O_APPEND) != 0) file.position = size;
        if (!writing && file.position + bytes > size) bytes = file.position < size ? size - file.position : 0;
    }
    const begin = file.position;
    file.position += bytes;
    return <i64>begin;
}

/** lseek: the new position, or -EINVAL. */
export function open_file_seek(file: xptr_t, offset: i64, whence: u32): i64 {
    return operate(file, OPERATION_SEEK, <u64>offset, whence);
}

function seek(file: open_file_t, offset: i64, whence: u32): i64 {
    if (whence == SEEK_CUR) offset += <i64>file.position;
    else if (whence == SEEK_END) offset += file.directory != 0 ? 0 : <i64>inode_size(file.inode);
    else if (whence != SEEK_SET) return -EINVAL;
    if (offset < 0) return -EINVAL;
    file.position = <u64>offset;
    return offset;
}
