// Inodes: what the cluster that is the home of a file knows of it. Its pages are in cache.ts, its attributes in attributes.ts.

import { RPC_FILE_CREATE } from "../abi/rpc-ops";
import {
    FILE_CREATE_BYTES,
    FILE_CREATE_DATA,
    FILE_CREATE_INODE,
    FILE_CREATE_MODE,
    FILE_CREATE_NODE,
    FILE_CREATE_NUMBER,
} from "../abi/rpc-words";
import { remote_add32, remote_load64, remote_store64 } from "../hal/hal";
import { xptr_local, xptr_t } from "../hal/platform";
import { kcm_alloc } from "../mm/kcm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { attributes_modified, attributes_now } from "./attributes";
import { turn_t } from "./turn";

/** An inode. The turn at it is that of writers: a thread that has it changes size and content alone. */
@unmanaged
export class inode_t extends turn_t {
    size: u64;
    /** Initial content: xptr in the initrd, and its size in bytes. */
    data: u64;
    data_size: u64;
    /** The lock of the pages. */
    lock: u32;
    /** 256 tables of 128 ppns each; 0 where there is none yet, or no page at all. */
    pages: usize;
    /** The number of writers, or of runners below 0 (fs/writers.ts). */
    writers: i32;
    /** Its name, open files, programs that execute it, calls at work on it, and the vsegs at Z that map it. */
    owners: u32;
    /** The node of the tree of names that knows it (xptr, fs/names.ts), or 0 for a text (fs/text.ts); and its number. */
    node: u64;
    number: u64;
    /** 1 for shared anonymous memory: its pages lie in clusters by their index, and no call transfers them (fs/shared-memory.ts). */
    scattered: u32;
    padding: u32;
    /** Its attributes (attributes_t, fs/attributes.ts). */
    accessed: i64;
    modified: i64;
    changed: i64;
    mode: u32;
    mode_padding: u32;
}

export function inode_init(): void {
    const create: (desc: xptr_t) => void = serve_create;
    rpc_register(RPC_FILE_CREATE, <u32>create.index);
}

/** Makes an inode in `cxy` with this content and mode. Returns its xptr, or 0 without memory. */
export function inode_create(cxy: u32, data: xptr_t, bytes: u64, node: xptr_t, number: u64, mode: u32): xptr_t {
    if (is_local(cxy)) return create_here(data, bytes, node, number, mode);
    const desc = rpc_arguments();
    desc.set(FILE_CREATE_DATA, data);
    desc.set(FILE_CREATE_BYTES, bytes);
    desc.set(FILE_CREATE_NODE, node);
    desc.set(FILE_CREATE_NUMBER, number);
    desc.set(FILE_CREATE_MODE, mode);
    rpc_send(cxy, LEVEL_LEAF, RPC_FILE_CREATE);
    return desc.get(FILE_CREATE_INODE);
}

function serve_create(desc: xptr_t): void {
    const data = rpc_get(desc, FILE_CREATE_DATA);
    const node = rpc_get(desc, FILE_CREATE_NODE);
    const number = rpc_get(desc, FILE_CREATE_NUMBER);
    const mode = <u32>rpc_get(desc, FILE_CREATE_MODE);
    rpc_set(desc, FILE_CREATE_INODE, create_here(data, rpc_get(desc, FILE_CREATE_BYTES), node, number, mode));
}

function create_here(data: xptr_t, bytes: u64, node: xptr_t, number: u64, mode: u32): xptr_t {
    const inode = changetype<inode_t>(kcm_alloc(<u32>offsetof<inode_t>()));
    if (changetype<usize>(inode) == 0) return 0;
    inode.owners = 1;
    inode.node = node;
    inode.number = number;
    inode.data = data;
    inode.data_size = bytes;
    inode.size = bytes;
    inode.mode = mode;
    inode.modified = attributes_now();
    inode.accessed = inode.modified;
    inode.changed = inode.modified;
    return xptr_local(changetype<usize>(inode));
}

/** Adds an owner. The caller is one itself, or is at work on the node of a name of it. */
export function inode_share(inode: xptr_t): void {
    remote_add32(inode + offsetof<inode_t>("owners"), 1);
}

/** Takes an owner. True when it was the last one; inode_release of fs/directory.ts does the rest. */
export function inode_leave(inode: xptr_t): bool {
    return remote_add32(inode + offsetof<inode_t>("owners"), 0xffffffff) == 1;
}

/** The node of the tree of names that knows the inode (fs/names.ts), or 0 for one without a name. */
export function inode_node(inode: xptr_t): xptr_t {
    return remote_load64(inode + offsetof<inode_t>("node"));
}

export function inode_number(inode: xptr_t): u64 {
    return remote_load64(inode + offsetof<inode_t>("number"));
}

export function inode_size(inode: xptr_t): u64 {
    return remote_load64(inode + offsetof<inode_t>("size"));
}

/** The xptr of its attributes_t. */
export function inode_attributes(inode: xptr_t): xptr_t {
    return inode + offsetof<inode_t>("accessed");
}

/** A write reached `end`, so the file gets at least that many bytes. The caller has the inode's turn. */
export function inode_grow(inode: xptr_t, end: u64): void {
    if (end > inode_size(inode)) remote_store64(inode + offsetof<inode_t>("size"), end);
    attributes_modified(inode_attributes(inode));
}
