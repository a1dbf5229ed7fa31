// riscv_flush_icache: what a process has written is what its harts fetch from now on. They execute fence.i on their way to user mode, together
// with the emptying of their TLBs (vmm_enter).

import { RPC_ICACHE, RPC_ICACHE_HERE } from "../abi/rpc-ops";
import { ICACHE_HERE_PID, ICACHE_PID } from "../abi/rpc-words";
import { cluster_count, xptr_t } from "../hal/platform";
import { LEVEL_LEAF, LEVEL_REFERENCE } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { process_hold, process_is_active, process_release, process_t } from "./process-table";
import { vmm_is_reference, vmm_settle } from "./vmm";

export function icache_init(): void {
    const flush: (desc: xptr_t) => void = serve_flush;
    const here: (desc: xptr_t) => void = serve_here;
    rpc_register(RPC_ICACHE, <u32>flush.index);
    rpc_register(RPC_ICACHE_HERE, <u32>here.index);
}

/** On return all harts of P have fetched nothing older than the call in user mode, or will execute fence.i before they do. */
export function icache_flush(process: process_t): void {
    if (vmm_is_reference(process)) {
        flush_all(process);
        return;
    }
    rpc_arguments().set(ICACHE_PID, process.pid);
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_ICACHE);
}

function serve_flush(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, ICACHE_PID)));
    if (changetype<usize>(process) == 0) return;
    flush_all(process);
    process_release(process);
}

function flush_all(process: process_t): void {
    for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
        if (!process_is_active(process, cxy)) continue;
        if (is_local(cxy)) {
            vmm_settle(process);
            continue;
        }
        rpc_arguments().set(ICACHE_HERE_PID, process.pid);
        rpc_send(cxy, LEVEL_LEAF, RPC_ICACHE_HERE);
    }
}

function serve_here(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, ICACHE_HERE_PID)));
    if (changetype<usize>(process) == 0) return;
    vmm_settle(process);
    process_release(process);
}
