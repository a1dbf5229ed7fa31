// Open files: position and mode, which a process shares with its forks (docs/spec/files.md F2, F3, F9). An open file lies in the cluster
// where it was opened. The three of the console lie in every cluster from its start, and last. A thread that uses it holds it: open_file_share and open_file_release are a pair, and so are fd_hold (fs/descriptors.ts)
// and open_file_release.

import { EINTR, EINVAL, ESPIPE } from "../abi/errno";
import { O_ACCMODE, O_RDONLY, O_RDWR, O_WRONLY, SEEK_CUR, SEEK_END } from "../abi/file";
import { RPC_OPEN_FILE_FREE } from "../abi/rpc-ops";
import { OPEN_FILE_FREE_FILE } from "../abi/rpc-words";
import { offset_moved } from "../hal/checked";
import { cstr } from "../hal/cstr";
import { remote_add32, remote_load32, remote_load64, remote_store32, remote_store64 } from "../hal/hal";
import { xptr_cxy, xptr_local, xptr_lpa, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { assert_kernel } from "../panic";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { directory_release, inode_release } from "./directory";
import { inode_size } from "./inode";
import { pipe_leave, SIDE_READ, SIDE_WRITE } from "./pipe";
import { turn_give, turn_t, turn_take } from "./turn";
import { writer_leave } from "./writers";

/** An open file. The position needs its turn; inode, kind and stream never change, and of the flags only O_APPEND and O_NONBLOCK. */
@unmanaged
class open_file_t extends turn_t {
    /** The file's inode; the directory's node (fs/names.ts); of a pipe's end the pipe; else 0. */
    inode: u64;
    /** A byte's offset below 2^63; for a directory a place in its list (fs/listing.ts). */
    position: u64;
    flags: u32;
    /** Number of descriptors that name it, in all processes, and of system calls at work on it. */
    owners: u32;
    kind: u32;
    /** The stream of the console: 0, 1 or 2. */
    stream: u32;
}

/** What an open file is of. */
export const KIND_FILE: u32 = 0;
export const KIND_DIRECTORY: u32 = 1;
/** A directory that the kernel tells: its inode is a text of records (syscalls/told-listing.ts). */
export const KIND_TOLD: u32 = 2;
export const KIND_CONSOLE: u32 = 3;
export const KIND_PIPE: u32 = 4;

/** The open files of the console, by stream: of open_file_t's size. The cluster is their first owner. */
export const STREAMS: u32 = 3;
const console_files: usize = memory.data(3 * 56, 8);

/** The open file of a stream, in this cluster. */
function console_file(stream: u32): open_file_t {
    return changetype<open_file_t>(console_files + stream * offsetof<open_file_t>());
}

/** The open file (xptr) of a stream, with the caller as one more owner. */
export function console_file_share(stream: u32): xptr_t {
    const file = xptr_local(changetype<usize>(console_file(stream)));
    open_file_share(file);
    return file;
}

export function open_file_init(): void {
    const free: (desc: xptr_t) => void = serve_free;
    rpc_register(RPC_OPEN_FILE_FREE, <u32>free.index);
    assert_kernel(offsetof<open_file_t>() == 56, cstr("open_file_t is not of the size of the console's open files"));
    for (let stream: u32 = 0; stream < STREAMS; stream++) {
        const file = console_file(stream);
        file.flags = O_RDWR;
        file.owners = 1;
        file.kind = KIND_CONSOLE;
        file.stream = stream;
    }
}

/** True when a file that is open with these flags may be read. */
export function flags_read(flags: u32): bool {
    const mode = flags & O_ACCMODE;
    return mode == O_RDONLY || mode == O_RDWR;
}

/** True when a file that is open with these flags may be written. */
export function flags_write(flags: u32): bool {
    const mode = flags & O_ACCMODE;
    return mode == O_WRONLY || mode == O_RDWR;
}

/**
 * Makes the open file of an inode, in this cluster. It becomes an owner of the inode in the caller's place. One that may be written is a writer of its
 * inode, and the caller has entered it (fs/writers.ts). Returns its xptr, or 0 without memory.
 */
export function open_file_create(inode: xptr_t, flags: u32): xptr_t {
    const file = changetype<open_file_t>(kcm_alloc(<u32>offsetof<open_file_t>()));
    if (changetype<usize>(file) == 0) return 0;
    file.inode = inode;
    file.flags = flags;
    file.owners = 1;
    return xptr_local(changetype<usize>(file));
}

/** Makes the open file of a directory, which becomes its owner in the caller's place. Returns its xptr, or 0 without memory. */
export function open_directory(directory: xptr_t, flags: u32): xptr_t {
    const file = open_file_create(directory, flags);
    if (file != 0) changetype<open_file_t>(xptr_lpa(file)).kind = KIND_DIRECTORY;
    return file;
}

/** Makes the open file of a listing, whose owner it becomes in the caller's place. Returns its xptr, or 0 without memory. */
export function open_listing(inode: xptr_t, flags: u32): xptr_t {
    const file = open_file_create(inode, flags);
    if (file != 0) changetype<open_file_t>(xptr_lpa(file)).kind = KIND_TOLD;
    return file;
}

/** Makes an open file for one side of a pipe, as its flags say, in this cluster. Returns its xptr, or 0 without memory. */
export function open_pipe_end(pipe: xptr_t, flags: u32): xptr_t {
    const file = open_file_create(pipe, flags);
    if (file != 0) changetype<open_file_t>(xptr_lpa(file)).kind = KIND_PIPE;
    return file;
}

/** Adds an owner. The caller is an owner itself, or has the lock of a table that names the file. */
export function open_file_share(file: xptr_t): void {
    remote_add32(file + offsetof<open_file_t>("owners"), 1);
}

/** Takes an owner; the last one closes the file. */
export function open_file_release(file: xptr_t): void {
    if (remote_add32(file + offsetof<open_file_t>("owners"), 0xffffffff) != 1) return;
    const inode = open_file_inode(file);
    const kind = open_file_kind(file);
    const writes = flags_write(open_file_flags(file));
    if (kind == KIND_FILE && writes) writer_leave(inode);
    if (kind == KIND_FILE || kind == KIND_TOLD) inode_release(inode);
    if (kind == KIND_DIRECTORY) directory_release(inode);
    if (kind == KIND_PIPE) pipe_leave(inode, writes ? SIDE_WRITE : SIDE_READ);
    const cxy = xptr_cxy(file);
    if (is_local(cxy)) {
        kcm_free(xptr_lpa(file));
        return;
    }
    rpc_arguments().set(OPEN_FILE_FREE_FILE, xptr_lpa(file));
    rpc_send(cxy, LEVEL_LEAF, RPC_OPEN_FILE_FREE);
}

function serve_free(desc: xptr_t): void {
    kcm_free(<usize>rpc_get(desc, OPEN_FILE_FREE_FILE));
}

/** The file's inode, the directory, or the pipe whose end it is; 0 for the console. */
export function open_file_inode(file: xptr_t): xptr_t {
    return remote_load64(file + offsetof<open_file_t>("inode"));
}

export function open_file_flags(file: xptr_t): u32 {
    return remote_load32(file + offsetof<open_file_t>("flags"));
}

export function open_file_set_flags(file: xptr_t, flags: u32): void {
    remote_store32(file + offsetof<open_file_t>("flags"), flags);
}

/** One of KIND_*. */
export function open_file_kind(file: xptr_t): u32 {
    return remote_load32(file + offsetof<open_file_t>("kind"));
}

export function open_file_stream(file: xptr_t): u32 {
    return remote_load32(file + offsetof<open_file_t>("stream"));
}

export function open_file_is_directory(file: xptr_t): bool {
    const kind = open_file_kind(file);
    return kind == KIND_DIRECTORY || kind == KIND_TOLD;
}

/** The position of the file. The caller has its turn, here and in open_file_set_position. */
export function open_file_position(file: xptr_t): u64 {
    return remote_load64(file + offsetof<open_file_t>("position"));
}

export function open_file_set_position(file: xptr_t, position: u64): void {
    remote_store64(file + offsetof<open_file_t>("position"), position);
}

/** lseek: returns the new position, or -errno. */
export function open_file_seek(file: xptr_t, distance: i64, whence: u32): i64 {
    if (open_file_kind(file) > KIND_TOLD) return -ESPIPE;
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
