// The attributes of a file or directory (docs/spec/files.md F11): mode bits, and times by the machine's clock. Each lies at the end of its
// inode_t or node_t, and is read and changed by single accesses from any cluster.

import { CSR_TIME } from "../abi/csr";
import { csr_read, remote_load32, remote_load64, remote_store32, remote_store64 } from "../hal/hal";
import { xptr_t } from "../hal/platform";

/** Times are in nanoseconds since 1970, when the machine began. */
@unmanaged
export class attributes_t {
    accessed: i64;
    modified: i64;
    changed: i64;
    mode: u32;
    padding: u32;
}

/** The mode bits that chmod changes. */
export const MODE_BITS: u32 = 0xfff;
/** The mode of what the host has left: read, write and execute for root (0755). */
export const MODE_INITIAL: u32 = 0x1ed;
/** The nanoseconds in a tick of `time`. */
const TICK: u64 = 100;

/** The time now, as CLOCK_REALTIME tells it. */
export function attributes_now(): i64 {
    return csr_read(CSR_TIME) * TICK;
}

/** The content has changed now. `at` is the xptr of the attributes, here and below. */
export function attributes_modified(at: xptr_t): void {
    const now = attributes_now();
    remote_store64(at + offsetof<attributes_t>("modified"), now);
    remote_store64(at + offsetof<attributes_t>("changed"), now);
}

/** Attributes, or the name, have changed now. */
export function attributes_changed(at: xptr_t): void {
    remote_store64(at + offsetof<attributes_t>("changed"), attributes_now());
}

export function attributes_mode(at: xptr_t): u32 {
    return remote_load32(at + offsetof<attributes_t>("mode"));
}

export function attributes_set_mode(at: xptr_t, mode: u32): void {
    remote_store32(at + offsetof<attributes_t>("mode"), mode & MODE_BITS);
    attributes_changed(at);
}

/** Sets the time at `time`, the offset of a field of attributes_t. */
export function attributes_set_time(at: xptr_t, time: usize, ns: i64): void {
    remote_store64(at + time, ns);
}

/** The time at `time`, as above. */
export function attributes_time(at: xptr_t, time: usize): i64 {
    return remote_load64(at + time);
}
