// PPM: the physical page manager of one bank. A buddy allocator over the frames behind the kernel image.

import { BANK_BASE, PAGE_SHIFT, PAGE_SIZE, WINDOW_BASE } from "../abi/memory-map";
import { MUTANT_FREED_TWICE, MUTANT_REFCOUNT } from "../abi/mutants";
import { PROBE_FRAME } from "../abi/probe";
import { VSEG_DATA } from "../abi/vseg-type";
import { cstr } from "../hal/cstr";
import { lock_acquire, lock_release } from "../hal/lock";
import { bank_shift, local_cxy } from "../hal/platform";
import { Mutant } from "../mutant";
import { assert_kernel } from "../panic";
import { probe5 } from "../probe";

/** Largest block: 2^18 frames = 1 GiB. */
export const ORDERS: u32 = 19;
const NOT_A_HEAD: u8 = 0;
const FREE: u8 = 1;
const ALLOCATED: u8 = 2;

/** One frame's descriptor; only heads of blocks are ever written, so a fresh bank needs no initialisation. */
@unmanaged
export class page_t {
    next: usize;
    prev: usize;
    /** Owners of an allocated frame (I10). */
    refcount: u32;
    pid: u32;
    state: u8;
    order: u8;
    kind: u8;
    padding: u8;
}

/** Free-list heads, one a order: address of the first page_t, or 0. */
export const free_lists: usize = memory.data(19 * 4, 4);
const ppm_lock: usize = memory.data(4, 4);
let pages: usize = 0;
let frame_count: u32 = 0;
let free_frames: u32 = 0;
let first_frame: u32 = 0;

/** Takes over the bank from `image_end` (local address, page aligned) to its first `bytes` bytes. */
export function ppm_init(image_end: usize, bytes: u32): void {
    frame_count = bytes >> PAGE_SHIFT;
    pages = image_end;
    const table_bytes = frame_count * <u32>offsetof<page_t>();
    const first = (image_end + table_bytes + PAGE_SIZE - 1 - <usize>WINDOW_BASE) >> PAGE_SHIFT;
    first_frame = <u32>first;
    release_range(first_frame, frame_count);
}

/** The table of page_t, from frame 0 of the bank on. */
export function ppm_pages(): usize {
    return pages;
}

/** The frames that this instance manages are [ppm_first_frame(), ppm_frame_count()). */
export function ppm_first_frame(): u32 {
    return first_frame;
}

export function ppm_frame_count(): u32 {
    return frame_count;
}

/** Puts the frames [from, to) into the free lists as the largest aligned blocks. */
function release_range(from: u32, to: u32): void {
    let frame = from;
    while (frame < to) {
        let order: u32 = 0;
        while (order + 1 < ORDERS && (frame & ((2 << order) - 1)) == 0 && frame + (2 << order) <= to) order++;
        push_free(page_of(frame), order);
        free_frames += 1 << order;
        frame += 1 << order;
    }
}

/**
 * Allocates 2^order frames. Returns the local address of the first, not zeroed, or 0 when the bank has no such block.
 * `kind` is a vseg type or FRAME_*; `pid` 0 for the kernel's own.
 */
export function ppm_alloc(order: u32, kind: u32, pid: u32): usize {
    lock_acquire(ppm_lock);
    let have = order;
    while (have < ORDERS && load<usize>(free_lists + (have << 2)) == 0) have++;
    if (have == ORDERS) {
        lock_release(ppm_lock);
        return 0;
    }
    const page = changetype<page_t>(load<usize>(free_lists + (have << 2)));
    unlink(page, have);
    const frame = frame_of(page);
    while (have > order) push_free(page_of(frame + (1 << --have)), have);
    page.state = ALLOCATED;
    page.order = <u8>order;
    page.kind = <u8>kind;
    page.pid = pid;
    page.refcount = Mutant.on(MUTANT_REFCOUNT) && kind == VSEG_DATA ? 2 : 1;
    free_frames -= 1 << order;
    report(frame, kind, pid, order, 1);
    lock_release(ppm_lock);
    return <usize>WINDOW_BASE + ((<usize>frame) << PAGE_SHIFT);
}

/** One more owner of an allocated frame (I10). */
export function ppm_share(address: usize): void {
    lock_acquire(ppm_lock);
    const page = page_of(<u32>((address - <usize>WINDOW_BASE) >> PAGE_SHIFT));
    assert_kernel(page.state == ALLOCATED, cstr("ppm_share: not an allocated frame"));
    page.refcount++;
    lock_release(ppm_lock);
}

/** Owners of an allocated frame. */
export function ppm_owners(address: usize): u32 {
    return atomic.load<u32>(
        changetype<usize>(page_of(<u32>((address - <usize>WINDOW_BASE) >> PAGE_SHIFT))) + offsetof<page_t>("refcount"),
    );
}

/** One owner less of the block whose local address ppm_alloc gave; without owners it is free. */
export function ppm_free(address: usize): void {
    lock_acquire(ppm_lock);
    let frame = <u32>((address - <usize>WINDOW_BASE) >> PAGE_SHIFT);
    const page = page_of(frame);
    if (!Mutant.on(MUTANT_FREED_TWICE)) {
        assert_kernel(frame < frame_count && page.state == ALLOCATED, cstr("ppm_free: not an allocated block"));
    }
    if (--page.refcount != 0 && !Mutant.on(MUTANT_FREED_TWICE)) {
        lock_release(ppm_lock);
        return;
    }
    const first = frame;
    const kind = <u32>page.kind;
    const pid = page.pid;
    const freed = <u32>page.order;
    let order = freed;
    page.state = NOT_A_HEAD;
    free_frames += 1 << order;
    while (order + 1 < ORDERS) {
        const buddy = frame ^ (1 << order);
        if (buddy + (1 << order) > frame_count) break;
        const other = page_of(buddy);
        if (other.state != FREE || <u32>other.order != order) break;
        unlink(other, order);
        if (buddy < frame) frame = buddy;
        order++;
    }
    push_free(page_of(frame), order);
    report(first, kind, pid, freed, 0);
    lock_release(ppm_lock);
}

/** Allocates one zeroed frame. Local address or 0. */
export function ppm_alloc_zeroed(kind: u32, pid: u32): usize {
    const address = ppm_alloc(0, kind, pid);
    if (address != 0) page_zero(address);
    return address;
}

export function page_zero(address: usize): void {
    for (let p = address; p < address + PAGE_SIZE; p += 32) {
        store<u64>(p, 0);
        store<u64>(p, 0, 8);
        store<u64>(p, 0, 16);
        store<u64>(p, 0, 24);
    }
}

export function ppm_free_frames(): u32 {
    return free_frames;
}

/** Global physical page number of a local address. */
export function ppn_of_local(address: usize): u64 {
    const bank = (<u64>BANK_BASE >> PAGE_SHIFT) + ((<u64>local_cxy) << (bank_shift - PAGE_SHIFT));
    return bank + (<u64>(address - <usize>WINDOW_BASE) >> PAGE_SHIFT);
}

/** Cluster whose bank holds a global ppn. */
export function ppn_cxy(ppn: u64): u32 {
    return <u32>((ppn - (<u64>BANK_BASE >> PAGE_SHIFT)) >> (bank_shift - PAGE_SHIFT));
}

/** Local address, in its own bank, of a global ppn. */
export function ppn_to_local(ppn: u64): usize {
    const frame = ppn & (((<u64>1) << (bank_shift - PAGE_SHIFT)) - 1);
    return <usize>WINDOW_BASE + ((<usize>frame) << PAGE_SHIFT);
}

function page_of(frame: u32): page_t {
    return changetype<page_t>(pages + <usize>frame * offsetof<page_t>());
}

function frame_of(page: page_t): u32 {
    return <u32>((changetype<usize>(page) - pages) / offsetof<page_t>());
}

function push_free(page: page_t, order: u32): void {
    const head = free_lists + (order << 2);
    const first = load<usize>(head);
    page.state = FREE;
    page.order = <u8>order;
    page.prev = 0;
    page.next = first;
    if (first != 0) changetype<page_t>(first).prev = changetype<usize>(page);
    store<usize>(head, changetype<usize>(page));
}

function unlink(page: page_t, order: u32): void {
    if (page.prev != 0) changetype<page_t>(page.prev).next = page.next;
    else store<usize>(free_lists + (order << 2), page.next);
    if (page.next != 0) changetype<page_t>(page.next).prev = page.prev;
    page.state = NOT_A_HEAD;
}

/**
 * Tells the host who owns the frame, for traffic and the summary; the kernel's own blocks count all their frames. Under the
 * lock: the next owner's record must not come before the last one's.
 */
function report(frame: u32, kind: u32, pid: u32, order: u32, allocated: u64): void {
    const ppn = ppn_of_local(<usize>WINDOW_BASE + ((<usize>frame) << PAGE_SHIFT));
    const tag = <u64>kind | ((<u64>order) << 8);
    probe5(PROBE_FRAME, local_cxy, ppn, tag, pid, allocated);
}
