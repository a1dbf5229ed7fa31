// copy_from_user and copy_to_user (vmm-policy 5.10). For each page they check the rights, fault the page in, and copy with it pinned.

import { ACCESS_LOAD, ACCESS_STORE } from "../abi/access";
import { EFAULT } from "../abi/errno";
import { PAGE_SIZE, USER_END } from "../abi/memory-map";
import { KIND_SERVER } from "../abi/thread";
import { cstr } from "../hal/cstr";
import { copy_bytes, uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { assert_kernel } from "../panic";
import { this_thread } from "../sched/thread";
import { fault_begin, fault_drop, fault_end } from "../trace/fault-cost";
import { fault_resolve } from "./fault";
import { frame_xptr } from "./frame";
import { gpt_get, vpn_of } from "./gpt";
import { hold_end } from "./hold";
import { process_t } from "./process-table";
import { PTE_R, PTE_U, PTE_V, PTE_W, pte_ppn } from "./pte";
import { stack_note_foreign } from "./stack-slot";
import { vmm_lock, vmm_pin, vmm_unlock, vmm_unpin } from "./vmm";

/** Copies user bytes into kernel memory. Returns 0 or -EFAULT. */
export function copy_from_user(process: process_t, to: usize, from: uaddr_t, bytes: u32): i32 {
    return copy_user(process, xptr_local(to), from, bytes, ACCESS_LOAD);
}

/** Copies kernel memory to user bytes. Returns 0, or -EFAULT after an unknown part was written. */
export function copy_to_user(process: process_t, to: uaddr_t, from: usize, bytes: u32): i32 {
    return copy_user(process, xptr_local(from), to, bytes, ACCESS_STORE);
}

/**
 * Copies as the two above, with the kernel's side anywhere in physical memory. It never runs in a server: pages, stacks and holds belong to
 * the running thread (sm-dsm 3.4).
 */
export function copy_user(process: process_t, kernel: xptr_t, user: uaddr_t, bytes: u32, access: u32): i32 {
    assert_kernel(this_thread().kind != KIND_SERVER, cstr("user memory is accessed by a server"));
    if (user >= <u64>USER_END || <u64>bytes > <u64>USER_END - user) return -EFAULT;
    while (bytes != 0) {
        const in_page: u32 = <u32>PAGE_SIZE - (<u32>user & (<u32>PAGE_SIZE - 1));
        const chunk = bytes < in_page ? bytes : in_page;
        const page = pin_page(process, user, access);
        if (page == 0) return -EFAULT;
        const place = page + (user & (PAGE_SIZE - 1));
        if (access == ACCESS_LOAD) copy_bytes(kernel, place, chunk);
        else copy_bytes(place, kernel, chunk);
        vmm_unpin(process);
        // The hold ends behind the pin. Ending it takes a request; a thread that waits for its answer serves invalidations, which wait for
        // pins.
        hold_end();
        user += chunk;
        kernel += chunk;
        bytes -= chunk;
    }
    return 0;
}

/** The frame of a user page with the right to `access`, pinned until vmm_unpin; 0 when the thread has no such right. */
export function pin_page(process: process_t, user: uaddr_t, access: u32): xptr_t {
    const need = PTE_V | PTE_U | (access == ACCESS_LOAD ? PTE_R : PTE_W);
    while (true) {
        vmm_lock(process);
        const pte = gpt_get(process.root, vpn_of(user));
        if ((pte & need) == need) {
            vmm_pin(process);
            vmm_unlock(process);
            return frame_xptr(pte_ppn(pte));
        }
        vmm_unlock(process);
        if (!user_fault(process, user, access)) return 0;
    }
}

/**
 * Resolves a page fault that the kernel has found, not a trap (5.10). False when the thread has no right to the access, or no memory. When
 * true the page may be held for the thread, and the caller ends the hold (hold_end).
 */
export function user_fault(process: process_t, user: uaddr_t, access: u32): bool {
    if (user >= <u64>USER_END) return false;
    fault_begin(process.pid, user, access, 1);
    if (fault_resolve(process, user, access) != 0) {
        fault_drop(this_thread());
        stack_note_foreign(process, user, access);
        hold_end();
        return false;
    }
    fault_end();
    return true;
}
