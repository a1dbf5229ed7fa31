// Progress (sm-dsm 3.4): a page that a thread was granted stays until the thread's access is done. Else two writers could take the page
// from each other for ever, each before the other's store. A hold begins before the manager hears that the page is installed, and ends at
// the thread's next trap behind the access (kernel/trap.ts). For a thread in another cluster than the node's reference cluster, Z keeps a
// promise until that cluster says that the hold has ended.
//
// A thread that holds a page waits for nothing (vmm-policy 5.9). While the promise stands nothing takes rights from the page's entry at Z.
// So no invalidation of the page can be under way, and its cluster installs the entry whatever else was invalidated meanwhile. A server
// holds no page: it works for many threads, and would not come to the trap that ends the hold.
import { CSR_INSTRET } from "../abi/csr";
import { RPC_HOLD_END } from "../abi/rpc-ops";
import { HOLD_END_PID, HOLD_END_VPN } from "../abi/rpc-words";
import { KIND_SERVER } from "../abi/thread";
import { cstr } from "../hal/cstr";
import { csr_read } from "../hal/hal";
import { xptr_t } from "../hal/platform";
import { assert_kernel } from "../panic";
import { LEVEL_LEAF } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { this_thread, thread_t } from "../sched/thread";
import { kcm_alloc, kcm_free } from "./kcm";
import { process_hold, process_release, process_t } from "./process-table";
import { vmm_is_reference, vmm_lock, vmm_unlock, vmm_wake } from "./vmm";

/** A page that Z has promised to a thread of another cluster. */
@unmanaged
class promise_t {
    next: usize;
    vpn: u32;
}

export function hold_init(): void {
    const end: (desc: xptr_t) => void = serve_end;
    rpc_register(RPC_HOLD_END, <u32>end.index);
}

/** The running thread has been granted the page: it will use it back in user mode, or in a kernel copy. */
export function hold_begin(vpn: u32): void {
    const thread = this_thread();
    assert_kernel(thread.kind != KIND_SERVER, cstr("dsm: a server holds a page"));
    thread.hold_vpn = vpn;
}

/** The running thread has used its page, or will not. */
export function hold_end(): void {
    const thread = this_thread();
    const vpn = thread.hold_vpn;
    if (vpn == 0) return;
    const process = changetype<process_t>(thread.process);
    vmm_lock(process);
    thread.hold_vpn = 0;
    vmm_wake(process);
    vmm_unlock(process);
    if (!vmm_is_reference(process)) promise_end(process, vpn);
}

/** The most instructions from hold_enter to hold_was_used in which the thread executes none of its own, with a margin. */
const WAY_OUT_AND_IN: u64 = 400;

/** The thread is about to enter user mode with a page it has not used. */
export function hold_enter(): void {
    this_thread().hold_instret = csr_read(CSR_INSTRET);
}

/** Called after an interrupt at the very access that asked for the page. True when the thread has executed the access before, in a loop. */
export function hold_was_used(): bool {
    return csr_read(CSR_INSTRET) - this_thread().hold_instret > WAY_OUT_AND_IN;
}

/** Tells Z that a page it promised to this cluster is not needed any more. */
function promise_end(process: process_t, vpn: u32): void {
    const desc = rpc_arguments();
    desc.set(HOLD_END_PID, process.pid);
    desc.set(HOLD_END_VPN, vpn);
    rpc_send(process.reference, LEVEL_LEAF, RPC_HOLD_END);
}

function serve_end(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, HOLD_END_PID)));
    const vpn = <u32>rpc_get(desc, HOLD_END_VPN);
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    promise_drop(process, vpn);
    vmm_unlock(process);
    process_release(process);
}

/**
 * At Z: promises the page to a thread of another cluster, whose promise_end takes that back. False without memory. The caller holds the
 * VMM's lock, here and in promise_give, promise_drop and hold_active.
 */
export function promise_begin(process: process_t, vpn: u32): bool {
    const promise = promise_make(vpn);
    if (promise == 0) return false;
    promise_give(process, promise);
    return true;
}

/** Makes the promise that promise_give gives: the first of two steps, and the only one that needs memory. 0 without memory. */
export function promise_make(vpn: u32): usize {
    const promise = kcm_alloc(<u32>offsetof<promise_t>());
    if (promise != 0) changetype<promise_t>(promise).vpn = vpn;
    return promise;
}

export function promise_give(process: process_t, promise: usize): void {
    changetype<promise_t>(promise).next = process.promises;
    process.promises = promise;
}

/** At Z: drops the last promise of the page: its hold has ended, or there is no answer and it will not be used. */
export function promise_drop(process: process_t, vpn: u32): void {
    let link = changetype<usize>(process) + offsetof<process_t>("promises");
    while (load<usize>(link) != 0) {
        const promise = load<usize>(link);
        if (changetype<promise_t>(promise).vpn == vpn) {
            store<usize>(link, changetype<promise_t>(promise).next);
            kcm_free(promise);
            vmm_wake(process);
            return;
        }
        link = promise + offsetof<promise_t>("next");
    }
}

/** True while a thread of P here holds the page, or while the page is promised. vmm_wake reports the end of both. */
export function hold_active(process: process_t, vpn: u32): bool {
    for (let at = process.threads; at != 0; at = changetype<thread_t>(at).sibling) {
        const thread = changetype<thread_t>(at);
        const hold = atomic.load<u32>(at + offsetof<thread_t>("hold_vpn"));
        if (hold == vpn && thread.killed == 0 && thread.finished == 0) return true;
    }
    for (let at = process.promises; at != 0; at = changetype<promise_t>(at).next) {
        if (changetype<promise_t>(at).vpn == vpn) return true;
    }
    return false;
}

/** Forgets the promises of an ended process. */
export function promises_forget(process: process_t): void {
    while (process.promises != 0) {
        const promise = process.promises;
        process.promises = changetype<promise_t>(promise).next;
        kcm_free(promise);
    }
}
