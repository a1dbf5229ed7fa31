// The one directory, in cluster 0: names to inodes. Files of the initrd get an inode when they are first looked up; the homes of
// files go round the clusters.

import { DIRENT_NAME_SIZE } from "../abi/file";
import { MUTANT_STATE_KEPT } from "../abi/observed-mutants";
import { remote_load8, remote_store8, remote_store64 } from "../hal/hal";
import { xptr_local, xptr_t } from "../hal/platform";
import { instance_cluster, instance_count } from "../hal/topology";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { Mutant } from "../mutant";
import { RPC_DIRENT, RPC_LOOKUP } from "../rpc/ops";
import {
    is_local,
    LEVEL_MANAGER,
    rpc_arguments,
    rpc_get,
    rpc_register,
    rpc_send,
    rpc_set,
    rpc_yield,
} from "../rpc/rpc";
import { inode_create, inode_destroy } from "./cache";
import { file_t, initrd_name, initrd_open } from "./initrd";

@unmanaged
class dirent_t {
    next: usize;
    padding: u32;
    inode: u64;
}
/** Behind the entry: its name, DIRENT_NAME_SIZE bytes with the NUL. */

const entries: usize = memory.data(4, 4);
const count: usize = memory.data(4, 4);
/** 1: a lookup is at work; it may wait for another cluster. */
const busy: usize = memory.data(4, 4);

export function directory_init(): void {
    const lookup: (desc: xptr_t) => void = serve_lookup;
    const dirent: (desc: xptr_t) => void = serve_dirent;
    rpc_register(RPC_LOOKUP, <u32>lookup.index);
    rpc_register(RPC_DIRENT, <u32>dirent.index);
}

/** The inode of the file named by the C string at `name`; `create`: made if there is none. 0: no such file, or no memory. */
export function directory_lookup(name: xptr_t, create: bool): xptr_t {
    if (is_local(0)) return lookup_here(name, create);
    const desc = rpc_arguments();
    desc.arg0 = name;
    desc.arg1 = create ? 1 : 0;
    rpc_send(0, LEVEL_MANAGER, RPC_LOOKUP);
    return desc.arg0;
}

function serve_lookup(desc: xptr_t): void {
    rpc_set(desc, 0, lookup_here(rpc_get(desc, 0), rpc_get(desc, 1) != 0));
}

function lookup_here(name: xptr_t, create: bool): xptr_t {
    while (atomic.cmpxchg<u32>(busy, 0, 1) != 0) rpc_yield();
    let inode = find(name);
    if (inode == 0) inode = add(name, create);
    if (!Mutant.on(MUTANT_STATE_KEPT)) atomic.store<u32>(busy, 0);
    return inode;
}

function name_of(entry: usize): usize {
    return entry + offsetof<dirent_t>();
}

function find(name: xptr_t): xptr_t {
    for (let at = load<usize>(entries); at != 0; at = changetype<dirent_t>(at).next) {
        if (same(xptr_local(name_of(at)), name)) return changetype<dirent_t>(at).inode;
    }
    return 0;
}

function same(a: xptr_t, b: xptr_t): bool {
    for (let i: u32 = 0; i < <u32>DIRENT_NAME_SIZE; i++) {
        const c = remote_load8(a + i);
        if (c != remote_load8(b + i)) return false;
        if (c == 0) return true;
    }
    return true;
}

/** An entry for a file of the initrd, or for a new one. */
function add(name: xptr_t, create: bool): xptr_t {
    const entry = kcm_alloc(<u32>offsetof<dirent_t>() + DIRENT_NAME_SIZE);
    const file = changetype<file_t>(kcm_alloc(<u32>offsetof<file_t>()));
    let inode: xptr_t = 0;
    if (entry != 0 && changetype<usize>(file) != 0 && (initrd_open(name, file) || create)) {
        const home = instance_cluster(atomic.load<u32>(count) % instance_count());
        inode = inode_create(home, file.data, file.size);
    }
    if (changetype<usize>(file) != 0) kcm_free(changetype<usize>(file));
    if (inode == 0) {
        if (entry != 0) kcm_free(entry);
        return 0;
    }
    for (let i: u32 = 0; i < <u32>DIRENT_NAME_SIZE - 1; i++) {
        const c = remote_load8(name + i);
        if (c == 0) break;
        store<u8>(name_of(entry) + i, <u8>c);
    }
    changetype<dirent_t>(entry).inode = inode;
    changetype<dirent_t>(entry).next = load<usize>(entries);
    store<usize>(entries, entry);
    atomic.add<u32>(count, 1);
    return inode;
}

/** Gives back every inode and entry, at the end of the last program. In cluster 0. */
export function directory_unmount(): void {
    while (load<usize>(entries) != 0) {
        const entry = load<usize>(entries);
        store<usize>(entries, changetype<dirent_t>(entry).next);
        inode_destroy(changetype<dirent_t>(entry).inode);
        kcm_free(entry);
    }
}

/** Copies the name of the directory's i-th file (initrd first, then files made since) to `to`. False behind the last one. */
export function directory_entry(i: u32, to: xptr_t): bool {
    if (is_local(0)) return entry_here(i, to);
    const desc = rpc_arguments();
    desc.arg0 = i;
    desc.arg1 = to;
    rpc_send(0, LEVEL_MANAGER, RPC_DIRENT);
    return desc.arg0 != 0;
}

function serve_dirent(desc: xptr_t): void {
    rpc_set(desc, 0, entry_here(<u32>rpc_get(desc, 0), rpc_get(desc, 1)) ? 1 : 0);
}

function entry_here(i: u32, to: xptr_t): bool {
    let left = i;
    let name = initrd_name(left);
    if (name != 0) return copy_name(name, to);
    while (initrd_name(left - 1) == 0) left--;
    left = i - left;
    for (let at = load<usize>(entries); at != 0; at = changetype<dirent_t>(at).next) {
        name = xptr_local(name_of(at));
        if (in_initrd(name) || left-- != 0) continue;
        return copy_name(name, to);
    }
    return false;
}

function in_initrd(name: xptr_t): bool {
    const file = changetype<file_t>(kcm_alloc(<u32>offsetof<file_t>()));
    if (changetype<usize>(file) == 0) return false;
    const found = initrd_open(name, file);
    kcm_free(changetype<usize>(file));
    return found;
}

function copy_name(from: xptr_t, to: xptr_t): bool {
    remote_store64(to, 0);
    for (let i: u32 = 0; i < <u32>DIRENT_NAME_SIZE; i++) {
        const c = remote_load8(from + i);
        remote_store8(to + i, c);
        if (c == 0) return true;
    }
    return true;
}
