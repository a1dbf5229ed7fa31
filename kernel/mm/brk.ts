// The break: HEAP at the bottom of the heap zone that brk moves. Any cluster may ask for it; Z does it (vmm-policy 6.3, 7.1).

import { PAGE_SHIFT } from "../abi/memory-map";
import { RPC_BRK } from "../abi/rpc-ops";
import { BRK_ADDRESS, BRK_ANSWER, BRK_PID } from "../abi/rpc-words";
import { VSEG_HEAP } from "../abi/vseg-type";
import { uaddr_t, xptr_t } from "../hal/platform";
import { LEVEL_REFERENCE } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { process_t } from "./process-table";
import { PTE_R, PTE_W } from "./pte";
import { PARKED, structure_enter, structure_leave, structure_unmap_within } from "./structure";
import { asked_process, conclude } from "./unmap";
import { BRK_PAGES, page_count } from "./user-space";
import { vmm_is_reference, vmm_lock, vmm_unlock, vmm_vsegs } from "./vmm";
import { vseg_create, vseg_t } from "./vseg";
import { vsl_find, vsl_insert, vsl_is_full, vsl_overlap, vsl_resize } from "./vsl";

export function brk_init(): void {
    const brk: (desc: xptr_t) => void = serve_brk;
    rpc_register(RPC_BRK, <u32>brk.index);
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
        vsl_resize(head, changetype<vseg_t>(last), new_end, process.pid);
    } else if (done) {
        const vseg: usize = vsl_is_full(head) ? <usize>0 : vseg_create(VSEG_HEAP, old_end, new_end);
        done = vseg != 0;
        if (done) vsl_insert(head, changetype<vseg_t>(vseg), process.pid);
    }
    vmm_unlock(process);
    return done;
}
