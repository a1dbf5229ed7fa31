// Pagers: each knows the source of a vseg type's pages and how their faults differ (vmm-policy 3, 5.2 to 5.5). The module that knows a type
// of vseg registers its pager. fault.ts asks the pager of the vseg, and names no type.

import { PHASE_FILL, PHASE_SERVICE } from "../abi/phase";
import { VSEG_FILE, VSEG_HEAP, VSEG_TYPES } from "../abi/vseg-type";
import { cstr } from "../hal/cstr";
import { assert_kernel } from "../panic";
import { phase_enter, phase_own } from "../trace/fault-cost";
import { outcome_t } from "./outcome";
import { process_t } from "./process-table";
import { vseg_t } from "./vseg";

/** The vseg belongs to one cluster, and only that cluster resolves its faults. */
export const PAGER_LOCAL: u32 = 1;
/** Each cluster has frames of its own, with the content of Z's frames. */
export const PAGER_COPIED: u32 = 2;
/** The frames belong to a cache beside the mappings: a write goes to them, never to a copy. */
export const PAGER_CACHED: u32 = 4;
/** A thread that is given the page keeps it until its access is done (hold.ts). */
export const PAGER_PROMISED: u32 = 8;

/** Functions by their index in the function table. */
@unmanaged
export class pager_t {
    /** PAGER_* */
    traits: u32;
    /** (process, vseg, vpn, toucher) => u64: a frame, filled, for a page that has none yet; 0 without memory, or NO_PAGE. */
    frame: u32;
    /**
     * (process, vpn, access, slot) => outcome_t: resolves a fault whose page the caller has marked busy, and ends the mark. 0 when mm does this
     * itself.
     */
    fault: u32;
    /**
     * (process, vpn, slot) => void: the fault that has just marked the page takes a written copy alone (sm-dsm 4.9). 0 when the type has no
     * copies.
     */
    settle: u32;
    /** (process, file) => void, of FILE's pager: a vseg of Z maps the file from now on, or does so no more. The second may send requests. */
    share: u32;
    release: u32;
}

const pagers: usize = memory.data(7 * 24, 4);

export function pager_of(type: u32): pager_t {
    return changetype<pager_t>(pagers + <usize>type * offsetof<pager_t>());
}

/** Sets traits and `frame` of a type's pager, and returns the pager for its other fields. */
export function pager_register(type: u32, traits: u32, frame: u32): pager_t {
    assert_kernel(VSEG_TYPES * <u32>offsetof<pager_t>() <= 7 * 24, cstr("pager: more types than there is room for"));
    const pager = pager_of(type);
    pager.traits = traits;
    pager.frame = frame;
    return pager;
}

/** True for a mapping of a file, shared or private. At Z its vseg is an owner of the file. */
export function maps_file(vseg: vseg_t): bool {
    return vseg.file != 0 && (vseg.type == VSEG_FILE || vseg.type == VSEG_HEAP);
}

/** A vseg of VSL(P,Z) has come to be, with its file already mapped by another one. */
export function pager_share(process: process_t, vseg: vseg_t): void {
    if (maps_file(vseg)) call_indirect<void>(pager_of(VSEG_FILE).share, process, vseg.file);
}

/** A vseg that was in VSL(P,Z) is gone. */
export function pager_release(process: process_t, vseg: vseg_t): void {
    if (maps_file(vseg)) call_indirect<void>(pager_of(VSEG_FILE).release, process, vseg.file);
}

/** In place of a frame: there is no such page, as behind the end of a file. The access is a SIGBUS. */
export const NO_PAGE: u64 = 1;

/** The frame of a page that has none yet, filled; 0 without memory, or NO_PAGE. */
export function pager_frame(process: process_t, vseg: vseg_t, vpn: u32, toucher: u32): u64 {
    const before = phase_enter(PHASE_FILL);
    const ppn = call_indirect<u64>(pager_of(vseg.type).frame, process, vseg, vpn, toucher);
    phase_enter(before);
    return ppn;
}

export function pager_fault(pager: pager_t, process: process_t, vpn: u32, access: u32, slot: usize): outcome_t {
    phase_own(PHASE_SERVICE);
    return call_indirect<outcome_t>(pager.fault, process, vpn, access, slot);
}
