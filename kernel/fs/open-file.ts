// Open files: position and mode, shared by dup'ing forks (docs/spec/files.md F2, F3). One lies in the cluster where it was opened.
// Who uses one holds it: open_file_share and open_file_release are a pair, and so are fd_hold (fs/descriptors.ts) and open_file_release.

import { EINTR, EINVAL } from "../abi/errno";
import { SEEK_CUR, SEEK_END } from "../abi/file";
import { RPC_OPEN_FILE_FREE } from "../abi/rpc-ops";
import { offset_moved } from "../hal/checked";
import { remote_add32, remote_load32, remote_load64, remote_store64 } from "../hal/hal";
import { xptr_cxy, xptr_local, xptr_lpa, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_ask, rpc_get } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { inode_size } from "./cache";
import { turn_give, turn_t, turn_take } from "./turn";

/** Its turn is needed for the position; inode, flags and directory never change. */
@unmanaged
class open_file_t extends turn_t {
    inode: u64;
    /** A byte's offset below 2^63; of a directory the index of an entry. */
    position: u64;
    flags: u32;
    /** Descriptors that name it, in all processes, and system calls at work on it. */
    owners: u32;
    directory: u32;
    padding: u32;
}

export function open_file_init(): void {
    const free: (desc: xptr_t) => void = serve_free;
    rpc_register(RPC_OPEN_FILE_FREE, <u32>free.index);
}

/** A new open file of this cluster, which the caller owns; inode 0: the directory. Its xptr, or 0 without memory. */
export function open_file_create(inode: xptr_t, flags: u32): xptr_t {
    const file = changetype<open_file_t>(kcm_alloc(<u32>offsetof<open_file_t>()));
    if (changetype<usize>(file) == 0) return 0;
    file.inode = inode;
    file.flags = flags;
    file.owners = 1;
    file.directory = inode == 0 ? 1 : 0;
    return xptr_local(changetype<usize>(file));
}

/** One more owner. The caller is one, or has the lock of a table that names the file. */
export function open_file_share(file: xptr_t): void {
    remote_add32(file + offsetof<open_file_t>("owners"), 1);
}

/** One owner less; the last one closes it. */
export function open_file_release(file: xptr_t): void {
    if (remote_add32(file + offsetof<open_file_t>("owners"), 0xffffffff) != 1) return;
    if (is_local(xptr_cxy(file))) kcm_free(xptr_lpa(file));
    else rpc_ask(LEVEL_LEAF, file, RPC_OPEN_FILE_FREE, 0, 0, 0, 0);
}

function serve_free(desc: xptr_t): void {
    kcm_free(<usize>rpc_get(desc, 0));
}

export function open_file_inode(file: xptr_t): xptr_t {
    return remote_load64(file + offsetof<open_file_t>("inode"));
}

export function open_file_flags(file: xptr_t): u32 {
    return remote_load32(file + offsetof<open_file_t>("flags"));
}

export function open_file_is_directory(file: xptr_t): bool {
    return remote_load32(file + offsetof<open_file_t>("directory")) != 0;
}

/** The caller has the turn of the file, here and below. */
export function open_file_position(file: xptr_t): u64 {
    return remote_load64(file + offsetof<open_file_t>("position"));
}

export function open_file_set_position(file: xptr_t, position: u64): void {
    remote_store64(file + offsetof<open_file_t>("position"), position);
}

/** lseek: the new position, or -errno. */
export function open_file_seek(file: xptr_t, distance: i64, whence: u32): i64 {
    if (whence > <u32>SEEK_END) return -EINVAL;
    if (!turn_take(file)) return -EINTR;
    let from: u64 = 0;
    if (whence == SEEK_CUR) from = open_file_position(file);
    else if (whence == SEEK_END && !open_file_is_directory(file)) from = inode_size(open_file_inode(file));
    const position = offset_moved(from, distance);
    if (position >= 0) open_file_set_position(file, <u64>position);
    turn_give(file);
    return position >= 0 ? position : -EINVAL;
}
