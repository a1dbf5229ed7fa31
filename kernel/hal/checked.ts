// Arithmetic on numbers that a user or a file chose (docs/spec/files.md F6). Such a number may be anything from 0 to 2^64 - 1, so no sum,
// product or rounding of it is formed before it is known to fit. These functions decide first, or stop at the largest number.

import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";

const LARGEST: u64 = 0xffffffffffffffff;
/** The sign bit. Positions in files are below it, so that every position is a result and no error. */
const OFFSET_END: u64 = 0x8000000000000000;

/** Returns true when the `bytes` bytes from `begin` on end at `limit` or before. */
export function range_fits(begin: u64, bytes: u64, limit: u64): bool {
    return begin <= limit && bytes <= limit - begin;
}

/** Returns a + b, or 2^64 - 1 when the sum is more. */
export function add_capped(a: u64, b: u64): u64 {
    return b > LARGEST - a ? LARGEST : a + b;
}

/** Returns a * b, or 2^64 - 1 when the product is more. */
export function multiply_capped(a: u64, b: u64): u64 {
    return a != 0 && b > LARGEST / a ? LARGEST : a * b;
}

export function smaller(a: u64, b: u64): u64 {
    return a < b ? a : b;
}

/** Returns how many pages `bytes` bytes take from a page's beginning on. */
export function pages_of(bytes: u64): u64 {
    return (bytes >> PAGE_SHIFT) + ((bytes & (PAGE_SIZE - 1)) != 0 ? 1 : 0);
}

/** Moves a position in a file by a signed distance. Returns the new position, or -1 when it is not in [0, 2^63). */
export function offset_moved(position: u64, distance: i64): i64 {
    if (position >= OFFSET_END) return -1;
    if (distance < 0) return <u64>0 - <u64>distance > position ? -1 : <i64>position + distance;
    return range_fits(position, <u64>distance, OFFSET_END - 1) ? <i64>position + distance : -1;
}
