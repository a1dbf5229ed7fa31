// Text that the kernel makes for a reader (docs/spec/files.md F12): the content of an inode of this cluster that has no name. It ends with its
// last owner. A thread makes one text at a time; what it knows of it stands at the end of its buffer.

import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { local_cxy, xptr_t } from "../hal/platform";
import { ppn_to_local } from "../mm/ppm";
import { THREAD_BUFFER, this_thread } from "../sched/thread";
import { HOLD_WRITE, page_hold, page_release } from "./cache";
import { inode_release } from "./directory";
import { inode_create, inode_grow } from "./inode";

@unmanaged
class text_t {
    inode: u64;
    size: u64;
    /** The page that is written, held, or 0. */
    ppn: u64;
    failed: u64;
}
const TEXT_BYTES: u32 = 32;
/** Everybody reads it, and nobody writes it (0444). */
export const TEXT_MODE: u32 = 0x124;

function text(): text_t {
    return changetype<text_t>(this_thread().buffer + THREAD_BUFFER - TEXT_BYTES);
}

/** Begins a text, whose inode gets that number. text_end ends it. */
export function text_begin(number: u64): void {
    const to = text();
    to.inode = inode_create(local_cxy, 0, 0, 0, number, TEXT_MODE);
    to.size = 0;
    to.ppn = 0;
    to.failed = to.inode == 0 ? 1 : 0;
}

/** The inode with the text, whose owner the caller is; 0 without memory. */
export function text_end(): xptr_t {
    const all = text();
    const inode = all.inode;
    const failed = all.failed != 0;
    page_release(all.ppn);
    if (!failed) inode_grow(inode, all.size);
    else if (inode != 0) inode_release(inode);
    return failed ? 0 : inode;
}

/** There is no memory to make the text whole. */
export function text_fail(): void {
    text().failed = 1;
}

/** The bytes of the text so far. */
export function text_size(): u64 {
    return text().size;
}

export function text_byte(c: u32): void {
    const to = text();
    if (to.failed != 0) return;
    const in_page = <u32>to.size & (<u32>PAGE_SIZE - 1);
    if (in_page == 0) to.ppn = page_hold(to.inode, to.size >> PAGE_SHIFT, HOLD_WRITE, to.ppn);
    if (to.ppn == 0) {
        to.failed = 1;
        return;
    }
    store<u8>(ppn_to_local(to.ppn) + in_page, <u8>c);
    to.size++;
}

/** Adds a C string. */
export function text_string(from: usize): void {
    for (; load<u8>(from) != 0; from++) text_byte(load<u8>(from));
}

export function text_spaces(count: u32): void {
    for (; count != 0; count--) text_byte(32);
}

/** Adds a number to that base, with leading `fill` bytes up to `width`. */
function text_number(value: u64, base: u64, width: u32, fill: u32): void {
    let digits: u32 = 1;
    let place: u64 = 1;
    for (; value / place >= base; place *= base) digits++;
    for (; digits < width; width--) text_byte(fill);
    for (; place != 0; place /= base) {
        const digit = <u32>((value / place) % base);
        text_byte(digit < 10 ? 48 + digit : 87 + digit);
    }
}

export function text_decimal(value: u64, width: u32): void {
    text_number(value, 10, width, 32);
}

export function text_hex(value: u64, width: u32): void {
    text_number(value, 16, width, 48);
}

/** Adds "first-last" or "first", behind a comma when `more` is true. */
export function text_range(first: u32, last: u32, more: bool): void {
    if (more) text_byte(44);
    text_decimal(first, 0);
    if (last == first) return;
    text_byte(45);
    text_decimal(last, 0);
}
