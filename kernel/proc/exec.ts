// execve gives a process another image under the same PID (vmm-policy 7.4). The calling thread gathers path, arguments and environment. Z
// reads and checks the file, and keeps all of it. Only then every thread of P ends. When none is left, Z's reaper puts the new image in
// place. An error that can be known before that is reported before (5.9.8).

import { E2BIG, EFAULT, EINTR, ENOMEM, EPERM, ESRCH } from "../abi/errno";
import { ARGS_VADDR, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { RPC_EXEC } from "../abi/rpc-ops";
import { EXEC_ERROR, EXEC_INODE, EXEC_MASK, EXEC_PID, EXEC_STRINGS } from "../abi/rpc-words";
import { SIGKILL } from "../abi/signal";
import { FRAME_KERNEL, VSEG_DATA } from "../abi/vseg-type";
import { group_size } from "../dsm/group";
import { descriptors_exec } from "../fs/descriptors";
import { copy_bytes, local_cxy, uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { frame_alloc, frame_xptr } from "../mm/frame";
import { gpt_slot } from "../mm/gpt";
import { page_home } from "../mm/home";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { page_zero, ppm_alloc, ppm_free } from "../mm/ppm";
import {
    PROCESS_ALIVE,
    PROCESS_DYING,
    PROCESS_EXEC,
    process_hold,
    process_release,
    process_t,
} from "../mm/process-table";
import { PTE_R, PTE_W, pte_user } from "../mm/pte";
import { copy_from_user } from "../mm/uaccess";
import { args_size, envs_size, envs_vaddr } from "../mm/user-space";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_create, vseg_t } from "../mm/vseg";
import { vsl_insert } from "../mm/vsl";
import { LEVEL_REFERENCE } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_between_pages, rpc_register } from "../rpc/serve";
import { this_thread, thread_t } from "../sched/thread";
import { image_free, image_read, image_t, image_take } from "./elf-image";
import { first_thread_commit, first_thread_make } from "./first-thread";
import { process_add_region } from "./process";
import { reaper_wake } from "./reaper-event";
import { signals_hand_back } from "./signal-take";
import { signals_exec } from "./signals";
import { timers_forget } from "./timer-calls";

/** Z keeps the new image, and a block with the strings of its arguments and environment. */
@unmanaged
class exec_t {
    image: usize;
    strings: usize;
    /** The signals that its thread blocks. */
    mask: u64;
}

/** Returns the order of the block for the strings of one exec: the args image, then the envs image, each laid out for its address. */
function strings_order(): u32 {
    let order: u32 = 0;
    while ((<u32>PAGE_SIZE) << order < args_size() + envs_size()) order++;
    return order;
}

export function exec_init(): void {
    const exec: (desc: xptr_t) => void = serve_exec;
    rpc_register(RPC_EXEC, <u32>exec.index);
}

/** Replaces the image of P by the file, which the caller holds. Returns only on failure, with -errno. */
export function process_exec(process: process_t, inode: xptr_t, argv: uaddr_t, envp: uaddr_t): i64 {
    // The pages of a node process belong to other nodes, too (sm-dsm 2).
    if (process.group != 0 && group_size(process.group) > 1) return -EPERM;
    const block = ppm_alloc(strings_order(), FRAME_KERNEL, process.pid);
    if (block == 0) return -ENOMEM;
    // The whole block is copied, and the program sees the bytes that no string fills.
    for (let p = block; p < block + ((<usize>PAGE_SIZE) << strings_order()); p += PAGE_SIZE) page_zero(p);
    let error = gather(process, block, argv, ARGS_VADDR, args_size(), true);
    if (error == 0) error = gather(process, block + args_size(), envp, envs_vaddr(), envs_size(), false);
    if (error == 0) error = hand_over(process, inode, xptr_local(block));
    if (error == 0) signals_hand_back(process);
    ppm_free(block);
    return error;
}

/**
 * Lays out a user's NULL-terminated array of strings at `to` as it will stand at `vaddr`: argc for args only, the pointers, NULL, the
 * strings. Returns 0, -EFAULT, -E2BIG or -EINTR.
 */
function gather(process: process_t, to: usize, array: uaddr_t, vaddr: u32, size: u32, counted: bool): i64 {
    const count = count_strings(process, to, array, size);
    if (count < 0) return count;
    const first: u32 = counted ? 8 : 0;
    let at = first + (<u32>count + 1) * 8;
    if (counted) store<u64>(to, <u64>count);
    for (let i: u32 = 0; i < <u32>count; i++) {
        const word = to + first + i * 8;
        if (copy_from_user(process, word, array + i * 8, 8) != 0) return -EFAULT;
        const text = load<u64>(word);
        store<u64>(word, <u64>vaddr + at);
        for (let from = text; ; from++) {
            if (at >= size) return -E2BIG;
            if (copy_from_user(process, to + at, from, 1) != 0) return -EFAULT;
            if (load<u8>(to + at++) == 0) break;
            if ((at & (PAGE_SIZE - 1)) == 0 && !rpc_between_pages()) return -EINTR;
        }
    }
    store<u64>(to + first + <u32>count * 8, 0);
    return 0;
}

function count_strings(process: process_t, scratch: usize, array: uaddr_t, size: u32): i64 {
    if (array == 0) return 0;
    for (let i: u32 = 0; (i + 3) * 8 <= size; i++) {
        if (copy_from_user(process, scratch, array + i * 8, 8) != 0) return -EFAULT;
        if (load<u64>(scratch) == 0) return i;
    }
    return -E2BIG;
}

function hand_over(process: process_t, inode: xptr_t, strings: xptr_t): i64 {
    const mask = this_thread().signal_mask;
    if (is_local(process.reference)) return exec_here(process.pid, inode, strings, mask);
    const desc = rpc_arguments();
    desc.set(EXEC_PID, process.pid);
    desc.set(EXEC_INODE, inode);
    desc.set(EXEC_STRINGS, strings);
    desc.set(EXEC_MASK, mask);
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_EXEC);
    return <i64>desc.get(EXEC_ERROR);
}

function serve_exec(desc: xptr_t): void {
    rpc_set(
        desc,
        EXEC_ERROR,
        <u64>(
            exec_here(
                <u32>rpc_get(desc, EXEC_PID),
                rpc_get(desc, EXEC_INODE),
                rpc_get(desc, EXEC_STRINGS),
                rpc_get(desc, EXEC_MASK),
            )
        ),
    );
}

/** Z keeps the parts of the new image, and ends every thread. The reaper goes on with exec_begin. Returns 0 or -errno. */
function exec_here(pid: u32, inode: xptr_t, strings: xptr_t, mask: u64): i64 {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return -ESRCH;
    const exec = prepare(pid, inode, strings);
    if (exec > 0) changetype<exec_t>(<usize>exec).mask = mask;
    const error: i64 = exec < 0 ? exec : begin_end(process, changetype<exec_t>(<usize>exec));
    if (exec > 0 && error != 0) exec_free(changetype<exec_t>(<usize>exec));
    process_release(process);
    return error;
}

/** Returns the address of an exec_t, or -errno. */
function prepare(pid: u32, inode: xptr_t, strings: xptr_t): i32 {
    const image = image_read(inode);
    if (image < 0) return image;
    const exec = changetype<exec_t>(kcm_alloc(<u32>offsetof<exec_t>()));
    const block: usize = changetype<usize>(exec) == 0 ? <usize>0 : ppm_alloc(strings_order(), FRAME_KERNEL, pid);
    if (block == 0) {
        if (changetype<usize>(exec) != 0) kcm_free(changetype<usize>(exec));
        image_free(changetype<image_t>(<usize>image));
        return -ENOMEM;
    }
    copy_bytes(xptr_local(block), strings, args_size() + envs_size());
    exec.image = <usize>image;
    exec.strings = block;
    return <i32>changetype<usize>(exec);
}

function exec_free(exec: exec_t): void {
    if (exec.image != 0) image_free(changetype<image_t>(exec.image));
    ppm_free(exec.strings);
    kcm_free(changetype<usize>(exec));
}

/** Ends the threads of P for the new image. Returns 0, or -ESRCH when P ends or another exec has come first, which ends the caller. */
function begin_end(process: process_t, exec: exec_t): i64 {
    vmm_lock(process);
    const alive = process.state == PROCESS_ALIVE;
    if (alive) {
        process.exec = changetype<usize>(exec);
        process.state = PROCESS_EXEC;
    }
    vmm_unlock(process);
    if (!alive) return -ESRCH;
    reaper_wake();
    return 0;
}

/**
 * Puts the new image into the emptied descriptor, and makes its first thread. False when there is no memory or a kill has come meanwhile.
 * The process then is DYING, and has the reason in it.
 */
export function exec_begin(process: process_t): bool {
    const exec = changetype<exec_t>(process.exec);
    const args = xptr_local(exec.strings);
    const thread = rebuild(process, exec) ? first_thread_make(process, args, args + args_size()) : -ENOMEM;
    if (thread < 0) end_for_memory(process);
    else {
        changetype<thread_t>(<usize>thread).signal_mask = exec.mask;
        // What was pending for the process still is.
        if (process.signals != 0) changetype<thread_t>(<usize>thread).signal_look = 1;
    }
    exec_forget(process);
    return thread >= 0 && first_thread_commit(process, changetype<thread_t>(<usize>thread), PROCESS_EXEC);
}

/** The old image is gone and the new one cannot be, so the process is killed, as in Linux. The reason of an earlier kill stays. */
function end_for_memory(process: process_t): void {
    vmm_lock(process);
    if (process.state == PROCESS_EXEC) {
        process.state = PROCESS_DYING;
        process.signal = SIGKILL;
        process.exit_code = 128 + SIGKILL;
    }
    vmm_unlock(process);
}

/** Frees the exec_t of a process, if it has one. */
export function exec_forget(process: process_t): void {
    if (process.exec != 0) exec_free(changetype<exec_t>(process.exec));
    process.exec = 0;
}

function rebuild(process: process_t, exec: exec_t): bool {
    timers_forget(process, false);
    signals_exec(process);
    image_take(process, changetype<image_t>(exec.image));
    exec.image = 0;
    process.brk = 0;
    descriptors_exec(process);
    return (
        process_add_region(process) &&
        map_strings(process, ARGS_VADDR, exec.strings, args_size()) &&
        map_strings(process, envs_vaddr(), exec.strings + args_size(), envs_size())
    );
}

/** Makes a DATA vseg whose pages exist from the start, because their source does not last as a file does. False without memory. */
function map_strings(process: process_t, vaddr: u32, from: usize, size: u32): bool {
    const first = vaddr >> PAGE_SHIFT;
    const pages = size >> PAGE_SHIFT;
    const address = vseg_create(VSEG_DATA, first, first + pages);
    if (address == 0) return false;
    const vseg = changetype<vseg_t>(address);
    if (!vsl_insert(vmm_vsegs(process), vseg, process.pid)) {
        kcm_free(address);
        return false;
    }
    for (let i: u32 = 0; i < pages; i++) {
        const slot = gpt_slot(process.root, first + i, true, process.pid);
        const ppn =
            slot == 0 ? 0 : frame_alloc(page_home(vseg, first + i, local_cxy, local_cxy), VSEG_DATA, process.pid);
        if (ppn == 0) return false;
        copy_bytes(frame_xptr(ppn), xptr_local(from + (i << PAGE_SHIFT)), PAGE_SIZE);
        store<u64>(slot, pte_user(ppn, PTE_R | PTE_W));
    }
    return true;
}
