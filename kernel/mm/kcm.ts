// KCM: kernel objects from slabs. A slab is one frame: a header, then objects of one power-of-two size.

import { PAGE_SIZE } from "../abi/memory-map";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { cstr } from "../hal/cstr";
import { lock_acquire, lock_release } from "../hal/lock";
import { assert_kernel } from "../panic";
import { ppm_alloc, ppm_free } from "./ppm";

const SMALLEST: u32 = 5; // 32 bytes
const LARGEST: u32 = 10;
/** Bytes of the largest object. */
export const KCM_LARGEST: u32 = 1024;
const MAGIC: u32 = 0x4b434d53;

@unmanaged
class slab_t {
    magic: u32;
    size_log2: u32;
    /** First free object, or 0. */
    free: usize;
    used: u32;
    next: usize;
    prev: usize;
}
const HEADER: usize = 32;

/** Slabs with a free object, one list for each size. */
const partial: usize = memory.data(11 * 4, 4);
const kcm_lock: usize = memory.data(4, 4);

/** A zeroed object of at least `bytes` (<= 1 KiB) bytes, or 0 when the bank is full. */
export function kcm_alloc(bytes: u32): usize {
    let log2 = SMALLEST;
    while ((<u32>1) << log2 < bytes) log2++;
    assert_kernel(log2 <= LARGEST, cstr("kcm_alloc: object too large"));
    lock_acquire(kcm_lock);
    const head = partial + (log2 << 2);
    if (load<usize>(head) == 0 && !add_slab(log2)) {
        lock_release(kcm_lock);
        return 0;
    }
    const slab = changetype<slab_t>(load<usize>(head));
    const object = slab.free;
    slab.free = load<usize>(object);
    slab.used++;
    if (slab.free == 0) unlink(slab);
    lock_release(kcm_lock);
    for (let p = object; p < object + ((<usize>1) << log2); p += 8) store<u64>(p, 0);
    return object;
}

export function kcm_free(object: usize): void {
    const slab = changetype<slab_t>(object & ~(<usize>PAGE_SIZE - 1));
    assert_kernel(slab.magic == MAGIC, cstr("kcm_free: not an object"));
    const offset = <u32>(object - changetype<usize>(slab));
    assert_kernel(
        slab.used != 0 && (offset & (((<u32>1) << slab.size_log2) - 1)) == 0,
        cstr("kcm_free: not an object"),
    );
    lock_acquire(kcm_lock);
    const was_full = slab.free == 0;
    store<usize>(object, slab.free);
    slab.free = object;
    slab.used--;
    if (was_full) link(slab);
    if (slab.used != 0) {
        lock_release(kcm_lock);
        return;
    }
    unlink(slab);
    slab.magic = 0;
    lock_release(kcm_lock);
    ppm_free(changetype<usize>(slab));
}

function add_slab(log2: u32): bool {
    const base = ppm_alloc(0, FRAME_KERNEL, 0);
    if (base == 0) return false;
    const slab = changetype<slab_t>(base);
    const size = (<usize>1) << log2;
    slab.magic = MAGIC;
    slab.size_log2 = log2;
    slab.used = 0;
    slab.free = 0;
    const first = size > HEADER ? size : HEADER;
    for (let object = base + PAGE_SIZE - size; object >= base + first; object -= size) {
        store<usize>(object, slab.free);
        slab.free = object;
    }
    link(slab);
    return true;
}

function link(slab: slab_t): void {
    const head = partial + (slab.size_log2 << 2);
    const first = load<usize>(head);
    slab.prev = 0;
    slab.next = first;
    if (first != 0) changetype<slab_t>(first).prev = changetype<usize>(slab);
    store<usize>(head, changetype<usize>(slab));
}

function unlink(slab: slab_t): void {
    if (slab.prev != 0) changetype<slab_t>(slab.prev).next = slab.next;
    else store<usize>(partial + (slab.size_log2 << 2), slab.next);
    if (slab.next != 0) changetype<slab_t>(slab.next).prev = slab.prev;
}
