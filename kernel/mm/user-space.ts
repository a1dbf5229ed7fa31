// The zones of user space (vmm-policy 6): the utils zone with args and envs, each of the size that the config gives it; the parts of the heap
// zone. Lengths in pages and rights in PTE bits as system calls give them.

import { BI_ARGS_SIZE, BI_ENVS_SIZE } from "../abi/boot-info";
import { ARGS_VADDR, DSM_BASE, DSM_PAGES, HIGH_HEAP_BASE, PAGE_SHIFT, PAGE_SIZE, USER_END } from "../abi/memory-map";
import { boot_info } from "../hal/platform";
import { zone_end, zone_first } from "./linked";
import { process_t } from "./process-table";
import { PTE_R, PTE_W, PTE_X } from "./pte";
import { stack_pages } from "./stack-slot";
import { vmm_vsegs } from "./vmm";
import { vsl_gap } from "./vsl";

/** Bytes of args; arguments that do not fit are E2BIG. */
export function args_size(): u32 {
    return <u32>boot_info(BI_ARGS_SIZE);
}

export function envs_size(): u32 {
    return <u32>boot_info(BI_ENVS_SIZE);
}

export function envs_vaddr(): u32 {
    return ARGS_VADDR + args_size();
}

/** Pages at the bottom of the heap zone that are kept for the break: it can grow to 64 MiB. */
export const BRK_PAGES: u32 = 16384;
export const REGION_FIRST: u32 = DSM_BASE >> PAGE_SHIFT;
export const REGION_END: u32 = REGION_FIRST + DSM_PAGES;
const HIGH_FIRST: u32 = <u32>(<u64>HIGH_HEAP_BASE >> PAGE_SHIFT);
export const PAGES_END: u32 = <u32>(<u64>USER_END >> PAGE_SHIFT);

/** Number of whole pages that hold so many bytes, at most USER_END. */
export function page_count(bytes: u64): u32 {
    return <u32>((bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

const PROT_READ: u32 = 1;
const PROT_WRITE: u32 = 2;
const PROT_EXEC: u32 = 4;

/** The PTE rights for PROT_*. Writable implies readable (privileged specification, Sv39: W without R is reserved). */
export function rights_of(prot: u32): u64 {
    let rights: u64 = 0;
    if (prot & (PROT_READ | PROT_WRITE)) rights |= PTE_R;
    if (prot & PROT_WRITE) rights |= PTE_W;
    if (prot & PROT_EXEC) rights |= PTE_X;
    return rights;
}

/**
 * First page of a gap of the heap zone, or 0: below the region of the sm_* calls, behind it, then above all physical addresses. The region
 * stays free, whether the program uses it or not, so that there is one layout for all. The caller holds the VMM's lock.
 */
export function heap_gap(process: process_t, pages: u32): u32 {
    const head = vmm_vsegs(process);
    const top = public_stack_top(process) - (process.own_program != 0 ? 0 : stack_pages());
    const below = vsl_gap(head, pages, process.heap_first + BRK_PAGES, REGION_FIRST);
    if (below != 0) return below;
    const behind = vsl_gap(head, pages, zone_first(REGION_END), top);
    return behind != 0 || process.own_program != 0 ? behind : vsl_gap(head, pages, HIGH_FIRST, PAGES_END);
}

/** First page behind the stack of a C program's first thread: it is the last of the heap zone, for all clusters to see (6.4). */
export function public_stack_top(process: process_t): u32 {
    return zone_end(process.heap_end);
}

/** True when a program may name the place of a vseg at [first, end): it lies in the heap zone. */
export function heap_may_hold(process: process_t, first: u32, end: u32): bool {
    if (first >= HIGH_FIRST) return process.own_program == 0 && end <= PAGES_END;
    return first >= process.heap_first && end <= process.heap_end;
}

/** True when [first, end) has pages of the region of the sm_* calls. */
export function in_region(first: u32, end: u32): bool {
    return first < REGION_END && end > REGION_FIRST;
}
