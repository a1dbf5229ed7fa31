// Life of a process descriptor (vmm-policy 4, 7.4-7.6). It is made in its owner cluster, and copied to every cluster that runs a thread of
// it. The owner's reaper ends it, and leaves nothing anywhere.

import { E2BIG, EAGAIN, ENOMEM } from "../abi/errno";
import {
    DSM_BASE,
    DSM_PAGES,
    KENTRY_SAVE_VADDR,
    KENTRY_TEXT_VADDR,
    PAGE_SHIFT,
    SIGNAL_TRAMPOLINE_VADDR,
} from "../abi/memory-map";
import { RPC_THREAD_GONE, RPC_THREAD_REGISTER } from "../abi/rpc-ops";
import { THREAD_GONE_PID, THREAD_GONE_STATUS, THREAD_REGISTER_ALIVE, THREAD_REGISTER_PID } from "../abi/rpc-words";
import { VSEG_CODE, VSEG_DSM } from "../abi/vseg-type";
import { descriptors_close } from "../fs/descriptors";
import { directory_file, inode_release } from "../fs/directory";
import { local_cxy, xptr_t } from "../hal/platform";
import { gpt_create, gpt_destroy, gpt_satp, gpt_slot } from "../mm/gpt";
import { kcm_free } from "../mm/kcm";
import {
    PROCESS_ALIVE,
    PROCESS_DYING,
    process_add,
    process_close,
    process_hold,
    process_release,
    process_remove,
    process_set_active,
    process_t,
} from "../mm/process-table";
import { PTE_A, PTE_D, PTE_PPN_SHIFT, PTE_R, PTE_V, PTE_W, PTE_X, pte_user } from "../mm/pte";
import { stack_zone_first } from "../mm/stack-slot";
import { args_size, envs_size } from "../mm/user-space";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_create, vseg_t } from "../mm/vseg";
import { vsl_insert } from "../mm/vsl";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register, rpc_yield } from "../rpc/serve";
import { image_leave, image_read, image_t, image_take } from "./elf-image";
import { moved_free } from "./moved";
import { program_files, program_strings, program_t } from "./program";
import { reaper_wake } from "./reaper-event";
import { trampoline_ppn } from "./trampoline";

export function process_init(): void {
    const register: (desc: xptr_t) => void = serve_register;
    const gone: (desc: xptr_t) => void = serve_gone;
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
    process.satp = gpt_satp(process.root, process.asid);
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
    const vsegs = process.vsegs;
    const root = process.root;
    moved_free(process);
    process.vsegs = 0;
    process.vseg_tree = 0;
    process.root = 0;
    image_leave(process);
    vsegs_free(vsegs);
    if (root != 0) gpt_destroy(root);
    process_remove(process);
}

/** Closes the process (process_close) as soon as its holders are through: each does a bounded piece of work. */
export function process_shut(process: process_t, own: u32): void {
    while (!process_close(process, own)) rpc_yield();
}

/** Frees a list of vsegs that is in no VSL. */
export function vsegs_free(list: usize): void {
    while (list != 0) {
        const next = changetype<vseg_t>(list).next;
        kcm_free(list);
        list = next;
    }
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
