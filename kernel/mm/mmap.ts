// mmap and remote_malloc. Any cluster may ask for a vseg; Z makes it, and it alone allocates the heap zone (vmm-policy 3, 6.3, I8).

import { EEXIST, EINVAL, ENOMEM } from "../abi/errno";
import { PAGE_SHIFT, USER_END } from "../abi/memory-map";
import { OPERATION_MMAP } from "../abi/operation";
import { RPC_MMAP, RPC_MMAP_FIXED } from "../abi/rpc-ops";
import {
    MMAP_ADDRESS,
    MMAP_ATTRIBUTES,
    MMAP_CXY,
    MMAP_FILE,
    MMAP_FILE_PAGE,
    MMAP_FIXED_ANSWER,
    MMAP_FIXED_ATTRIBUTES,
    MMAP_FIXED_CXY,
    MMAP_FIXED_FILE,
    MMAP_FIXED_FILE_PAGE,
    MMAP_FIXED_PAGES,
    MMAP_FIXED_PID,
    MMAP_FIXED_PLACE,
    MMAP_PAGES,
    MMAP_PID,
    MMAP_PLACE,
} from "../abi/rpc-words";
import { VSEG_DSM } from "../abi/vseg-type";
import { uaddr_t, xptr_t } from "../hal/platform";
import { LEVEL_LEAF, LEVEL_REFERENCE } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { operation_begin, operation_end } from "../trace/operation";
import { kcm_free } from "./kcm";
import { process_hold, process_release, process_t, process_take_region, REGION_MAPPED } from "./process-table";
import { PARKED, structure_enter, structure_leave, structure_unmap_within } from "./structure";
import { asked_process, conclude } from "./unmap";
import { heap_gap, heap_may_hold, in_region, page_count, REGION_END, REGION_FIRST } from "./user-space";
import { vmm_is_reference, vmm_lock, vmm_unlock, vmm_vsegs } from "./vmm";
import { vseg_create, vseg_t } from "./vseg";
import { vsl_find, vsl_insert, vsl_is_full, vsl_overlap } from "./vsl";

/** What a mapping says of its address: nothing, a wish, a place that must be free, or a place that becomes free. */
export const PLACE_ANY: u32 = 0;
export const PLACE_HINT: u32 = 1;
export const PLACE_FREE: u32 = 2;
export const PLACE_FIXED: u32 = 3;

export function mmap_init(): void {
    const mmap: (desc: xptr_t) => void = serve_mmap;
    const fixed: (desc: xptr_t) => void = serve_fixed;
    rpc_register(RPC_MMAP, <u32>mmap.index);
    rpc_register(RPC_MMAP_FIXED, <u32>fixed.index);
}

/** The attributes of a mapping in one word: VSEG_*, PLACE_*, and rights as PTE_R | PTE_W | PTE_X. */
export function mapping_attributes(type: u32, place: u32, rights: u64): u64 {
    return <u64>type | ((<u64>place) << 8) | (rights << 16);
}

/** Adds the rights that mprotect never gives the vseg. */
export function mapping_denies(attributes: u64, rights: u64): u64 {
    return attributes | (rights << 24);
}

function place_of(attributes: u64): u32 {
    return <u32>(attributes >> 8) & 255;
}

/**
 * Makes a vseg of at least `bytes` bytes at `address` or elsewhere, as the attributes say. `cxy` is the cluster that a localised type names;
 * a FILE vseg maps the pages of `file` from `file_page` on. Returns its user address, or -errno.
 */
export function mmap(
    process: process_t,
    address: uaddr_t,
    bytes: u64,
    attributes: u64,
    cxy: u32,
    file: xptr_t,
    file_page: u32,
): i64 {
    if (bytes == 0) return -EINVAL;
    if (bytes > <u64>USER_END || address > <u64>USER_END - bytes) return -ENOMEM;
    const place = <u32>(address >> PAGE_SHIFT);
    const pages = page_count(bytes);
    operation_begin(process.pid, OPERATION_MMAP, 0);
    const result =
        place_of(attributes) == PLACE_FIXED
            ? map_fixed(process, place, pages, attributes, cxy, file, file_page)
            : map_free(process, place, pages, attributes, cxy, file, file_page);
    operation_end(process.pid, OPERATION_MMAP);
    return result;
}

function map_free(
    process: process_t,
    place: u32,
    pages: u32,
    attributes: u64,
    cxy: u32,
    file: xptr_t,
    file_page: u32,
): i64 {
    if (vmm_is_reference(process)) return mmap_here(process.pid, place, pages, attributes, cxy, file, file_page);
    const desc = rpc_arguments();
    desc.set(MMAP_PID, process.pid);
    desc.set(MMAP_PLACE, place);
    desc.set(MMAP_PAGES, pages);
    desc.set(MMAP_ATTRIBUTES, attributes);
    desc.set(MMAP_CXY, cxy);
    desc.set(MMAP_FILE, file);
    desc.set(MMAP_FILE_PAGE, file_page);
    rpc_send(process.reference, LEVEL_LEAF, RPC_MMAP);
    return <i64>desc.get(MMAP_ADDRESS);
}

function serve_mmap(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, MMAP_PID);
    const place = <u32>rpc_get(desc, MMAP_PLACE);
    const pages = <u32>rpc_get(desc, MMAP_PAGES);
    const attributes = rpc_get(desc, MMAP_ATTRIBUTES);
    const cxy = <u32>rpc_get(desc, MMAP_CXY);
    const file = rpc_get(desc, MMAP_FILE);
    const address = mmap_here(pid, place, pages, attributes, cxy, file, <u32>rpc_get(desc, MMAP_FILE_PAGE));
    rpc_set(desc, MMAP_ADDRESS, <u64>address);
}

function mmap_here(pid: u32, place: u32, pages: u32, attributes: u64, cxy: u32, file: xptr_t, file_page: u32): i64 {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return -ENOMEM;
    vmm_lock(process);
    let result: i64 = -ENOMEM;
    if (!vsl_is_full(vmm_vsegs(process))) result = choose(process, place, pages, place_of(attributes));
    if (result > 0) {
        const address = make(<u32>result, pages, attributes, cxy, file, file_page);
        if (address != 0) vsl_insert(vmm_vsegs(process), changetype<vseg_t>(address), pid);
        result = address == 0 ? -ENOMEM : result << PAGE_SHIFT;
    }
    vmm_unlock(process);
    process_release(process);
    return result;
}

/** The first page of the new vseg, or -errno. The caller holds the VMM's lock. */
function choose(process: process_t, place: u32, pages: u32, how: u32): i64 {
    if (how != PLACE_ANY) {
        const there = heap_may_hold(process, place, place + pages);
        const free = vsl_overlap(vmm_vsegs(process), place, place + pages) == 0;
        if (there && free) return place;
        if (how == PLACE_FREE) return free ? -ENOMEM : -EEXIST;
    }
    const gap = heap_gap(process, pages);
    return gap == 0 ? -ENOMEM : gap;
}

/** A vseg in no list, or 0 without memory. */
function make(first: u32, pages: u32, attributes: u64, cxy: u32, file: xptr_t, file_page: u32): usize {
    const address = vseg_create(<u32>attributes & 255, first, first + pages);
    if (address == 0) return 0;
    const vseg = changetype<vseg_t>(address);
    vseg.rights = (attributes >> 16) & 255;
    vseg.denied = <u32>(attributes >> 24);
    vseg.cxy = cxy;
    vseg.file = file;
    vseg.file_page = file_page;
    return address;
}

function map_fixed(
    process: process_t,
    place: u32,
    pages: u32,
    attributes: u64,
    cxy: u32,
    file: xptr_t,
    file_page: u32,
): i64 {
    if (vmm_is_reference(process)) return replace(process, place, pages, attributes, cxy, file, file_page, 0);
    const desc = rpc_arguments();
    desc.set(MMAP_FIXED_PID, process.pid);
    desc.set(MMAP_FIXED_PLACE, place);
    desc.set(MMAP_FIXED_PAGES, pages);
    desc.set(MMAP_FIXED_ATTRIBUTES, attributes);
    desc.set(MMAP_FIXED_CXY, cxy);
    desc.set(MMAP_FIXED_FILE, file);
    desc.set(MMAP_FIXED_FILE_PAGE, file_page);
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_MMAP_FIXED);
    return <i64>desc.get(MMAP_FIXED_ANSWER);
}

function serve_fixed(desc: xptr_t): void {
    const process = asked_process(desc);
    if (changetype<usize>(process) == 0) return;
    const place = <u32>rpc_get(desc, MMAP_FIXED_PLACE);
    const pages = <u32>rpc_get(desc, MMAP_FIXED_PAGES);
    const attributes = rpc_get(desc, MMAP_FIXED_ATTRIBUTES);
    const cxy = <u32>rpc_get(desc, MMAP_FIXED_CXY);
    const file = rpc_get(desc, MMAP_FIXED_FILE);
    const file_page = <u32>rpc_get(desc, MMAP_FIXED_FILE_PAGE);
    conclude(desc, process, replace(process, place, pages, attributes, cxy, file, file_page, desc));
}

/** Makes the vseg in place of what is there, in one change of the VSL. `desc` and PARKED are as for vmm_wait. */
function replace(
    process: process_t,
    place: u32,
    pages: u32,
    attributes: u64,
    cxy: u32,
    file: xptr_t,
    file_page: u32,
    desc: xptr_t,
): i64 {
    if (!heap_may_hold(process, place, place + pages)) return -ENOMEM;
    const region = in_region(place, place + pages);
    if (region && !process_take_region(process, REGION_MAPPED)) return -EINVAL;
    if (!structure_enter(process, desc)) return PARKED;
    const address = make(place, pages, attributes, cxy, file, file_page);
    let error: i64 = address == 0 ? -ENOMEM : 0;
    if (error == 0 && region) error = give_up_region(process);
    if (error == 0) error = clear_and_insert(process, changetype<vseg_t>(address));
    structure_leave(process);
    if (error == 0) return (<i64>place) << PAGE_SHIFT;
    if (address != 0) kcm_free(address);
    return error;
}

/** Within a change: the program maps memory of its own over the region of the sm_* calls, which it has not joined. Returns 0 or -errno. */
function give_up_region(process: process_t): i64 {
    vmm_lock(process);
    const found = vsl_find(vmm_vsegs(process), REGION_FIRST);
    const there = found != 0 && changetype<vseg_t>(found).type == VSEG_DSM;
    vmm_unlock(process);
    return there ? structure_unmap_within(process, REGION_FIRST, REGION_END) : 0;
}

/** Within a change: a mapping that another thread makes there meanwhile goes, too. Returns 0 or -errno. */
function clear_and_insert(process: process_t, vseg: vseg_t): i64 {
    while (true) {
        const error = structure_unmap_within(process, vseg.first_vpn, vseg.end_vpn);
        if (error != 0) return error;
        vmm_lock(process);
        const head = vmm_vsegs(process);
        const full = vsl_is_full(head);
        const done = !full && vsl_insert(head, vseg, process.pid);
        vmm_unlock(process);
        if (done) return 0;
        if (full) return -ENOMEM;
    }
}
