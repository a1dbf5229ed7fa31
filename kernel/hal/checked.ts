// Arithmetic on numbers that a user or a file chose (docs/spec/files.md F6). Such a number is anything from 0 to 2^64 - 1, so no sum,
// product or rounding of it is formed before it is known to fit: these functions decide first, or stop at the largest number.

import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";

const LARGEST: u64 = 0xffffffffffffffff;
/** The sign bit: positions in files are below it, so that every one of them is a result and no error. */
const OFFSET_END: u64 = 0x8000000000000000;

/** True when the `bytes` bytes from `begin` on end at `limit` or before. */
export function range_fits(begin: u64, bytes: u64, limit: u64): bool {
    return begin <= limit && bytes <= limit - begin;
}

/** a + b, or 2^64 - 1 when it is more. */
export function add_capped(a: u64, b: u64): u64 {
    return b > LARGEST - a ? LARGEST : a + b;
}

/** a * b, or 2^64 - 1 when it is more. */
export function multiply_capped(a: u64, b: u64): u64 {
    return a != 0 && b > LARGEST / a ? LARGEST : a * b;
}

export function smaller(a: u64, b: u64): u64 {
    return a < b ? a : b;
}

/** How many pages `bytes` bytes from a page's beginning on take. */
export function pages_of(bytes: u64): u64 {
    return (bytes >> PAGE_SHIFT) + ((bytes & (PAGE_SIZE - 1)) != 0 ? 1 : 0);
}

/** A position in a file moved by a signed distance: the new one, or -1 when it is not in [0, 2^63). */
export function offset_moved(position: u64, distance: i64): i64 {
    if (position >= OFFSET_END) return -1;
    if (distance < 0) return <u64>0 - <u64>distance > position ? -1 : <i64>position + distance;
    return range_fits(position, <u64>distance, OFFSET_END - 1) ? <i64>position + distance : -1;
}
