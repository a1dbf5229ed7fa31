// The initial RAM disk: a cpio archive in "newc" format (cpio(5)) in the boot cluster's bank, read by remote accesses.

import { BI_INITRD, BI_INITRD_SIZE } from "../abi/boot-info";
import { range_fits } from "../hal/checked";
import { remote_load8 } from "../hal/hal";
import { boot_info, xptr_t } from "../hal/platform";

// newc header: 6 bytes of magic, then 13 fields of 8 hexadecimal digits. All offsets are from the header.
const HEADER_SIZE: u32 = 110;
const FIELD_INODE: u32 = 6;
const FIELD_FILESIZE: u32 = 54;
const FIELD_NAMESIZE: u32 = 94;

/** One file of the archive: its name (a C string) and its content. */
@unmanaged
export class initrd_t {
    name: u64;
    data: u64;
    size: u64;
}

/** Fills `file` with the archive's first file. False when there is none. */
export function initrd_first(file: initrd_t): bool {
    return read_header(file, boot_info(BI_INITRD));
}

/** Goes from a file to the next one. False behind the last one. */
export function initrd_next(file: initrd_t): bool {
    return read_header(file, align4(file.data + file.size));
}

function read_header(file: initrd_t, at: xptr_t): bool {
    const end = boot_info(BI_INITRD) + boot_info(BI_INITRD_SIZE);
    if (!range_fits(at, HEADER_SIZE, end)) return false;
    file.name = at + HEADER_SIZE;
    file.data = align4(at + HEADER_SIZE + hex_field(at + FIELD_NAMESIZE));
    file.size = <u64>hex_field(at + FIELD_FILESIZE);
    // The trailer has no content and inode 0.
    return hex_field(at + FIELD_INODE) != 0 && range_fits(file.data, file.size, end);
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
