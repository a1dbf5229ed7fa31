// The file cache: each file has one inode, in the file's home cluster with all of its pages (vmm-policy 3 FILE, 5.5; docs/spec/files.md
// F4). Pages are read from the initrd, or zero, when first used. The operations on an inode are leaf requests to its home, each of bounded
// work. A thread that uses a page's frame owns it meanwhile: page_hold and page_release are a pair.

import { PROBE_PAGE_HELD } from "../abi/event";
import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { OPERATION_TRUNCATE } from "../abi/operation";
import { RPC_FILE_CREATE, RPC_FILE_DESTROY, RPC_FILE_PAGE, RPC_FILE_TRUNCATE } from "../abi/rpc-ops";
import {
    FILE_CREATE_BYTES,
    FILE_CREATE_DATA,
    FILE_CREATE_INODE,
    FILE_CREATE_MODE,
    FILE_CREATE_NODE,
    FILE_CREATE_NUMBER,
    FILE_DESTROY_INODE,
    FILE_PAGE_INDEX,
    FILE_PAGE_INODE,
    FILE_PAGE_LAST,
    FILE_PAGE_PPN,
    FILE_PAGE_PURPOSE,
    FILE_TRUNCATE_INDEX,
    FILE_TRUNCATE_INODE,
    FILE_TRUNCATE_NEXT,
    FILE_TRUNCATE_SIZE,
} from "../abi/rpc-words";
import { VSEG_FILE } from "../abi/vseg-type";
import { remote_add32, remote_load64, remote_store64, remote_swap32 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { copy_bytes, xptr_cxy, xptr_local, xptr_lpa, xptr_t } from "../hal/platform";
import { frame_free } from "../mm/frame";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { NO_PAGE, PAGER_CACHED, pager_register } from "../mm/pager";
import {
    page_zero,
    ppm_alloc_zeroed,
    ppm_free_frame,
    ppm_owners,
    ppm_share,
    ppn_of_local,
    ppn_to_local,
} from "../mm/ppm";
import { process_t } from "../mm/process-table";
import { vseg_t } from "../mm/vseg";
import { probe2 } from "../probe";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register, rpc_yield } from "../rpc/serve";
import { operation_begin, operation_end } from "../trace/operation";
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
    /** Its name, open files, programs that execute it, calls at work on it, and one for its mappings. */
    owners: u32;
    /** The node of the tree of names that knows it (xptr, fs/names.ts), or 0 for a text (fs/text.ts); and its number. */
    node: u64;
    number: u64;
    /** 1 when it was ever mapped. */
    mapped: u32;
    padding: u32;
    /** Its attributes (attributes_t, fs/attributes.ts). */
    accessed: i64;
    modified: i64;
    changed: i64;
    mode: u32;
    mode_padding: u32;
}
const TABLES: u32 = 256;
const TABLE_PAGES: u32 = 128;
const PAGES: u32 = 256 * 128;
/** Bytes of the largest file. */
export const FILE_LIMIT: u64 = 256 * 128 * 4096;

export function cache_init(): void {
    const create: (desc: xptr_t) => void = serve_create;
    const destroy: (desc: xptr_t) => void = serve_destroy;
    const page: (desc: xptr_t) => void = serve_page;
    const truncate: (desc: xptr_t) => void = serve_truncate;
    rpc_register(RPC_FILE_CREATE, <u32>create.index);
    rpc_register(RPC_FILE_DESTROY, <u32>destroy.index);
    rpc_register(RPC_FILE_PAGE, <u32>page.index);
    rpc_register(RPC_FILE_TRUNCATE, <u32>truncate.index);
    const frame: (process: process_t, vseg: vseg_t, vpn: u32, toucher: u32) => u64 = file_frame;
    pager_register(VSEG_FILE, PAGER_CACHED, <u32>frame.index);
}

/** Frees an inode with all its pages and tables. Nothing maps or opens it any more. */
export function inode_destroy(inode: xptr_t): void {
    inode_truncate(inode, 0);
    const cxy = xptr_cxy(inode);
    if (is_local(cxy)) {
        destroy_here(changetype<inode_t>(xptr_lpa(inode)));
        return;
    }
    rpc_arguments().set(FILE_DESTROY_INODE, xptr_lpa(inode));
    rpc_send(cxy, LEVEL_LEAF, RPC_FILE_DESTROY);
}

function serve_destroy(desc: xptr_t): void {
    destroy_here(changetype<inode_t>(<usize>rpc_get(desc, FILE_DESTROY_INODE)));
}

function destroy_here(inode: inode_t): void {
    for (let i: u32 = 0; i < TABLES && inode.pages != 0; i++) {
        const table = load<usize>(inode.pages + (i << 2));
        if (table != 0) kcm_free(table);
    }
    if (inode.pages != 0) kcm_free(inode.pages);
    kcm_free(changetype<usize>(inode));
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

/** A file that is mapped lasts until the machine's last program has ended: its mappings are one owner. */
export function inode_keep(inode: xptr_t): void {
    if (remote_swap32(inode + offsetof<inode_t>("mapped"), 1) == 0) inode_share(inode);
}

export function inode_number(inode: xptr_t): u64 {
    return remote_load64(inode + offsetof<inode_t>("number"));
}

export function inode_size(inode: xptr_t): u64 {
    return remote_load64(inode + offsetof<inode_t>("size"));
}

export function inode_node(inode: xptr_t): xptr_t {
    return remote_load64(inode + offsetof<inode_t>("node"));
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

/** The purposes of holding a page's frame. READ: only pages with bytes of the file. WRITE: any page below FILE_LIMIT, made if need be. */
export const HOLD_READ: u32 = 0;
export const HOLD_WRITE: u32 = 1;
/** For a mapping, which is an owner as long as it lasts. */
const HOLD_MAP: u32 = 2;

/**
 * The frame of a file's page, with the caller as an owner until page_release; 0 without such a page, or without memory. `last`, if not 0,
 * is a page of the same file that the caller held and does not need any more.
 */
export function page_hold(inode: xptr_t, index: u64, purpose: u32, last: u64): u64 {
    const cxy = xptr_cxy(inode);
    if (is_local(cxy)) return hold_here(changetype<inode_t>(xptr_lpa(inode)), index, purpose, last);
    const desc = rpc_arguments();
    desc.set(FILE_PAGE_INODE, xptr_lpa(inode));
    desc.set(FILE_PAGE_INDEX, index);
    desc.set(FILE_PAGE_PURPOSE, purpose);
    desc.set(FILE_PAGE_LAST, last);
    rpc_send(cxy, LEVEL_LEAF, RPC_FILE_PAGE);
    return desc.get(FILE_PAGE_PPN);
}

/** The caller does not use a held page any more. With ppn 0 it has none. */
export function page_release(ppn: u64): void {
    if (ppn == 0) return;
    frame_free(ppn);
    probe2(PROBE_PAGE_HELD, ppn, 0);
}

/** Does as page_release in the file's own cluster, whose bank has all of the file's frames. */
function release_here(ppn: u64): void {
    if (ppn == 0) return;
    ppm_free_frame(ppn);
    probe2(PROBE_PAGE_HELD, ppn, 0);
}

function serve_page(desc: xptr_t): void {
    const inode = changetype<inode_t>(<usize>rpc_get(desc, FILE_PAGE_INODE));
    rpc_set(
        desc,
        FILE_PAGE_PPN,
        hold_here(
            inode,
            rpc_get(desc, FILE_PAGE_INDEX),
            <u32>rpc_get(desc, FILE_PAGE_PURPOSE),
            rpc_get(desc, FILE_PAGE_LAST),
        ),
    );
}

function hold_here(inode: inode_t, index: u64, purpose: u32, last: u64): u64 {
    release_here(last);
    if (index >= <u64>PAGES) return 0;
    const lock = changetype<usize>(inode) + offsetof<inode_t>("lock");
    lock_acquire(lock);
    let ppn: u64 = 0;
    if (purpose != HOLD_READ || index << PAGE_SHIFT < inode.size) ppn = cached_page(inode, <u32>index);
    if (ppn != 0) {
        if (purpose != HOLD_MAP) probe2(PROBE_PAGE_HELD, ppn, 1);
        ppm_share(ppn);
    }
    lock_release(lock);
    return ppn;
}

/** The cache's own frame of a page; 0 without memory. The caller has the lock of the pages. */
function cached_page(inode: inode_t, index: u32): u64 {
    const slot = page_slot(inode, index);
    if (slot == 0) return 0;
    if (load<u64>(slot) == 0) store<u64>(slot, make_page(inode, index));
    return load<u64>(slot);
}

function page_slot(inode: inode_t, index: u32): usize {
    if (inode.pages == 0) inode.pages = kcm_alloc(TABLES * 4);
    if (inode.pages == 0) return 0;
    const entry = inode.pages + ((index / TABLE_PAGES) << 2);
    if (load<usize>(entry) == 0) store<usize>(entry, kcm_alloc(TABLE_PAGES * 8));
    const table = load<usize>(entry);
    return table == 0 ? 0 : table + ((index % TABLE_PAGES) << 3);
}

function make_page(inode: inode_t, index: u32): u64 {
    const address = ppm_alloc_zeroed(VSEG_FILE, 0);
    if (address == 0) return 0;
    const offset = (<u64>index) << PAGE_SHIFT;
    if (offset < inode.data_size) {
        const left = inode.data_size - offset;
        copy_bytes(xptr_local(address), inode.data + offset, left < <u64>PAGE_SIZE ? <u32>left : <u32>PAGE_SIZE);
    }
    return ppn_of_local(address);
}

/** The frame of a FILE vseg's page: the cache's own frame, with the mapping as one more owner. There is none behind the file's end. */
function file_frame(_process: process_t, vseg: vseg_t, vpn: u32, _toucher: u32): u64 {
    const index = <u64>vseg.file_page + <u64>(vpn - vseg.first_vpn);
    if (index << PAGE_SHIFT >= inode_size(vseg.file)) return NO_PAGE;
    return page_hold(vseg.file, index, HOLD_MAP, 0);
}

/** Gives the file `size` bytes, at most FILE_LIMIT: zeroes are added, or the last bytes removed. The caller has the inode's turn. */
export function inode_resize(inode: xptr_t, size: u64): void {
    if (size < inode_size(inode)) inode_truncate(inode, size);
    inode_grow(inode, size);
}

/**
 * Removes all bytes of the file from `size` on, which is not behind its end. The caller has the inode's turn. Other threads run between two
 * leaf requests of bounded work.
 */
export function inode_truncate(inode: xptr_t, size: u64): void {
    for (let index = size >> PAGE_SHIFT; index < <u64>PAGES; rpc_yield()) {
        index = truncate_from(inode, size, index);
    }
}

/** Returns the index of the first page that is still there. Leaf. */
function truncate_from(inode: xptr_t, size: u64, index: u64): u64 {
    const cxy = xptr_cxy(inode);
    if (is_local(cxy)) return truncate_here(changetype<inode_t>(xptr_lpa(inode)), size, <u32>index);
    const desc = rpc_arguments();
    desc.set(FILE_TRUNCATE_INODE, xptr_lpa(inode));
    desc.set(FILE_TRUNCATE_SIZE, size);
    desc.set(FILE_TRUNCATE_INDEX, index);
    rpc_send(cxy, LEVEL_LEAF, RPC_FILE_TRUNCATE);
    return desc.get(FILE_TRUNCATE_NEXT);
}

function serve_truncate(desc: xptr_t): void {
    rpc_set(
        desc,
        FILE_TRUNCATE_NEXT,
        truncate_here(
            changetype<inode_t>(<usize>rpc_get(desc, FILE_TRUNCATE_INODE)),
            rpc_get(desc, FILE_TRUNCATE_SIZE),
            <u32>rpc_get(desc, FILE_TRUNCATE_INDEX),
        ),
    );
}

/** The pid for the auditor: the cache's pages belong to no process. */
const NO_PROCESS: u32 = 0;
/** The most pages that one request drops. */
const TRUNCATE_PAGES: u32 = 16;

/** Cuts the file at `size`, and drops pages of one table from `from` on. Returns the page to go on with, PAGES when nothing is left. */
function truncate_here(inode: inode_t, size: u64, from: u32): u32 {
    const lock = changetype<usize>(inode) + offsetof<inode_t>("lock");
    lock_acquire(lock);
    inode.size = size;
    if (inode.data_size > size) inode.data_size = size;
    let index = inode.pages == 0 ? PAGES : from;
    while (index < PAGES && load<usize>(inode.pages + ((index / TABLE_PAGES) << 2)) == 0) {
        index = (index / TABLE_PAGES + 1) * TABLE_PAGES;
    }
    operation_begin(NO_PROCESS, OPERATION_TRUNCATE, 0);
    for (let dropped: u32 = 0; index < PAGES && dropped < TRUNCATE_PAGES; ) {
        const kept: u32 = (<u64>index) << PAGE_SHIFT < size ? <u32>size & (<u32>PAGE_SIZE - 1) : 0;
        if (drop_page(page_slot(inode, index), kept)) dropped++;
        if (++index % TABLE_PAGES == 0) break;
    }
    operation_end(NO_PROCESS, OPERATION_TRUNCATE);
    lock_release(lock);
    return index;
}

/**
 * Drops a page that only the cache owns. A page that is mapped or in a transfer stays the file's page, with zeroes, so that mappings and
 * file remain one; and so does one whose first `kept` bytes are still the file's. It gets no owner meanwhile, for that needs the lock of the
 * pages. False when there is no page.
 */
function drop_page(slot: usize, kept: u32): bool {
    const ppn = load<u64>(slot);
    if (ppn == 0) return false;
    if (kept != 0) {
        for (let at = kept; at < <u32>PAGE_SIZE; at++) store<u8>(ppn_to_local(ppn) + at, 0);
        return true;
    }
    if (ppm_owners(ppn) != 1) {
        page_zero(ppn_to_local(ppn));
        return true;
    }
    store<u64>(slot, 0);
    ppm_free_frame(ppn);
    return true;
}
