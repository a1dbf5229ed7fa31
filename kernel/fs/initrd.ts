// The initial RAM disk: a cpio archive in "newc" format (cpio(5)) in the boot cluster's bank, read by remote accesses.

import { BI_INITRD, BI_INITRD_SIZE } from "../abi/boot-info";
import { remote_load8 } from "../hal/hal";
import { boot_info, xptr_t } from "../hal/platform";

// newc header: 6 bytes of magic, then 13 fields of 8 hexadecimal digits; all offsets from the header.
const HEADER_SIZE: u32 = 110;
const FIELD_INODE: u32 = 6;
const FIELD_FILESIZE: u32 = 54;
const FIELD_NAMESIZE: u32 = 94;
const LONGEST_NAME: u32 = 256;

/** Size in bytes of the file that initrd_open found last in this call's result. */
@unmanaged
export class file_t {
    data: u64;
    size: u64;
}

/** Finds the file named by the C string at `path`; fills `file` and returns true. */
export function initrd_open(path: xptr_t, file: file_t): bool {
    let at = boot_info(BI_INITRD);
    const end = at + boot_info(BI_INITRD_SIZE);
    while (at + HEADER_SIZE <= end) {
        const name_size = hex_field(at + FIELD_NAMESIZE);
        const data = align4(at + HEADER_SIZE + name_size);
        const size = <u64>hex_field(at + FIELD_FILESIZE);
        if (data + size > end) return false;
        if (same_name(at + HEADER_SIZE, path)) {
            file.data = data;
            file.size = size;
            return true;
        }
        at = align4(data + size);
    }
    return false;
}

/** The name of the i-th file, 0 behind the last one. */
export function initrd_name(i: u32): xptr_t {
    let at = boot_info(BI_INITRD);
    const end = at + boot_info(BI_INITRD_SIZE);
    let left = i;
    while (at + HEADER_SIZE <= end) {
        const data = align4(at + HEADER_SIZE + hex_field(at + FIELD_NAMESIZE));
        const size = <u64>hex_field(at + FIELD_FILESIZE);
        // The trailer has no content and inode 0.
        if (hex_field(at + FIELD_INODE) == 0) return 0;
        if (left-- == 0) return at + HEADER_SIZE;
        at = align4(data + size);
    }
    return 0;
}

function align4(x: u64): u64 {
    return (x + 3) & ~(<u64>3);
}

function hex_field(at: xptr_t): u32 {
    let value: u32 = 0;
    for (let i: u32 = 0; i < 8; i++) {
        const c = remote_load8(at + i);
        value = (value << 4) | (c <= 57 ? c - 48 : (c | 32) - 87);
    }
    return value;
}

function same_name(a: xptr_t, b: xptr_t): bool {
    for (let i: u32 = 0; i < LONGEST_NAME; i++) {
        const c = remote_load8(a + i);
        if (c != remote_load8(b + i)) return false;
        if (c == 0) return true;
    }
    return false;
}
