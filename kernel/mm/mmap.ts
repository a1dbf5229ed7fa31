// mmap of anonymous memory: a HEAP vseg, registered at Z, which alone allocates the heap zone (vmm-policy 3, I8).

import { EINVAL, ENOMEM } from "../abi/errno";
import { DSM_BASE, DSM_PAGES, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { MUTANT_OVERLAP } from "../abi/mutants";
import { OPERATION_MMAP } from "../abi/probe";
import { VSEG_HEAP } from "../abi/vseg-type";
import { operation_begin, operation_end } from "../audit";
import { xptr_t } from "../hal/platform";
import { Mutant } from "../mutant";
import { process_find, process_t } from "../proc/process-table";
import { RPC_MMAP } from "../rpc/ops";
import { LEVEL_LEAF, rpc_arguments, rpc_get, rpc_register, rpc_send, rpc_set } from "../rpc/rpc";
import { vmm_is_reference, vmm_lock, vmm_unlock, vmm_vsegs } from "./vmm";
import { vseg_create, vseg_t, vsl_gap, vsl_insert } from "./vseg";

export function mmap_init(): void {
    const mmap: (desc: xptr_t) => void = serve_mmap;
    rpc_register(RPC_MMAP, <u32>mmap.index);
}

/** A new HEAP vseg of at least `bytes` bytes: its user address, or -errno. */
export function mmap_anonymous(process: process_t, bytes: u64): i64 {
    if (bytes == 0) return -EINVAL;
    if (bytes > <u64>DSM_BASE) return -ENOMEM;
    const pages = <u32>((bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
    operation_begin(process.pid, OPERATION_MMAP, 0);
    const address = map(process, pages);
    operation_end(process.pid, OPERATION_MMAP);
    return address;
}

function map(process: process_t, pages: u32): i64 {
    if (vmm_is_reference(process)) return mmap_here(process.pid, pages);
    const desc = rpc_arguments();
    desc.arg0 = process.pid;
    desc.arg1 = pages;
    rpc_send(process.reference, LEVEL_LEAF, RPC_MMAP);
    return <i64>desc.arg0;
}

function serve_mmap(desc: xptr_t): void {
    rpc_set(desc, 0, <u64>mmap_here(<u32>rpc_get(desc, 0), <u32>rpc_get(desc, 1)));
}

function mmap_here(pid: u32, pages: u32): i64 {
    const process = changetype<process_t>(process_find(pid));
    if (changetype<usize>(process) == 0) return -ENOMEM;
    vmm_lock(process);
    const first = find_gap(process, pages);
    const vseg: usize = first == 0 ? <usize>0 : vseg_create(VSEG_HEAP, first, first + pages);
    if (vseg != 0) vsl_insert(vmm_vsegs(process), changetype<vseg_t>(vseg), pid);
    vmm_unlock(process);
    return vseg == 0 ? -ENOMEM : (<i64>first) << PAGE_SHIFT;
}

/** The region of the sm_* calls stays free, whether the program uses it or not: one layout for all. */
function find_gap(process: process_t, pages: u32): u32 {
    if (Mutant.on(MUTANT_OVERLAP)) return process.heap_first;
    const region: u32 = DSM_BASE >> PAGE_SHIFT;
    const below = vsl_gap(vmm_vsegs(process), pages, process.heap_first, region);
    if (below != 0) return below;
    return vsl_gap(vmm_vsegs(process), pages, region + DSM_PAGES, process.heap_end);
}
