// Entry of the tests of several instances: faults, RPC and DSM. Processes are fabricated at Z and attached elsewhere.
import { VSEG_HEAP } from "../../../kernel/abi/vseg-type";
import { calls_init } from "../../../kernel/dsm/calls";
import { downgrade_init } from "../../../kernel/dsm/downgrade";
import { manager_init } from "../../../kernel/dsm/manager";
import { membership_init } from "../../../kernel/dsm/membership";
import { dsm_pager_init } from "../../../kernel/dsm/node";
import { synchronise_init } from "../../../kernel/dsm/synchronise";
import { program_pager_init } from "../../../kernel/fs/program-pager";
import { local_cxy } from "../../../kernel/hal/platform";
import { anonymous_init } from "../../../kernel/mm/anonymous";
import { fault_init } from "../../../kernel/mm/fault";
import { frame_init } from "../../../kernel/mm/frame";
import { gpt_create, gpt_satp } from "../../../kernel/mm/gpt";
import { look_init } from "../../../kernel/mm/look";
import { mapping_attributes, mmap, mmap_init, PLACE_ANY } from "../../../kernel/mm/mmap";
import {
    PROCESS_ALIVE,
    process_add,
    process_hold,
    process_release,
    process_set_active,
    process_t,
} from "../../../kernel/mm/process-table";
import { registration_init } from "../../../kernel/mm/registration";
import { unmap_init } from "../../../kernel/mm/unmap";
import { rights_of } from "../../../kernel/mm/user-space";
import { vmm_lock, vmm_unlock, vmm_vsegs, vmm_wake } from "../../../kernel/mm/vmm";
import { vseg_create, vseg_t } from "../../../kernel/mm/vseg";
import { vsl_insert } from "../../../kernel/mm/vsl";
import { attach_init, process_attach } from "../../../kernel/proc/attach";
import { process_add_kentry, process_init } from "../../../kernel/proc/process";
import { rpc_start_servers } from "../../../kernel/proc/rpc-servers";
import { fifo_init } from "../../../kernel/rpc/fifo";
import { hart_of } from "../../../kernel/sched/cluster";
import { instance_start } from "./instance";

export {
    LEAVING,
    MEET_DEAD,
    MEET_MISMATCH,
    MEET_MISMATCH_AGAIN,
    MEET_REFUSED,
    MEET_WAIT,
    NO_ROOT,
} from "../../../kernel/dsm/group";

import { cache_init } from "../../../kernel/fs/cache";
import { inode_init } from "../../../kernel/fs/inode";
import { hold_init } from "../../../kernel/mm/hold";
import { sharers_init } from "../../../kernel/mm/sharers";

export * from "../../../kernel/abi/rpc-ops";
export { BLOCKED_GROUP } from "../../../kernel/abi/thread";
export { group_allocate, group_give_back } from "../../../kernel/dsm/calls";
export { manager_ack, manager_prefetch, manager_request } from "../../../kernel/dsm/manager";
export {
    group_add_manager,
    group_arrive,
    group_death,
    group_join,
    group_make,
    group_release,
} from "../../../kernel/dsm/membership";
export * from "../../../kernel/dsm/protocol";
export { dsm_acquire, dsm_release } from "../../../kernel/dsm/synchronise";
export { fault_resolve } from "../../../kernel/mm/fault";
export { frame_alloc, frame_free, frame_share } from "../../../kernel/mm/frame";
export { promises_forget } from "../../../kernel/mm/hold";
export { kcm_alloc } from "../../../kernel/mm/kcm";
export { ppm_alloc, ppm_free, ppm_free_frames } from "../../../kernel/mm/ppm";
export {
    process_close,
    process_ending,
    process_exists,
    process_hold,
    process_release,
    process_remove,
} from "../../../kernel/mm/process-table";
export { STEP } from "../../../kernel/mm/release-pages";
export { structure_drop_stack, structure_enter, structure_leave, structure_share } from "../../../kernel/mm/structure";
export { copy_from_user, copy_to_user } from "../../../kernel/mm/uaccess";
export { mprotect, munmap } from "../../../kernel/mm/unmap";
export {
    vmm_enter,
    vmm_invalidate,
    vmm_leave,
    vmm_mark_busy,
    vmm_pin,
    vmm_unmark_busy,
    vmm_unpin,
} from "../../../kernel/mm/vmm";
export { VSEGS_MAX } from "../../../kernel/mm/vsl";
export { process_attach } from "../../../kernel/proc/attach";
export { process_dismantle, process_shut } from "../../../kernel/proc/process";
export { rpc_poll } from "../../../kernel/rpc/serve";
export { client_thread, hart_address, idle_thread } from "./instance";

/** All of boot_cluster (kernel/main.ts) but user threads, the reaper and futexes. */
export function system_start(hart: u32, image_end: usize, bytes: u32): void {
    instance_start(hart, image_end, bytes);
    fifo_init();
    anonymous_init();
    program_pager_init();
    dsm_pager_init();
    frame_init();
    registration_init();
    fault_init();
    look_init();
    sharers_init();
    hold_init();
    inode_init();
    cache_init();
    mmap_init();
    unmap_init();
    process_init();
    attach_init();
    downgrade_init();
    manager_init();
    membership_init();
    calls_init();
    synchronise_init();
    rpc_start_servers();
}

/** A process whose reference cluster is this one, with an empty VMM; `group` 0 or the xptr of its DSM group. */
export function process_make(group: u64, node: u32): usize {
    const address = process_add(0, local_cxy);
    const process = changetype<process_t>(address);
    process.root = gpt_create(process.pid);
    process.satp = gpt_satp(process.root, process.asid);
    process.group = group;
    process.node = node;
    process.heap_first = 0x400;
    process.heap_end = 0x3f000;
    process.own_program = 1;
    process_set_active(process, local_cxy);
    process.state = PROCESS_ALIVE;
    return address;
}

/** mmap of anonymous memory anywhere. */
export function heap_map(process: usize, bytes: u64, prot: u32): i64 {
    const attributes = mapping_attributes(VSEG_HEAP, PLACE_ANY, rights_of(prot));
    return mmap(changetype<process_t>(process), 0, bytes, attributes, 0, 0, 0);
}

/** This cluster's descriptor of `pid`, or 0; not held: a test does one thing at a time. */
export function process_find(pid: u32): usize {
    const found = process_hold(pid);
    if (found != 0) process_release(changetype<process_t>(found));
    return found;
}

/** The cluster gets its copy of the process. */
export function process_join(pid: u32, reference: u32): void {
    const made = process_attach(pid, reference);
    if (made != 0) process_release(changetype<process_t>(made));
}

/** Whoever waits for a state of the process looks again. */
export function process_wake(process: process_t): void {
    vmm_lock(process);
    vmm_wake(process);
    vmm_unlock(process);
}

/** Registers a vseg here whose bytes [start, end) of user space lie at `content`. False: it overlaps another. */
export function process_vseg(
    process: process_t,
    type: u32,
    first: u32,
    end: u32,
    content: u64,
    start: u32,
    stop: u32,
): bool {
    const vseg = changetype<vseg_t>(vseg_create(type, first, end));
    vseg.content = content;
    vseg.content_start = start;
    vseg.content_end = stop;
    return vsl_insert(vmm_vsegs(process), vseg, process.pid);
}

export function hart_enter(process: process_t, lid: u32): void {
    hart_of(lid).in_user = <u32>changetype<usize>(process);
}

/** The vseg that process_make leaves out. */
export function process_kentry(process: process_t): bool {
    return process_add_kentry(process);
}
