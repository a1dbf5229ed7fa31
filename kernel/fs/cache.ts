// The file cache: one inode a file, in the file's home cluster with all of its pages (vmm-policy 3 FILE, 5.5). Pages are read
// from the initrd, or zero, when first used. The operations on an inode are leaf requests to its home.

import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { MUTANT_FILE_UNCOUNTED } from "../abi/mutants";
import { MUTANT_FILE_TAIL } from "../abi/observed-mutants";
import { PROBE_UNCACHED } from "../abi/probe";
import { VSEG_FILE } from "../abi/vseg-type";
import { remote_load64 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { copy_bytes, xptr_cxy, xptr_local, xptr_lpa, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { ppm_alloc_zeroed, ppm_free_frame, ppm_share, ppn_of_local } from "../mm/ppm";
import { vseg_t } from "../mm/vseg";
import { Mutant } from "../mutant";
import { probe2 } from "../probe";
import { RPC_FILE_CREATE, RPC_FILE_DESTROY, RPC_FILE_PAGE, RPC_FILE_RESIZE } from "../rpc/ops";
import { is_local, LEVEL_LEAF, rpc_arguments, rpc_ask, rpc_get, rpc_register, rpc_send, rpc_set } from "../rpc/rpc";

@unmanaged
export class inode_t {
    size: u64;
    /** Initial content: xptr in the initrd, and its bytes. */
    data: u64;
    data_size: u64;
    lock: u32;
    /** 256 tables of 128 ppns each; 0 where there is none yet. */
    pages: usize;
}
const TABLES: u32 = 256;
const TABLE_PAGES: u32 = 128;
/** Bytes of the largest file. */
export const FILE_LIMIT: u64 = 256 * 128 * 4096;

export function cache_init(): void {
    const create: (desc: xptr_t) => void = serve_create;
    const destroy: (desc: xptr_t) => void = serve_destroy;
    const page: (desc: xptr_t) => void = serve_page;
    rpc_register(RPC_FILE_DESTROY, <u32>destroy.index);
    const resize: (desc: xptr_t) => void = serve_resize;
    rpc_register(RPC_FILE_CREATE, <u32>create.index);
    rpc_register(RPC_FILE_PAGE, <u32>page.index);
    rpc_register(RPC_FILE_RESIZE, <u32>resize.index);
}

/** Frees an inode with all its pages and tables; nothing maps or opens it any more. */
export function inode_destroy(inode: xptr_t): void {
    if (is_local(xptr_cxy(inode))) destroy_here(changetype<inode_t>(xptr_lpa(inode)));
    else rpc_ask(LEVEL_LEAF, inode, RPC_FILE_DESTROY, 0, 0, 0, 0);
}

function serve_destroy(desc: xptr_t): void {
    destroy_here(changetype<inode_t>(<usize>rpc_get(desc, 0)));
}

function destroy_here(inode: inode_t): void {
    drop_pages(inode);
    for (let i: u32 = 0; i < TABLES; i++) {
        const table = load<usize>(inode.pages + (i << 2));
        if (table != 0) kcm_free(table);
    }
    kcm_free(inode.pages);
    kcm_free(changetype<usize>(inode));
}

/** A new inode in `cxy` with this content: its xptr, or 0 without memory. */
export function inode_create(cxy: u32, data: xptr_t, bytes: u64): xptr_t {
    if (is_local(cxy)) return create_here(data, bytes);
    const desc = rpc_arguments();
    desc.arg0 = data;
    desc.arg1 = bytes;
    rpc_send(cxy, LEVEL_LEAF, RPC_FILE_CREATE);
    return desc.arg0;
}

function serve_create(desc: xptr_t): void {
    rpc_set(desc, 0, create_here(rpc_get(desc, 0), rpc_get(desc, 1)));
}

function create_here(data: xptr_t, bytes: u64): xptr_t {
    const inode = changetype<inode_t>(kcm_alloc(<u32>offsetof<inode_t>()));
    if (changetype<usize>(inode) == 0) return 0;
    inode.pages = kcm_alloc(TABLES * 4);
    if (inode.pages == 0) {
        kcm_free(changetype<usize>(inode));
        return 0;
    }
    inode.data = data;
    inode.data_size = bytes;
    inode.size = bytes;
    return xptr_local(changetype<usize>(inode));
}

export function inode_size(inode: xptr_t): u64 {
    return remote_load64(inode + offsetof<inode_t>("size"));
}

/** The frame of a file's page, 0 without memory or behind FILE_LIMIT; `map`: the caller becomes an owner of it. */
export function inode_page(inode: xptr_t, index: u32, map: bool): u64 {
    if (is_local(xptr_cxy(inode))) return page_here(changetype<inode_t>(xptr_lpa(inode)), index, map);
    return rpc_ask(LEVEL_LEAF, inode, RPC_FILE_PAGE, index, map ? 1 : 0, 0, 0);
}

function serve_page(desc: xptr_t): void {
    const inode = changetype<inode_t>(<usize>rpc_get(desc, 0));
    rpc_set(desc, 0, page_here(inode, <u32>rpc_get(desc, 1), rpc_get(desc, 2) != 0));
}

function page_here(inode: inode_t, index: u32, map: bool): u64 {
    if (index >= TABLES * TABLE_PAGES) return 0;
    const lock = changetype<usize>(inode) + offsetof<inode_t>("lock");
    lock_acquire(lock);
    const slot = page_slot(inode, index);
    if (slot != 0 && load<u64>(slot) == 0) store<u64>(slot, make_page(inode, index));
    const ppn = slot == 0 ? 0 : load<u64>(slot);
    if (ppn != 0 && map && !Mutant.on(MUTANT_FILE_UNCOUNTED)) ppm_share(ppn);
    lock_release(lock);
    return ppn;
}

function page_slot(inode: inode_t, index: u32): usize {
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
        copy_bytes(
            xptr_local(address),
            inode.data + offset,
            left < <u64>PAGE_SIZE && !Mutant.on(MUTANT_FILE_TAIL) ? <u32>left : <u32>PAGE_SIZE,
        );
    }
    return ppn_of_local(address);
}

/** The frame of a FILE vseg's page, with the mapping as one more owner. */
export function file_frame(vseg: vseg_t, vpn: u32): u64 {
    return inode_page(vseg.file, vseg.file_page + (vpn - vseg.first_vpn), true);
}

/** A write reached `end`: the file has at least that many bytes; or, when `truncate`, none. */
export function inode_resize(inode: xptr_t, end: u64, truncate: bool): void {
    if (is_local(xptr_cxy(inode))) resize_here(changetype<inode_t>(xptr_lpa(inode)), end, truncate);
    else rpc_ask(LEVEL_LEAF, inode, RPC_FILE_RESIZE, end, truncate ? 1 : 0, 0, 0);
}

function serve_resize(desc: xptr_t): void {
    resize_here(changetype<inode_t>(<usize>rpc_get(desc, 0)), rpc_get(desc, 1), rpc_get(desc, 2) != 0);
}

function resize_here(inode: inode_t, end: u64, truncate: bool): void {
    const lock = changetype<usize>(inode) + offsetof<inode_t>("lock");
    lock_acquire(lock);
    if (truncate) drop_pages(inode);
    if (truncate || end > inode.size) inode.size = end;
    lock_release(lock);
}

/** The cache gives up its pages; those that are mapped live on until they are unmapped. */
function drop_pages(inode: inode_t): void {
    inode.data_size = 0;
    for (let i: u32 = 0; i < TABLES; i++) {
        const table = load<usize>(inode.pages + (i << 2));
        for (let j: u32 = 0; j < TABLE_PAGES && table != 0; j++) {
            const ppn = load<u64>(table + (j << 3));
            if (ppn == 0) continue;
            store<u64>(table + (j << 3), 0);
            probe2(PROBE_UNCACHED, ppn, 0);
            ppm_free_frame(ppn);
        }
    }
}
