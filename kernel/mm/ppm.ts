// PPM: the physical page manager. Each bank has a buddy allocator: the cluster's own bank, behind the kernel image, and the banks of
// clusters without harts that this instance manages (vmm-policy 8.4).

import { BLOCK_BYTES } from "../abi/csr";
import { BANK_BASE, PAGE_SHIFT, PAGE_SIZE, WINDOW_BASE } from "../abi/memory-map";
import { PHASE_FILL } from "../abi/phase";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { cstr } from "../hal/cstr";
import { cbo_zero } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { bank_shift, local_cxy, xptr_t } from "../hal/platform";
import { assert_kernel } from "../panic";
import { tell_frame } from "../probe";
import { this_thread } from "../sched/thread";
import { phase_enter } from "../trace/fault-cost";

/** Largest block: 2^18 frames = 1 GiB. */
export const ORDERS: u32 = 19;
const NOT_A_HEAD: u8 = 0;
const FREE: u8 = 1;
const ALLOCATED: u8 = 2;

/** One frame's descriptor. Only heads of blocks are ever written, so a fresh bank needs no initialisation. */
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

/**
 * A bank of this cluster, or of a cluster without harts (8.4). Behind it lie the heads of the free lists, one for each order: address of a
 * page_t, or 0.
 */
@unmanaged
export class bank_t {
    /** The next bank that this instance manages, or 0. */
    next: usize;
    cxy: u32;
    /** page_t of the bank's frame 0. */
    pages: usize;
    /** The frames that are given out are [first_frame, frame_count). */
    first_frame: u32;
    frame_count: u32;
    free_frames: u32;
    lock: u32;
    /** Of the free frames, how many are kept for threads with a reserve (thread_t.reserve). */
    reserved: u32;
}
const BANK_SIZE: usize = 128;
const own_bank: usize = memory.data(128, 8);

/** Takes over the own bank from `image_end` (local address, page aligned) to its first `bytes` bytes. */
export function ppm_init(image_end: usize, bytes: u32): void {
    const own = ppm_own();
    own.cxy = local_cxy;
    own.pages = image_end;
    own.frame_count = bytes >> PAGE_SHIFT;
    const table_bytes = own.frame_count * <u32>offsetof<page_t>();
    own.first_frame = <u32>((image_end + table_bytes + PAGE_SIZE - 1 - <usize>WINDOW_BASE) >> PAGE_SHIFT);
    release_range(own, own.first_frame, own.frame_count);
}

/** The cluster's own bank, the first one that this instance manages. */
export function ppm_own(): bank_t {
    return changetype<bank_t>(own_bank);
}

/** Takes over the whole bank of a cluster without harts. Its descriptors lie in the own bank; false when they do not fit. */
export function ppm_adopt(cxy: u32): bool {
    const frames: u32 = 1 << (bank_shift - PAGE_SHIFT);
    const bytes = <u32>BANK_SIZE + frames * <u32>offsetof<page_t>();
    let order: u32 = 0;
    while ((<u32>PAGE_SIZE) << order < bytes) order++;
    const block = ppm_alloc(order, FRAME_KERNEL, 0);
    if (block == 0) return false;
    for (let p = block; p < block + ((<usize>PAGE_SIZE) << order); p += PAGE_SIZE) page_zero(p);
    const bank = changetype<bank_t>(block);
    bank.cxy = cxy;
    bank.pages = block + BANK_SIZE;
    bank.frame_count = frames;
    release_range(bank, 0, frames);
    bank.next = ppm_own().next;
    ppm_own().next = block;
    return true;
}

/** The bank of a frame that this instance manages. */
function bank_of(ppn: u64): bank_t {
    const cxy = ppn_cxy(ppn);
    let at = own_bank;
    while (changetype<bank_t>(at).cxy != cxy) at = changetype<bank_t>(at).next;
    return changetype<bank_t>(at);
}

function frame_in_bank(ppn: u64): u32 {
    return <u32>ppn & ((1 << (bank_shift - PAGE_SHIFT)) - 1);
}

function bank_lock(bank: bank_t): usize {
    return changetype<usize>(bank) + offsetof<bank_t>("lock");
}

/** Address of the head of a free list. */
function free_list(bank: bank_t, order: u32): usize {
    return changetype<usize>(bank) + offsetof<bank_t>() + (order << 2);
}

/** Puts the frames [from, to) into the free lists as the largest aligned blocks. */
function release_range(bank: bank_t, from: u32, to: u32): void {
    let frame = from;
    while (frame < to) {
        let order: u32 = 0;
        while (order + 1 < ORDERS && (frame & ((2 << order) - 1)) == 0 && frame + (2 << order) <= to) order++;
        push_free(bank, page_of(bank, frame), order);
        bank.free_frames += 1 << order;
        frame += 1 << order;
    }
}

/**
 * Allocates 2^order frames of the own bank. Returns the local address of the first, not zeroed, or 0 when the bank has no such block.
 * `kind` is a vseg type or FRAME_*; `pid` is 0 for the kernel itself.
 */
export function ppm_alloc(order: u32, kind: u32, pid: u32): usize {
    const page = take(ppm_own(), order, kind, pid);
    return page == 0 ? 0 : <usize>WINDOW_BASE + ((<usize>frame_of(ppm_own(), changetype<page_t>(page))) << PAGE_SHIFT);
}

/** Allocates one frame of a bank that this instance manages: zeroed, or as it was left. Returns its ppn, or 0. */
export function ppm_alloc_in(cxy: u32, kind: u32, pid: u32, zeroed: bool): u64 {
    const bank = bank_of(bank_ppn(cxy));
    const page = take(bank, 0, kind, pid);
    if (page == 0) return 0;
    const ppn = bank_ppn(cxy) + <u64>frame_of(bank, changetype<page_t>(page));
    if (!zeroed) return ppn;
    const before = phase_enter(PHASE_FILL);
    frame_zero(ppn << PAGE_SHIFT);
    phase_enter(before);
    return ppn;
}

/** Allocates a block and returns its head; 0 when the bank has none. */
function take(bank: bank_t, order: u32, kind: u32, pid: u32): usize {
    lock_acquire(bank_lock(bank));
    if (bank.reserved != 0 && !may_take(bank, order)) {
        lock_release(bank_lock(bank));
        return 0;
    }
    let have = order;
    while (have < ORDERS && load<usize>(free_list(bank, have)) == 0) have++;
    if (have == ORDERS) {
        lock_release(bank_lock(bank));
        return 0;
    }
    const page = changetype<page_t>(load<usize>(free_list(bank, have)));
    unlink(bank, page, have);
    const frame = frame_of(bank, page);
    while (have > order) push_free(bank, page_of(bank, frame + (1 << --have)), have);
    page.state = ALLOCATED;
    page.order = <u8>order;
    page.kind = <u8>kind;
    page.pid = pid;
    page.refcount = 1;
    bank.free_frames -= 1 << order;
    report(bank, frame, kind, pid, order, 1);
    lock_release(bank_lock(bank));
    return changetype<usize>(page);
}

/** Decides for a bank with a reserve, of which the running thread may have a part. The caller holds the lock. */
function may_take(bank: bank_t, order: u32): bool {
    const thread = this_thread();
    if (order == 0 && thread.reserve != 0 && changetype<usize>(bank) == own_bank) {
        thread.reserve--;
        bank.reserved--;
        return true;
    }
    return bank.free_frames >= bank.reserved + (1 << order);
}

/** Keeps so many frames of the own bank for the thread that will have them as its reserve. False when not so many are free. */
export function ppm_reserve(frames: u32): bool {
    const bank = ppm_own();
    lock_acquire(bank_lock(bank));
    const done = bank.free_frames >= bank.reserved + frames;
    if (done) bank.reserved += frames;
    lock_release(bank_lock(bank));
    return done;
}

/** Gives back what is left of a reserve. */
export function ppm_unreserve(frames: u32): void {
    const bank = ppm_own();
    lock_acquire(bank_lock(bank));
    bank.reserved -= frames;
    lock_release(bank_lock(bank));
}

/** Adds an owner to an allocated frame that this instance manages (I10). */
export function ppm_share(ppn: u64): void {
    const bank = bank_of(ppn);
    lock_acquire(bank_lock(bank));
    const page = page_of(bank, frame_in_bank(ppn));
    assert_kernel(page.state == ALLOCATED, cstr("ppm_share: not an allocated frame"));
    page.refcount++;
    lock_release(bank_lock(bank));
}

/** The number of owners of an allocated frame that this instance manages. */
export function ppm_owners(ppn: u64): u32 {
    const page = page_of(bank_of(ppn), frame_in_bank(ppn));
    return atomic.load<u32>(changetype<usize>(page) + offsetof<page_t>("refcount"));
}

/** Takes an owner from the block whose local address ppm_alloc gave; a block without owners is freed. */
export function ppm_free(address: usize): void {
    drop(ppm_own(), <u32>((address - <usize>WINDOW_BASE) >> PAGE_SHIFT));
}

/** Takes an owner from a frame that this instance manages; a frame without owners is freed. */
export function ppm_free_frame(ppn: u64): void {
    drop(bank_of(ppn), frame_in_bank(ppn));
}

function drop(bank: bank_t, first: u32): void {
    lock_acquire(bank_lock(bank));
    const page = page_of(bank, first);
    assert_kernel(first < bank.frame_count && page.state == ALLOCATED, cstr("ppm: not an allocated block is freed"));
    if (--page.refcount != 0) {
        lock_release(bank_lock(bank));
        return;
    }
    const kind = <u32>page.kind;
    const pid = page.pid;
    const freed = <u32>page.order;
    page.state = NOT_A_HEAD;
    bank.free_frames += 1 << freed;
    coalesce(bank, first, freed);
    report(bank, first, kind, pid, freed, 0);
    lock_release(bank_lock(bank));
}

/** Puts a block into the free lists, merged with its free buddies. */
function coalesce(bank: bank_t, first: u32, freed: u32): void {
    let frame = first;
    let order = freed;
    while (order + 1 < ORDERS) {
        const buddy = frame ^ (1 << order);
        if (buddy + (1 << order) > bank.frame_count) break;
        const other = page_of(bank, buddy);
        if (other.state != FREE || <u32>other.order != order) break;
        unlink(bank, other, order);
        if (buddy < frame) frame = buddy;
        order++;
    }
    push_free(bank, page_of(bank, frame), order);
}

/** Allocates one zeroed frame. Returns its local address, or 0. */
export function ppm_alloc_zeroed(kind: u32, pid: u32): usize {
    const address = ppm_alloc(0, kind, pid);
    if (address != 0) page_zero(address);
    return address;
}

export function page_zero(address: usize): void {
    frame_zero(address);
}

/** Makes the frame at a physical address, in any bank, zero. */
function frame_zero(first: xptr_t): void {
    for (let x = first; x < first + <u64>PAGE_SIZE; x += 16 * BLOCK_BYTES) {
        cbo_zero(x);
        cbo_zero(x + BLOCK_BYTES);
        cbo_zero(x + 2 * BLOCK_BYTES);
        cbo_zero(x + 3 * BLOCK_BYTES);
        cbo_zero(x + 4 * BLOCK_BYTES);
        cbo_zero(x + 5 * BLOCK_BYTES);
        cbo_zero(x + 6 * BLOCK_BYTES);
        cbo_zero(x + 7 * BLOCK_BYTES);
        cbo_zero(x + 8 * BLOCK_BYTES);
        cbo_zero(x + 9 * BLOCK_BYTES);
        cbo_zero(x + 10 * BLOCK_BYTES);
        cbo_zero(x + 11 * BLOCK_BYTES);
        cbo_zero(x + 12 * BLOCK_BYTES);
        cbo_zero(x + 13 * BLOCK_BYTES);
        cbo_zero(x + 14 * BLOCK_BYTES);
        cbo_zero(x + 15 * BLOCK_BYTES);
    }
}

/** The number of free frames in the own bank. */
export function ppm_free_frames(): u32 {
    return ppm_own().free_frames;
}

/** The number of free frames in the bank of a cluster that this instance manages. */
export function ppm_free_in(cxy: u32): u32 {
    return bank_of(bank_ppn(cxy)).free_frames;
}

/** First ppn of a cluster's bank. */
function bank_ppn(cxy: u32): u64 {
    return (<u64>BANK_BASE >> PAGE_SHIFT) + ((<u64>cxy) << (bank_shift - PAGE_SHIFT));
}

/** Global physical page number of a local address. */
export function ppn_of_local(address: usize): u64 {
    return bank_ppn(local_cxy) + (<u64>(address - <usize>WINDOW_BASE) >> PAGE_SHIFT);
}

/** The cluster whose bank holds a global ppn. */
export function ppn_cxy(ppn: u64): u32 {
    return <u32>((ppn - (<u64>BANK_BASE >> PAGE_SHIFT)) >> (bank_shift - PAGE_SHIFT));
}

/** Local address, in its own bank, of a global ppn. */
export function ppn_to_local(ppn: u64): usize {
    const frame = ppn & (((<u64>1) << (bank_shift - PAGE_SHIFT)) - 1);
    return <usize>WINDOW_BASE + ((<usize>frame) << PAGE_SHIFT);
}

function page_of(bank: bank_t, frame: u32): page_t {
    return changetype<page_t>(bank.pages + <usize>frame * offsetof<page_t>());
}

function frame_of(bank: bank_t, page: page_t): u32 {
    return <u32>((changetype<usize>(page) - bank.pages) / offsetof<page_t>());
}

function push_free(bank: bank_t, page: page_t, order: u32): void {
    const head = free_list(bank, order);
    const first = load<usize>(head);
    page.state = FREE;
    page.order = <u8>order;
    page.prev = 0;
    page.next = first;
    if (first != 0) changetype<page_t>(first).prev = changetype<usize>(page);
    store<usize>(head, changetype<usize>(page));
}

function unlink(bank: bank_t, page: page_t, order: u32): void {
    if (page.prev != 0) changetype<page_t>(page.prev).next = page.next;
    else store<usize>(free_list(bank, order), page.next);
    if (page.next != 0) changetype<page_t>(page.next).prev = page.prev;
    page.state = NOT_A_HEAD;
}

/**
 * Tells the host the owner of the frame, for traffic and the summary; a block of the kernel itself counts all its frames. It is called
 * under the lock, so that the next owner's record does not come before the last one's.
 */
function report(bank: bank_t, frame: u32, kind: u32, pid: u32, order: u32, allocated: u32): void {
    const tag = kind | (order << 8);
    tell_frame(bank.cxy, <u32>bank_ppn(bank.cxy) + frame, tag, pid, allocated);
}
