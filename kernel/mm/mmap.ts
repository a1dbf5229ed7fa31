// mmap, remote_malloc, munmap, mprotect and brk. Any cluster may ask for them; Z does them, and it alone allocates the heap zone
// (vmm-policy 3, I8).

import { EINVAL, ENOMEM, ESRCH } from "../abi/errno";
import { DSM_BASE, DSM_PAGES, PAGE_SHIFT, PAGE_SIZE, USER_TOP } from "../abi/memory-map";
import { OPERATION_MMAP } from "../abi/operation";
import { RPC_BRK, RPC_MMAP, RPC_MPROTECT, RPC_MUNMAP } from "../abi/rpc-ops";
import {
    BRK_ADDRESS,
    BRK_ANSWER,
    BRK_PID,
    CHANGE_ANSWER,
    CHANGE_PID,
    MMAP_ADDRESS,
    MMAP_CXY,
    MMAP_FILE,
    MMAP_FILE_PAGE,
    MMAP_PAGES,
    MMAP_PID,
    MMAP_RIGHTS,
    MMAP_TYPE,
    MPROTECT_ANSWER,
    MPROTECT_END,
    MPROTECT_FIRST,
    MPROTECT_PID,
    MPROTECT_RIGHTS,
    MUNMAP_ANSWER,
    MUNMAP_END,
    MUNMAP_FIRST,
    MUNMAP_PID,
} from "../abi/rpc-words";
import { VSEG_FILE, VSEG_HEAP } from "../abi/vseg-type";
import { uaddr_t, xptr_t } from "../hal/platform";
import { LEVEL_LEAF, LEVEL_REFERENCE } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { operation_begin, operation_end } from "../trace/operation";
import { zone_end, zone_first } from "./linked";
import { process_hold, process_release, process_t } from "./process-table";
import { PTE_R, PTE_W, PTE_X } from "./pte";
import {
    PARKED,
    structure_enter,
    structure_leave,
    structure_protect,
    structure_unmap,
    structure_unmap_within,
} from "./structure";
import { vmm_is_reference, vmm_lock, vmm_unlock, vmm_vsegs } from "./vmm";
import { vseg_create, vseg_t, vsl_find, vsl_gap, vsl_insert, vsl_is_full, vsl_overlap, vsl_resize } from "./vseg";

const PROT_READ: u32 = 1;
const PROT_WRITE: u32 = 2;
const PROT_EXEC: u32 = 4;

export function mmap_init(): void {
    const mmap: (desc: xptr_t) => void = serve_mmap;
    const munmap: (desc: xptr_t) => void = serve_munmap;
    const mprotect: (desc: xptr_t) => void = serve_mprotect;
    const brk: (desc: xptr_t) => void = serve_brk;
    rpc_register(RPC_MMAP, <u32>mmap.index);
    rpc_register(RPC_MUNMAP, <u32>munmap.index);
    rpc_register(RPC_MPROTECT, <u32>mprotect.index);
    rpc_register(RPC_BRK, <u32>brk.index);
}

function page_count(bytes: u64): u32 {
    return <u32>((bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

/** The PTE rights for PROT_*. Writable implies readable (privileged specification, Sv39: W without R is reserved). */
export function rights_of(prot: u32): u64 {
    let rights: u64 = 0;
    if (prot & (PROT_READ | PROT_WRITE)) rights |= PTE_R;
    if (prot & PROT_WRITE) rights |= PTE_W;
    if (prot & PROT_EXEC) rights |= PTE_X;
    return rights;
}

/** Makes a HEAP or REMOTE vseg (in cluster `cxy`) of at least `bytes` bytes. Returns its user address, or -errno. */
export function mmap_anonymous(process: process_t, bytes: u64, type: u32, cxy: u32, prot: u32): i64 {
    return map(process, bytes, type, cxy, rights_of(prot), 0, 0);
}

/** Makes a FILE vseg over a file's pages from `file_page` on, whose frames are those of the cache, in `cxy`. Returns as mmap_anonymous. */
export function mmap_file(process: process_t, bytes: u64, cxy: u32, prot: u32, file: xptr_t, file_page: u32): i64 {
    return map(process, bytes, VSEG_FILE, cxy, rights_of(prot), file, file_page);
}

function map(process: process_t, bytes: u64, type: u32, cxy: u32, rights: u64, file: xptr_t, file_page: u32): i64 {
    if (bytes == 0) return -EINVAL;
    if (bytes > <u64>DSM_BASE) return -ENOMEM;
    const pages = page_count(bytes);
    operation_begin(process.pid, OPERATION_MMAP, 0);
    const address = map_pages(process, pages, type, cxy, rights, file, file_page);
    operation_end(process.pid, OPERATION_MMAP);
    return address;
}

function map_pages(
    process: process_t,
    pages: u32,
    type: u32,
    cxy: u32,
    rights: u64,
    file: xptr_t,
    file_page: u32,
): i64 {
    if (vmm_is_reference(process)) return mmap_here(process.pid, pages, type, cxy, rights, file, file_page);
    const desc = rpc_arguments();
    desc.set(MMAP_PID, process.pid);
    desc.set(MMAP_PAGES, pages);
    desc.set(MMAP_TYPE, type);
    desc.set(MMAP_CXY, cxy);
    desc.set(MMAP_RIGHTS, rights);
    desc.set(MMAP_FILE, file);
    desc.set(MMAP_FILE_PAGE, file_page);
    rpc_send(process.reference, LEVEL_LEAF, RPC_MMAP);
    return <i64>desc.get(MMAP_ADDRESS);
}

function serve_mmap(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, MMAP_PID);
    const pages = <u32>rpc_get(desc, MMAP_PAGES);
    const type = <u32>rpc_get(desc, MMAP_TYPE);
    const cxy = <u32>rpc_get(desc, MMAP_CXY);
    rpc_set(
        desc,
        MMAP_ADDRESS,
        <u64>(
            mmap_here(
                pid,
                pages,
                type,
                cxy,
                rpc_get(desc, MMAP_RIGHTS),
                rpc_get(desc, MMAP_FILE),
                <u32>rpc_get(desc, MMAP_FILE_PAGE),
            )
        ),
    );
}

function mmap_here(pid: u32, pages: u32, type: u32, cxy: u32, rights: u64, file: xptr_t, file_page: u32): i64 {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return -ENOMEM;
    vmm_lock(process);
    const first = vsl_is_full(vmm_vsegs(process)) ? 0 : find_gap(process, pages);
    const address: usize = first == 0 ? <usize>0 : vseg_create(type, first, first + pages);
    if (address != 0) {
        const vseg = changetype<vseg_t>(address);
        vseg.rights = rights;
        vseg.cxy = cxy;
        vseg.file = file;
        vseg.file_page = file_page;
        vsl_insert(vmm_vsegs(process), vseg, pid);
    }
    vmm_unlock(process);
    process_release(process);
    return address == 0 ? -ENOMEM : (<i64>first) << PAGE_SHIFT;
}

/** The region of the sm_* calls stays free, whether the program uses it or not, so that there is one layout for all. */
function find_gap(process: process_t, pages: u32): u32 {
    const region: u32 = DSM_BASE >> PAGE_SHIFT;
    const below = vsl_gap(vmm_vsegs(process), pages, process.heap_first + BRK_PAGES, region);
    if (below != 0) return below;
    return vsl_gap(vmm_vsegs(process), pages, zone_first(region + DSM_PAGES), zone_end(process.heap_end));
}

/** Pages at the bottom of the heap zone that are kept for the break: it can grow to 64 MiB. */
const BRK_PAGES: u32 = 16384;

/** Returns 0 or -errno; `bytes` need not be a whole number of pages. */
export function munmap(process: process_t, address: uaddr_t, bytes: u64): i64 {
    if (!is_range(address, bytes)) return -EINVAL;
    const first = <u32>(address >> PAGE_SHIFT);
    const end = first + page_count(bytes);
    if (vmm_is_reference(process)) return structure_unmap(process, first, end, 0);
    const desc = rpc_arguments();
    desc.set(MUNMAP_PID, process.pid);
    desc.set(MUNMAP_FIRST, first);
    desc.set(MUNMAP_END, end);
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_MUNMAP);
    return <i64>desc.get(MUNMAP_ANSWER);
}

function is_range(address: uaddr_t, bytes: u64): bool {
    const aligned = (address & (PAGE_SIZE - 1)) == 0;
    if (!aligned || bytes == 0 || address >= <u64>USER_TOP) return false;
    return bytes <= <u64>USER_TOP - address;
}

/** At Z: the process that a change is asked for, held. 0 when it is gone; the request is then answered. */
function asked_process(desc: xptr_t): process_t {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, CHANGE_PID)));
    if (changetype<usize>(process) == 0) rpc_set(desc, CHANGE_ANSWER, <u64>-ESRCH);
    return process;
}

/** Answers a request that is not parked, and releases the process. */
function conclude(desc: xptr_t, process: process_t, result: i64): void {
    if (result != PARKED) rpc_set(desc, CHANGE_ANSWER, <u64>result);
    process_release(process);
}

function serve_munmap(desc: xptr_t): void {
    const process = asked_process(desc);
    if (changetype<usize>(process) == 0) return;
    conclude(
        desc,
        process,
        structure_unmap(process, <u32>rpc_get(desc, MUNMAP_FIRST), <u32>rpc_get(desc, MUNMAP_END), desc),
    );
}

/** Returns 0 or -errno. */
export function mprotect(process: process_t, address: uaddr_t, bytes: u64, prot: u32): i64 {
    if (!is_range(address, bytes)) return -EINVAL;
    const first = <u32>(address >> PAGE_SHIFT);
    const end = first + page_count(bytes);
    if (vmm_is_reference(process)) return structure_protect(process, first, end, rights_of(prot), 0);
    const desc = rpc_arguments();
    desc.set(MPROTECT_PID, process.pid);
    desc.set(MPROTECT_FIRST, first);
    desc.set(MPROTECT_END, end);
    desc.set(MPROTECT_RIGHTS, rights_of(prot));
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_MPROTECT);
    return <i64>desc.get(MPROTECT_ANSWER);
}

function serve_mprotect(desc: xptr_t): void {
    const process = asked_process(desc);
    if (changetype<usize>(process) == 0) return;
    const first = <u32>rpc_get(desc, MPROTECT_FIRST);
    conclude(
        desc,
        process,
        structure_protect(process, first, <u32>rpc_get(desc, MPROTECT_END), rpc_get(desc, MPROTECT_RIGHTS), desc),
    );
}

/** Moves the break to `address` and returns its end: the new one, or the old one when it cannot move. `address` 0 asks for it. */
export function brk(process: process_t, address: uaddr_t): i64 {
    if (vmm_is_reference(process)) return brk_here(process, address, 0);
    const desc = rpc_arguments();
    desc.set(BRK_PID, process.pid);
    desc.set(BRK_ADDRESS, address);
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_BRK);
    return <i64>desc.get(BRK_ANSWER);
}

function serve_brk(desc: xptr_t): void {
    const process = asked_process(desc);
    if (changetype<usize>(process) == 0) return;
    conclude(desc, process, brk_here(process, rpc_get(desc, BRK_ADDRESS), desc));
}

function brk_here(process: process_t, address: uaddr_t, desc: xptr_t): i64 {
    if (!structure_enter(process, desc)) return PARKED;
    const base = (<u64>process.heap_first) << PAGE_SHIFT;
    if (process.brk < base) process.brk = base;
    const limit = base + ((<u64>BRK_PAGES) << PAGE_SHIFT);
    if (address >= base && address <= limit && move_break(process, address - base)) process.brk = address;
    const end = process.brk;
    structure_leave(process);
    return end;
}

/** Within a change: the break's vseg ends `bytes` bytes behind its beginning. False when it stays as it is. */
function move_break(process: process_t, bytes: u64): bool {
    const old_end = process.heap_first + page_count(process.brk - ((<u64>process.heap_first) << PAGE_SHIFT));
    const new_end = process.heap_first + page_count(bytes);
    if (new_end > old_end) return grow(process, old_end, new_end);
    return new_end == old_end || structure_unmap_within(process, new_end, old_end) == 0;
}

/** Extends the break's vseg, or makes it. */
function grow(process: process_t, old_end: u32, new_end: u32): bool {
    vmm_lock(process);
    const head = vmm_vsegs(process);
    let done = vsl_overlap(head, old_end, new_end) == 0;
    const last = old_end > process.heap_first ? vsl_find(head, old_end - 1) : 0;
    if (done && last != 0 && changetype<vseg_t>(last).rights == (PTE_R | PTE_W)) {
        vsl_resize(changetype<vseg_t>(last), new_end, process.pid);
    } else if (done) {
        const vseg: usize = vsl_is_full(head) ? <usize>0 : vseg_create(VSEG_HEAP, old_end, new_end);
        done = vseg != 0;
        if (done) vsl_insert(head, changetype<vseg_t>(vseg), process.pid);
    }
    vmm_unlock(process);
    return done;
}
