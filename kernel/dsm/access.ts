// The facts that the kernel must know of an access in the region that has a fault; and accesses over two pages of the region (sm-dsm 3.10).
//
// Such an instruction would need both pages at once, but a thread holds only one (hold.ts). Nodes that take the pages from each other could
// go on for ever, each with the page that the other lacks. A thread that held one page while it waits for the other would hold what others
// wait for. So the kernel does the access in two parts, each with its own page only, as the ISA allows for misaligned accesses. Atomic
// accesses never lie over two pages.

import { ACCESS_ATOMIC } from "../abi/access";
import { DSM_BASE, DSM_PAGES, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import {
    INSTRUCTION_ATOMIC,
    INSTRUCTION_LOAD,
    INSTRUCTION_STORE,
    instruction_at,
    instruction_done,
    instruction_loaded,
    instruction_value,
} from "../mm/instruction";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { this_thread } from "../sched/thread";
import { notices_are_kept } from "./notices";

const WIDEST: u64 = 8;
const IN_PAGE: u64 = <u64>PAGE_SIZE - 1;

/** True for an address of the region. */
export function in_region(vaddr: u64): bool {
    return vaddr >= <u64>DSM_BASE && vaddr < <u64>DSM_BASE + ((<u64>DSM_PAGES) << PAGE_SHIFT);
}

/**
 * The kind of access to ask for. ACCESS_ATOMIC when the instruction must have the page alone (4.9): LR, SC and AMOs, once the group has
 * pages of release consistency; else `access`. A forked process is no node, and has no group.
 */
export function access_wanted(process: process_t, frame: usize, access: u32): u32 {
    if (process.group == 0 || !notices_are_kept(process.group)) return access;
    return instruction_at(process, frame).kind == INSTRUCTION_ATOMIC ? ACCESS_ATOMIC : access;
}

/**
 * Completes the running thread's access at `vaddr`, which has a page fault, if it lies over two pages. True: the access is done, and the
 * frame stands behind it. False: it lies in one page, or a part of it is not allowed, and the fault gives the reason.
 */
export function access_across(process: process_t, frame: usize, vaddr: u64): bool {
    const offset = vaddr & IN_PAGE;
    if (offset != 0 && offset <= <u64>PAGE_SIZE - WIDEST) return false;
    const found = instruction_at(process, frame);
    if (found.kind != INSTRUCTION_LOAD && found.kind != INSTRUCTION_STORE) return false;
    if ((found.vaddr & IN_PAGE) + found.width <= <u64>PAGE_SIZE) return false;
    // The value lies behind the decoded instruction. Copies go page by page.
    const value = this_thread().buffer + 256;
    store<u64>(value, 0);
    if (found.kind == INSTRUCTION_LOAD) {
        if (copy_from_user(process, value, found.vaddr, found.width) != 0) return false;
        instruction_loaded(found, frame, load<u64>(value));
    } else {
        store<u64>(value, instruction_value(found, frame));
        if (copy_to_user(process, found.vaddr, value, found.width) != 0) return false;
    }
    instruction_done(found, frame);
    return true;
}
