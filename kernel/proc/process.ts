// Life of a process descriptor (vmm-policy 4, 7.4-7.6). It is made in its owner cluster, and copied to every cluster that runs a thread of
// it. The owner's reaper ends it, and leaves nothing anywhere.

import { BI_POLICY_REGISTRATION } from "../abi/boot-info";
import { E2BIG, EAGAIN, ENOMEM } from "../abi/errno";
import {
    DSM_BASE,
    DSM_PAGES,
    KENTRY_SAVE_VADDR,
    KENTRY_TEXT_VADDR,
    PAGE_SHIFT,
    SIGNAL_TRAMPOLINE_VADDR,
} from "../abi/memory-map";
import { REGISTRATION_LAZY } from "../abi/policy";
import { RPC_ATTACH_VSEG, RPC_PROCESS_ATTACH, RPC_THREAD_GONE, RPC_THREAD_REGISTER } from "../abi/rpc-ops";
import {
    ATTACH_VSEG_PID,
    ATTACH_VSEG_VPN,
    GET_VSEG_FOUND,
    PROCESS_ATTACH_ALIVE,
    PROCESS_ATTACH_CXY,
    PROCESS_ATTACH_DESCRIPTOR,
    PROCESS_ATTACH_GROUP,
    PROCESS_ATTACH_INHERITED_SLOT,
    PROCESS_ATTACH_NODE,
    PROCESS_ATTACH_PARENT,
    PROCESS_ATTACH_PID,
    PROCESS_ATTACH_PROGRAM,
    PROCESS_ATTACH_PROGRAM_THREADS,
    THREAD_GONE_PID,
    THREAD_GONE_STATUS,
    THREAD_REGISTER_ALIVE,
    THREAD_REGISTER_PID,
} from "../abi/rpc-words";
import { VSEG_CODE, VSEG_DATA, VSEG_DSM } from "../abi/vseg-type";
import { descriptors_close } from "../fs/descriptors";
import { directory_file, inode_release } from "../fs/directory";
import { boot_info, local_cxy, xptr_cxy, xptr_local, xptr_t } from "../hal/platform";
import { gpt_create, gpt_destroy, gpt_slot } from "../mm/gpt";
import { kcm_free } from "../mm/kcm";
import {
    PROCESS_ALIVE,
    PROCESS_DYING,
    PROCESS_NEW,
    process_add,
    process_close,
    process_exists,
    process_hold,
    process_release,
    process_remove,
    process_set_active,
    process_t,
} from "../mm/process-table";
import { PTE_A, PTE_D, PTE_PPN_SHIFT, PTE_R, PTE_V, PTE_W, PTE_X, pte_user } from "../mm/pte";
import { stack_zone_first } from "../mm/stack-slot";
import { args_size, envs_size } from "../mm/user-space";
import { vmm_lock, vmm_unlock, vmm_vsegs, vmm_wait } from "../mm/vmm";
import { vseg_add_sharer, vseg_create, vseg_is_changing, vseg_t, vsl_insert } from "../mm/vseg";
import { vseg_receive, vseg_send } from "../mm/vseg-message";
import { LEVEL_LEAF, LEVEL_REFERENCE } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register, rpc_yield } from "../rpc/serve";
import { image_leave, image_read, image_t, image_take } from "./elf-image";
import { program_files, program_strings, program_t } from "./program";
import { reaper_wake } from "./reaper-event";
import { trampoline_ppn } from "./trampoline";

export function process_init(): void {
    const attach: (desc: xptr_t) => void = serve_attach;
    const attach_vseg: (desc: xptr_t) => void = serve_attach_vseg;
    const register: (desc: xptr_t) => void = serve_register;
    const gone: (desc: xptr_t) => void = serve_gone;
    rpc_register(RPC_PROCESS_ATTACH, <u32>attach.index);
    rpc_register(RPC_ATTACH_VSEG, <u32>attach_vseg.index);
    rpc_register(RPC_THREAD_REGISTER, <u32>register.index);
    rpc_register(RPC_THREAD_GONE, <u32>gone.index);
}

/**
 * Makes the reference descriptor of a new process here, NEW and without threads. process_free undoes it. Returns its address, or -errno.
 */
export function process_create(program: program_t): i32 {
    if (program.args_size > args_size() || program.envs_size > envs_size()) return -E2BIG;
    const address = process_blank();
    if (address == 0) return -EAGAIN;
    const process = changetype<process_t>(address);
    process.program = program.index;
    process.program_threads = program.threads;
    process.group = program.group;
    process.node = program.node;
    const error = build(process, program);
    if (error == 0) return <i32>address;
    process_shut(process, 0);
    descriptors_close(process);
    process_dismantle(process);
    return error;
}

/** The umask that programs begin with: nobody but root writes (022). */
const UMASK: u32 = 0x12;

/** Returns a new descriptor of this cluster in state NEW with an empty VMM, or 0. */
export function process_blank(): usize {
    const address = process_add(0, local_cxy);
    if (address == 0) return 0;
    const process = changetype<process_t>(address);
    process.heap_end = stack_zone_first();
    process.umask = UMASK;
    process_set_active(process, local_cxy);
    return address;
}

function build(process: process_t, program: program_t): i32 {
    const error = process_make_vmm(process);
    if (error != 0) return error;
    const inode = directory_file(program.path);
    if (inode < 0) return <i32>inode;
    const image = image_read(<u64>inode);
    inode_release(<u64>inode);
    if (image < 0) return image;
    image_take(process, changetype<image_t>(<usize>image));
    if (!program_strings(process, program) || !process_add_region(process)) return -ENOMEM;
    return program_files(process, program);
}

/** Adds the DSM region of a node process (sm-dsm 3.1). False without memory. */
export function process_add_region(process: process_t): bool {
    process.region = 0;
    if (process.group == 0) return true;
    const first: u32 = DSM_BASE >> PAGE_SHIFT;
    const region = vseg_create(VSEG_DSM, first, first + DSM_PAGES);
    return region != 0 && vsl_insert(vmm_vsegs(process), changetype<vseg_t>(region), process.pid);
}

/** Makes the GPT with kentry mapped: never faulted, never freed, not user-accessible but for the trampoline (6.1). Returns 0 or -ENOMEM. */
export function process_make_vmm(process: process_t): i32 {
    process.root = gpt_create(process.pid);
    if (process.root == 0) return -ENOMEM;
    const text = gpt_slot(process.root, KENTRY_TEXT_VADDR >> PAGE_SHIFT, true, process.pid);
    if (text == 0) return -ENOMEM;
    const save = gpt_slot(process.root, KENTRY_SAVE_VADDR >> PAGE_SHIFT, true, process.pid);
    store<u64>(
        text,
        ((<u64>(KENTRY_TEXT_VADDR >> PAGE_SHIFT)) << PTE_PPN_SHIFT) | PTE_R | PTE_X | PTE_A | PTE_D | PTE_V,
    );
    store<u64>(
        save,
        ((<u64>(KENTRY_SAVE_VADDR >> PAGE_SHIFT)) << PTE_PPN_SHIFT) | PTE_R | PTE_W | PTE_A | PTE_D | PTE_V,
    );
    const trampoline = gpt_slot(process.root, SIGNAL_TRAMPOLINE_VADDR >> PAGE_SHIFT, true, process.pid);
    store<u64>(trampoline, pte_user(trampoline_ppn(), PTE_R | PTE_X));
    return process_add_kentry(process) ? 0 : -ENOMEM;
}

/** kentry is a vseg like everything that is mapped. A program has no right to it, and no call changes it. False without memory. */
export function process_add_kentry(process: process_t): bool {
    const address = vseg_create(
        VSEG_CODE,
        SIGNAL_TRAMPOLINE_VADDR >> PAGE_SHIFT,
        (KENTRY_SAVE_VADDR >> PAGE_SHIFT) + 1,
    );
    if (address == 0) return false;
    const vseg = changetype<vseg_t>(address);
    vseg.rights = 0;
    vseg.fixed = 1;
    return vsl_insert(vmm_vsegs(process), vseg, process.pid);
}

/** Frees vsegs, tables and descriptor of a process that is closed or NEW, and has no thread and no mapped frame here. */
export function process_dismantle(process: process_t): void {
    // An observer sees no list or table that is being taken apart.
    let at = process.vsegs;
    const root = process.root;
    process.vsegs = 0;
    process.root = 0;
    image_leave(process);
    while (at != 0) {
        const next = changetype<vseg_t>(at).next;
        kcm_free(at);
        at = next;
    }
    if (root != 0) gpt_destroy(root);
    process_remove(process);
}

/** Closes the process (process_close) as soon as its holders are through: each does a bounded piece of work. */
export function process_shut(process: process_t, own: u32): void {
    while (!process_close(process, own)) rpc_yield();
}

/**
 * Makes this cluster's copy of P from the descriptor at Z when its first thread comes (7.5): VMM, CODE and DATA vsegs (3). Runs in a server
 * thread. Returns the descriptor's address, held, or 0 when P is ending or there is no memory.
 */
export function process_attach(pid: u32, reference: u32): usize {
    while (true) {
        const found = process_hold(pid);
        if (found == 0) {
            const added = process_add(pid, reference);
            if (added != 0) return make_copy(changetype<process_t>(added)) ? added : 0;
            if (!process_exists(pid)) return 0;
        } else {
            const state = atomic.load<u32>(found + offsetof<process_t>("state"));
            if (state == PROCESS_ALIVE) return found;
            process_release(changetype<process_t>(found));
            if (state != PROCESS_NEW) return 0;
        }
        // Another server makes the copy, or ends it. Its requests bound the wait.
        rpc_yield();
    }
}

/** Fills the new copy from Z. False when the copy is gone again. */
function make_copy(process: process_t): bool {
    if (process_make_vmm(process) == 0 && copy_from_reference(process)) {
        atomic.store<u32>(changetype<usize>(process) + offsetof<process_t>("state"), PROCESS_ALIVE);
        return true;
    }
    process_shut(process, 1);
    process_dismantle(process);
    return false;
}

function copy_from_reference(process: process_t): bool {
    const desc = rpc_arguments();
    desc.set(PROCESS_ATTACH_PID, process.pid);
    desc.set(PROCESS_ATTACH_CXY, local_cxy);
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_PROCESS_ATTACH);
    if (desc.get(PROCESS_ATTACH_ALIVE) == 0) return false;
    process.program = <u32>desc.get(PROCESS_ATTACH_PROGRAM);
    process.program_threads = <u32>desc.get(PROCESS_ATTACH_PROGRAM_THREADS);
    process.parent = <u32>desc.get(PROCESS_ATTACH_PARENT);
    process.parent_birth = <u32>(desc.get(PROCESS_ATTACH_PARENT) >> 32);
    process.inherited_slot = <u32>desc.get(PROCESS_ATTACH_INHERITED_SLOT);
    process.group = desc.get(PROCESS_ATTACH_GROUP);
    process.node = <u32>desc.get(PROCESS_ATTACH_NODE);
    process.at_reference = desc.get(PROCESS_ATTACH_DESCRIPTOR);
    return <u32>boot_info(BI_POLICY_REGISTRATION) == REGISTRATION_LAZY || copy_vsegs(process);
}

/** Copies the CODE and DATA vsegs by ascending address. A vseg that Z changes meanwhile is asked for again (5.9.7). */
function copy_vsegs(process: process_t): bool {
    const desc = rpc_arguments();
    let vpn: u32 = 0;
    while (true) {
        const epoch = atomic.load<u32>(changetype<usize>(process) + offsetof<process_t>("epoch"));
        desc.set(ATTACH_VSEG_PID, process.pid);
        desc.set(ATTACH_VSEG_VPN, vpn);
        rpc_send(process.reference, LEVEL_REFERENCE, RPC_ATTACH_VSEG);
        if (desc.get(GET_VSEG_FOUND) == 0) return true;
        const address = vseg_receive();
        if (address == 0) return false;
        const end = changetype<vseg_t>(address).end_vpn;
        vmm_lock(process);
        const current = process.epoch == epoch;
        if (current) vsl_insert(vmm_vsegs(process), changetype<vseg_t>(address), process.pid);
        vmm_unlock(process);
        if (current) vpn = end;
        else kcm_free(address);
    }
}

/** At Z: cluster K becomes active for P. */
function serve_attach(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, PROCESS_ATTACH_PID)));
    const cxy = <u32>rpc_get(desc, PROCESS_ATTACH_CXY);
    rpc_set(desc, PROCESS_ATTACH_ALIVE, 0);
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    const alive = process.state == PROCESS_ALIVE;
    if (alive) process_set_active(process, cxy);
    vmm_unlock(process);
    rpc_set(desc, PROCESS_ATTACH_PROGRAM, process.program);
    rpc_set(desc, PROCESS_ATTACH_PROGRAM_THREADS, process.program_threads);
    rpc_set(desc, PROCESS_ATTACH_GROUP, process.group);
    rpc_set(desc, PROCESS_ATTACH_NODE, process.node);
    rpc_set(desc, PROCESS_ATTACH_PARENT, <u64>process.parent | ((<u64>process.parent_birth) << 32));
    rpc_set(desc, PROCESS_ATTACH_DESCRIPTOR, xptr_local(changetype<usize>(process)));
    rpc_set(desc, PROCESS_ATTACH_INHERITED_SLOT, process.inherited_slot);
    rpc_set(desc, PROCESS_ATTACH_ALIVE, alive ? 1 : 0);
    process_release(process);
}

/**
 * At Z: sends the first CODE or DATA vseg from the page that is asked for on, once no change has it. The asking cluster becomes a sharer of it.
 */
function serve_attach_vseg(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, ATTACH_VSEG_PID)));
    if (changetype<usize>(process) == 0) {
        rpc_set(desc, GET_VSEG_FOUND, 0);
        return;
    }
    vmm_lock(process);
    const at = first_attached(process, <u32>rpc_get(desc, ATTACH_VSEG_VPN));
    const vseg = changetype<vseg_t>(at);
    if (at != 0 && vseg_is_changing(vseg, process.change)) {
        vmm_wait(process, desc);
    } else {
        if (at != 0) {
            vseg_add_sharer(vseg, xptr_cxy(desc));
            vseg_send(desc, xptr_local(at));
        }
        rpc_set(desc, GET_VSEG_FOUND, at != 0 ? 1 : 0);
        vmm_unlock(process);
    }
    process_release(process);
}

/** Returns the first vseg from page `vpn` on that comes with the process, or 0. The caller holds the lock. */
function first_attached(process: process_t, vpn: u32): usize {
    for (let at = process.vsegs; at != 0; at = changetype<vseg_t>(at).next) {
        const vseg = changetype<vseg_t>(at);
        const comes = vseg.type == VSEG_CODE || vseg.type == VSEG_DATA;
        if (vseg.first_vpn >= vpn && comes && vseg.fixed == 0) return at;
    }
    return 0;
}

/** Announces a new thread of P to Z. False when P is ending. Leaf. */
export function process_thread_register(pid: u32, reference: u32): bool {
    if (is_local(reference)) return register_here(pid);
    const desc = rpc_arguments();
    desc.set(THREAD_REGISTER_PID, pid);
    rpc_send(reference, LEVEL_LEAF, RPC_THREAD_REGISTER);
    return desc.get(THREAD_REGISTER_ALIVE) != 0;
}

function serve_register(desc: xptr_t): void {
    rpc_set(desc, THREAD_REGISTER_ALIVE, register_here(<u32>rpc_get(desc, THREAD_REGISTER_PID)) ? 1 : 0);
}

function register_here(pid: u32): bool {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return false;
    vmm_lock(process);
    const alive = process.state == PROCESS_ALIVE;
    if (alive) process.total_threads++;
    vmm_unlock(process);
    process_release(process);
    return alive;
}

/** Tells Z that a thread of P has ended. The last thread ends P, which then has that thread's exit status (0 to 255). Leaf. */
export function process_thread_gone(pid: u32, reference: u32, status: u32): void {
    if (is_local(reference)) {
        gone_here(pid, status);
        return;
    }
    const desc = rpc_arguments();
    desc.set(THREAD_GONE_PID, pid);
    desc.set(THREAD_GONE_STATUS, status);
    rpc_send(reference, LEVEL_LEAF, RPC_THREAD_GONE);
}

function serve_gone(desc: xptr_t): void {
    gone_here(<u32>rpc_get(desc, THREAD_GONE_PID), <u32>rpc_get(desc, THREAD_GONE_STATUS));
}

function gone_here(pid: u32, status: u32): void {
    const process = changetype<process_t>(process_hold(pid));
    vmm_lock(process);
    process.total_threads--;
    const last = process.total_threads == 0;
    if (last && process.state == PROCESS_ALIVE) {
        process.state = PROCESS_DYING;
        process.exit_code = status;
    }
    vmm_unlock(process);
    process_release(process);
    if (last) reaper_wake();
}
