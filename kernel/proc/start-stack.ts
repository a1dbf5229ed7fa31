// The first stack of a process begins as Linux and the RISC-V psABI have it. From sp upwards stand argc, the pointers of argv and of the
// environment, each list ended by 0, then the auxiliary vector. The strings are in the args and envs vsegs (6.1). The words wait in a block
// of the kernel until the pages are touched (5).

import {
    AT_BASE,
    AT_CLKTCK,
    AT_EGID,
    AT_ENTRY,
    AT_EUID,
    AT_EXECFN,
    AT_FLAGS,
    AT_GID,
    AT_HWCAP,
    AT_NULL,
    AT_PAGESZ,
    AT_PHDR,
    AT_PHENT,
    AT_PHNUM,
    AT_RANDOM,
    AT_SECURE,
    AT_UID,
    CLOCK_TICKS,
    PROGRAM_HEADER_SIZE,
} from "../abi/auxv";
import { E2BIG, ENOMEM } from "../abi/errno";
import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { remote_load32, remote_load64 } from "../hal/hal";
import { HWCAP } from "../hal/isa";
import { uaddr_t, xptr_local, xptr_lpa, xptr_t } from "../hal/platform";
import { ppm_alloc, ppm_free } from "../mm/ppm";
import { process_at_z, process_t } from "../mm/process-table";
import { NO_SLOT, stack_pages, stack_top } from "../mm/stack-slot";
import { copy_from_user } from "../mm/uaccess";
import { public_stack_top } from "../mm/user-space";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_t } from "../mm/vseg";
import { vsl_find } from "../mm/vsl";
import { random_next } from "../random";
import { this_thread } from "../sched/thread";

/** Lengths of the auxiliary vector, and of the random bytes behind it, in words of 8 bytes. */
const AUXV_WORDS: u32 = 17 * 2;
const RANDOM_WORDS: u32 = 2;

/**
 * Gives the stack that ends before page `top`, and whose vseg is registered here, its first content. `args` holds argc and argv, laid out
 * for the args vseg, or is 0 without arguments. `envs` holds the pointers of the environment, or is 0. Returns the thread's sp, 16-byte
 * aligned, or -errno.
 */
export function start_stack(process: process_t, top: u32, args: xptr_t, envs: xptr_t): i64 {
    const argc = args == 0 ? 0 : <u32>remote_load64(args);
    const envc = envs == 0 ? 0 : count(envs);
    const words = 1 + argc + 1 + envc + 1 + AUXV_WORDS + RANDOM_WORDS;
    const bytes = (words * 8 + 15) & ~(<u32>15);
    const pages: u32 = (bytes + <u32>PAGE_SIZE - 1) >> PAGE_SHIFT;
    // The slot also has a guard page, and at least one page for the program.
    if (pages + <u32>2 > stack_pages()) return -E2BIG;
    let order: u32 = 0;
    while ((<u32>1) << order < pages) order++;
    const block = ppm_alloc(order, FRAME_KERNEL, process.pid);
    if (block == 0) return -ENOMEM;
    const end = top << PAGE_SHIFT;
    const random = block + bytes - RANDOM_WORDS * 8;
    for (let at = block; at < block + bytes; at += 8) store<u64>(at, 0);
    store<u64>(block, argc);
    let at = put_list(block + 8, args + 8, argc);
    at = put_list(at, envs, envc);
    put_auxv(process, at, end - RANDOM_WORDS * 8, argc == 0 ? 0 : remote_load64(args + 8));
    for (let i: u32 = 0; i < RANDOM_WORDS; i++) store<u64>(random + i * 8, random_next());
    const vseg = stack_vseg(process, top);
    process.start_bytes = bytes;
    vseg.content = xptr_local(block);
    vseg.content_start = end - bytes;
    vseg.content_end = end;
    return end - bytes;
}

function stack_vseg(process: process_t, top: u32): vseg_t {
    vmm_lock(process);
    const found = vsl_find(vmm_vsegs(process), top - 1);
    vmm_unlock(process);
    return changetype<vseg_t>(found);
}

/** Frees the content that start_stack made for a stack that has ended. 0 means that there is none. */
export function start_stack_free(content: xptr_t): void {
    if (content != 0) ppm_free(xptr_lpa(content));
}

/** Makes sure that the pages of the running thread's start are mapped, because a fork copies mapped pages only. */
export function start_stack_touch(process: process_t): void {
    const thread = this_thread();
    const bytes = remote_load32(process_at_z(process) + offsetof<process_t>("start_bytes"));
    const slot = thread.stack_slot;
    if (bytes == 0 || (slot != <u32>NO_SLOT && stack_vseg(process, stack_top(slot)).content == 0)) return;
    const end = (slot == <u32>NO_SLOT ? public_stack_top(process) : stack_top(slot)) << PAGE_SHIFT;
    for (let page = (end - bytes) & ~(<u32>PAGE_SIZE - 1); page < end; page += PAGE_SIZE) {
        copy_from_user(process, thread.buffer, page, 1);
    }
}

function count(pointers: xptr_t): u32 {
    let found: u32 = 0;
    while (remote_load64(pointers + found * 8) != 0) found++;
    return found;
}

function put_list(at: usize, pointers: xptr_t, length: u32): usize {
    for (let i: u32 = 0; i < length; i++) store<u64>(at + i * 8, remote_load64(pointers + i * 8));
    store<u64>(at + length * 8, 0);
    return at + length * 8 + 8;
}

function put_entry(at: usize, type: u64, value: u64): usize {
    store<u64>(at, type);
    store<u64>(at, value, 8);
    return at + 16;
}

/**
 * Writes the auxiliary vector. It has its zero entries because Linux has them: AT_UID to AT_EGID and AT_SECURE are 0 as the one user is
 * root.
 */
function put_auxv(process: process_t, at: usize, random: uaddr_t, name: uaddr_t): void {
    at = put_entry(at, AT_PHDR, process.phdr);
    at = put_entry(at, AT_PHENT, PROGRAM_HEADER_SIZE);
    at = put_entry(at, AT_PHNUM, process.phnum);
    at = put_entry(at, AT_PAGESZ, PAGE_SIZE);
    at = put_entry(at, AT_BASE, 0);
    at = put_entry(at, AT_FLAGS, 0);
    at = put_entry(at, AT_ENTRY, process.entry);
    at = put_entry(at, AT_UID, 0);
    at = put_entry(at, AT_EUID, 0);
    at = put_entry(at, AT_GID, 0);
    at = put_entry(at, AT_EGID, 0);
    at = put_entry(at, AT_HWCAP, HWCAP);
    at = put_entry(at, AT_CLKTCK, CLOCK_TICKS);
    at = put_entry(at, AT_SECURE, 0);
    at = put_entry(at, AT_RANDOM, random);
    if (name != 0) at = put_entry(at, AT_EXECFN, name);
    put_entry(at, AT_NULL, 0);
}
