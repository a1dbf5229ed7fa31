// execve (vmm-policy 7.4): the process keeps its PID and gets another image. The calling thread gathers path, arguments and
// environment; Z reads and checks the file, and keeps all of it. Only then every thread of P ends, and when none is left Z's reaper
// puts the new image in place. What can be known to fail fails before (5.9.8).

import { E2BIG, EFAULT, EINTR, ENOMEM, EPERM, ESRCH } from "../abi/errno";
import { ARGS_VADDR, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { MUTANT_DANGLING, MUTANT_MISSING_HOLD } from "../abi/observed-mutants";
import { SIGKILL } from "../abi/signal";
import { FRAME_KERNEL, VSEG_DATA } from "../abi/vseg-type";
import { group_size } from "../dsm/group";
import { directory_lookup } from "../fs/directory";
import { copy_bytes, local_cxy, uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { frame_alloc, frame_xptr } from "../mm/frame";
import { gpt_slot } from "../mm/gpt";
import { page_home } from "../mm/home";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { page_zero, ppm_alloc, ppm_free } from "../mm/ppm";
import { PTE_R, PTE_W, pte_user } from "../mm/pte";
import { copy_from_user } from "../mm/uaccess";
import { args_size, envs_size, envs_vaddr } from "../mm/user-space";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_create, vseg_t, vsl_insert } from "../mm/vseg";
import { Mutant } from "../mutant";
import { RPC_EXEC } from "../rpc/ops";
import {
    is_local,
    LEVEL_REFERENCE,
    rpc_arguments,
    rpc_between_pages,
    rpc_get,
    rpc_register,
    rpc_send,
    rpc_set,
} from "../rpc/rpc";
import { image_free, image_read, image_t, image_take } from "./elf-image";
import { process_add_region } from "./process";
import { PROCESS_ALIVE, PROCESS_DYING, PROCESS_EXEC, process_hold, process_release, process_t } from "./process-table";
import { reaper_wake } from "./reaper-event";
import { thread_t } from "./thread";
import { user_thread_commit, user_thread_first } from "./user-thread";

/** At Z: the new image, and a block with the strings of its arguments and environment. */
@unmanaged
class exec_t {
    image: usize;
    strings: usize;
}

/** Order of the block for the strings of one exec: args image, then envs image, each laid out for its address. */
function strings_order(): u32 {
    let order: u32 = 0;
    while ((<u32>PAGE_SIZE) << order < args_size() + envs_size()) order++;
    return order;
}

export function exec_init(): void {
    const exec: (desc: xptr_t) => void = serve_exec;
    rpc_register(RPC_EXEC, <u32>exec.index);
}

/** Replaces the image of P by the file `name` (C string in kernel memory). Returns only on failure: -errno. */
export function process_exec(process: process_t, name: usize, argv: uaddr_t, envp: uaddr_t): i64 {
    // Its pages are other nodes', too (sm-dsm 2).
    if (process.group != 0 && group_size(process.group) > 1) return -EPERM;
    const inode = directory_lookup(xptr_local(name), false);
    if (inode < 0) return inode;
    const block = ppm_alloc(strings_order(), FRAME_KERNEL, process.pid);
    if (block == 0) return -ENOMEM;
    // All of it is copied, and what no string fills is seen by the program.
    for (let p = block; p < block + ((<usize>PAGE_SIZE) << strings_order()); p += PAGE_SIZE) page_zero(p);
    let error = gather(process, block, argv, ARGS_VADDR, args_size(), true);
    if (error == 0) error = gather(process, block + args_size(), envp, envs_vaddr(), envs_size(), false);
    if (error == 0) error = hand_over(process, <u64>inode, xptr_local(block));
    ppm_free(block);
    return error;
}

/**
 * Lays out a user's NULL-terminated array of strings at `to` as it will stand at `vaddr`: for args argc first, then the
 * pointers, NULL, the strings. 0, -EFAULT or -E2BIG.
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
    if (is_local(process.reference)) return exec_here(process.pid, inode, strings);
    const desc = rpc_arguments();
    desc.arg0 = process.pid;
    desc.arg1 = inode;
    desc.arg2 = strings;
    rpc_send(process.reference, LEVEL_REFERENCE, RPC_EXEC);
    return <i64>desc.arg0;
}

function serve_exec(desc: xptr_t): void {
    rpc_set(desc, 0, <u64>exec_here(<u32>rpc_get(desc, 0), rpc_get(desc, 1), rpc_get(desc, 2)));
}

/** At Z: keeps what the new image is made of, and ends every thread; the reaper goes on with exec_begin. 0 or -errno. */
function exec_here(pid: u32, inode: xptr_t, strings: xptr_t): i64 {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return -ESRCH;
    const exec = prepare(pid, inode, strings);
    const error: i64 = exec < 0 ? exec : begin_end(process, changetype<exec_t>(<usize>exec));
    if (exec > 0 && error != 0) exec_free(changetype<exec_t>(<usize>exec));
    process_release(process);
    return error;
}

/** The address of an exec_t, or -errno. */
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

/** The threads of P end for the new image. 0; or -ESRCH: P ends, or another exec has come first, and ends the caller. */
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
 * The new image in the emptied descriptor, and its first thread. False: there is no memory, or a kill has come meanwhile; the process
 * is DYING, and why stands in it.
 */
export function exec_begin(process: process_t): bool {
    const exec = changetype<exec_t>(process.exec);
    const args = xptr_local(exec.strings);
    const thread = rebuild(process, exec) ? user_thread_first(process, args, args + args_size()) : -ENOMEM;
    if (thread < 0) end_for_memory(process);
    exec_forget(process);
    return thread >= 0 && user_thread_commit(process, changetype<thread_t>(<usize>thread), PROCESS_EXEC);
}

/** The old image is gone and the new one cannot be: as Linux does, the process is killed. A kill that came first stays the reason. */
function end_for_memory(process: process_t): void {
    vmm_lock(process);
    if (process.state == PROCESS_EXEC) {
        process.state = PROCESS_DYING;
        process.signal = SIGKILL;
        process.exit_code = 128 + SIGKILL;
    }
    vmm_unlock(process);
}

/** Frees what an exec has left in the process, if one has. */
export function exec_forget(process: process_t): void {
    if (process.exec != 0) exec_free(changetype<exec_t>(process.exec));
    if (!Mutant.on(MUTANT_DANGLING)) process.exec = 0;
}

function rebuild(process: process_t, exec: exec_t): bool {
    if (Mutant.on(MUTANT_MISSING_HOLD)) ppm_free(exec.strings);
    image_take(process, changetype<image_t>(exec.image));
    exec.image = 0;
    process.brk = 0;
    return (
        process_add_region(process) &&
        map_strings(process, ARGS_VADDR, exec.strings, args_size()) &&
        map_strings(process, envs_vaddr(), exec.strings + args_size(), envs_size())
    );
}

/** A DATA vseg whose pages are there from the start: their source, unlike a file's, does not last. */
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
