// The one directory, in cluster 0: names to inodes (docs/spec/files.md F5). Its entries have an index: those of the initrd come first, in
// its order, then files in the order of their making. No entry is removed while a program runs. A file of the initrd gets an inode when it
// is first looked up; the homes of files go round the clusters.

import { EEXIST, ENOENT, ENOMEM } from "../abi/errno";
import { DIRENT_NAME_SIZE } from "../abi/file";
import { RPC_DIRENT, RPC_LOOKUP } from "../abi/rpc-ops";
import { DIRENT_FOUND, DIRENT_INDEX, DIRENT_TO, LOOKUP_CREATE, LOOKUP_INODE, LOOKUP_NAME } from "../abi/rpc-words";
import { remote_load8, remote_store8 } from "../hal/hal";
import { xptr_local, xptr_t } from "../hal/platform";
import { instance_cluster, instance_count } from "../hal/topology";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { LEVEL_LEAF, LEVEL_MANAGER } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register, rpc_yield } from "../rpc/serve";
import { inode_create, inode_destroy } from "./cache";
import { initrd_first, initrd_next, initrd_t } from "./initrd";

@unmanaged
class dirent_t {
    /** The next entry of its bucket, or 0. */
    next: usize;
    padding: u32;
    /** 0 for a file of the initrd that was never looked up. */
    inode: u64;
    /** Initial content: xptr in the initrd, and its size in bytes. */
    data: u64;
    data_size: u64;
}
/** Behind the entry lies its name, DIRENT_NAME_SIZE bytes with the NUL. */

/** Entries by index: a table of tables of TABLE_ENTRIES addresses each, made with the first entry. */
const TABLE_ENTRIES: u32 = 256;
const LARGEST_COUNT: u32 = 256 * 256;
const tables: usize = memory.data(4, 4);
/** First entry of each bucket. */
const BUCKETS: u32 = 256;
const buckets: usize = memory.data(256 * 4, 4);
/** Number of entries. It is raised when an entry is whole, so that a reader needs no lock. */
const count: usize = memory.data(4, 4);
/** Number of entries that have an inode. */
const inodes: usize = memory.data(4, 4);
/** 1 while a lookup is at work; it may wait for another cluster. */
const busy: usize = memory.data(4, 4);
/** The name that the lookup looks for. */
const wanted: usize = memory.data(64, 8);

export function directory_init(): void {
    const lookup: (desc: xptr_t) => void = serve_lookup;
    const dirent: (desc: xptr_t) => void = serve_dirent;
    rpc_register(RPC_LOOKUP, <u32>lookup.index);
    rpc_register(RPC_DIRENT, <u32>dirent.index);
}

/** Makes the entries of the initrd's files. Called in cluster 0, before the first program starts. False without memory. */
export function directory_mount(): bool {
    const file = changetype<initrd_t>(kcm_alloc(<u32>offsetof<initrd_t>()));
    if (changetype<usize>(file) == 0) return false;
    let done = true;
    for (let more = initrd_first(file); more && done; more = initrd_next(file)) {
        copy_name(file.name, xptr_local(wanted));
        done = add(file.data, file.size) != 0;
    }
    kcm_free(changetype<usize>(file));
    return done;
}

/** Gives back every inode and entry. Called in cluster 0, at the end of the last program. */
export function directory_unmount(): void {
    for (let i: u32 = 0; i < load<u32>(count); i++) {
        const entry = changetype<dirent_t>(entry_at(i));
        if (entry.inode != 0) inode_destroy(entry.inode);
        kcm_free(changetype<usize>(entry));
    }
    for (let i: u32 = 0; i * TABLE_ENTRIES < load<u32>(count); i++)
        kcm_free(load<usize>(load<usize>(tables) + (i << 2)));
    if (load<usize>(tables) != 0) kcm_free(load<usize>(tables));
}

/** What a lookup does without a file of that name, and with one. */
export const LOOKUP_FIND: u32 = 0;
export const LOOKUP_MAKE: u32 = 1;
export const LOOKUP_MAKE_NEW: u32 = 2;

/** The inode (xptr) of the file named by the C string at `name`; or -ENOENT, -EEXIST, -ENOMEM. `create` is one of LOOKUP_*. */
export function directory_lookup(name: xptr_t, create: u32): i64 {
    if (is_local(0)) return lookup_here(name, create);
    const desc = rpc_arguments();
    desc.set(LOOKUP_NAME, name);
    desc.set(LOOKUP_CREATE, create);
    rpc_send(0, LEVEL_MANAGER, RPC_LOOKUP);
    return <i64>desc.get(LOOKUP_INODE);
}

function serve_lookup(desc: xptr_t): void {
    rpc_set(desc, LOOKUP_INODE, <u64>lookup_here(rpc_get(desc, LOOKUP_NAME), <u32>rpc_get(desc, LOOKUP_CREATE)));
}

/** A lookup at work waits for leaf requests only, and looks at few entries between two waits. */
function lookup_here(name: xptr_t, create: u32): i64 {
    while (atomic.cmpxchg<u32>(busy, 0, 1) != 0) rpc_yield();
    copy_name(name, xptr_local(wanted));
    const found = look_up(create);
    atomic.store<u32>(busy, 0);
    return found;
}

function look_up(create: u32): i64 {
    let entry = find();
    if (entry != 0 && create == LOOKUP_MAKE_NEW) return -EEXIST;
    if (entry == 0 && create == LOOKUP_FIND) return -ENOENT;
    if (entry == 0) entry = add(0, 0);
    const inode: xptr_t = entry == 0 ? 0 : inode_of(changetype<dirent_t>(entry));
    return inode == 0 ? -ENOMEM : <i64>inode;
}

/** The entry's inode, made now if there is none yet; 0 without memory. */
function inode_of(entry: dirent_t): xptr_t {
    if (entry.inode != 0) return entry.inode;
    const home = instance_cluster(load<u32>(inodes) % instance_count());
    entry.inode = inode_create(home, entry.data, entry.data_size);
    if (entry.inode != 0) store<u32>(inodes, load<u32>(inodes) + 1);
    return entry.inode;
}

function name_of(entry: usize): usize {
    return entry + offsetof<dirent_t>();
}

/** Entries of a bucket that are looked at before other threads run. */
const STEP: u32 = 16;

/** The entry of the wanted name, or 0. */
function find(): usize {
    let looked: u32 = 0;
    for (let at = load<usize>(bucket()); at != 0; at = changetype<dirent_t>(at).next) {
        if (same(name_of(at), wanted)) return at;
        if (++looked % STEP == 0) rpc_yield();
    }
    return 0;
}

/** The address of the word that has the first entry of the wanted name's bucket. */
function bucket(): usize {
    let hash: u32 = 0;
    for (let at = wanted; load<u8>(at) != 0; at++) hash = hash * 31 + load<u8>(at);
    return buckets + ((hash % BUCKETS) << 2);
}

function same(a: usize, b: usize): bool {
    while (load<u8>(a) == load<u8>(b)) {
        if (load<u8>(a) == 0) return true;
        a++;
        b++;
    }
    return false;
}

/** Adds an entry of the wanted name as the last one. Returns it, or 0 without memory. */
function add(data: xptr_t, bytes: u64): usize {
    const index = load<u32>(count);
    const place = index < LARGEST_COUNT ? place_of(index) : 0;
    const entry: usize = place == 0 ? 0 : kcm_alloc(<u32>offsetof<dirent_t>() + DIRENT_NAME_SIZE);
    if (entry == 0) return 0;
    copy_name(xptr_local(wanted), xptr_local(name_of(entry)));
    const dirent = changetype<dirent_t>(entry);
    dirent.data = data;
    dirent.data_size = bytes;
    dirent.next = load<usize>(bucket());
    store<usize>(bucket(), entry);
    store<usize>(place, entry);
    atomic.store<u32>(count, index + 1);
    return entry;
}

/** The place of the index-th entry's address, in a table that is made if need be; 0 without memory. */
function place_of(index: u32): usize {
    if (load<usize>(tables) == 0) store<usize>(tables, kcm_alloc(TABLE_ENTRIES * 4));
    if (load<usize>(tables) == 0) return 0;
    const table = load<usize>(tables) + ((index / TABLE_ENTRIES) << 2);
    if (load<usize>(table) == 0) store<usize>(table, kcm_alloc(TABLE_ENTRIES * 4));
    return load<usize>(table) == 0 ? 0 : load<usize>(table) + ((index % TABLE_ENTRIES) << 2);
}

/** The entry of an index below `count`. */
function entry_at(index: u32): usize {
    return load<usize>(
        load<usize>(load<usize>(tables) + ((index / TABLE_ENTRIES) << 2)) + ((index % TABLE_ENTRIES) << 2),
    );
}

/** Copies the name of the directory's entry of that index to `to`, DIRENT_NAME_SIZE bytes. False behind the last entry. */
export function directory_entry(index: u64, to: xptr_t): bool {
    if (is_local(0)) return entry_here(index, to);
    const desc = rpc_arguments();
    desc.set(DIRENT_INDEX, index);
    desc.set(DIRENT_TO, to);
    rpc_send(0, LEVEL_LEAF, RPC_DIRENT);
    return desc.get(DIRENT_FOUND) != 0;
}

function serve_dirent(desc: xptr_t): void {
    rpc_set(desc, DIRENT_FOUND, entry_here(rpc_get(desc, DIRENT_INDEX), rpc_get(desc, DIRENT_TO)) ? 1 : 0);
}

function entry_here(index: u64, to: xptr_t): bool {
    if (index >= <u64>atomic.load<u32>(count)) return false;
    copy_name(xptr_local(name_of(entry_at(<u32>index))), to);
    return true;
}

/** Copies a name; one that is too long is cut. */
function copy_name(from: xptr_t, to: xptr_t): void {
    for (let i: u32 = 0; i < <u32>DIRENT_NAME_SIZE - 1; i++) {
        const c = remote_load8(from + i);
        remote_store8(to + i, c);
        if (c == 0) return;
    }
    remote_store8(to + DIRENT_NAME_SIZE - 1, 0);
}
