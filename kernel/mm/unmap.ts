// munmap, mprotect, and madvise that takes pages away. Any cluster may ask for them; Z does them (vmm-policy 7.1).

import { EINVAL, ESRCH } from "../abi/errno";
import { PAGE_SHIFT, PAGE_SIZE, USER_END } from "../abi/memory-map";
import { RPC_DROP_PAGES, RPC_MPROTECT, RPC_MUNMAP } from "../abi/rpc-ops";
import {
    CHANGE_ANSWER,
    CHANGE_PID,
    DROP_PAGES_ANSWER,
    DROP_PAGES_END,
    DROP_PAGES_FIRST,
    DROP_PAGES_PID,
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
import { uaddr_t, xptr_t } from "../hal/platform";
import { LEVEL_REFERENCE } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { process_hold, process_release, process_t } from "./process-table";
import { PARKED, structure_drop, structure_protect, structure_unmap } from "./structure";
import { page_count, rights_of } from "./user-space";
import { vmm_is_reference } from "./vmm";

export function unmap_init(): void {
    const munmap: (desc: xptr_t) => void = serve_munmap;
    const mprotect: (desc: xptr_t) => void = serve_mprotect;
    rpc_register(RPC_MUNMAP, <u32>munmap.index);
    rpc_register(RPC_MPROTECT, <u32>mprotect.index);
    const drop: (desc: xptr_t) => void = serve_drop;
    rpc_register(RPC_DROP_PAGES, <u32>drop.index);
}

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

/** True for whole pages of user space; `bytes` need not be a whole number of pages. */
export function is_range(address: uaddr_t, bytes: u64): bool {
    const aligned = (address & (PAGE_SIZE - 1)) == 0;
    if (!aligned || bytes == 0 || address >= <u64>USER_END) return false;
    return bytes <= <u64>USER_END - address;
}

/** At Z: the process that a change is asked for, held. 0 when it is gone; the request is then answered. */
export function asked_process(desc: xptr_t): process_t {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, CHANGE_PID)));
    if (changetype<usize>(process) == 0) rpc_set(desc, CHANGE_ANSWER, <u64>-ESRCH);
    return process;
}

/** Answers a request that is not parked, and releases the process. */
export function conclude(desc: xptr_t, process: process_t, result: i64): void {
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

/** The pages of a range go; the next access finds them new. Returns 0 or -errno. */
export function drop_pages(process: process_t, first: u32, end: u32): i64 {
    if (vmm_is_reference(process)) return structure_drop(process, first, end, 0);
    const desc = rpc_arguments();
    desc.set(DROP_PAGES_PID, process.pid);
    desc.set(DROP_PAGES_FIRST, first);
    desc.set(DROP_PAGES_END, end);
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_DROP_PAGES);
    return <i64>desc.get(DROP_PAGES_ANSWER);
}

function serve_drop(desc: xptr_t): void {
    const process = asked_process(desc);
    if (changetype<usize>(process) == 0) return;
    const first = <u32>rpc_get(desc, DROP_PAGES_FIRST);
    conclude(desc, process, structure_drop(process, first, <u32>rpc_get(desc, DROP_PAGES_END), desc));
}
