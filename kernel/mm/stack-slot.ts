// Stack slots (vmm-policy 6.4): the part of the stack zone that a thread's STACK vseg lies in. A slot's address repeats in every cluster,
// so a pointer to a local that goes to a thread elsewhere silently means that thread's own stack. With checkStacks the slots of all
// clusters differ. A foreign slot is then in no local VSL, and the fault can name its owner.

import { BI_CHECK_STACKS, BI_STACK_SIZE, BI_THREADS_MAX } from "../abi/boot-info";
import { EAGAIN } from "../abi/errno";
import { PAGE_SHIFT, USER_TOP } from "../abi/memory-map";
import { RPC_STACK_OWNER } from "../abi/rpc-ops";
import { STACK_OWNER_ID, STACK_OWNER_PID, STACK_OWNER_SLOT } from "../abi/rpc-words";
import { boot_info, cluster_count, local_cxy, uaddr_t, xptr_t } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { LEVEL_LEAF } from "../rpc/levels";
import { rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { this_thread, thread_t } from "../sched/thread";
import { process_hold, process_release, process_t } from "./process-table";
import { vmm_lock, vmm_unlock } from "./vmm";

export function stack_slot_init(): void {
    const owner: (desc: xptr_t) => void = serve_owner;
    rpc_register(RPC_STACK_OWNER, <u32>owner.index);
}

function checked(): bool {
    return boot_info(BI_CHECK_STACKS) != 0;
}

/** The slot of a thread whose stack is memory that its maker gave it (clone), or that all clusters see (a C program's first thread). */
export const NO_SLOT: i32 = 0x7fffffff;

/** Number of slots of one cluster, and the most threads with a STACK that a process has there. */
function slot_count(): u32 {
    return <u32>boot_info(BI_THREADS_MAX);
}

function first_slot(): u32 {
    return checked() ? local_cxy * slot_count() : 0;
}

/** First page of the stack zone. */
export function stack_zone_first(): u32 {
    return stack_top(checked() ? cluster_count * slot_count() : slot_count());
}

/** Pages of a slot, its guard page included. */
export function stack_pages(): u32 {
    return <u32>(boot_info(BI_STACK_SIZE) >> PAGE_SHIFT);
}

/** First page behind the slot. */
export function stack_top(slot: u32): u32 {
    return <u32>((<u64>USER_TOP - boot_info(BI_STACK_SIZE) * <u64>slot) >> PAGE_SHIFT);
}

/** The lowest free slot of P in this cluster, or -EAGAIN. */
export function stack_slot_take(process: process_t): i32 {
    const count = slot_count();
    const first = first_slot();
    const inherited = process.inherited_slot;
    vmm_lock(process);
    let i: u32 = 0;
    while (i < count && ((process.stack_slots >> i) & 1 || first + i + 1 == inherited)) i++;
    if (i < count) process.stack_slots |= (<u64>1) << i;
    vmm_unlock(process);
    return i < count ? <i32>(first + i) : -EAGAIN;
}

/** For fork: the child's only thread keeps its parent's slot, which with checkStacks may be a slot of another cluster. */
export function stack_slot_inherit(process: process_t, slot: u32): i32 {
    const i = slot - first_slot();
    if (i < slot_count()) process.stack_slots |= (<u64>1) << i;
    if (checked()) process.inherited_slot = slot + 1;
    return <i32>slot;
}

/** Frees the slot. The caller holds the VMM's lock. */
export function stack_slot_release(process: process_t, slot: u32): void {
    const i = slot - first_slot();
    if (i < slot_count()) process.stack_slots &= ~((<u64>1) << i);
}

const NO_CLUSTER: i32 = -1;

/** The cluster of the thread whose slot holds the address, when that is another cluster; else, or without checkStacks, -1. */
export function stack_foreign(process: process_t, vaddr: uaddr_t): i32 {
    if (!checked() || vaddr >= <u64>USER_TOP || <u32>(vaddr >> PAGE_SHIFT) < stack_zone_first()) return NO_CLUSTER;
    const slot = slot_of(vaddr);
    const cxy = slot + 1 == process.inherited_slot ? process.reference : slot / slot_count();
    return cxy == local_cxy ? NO_CLUSTER : <i32>cxy;
}

function slot_of(vaddr: uaddr_t): u32 {
    return <u32>((<u64>USER_TOP - 1 - vaddr) / boot_info(BI_STACK_SIZE));
}

/** The value for no thread id: no thread has the slot (any more). */
export const NO_THREAD: u32 = 0xffffffff;

/** The thread of P in cluster `cxy` whose slot holds the address, or NO_THREAD. It is a leaf request. */
export function stack_owner(process: process_t, vaddr: uaddr_t, cxy: u32): u32 {
    if (!has_instance(cxy)) return NO_THREAD;
    const desc = rpc_arguments();
    desc.set(STACK_OWNER_PID, process.pid);
    desc.set(STACK_OWNER_SLOT, slot_of(vaddr));
    rpc_send(cxy, LEVEL_LEAF, RPC_STACK_OWNER);
    return <u32>desc.get(STACK_OWNER_ID);
}

function serve_owner(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, STACK_OWNER_PID)));
    const slot = <u32>rpc_get(desc, STACK_OWNER_SLOT);
    rpc_set(desc, STACK_OWNER_ID, NO_THREAD);
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    for (let at = process.threads; at != 0; at = changetype<thread_t>(at).sibling) {
        const thread = changetype<thread_t>(at);
        if (thread.stack_slot == slot && thread.ending == 0) rpc_set(desc, STACK_OWNER_ID, thread.id);
    }
    vmm_unlock(process);
    process_release(process);
}

/**
 * Notes that a system call was given an address on a foreign stack. The call fails, and then the process is killed for it (kernel/trap.ts).
 */
export function stack_note_foreign(process: process_t, vaddr: uaddr_t, access: u32): void {
    if (stack_foreign(process, vaddr) == NO_CLUSTER) return;
    const thread = this_thread();
    thread.foreign_stack = vaddr;
    thread.foreign_access = access;
}
