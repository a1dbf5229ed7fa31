// The file cache: each file has one inode, in the file's home cluster with all of its pages (vmm-policy 3 FILE, 5.5; docs/spec/files.md
// F4). Pages are read from the initrd, or zero, when first used. The operations on an inode are leaf requests to its home, each of bounded
// work. A thread that uses a page's frame owns it meanwhile: page_hold and page_release are a pair.

import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { OPERATION_TRUNCATE } from "../abi/operation";
import { RPC_FILE_DESTROY, RPC_FILE_PAGE, RPC_FILE_TRUNCATE } from "../abi/rpc-ops";
import {
    FILE_DESTROY_INODE,
    FILE_PAGE_INDEX,
    FILE_PAGE_INODE,
    FILE_PAGE_LAST,
    FILE_PAGE_NEXT,
    FILE_PAGE_PPN,
    FILE_PAGE_PURPOSE,
    FILE_TRUNCATE_INDEX,
    FILE_TRUNCATE_INODE,
    FILE_TRUNCATE_NEXT,
    FILE_TRUNCATE_SIZE,
} from "../abi/rpc-words";
import { VSEG_FILE } from "../abi/vseg-type";
import { remote_load32, remote_load64 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { copy_bytes, xptr_cxy, xptr_local, xptr_lpa, xptr_make, xptr_t } from "../hal/platform";
import { frame_free } from "../mm/frame";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import {
    page_zero,
    ppm_alloc,
    ppm_alloc_zeroed,
    ppm_free_frame,
    ppm_owners,
    ppm_share,
    ppn_of_local,
    ppn_to_local,
} from "../mm/ppm";
import { tell_page_held } from "../probe";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register, rpc_yield } from "../rpc/serve";
import { operation_begin, operation_end } from "../trace/operation";
import { inode_grow, inode_size, inode_t } from "./inode";

const TABLES: u32 = 256;
const TABLE_PAGES: u32 = 128;
const PAGES: u32 = 256 * 128;
/** Bytes of the largest file. */
export const FILE_LIMIT: u64 = 256 * 128 * 4096;

export function cache_init(): void {
    const destroy: (desc: xptr_t) => void = serve_destroy;
    const page: (desc: xptr_t) => void = serve_page;
    const truncate: (desc: xptr_t) => void = serve_truncate;
    rpc_register(RPC_FILE_DESTROY, <u32>destroy.index);
    rpc_register(RPC_FILE_PAGE, <u32>page.index);
    rpc_register(RPC_FILE_TRUNCATE, <u32>truncate.index);
}

/** Frees an inode with all its pages and tables. Nothing maps or opens it any more. */
export function inode_destroy(inode: xptr_t): void {
    if (remote_load32(inode + offsetof<inode_t>("scattered")) != 0) free_scattered(inode);
    else inode_truncate(inode, 0);
    const cxy = xptr_cxy(inode);
    if (is_local(cxy)) {
        destroy_here(changetype<inode_t>(xptr_lpa(inode)));
        return;
    }
    rpc_arguments().set(FILE_DESTROY_INODE, xptr_lpa(inode));
    rpc_send(cxy, LEVEL_LEAF, RPC_FILE_DESTROY);
}

/** Frees the pages of shared anonymous memory, one by one, for each is in a bank of its own. */
function free_scattered(inode: xptr_t): void {
    for (let index: u64 = 0; index < <u64>PAGES; index = rpc_arguments().get(FILE_PAGE_NEXT)) {
        const ppn = page_hold(inode, index, HOLD_TAKE, 0);
        if (ppn == 0) return;
        const next = rpc_arguments().get(FILE_PAGE_NEXT);
        operation_begin(NO_PROCESS, OPERATION_TRUNCATE, 0);
        frame_free(ppn);
        operation_end(NO_PROCESS, OPERATION_TRUNCATE);
        rpc_yield();
        rpc_arguments().set(FILE_PAGE_NEXT, next);
    }
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

/** The purposes of holding a page's frame. READ: only pages with bytes of the file. WRITE: any page below FILE_LIMIT, made if need be. */
export const HOLD_READ: u32 = 0;
export const HOLD_WRITE: u32 = 1;
/** For a mapping, which is an owner as long as it lasts. */
export const HOLD_MAP: u32 = 2;
/** For scattered pages, whose owners are counted in other banks: the page's frame, if there is one; or `last` becomes it, if there is none. */
export const HOLD_LOOK: u32 = 3;
export const HOLD_OFFER: u32 = 4;
/** The first page from the index on, which the inode has no more; FILE_PAGE_NEXT is the index behind it. */
const HOLD_TAKE: u32 = 5;

/**
 * The frame of a file's page, with the caller as an owner until page_release; 0 without such a page, or without memory. `last`, if not 0,
 * is a page of the same file that the caller held and does not need any more.
 */
export function page_hold(inode: xptr_t, index: u64, purpose: u32, last: u64): u64 {
    const cxy = xptr_cxy(inode);
    const desc = rpc_arguments();
    if (is_local(cxy)) {
        const request = xptr_local(changetype<usize>(desc));
        return hold_here(changetype<inode_t>(xptr_lpa(inode)), index, purpose, last, request);
    }
    desc.set(FILE_PAGE_INODE, xptr_lpa(inode));
    desc.set(FILE_PAGE_INDEX, index);
    desc.set(FILE_PAGE_PURPOSE, purpose);
    desc.set(FILE_PAGE_LAST, last);
    rpc_send(cxy, LEVEL_LEAF, RPC_FILE_PAGE);
    return desc.get(FILE_PAGE_PPN);
}

/**
 * Where bytes of one page of a file lie in the initrd, if the cache does not have the page; else 0. It is for a file that is executed, of which
 * nobody writes or cuts a page that the cache does not have.
 */
export function page_initial(inode: xptr_t, offset: u64, bytes: u32): xptr_t {
    const index = <u32>(offset >> PAGE_SHIFT);
    if (offset + <u64>bytes > remote_load64(inode + offsetof<inode_t>("data_size"))) return 0;
    if (frame_in_cache(inode, index) != 0) return 0;
    return remote_load64(inode + offsetof<inode_t>("data")) + offset;
}

/** Reads the tables of the inode, in any cluster, without its lock: they only grow. */
function frame_in_cache(inode: xptr_t, index: u32): u64 {
    const home = xptr_cxy(inode);
    const pages = remote_load32(inode + offsetof<inode_t>("pages"));
    if (pages == 0) return 0;
    const table = remote_load32(xptr_make(home, <usize>pages) + <u64>((index / TABLE_PAGES) << 2));
    return table == 0 ? 0 : remote_load64(xptr_make(home, <usize>table) + <u64>((index % TABLE_PAGES) << 3));
}

/** The caller does not use a held page any more. With ppn 0 it has none. */
export function page_release(ppn: u64): void {
    if (ppn == 0) return;
    frame_free(ppn);
    tell_page_held(ppn, 0);
}

/** Does as page_release in the file's own cluster, whose bank has all of the file's frames. */
function release_here(ppn: u64): void {
    if (ppn == 0) return;
    ppm_free_frame(ppn);
    tell_page_held(ppn, 0);
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
            desc,
        ),
    );
}

function hold_here(inode: inode_t, index: u64, purpose: u32, last: u64, desc: xptr_t): u64 {
    if (purpose == HOLD_TAKE) return take_here(inode, <u32>index, desc);
    if (purpose >= HOLD_LOOK) return look_here(inode, <u32>index, purpose == HOLD_OFFER ? last : 0);
    release_here(last);
    if (index >= <u64>PAGES) return 0;
    const lock = changetype<usize>(inode) + offsetof<inode_t>("lock");
    lock_acquire(lock);
    let ppn: u64 = 0;
    if (purpose != HOLD_READ || index << PAGE_SHIFT < inode.size) ppn = cached_page(inode, <u32>index);
    if (ppn != 0) {
        if (purpose != HOLD_MAP) tell_page_held(ppn, 1);
        ppm_share(ppn);
    }
    lock_release(lock);
    return ppn;
}

function look_here(inode: inode_t, index: u32, offered: u64): u64 {
    const lock = changetype<usize>(inode) + offsetof<inode_t>("lock");
    lock_acquire(lock);
    const slot = index < PAGES ? page_slot(inode, index) : 0;
    if (slot != 0 && load<u64>(slot) == 0) store<u64>(slot, offered);
    const ppn: u64 = slot == 0 ? 0 : load<u64>(slot);
    lock_release(lock);
    return ppn;
}

/** For HOLD_TAKE. At most a table of tables and a table of pages are looked at. */
function take_here(inode: inode_t, from: u32, desc: xptr_t): u64 {
    const lock = changetype<usize>(inode) + offsetof<inode_t>("lock");
    lock_acquire(lock);
    let index = inode.pages == 0 ? PAGES : from;
    let ppn: u64 = 0;
    while (index < PAGES && ppn == 0) {
        const table = load<usize>(inode.pages + ((index / TABLE_PAGES) << 2));
        if (table == 0) {
            index = (index / TABLE_PAGES + 1) * TABLE_PAGES;
            continue;
        }
        const slot = table + ((index++ % TABLE_PAGES) << 3);
        ppn = load<u64>(slot);
        store<u64>(slot, 0);
    }
    lock_release(lock);
    rpc_set(desc, FILE_PAGE_NEXT, index);
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
    const offset = (<u64>index) << PAGE_SHIFT;
    const left: u64 = offset < inode.data_size ? inode.data_size - offset : 0;
    const bytes: u32 = left < <u64>PAGE_SIZE ? <u32>left : <u32>PAGE_SIZE;
    const address = bytes == PAGE_SIZE ? ppm_alloc(0, VSEG_FILE, 0) : ppm_alloc_zeroed(VSEG_FILE, 0);
    if (address == 0) return 0;
    copy_bytes(xptr_local(address), inode.data + offset, bytes);
    return ppn_of_local(address);
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
