// Listings of the directories below /proc and /sys (docs/spec/files.md F12): the records of linux_dirent64, made when a directory is opened, as
// the content of a text. None of them lies over two pages; a record of 0 bytes ends a page.

import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { HOLD_READ, page_hold, page_release } from "../fs/cache";
import { inode_size } from "../fs/inode";
import { text_begin, text_byte, text_end, text_size } from "../fs/text";
import { cstr } from "../hal/cstr";
import { cluster_count, copy_bytes, harts_per_cluster, xptr_local, xptr_t } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { frame_xptr } from "../mm/frame";
import {
    TOLD_CPU,
    TOLD_CPU_TOPOLOGY,
    TOLD_CPUS,
    TOLD_DEVICES,
    TOLD_NODE,
    TOLD_NODES_DIRECTORY,
    TOLD_NUMBER,
    TOLD_PROC,
    TOLD_SELF,
    TOLD_SHIFT,
    TOLD_SYS,
    TOLD_SYSTEM,
} from "./told-names";

const DT_DIR: u32 = 4;
const DT_REG: u32 = 8;
const DT_LNK: u32 = 10;
/** The header of a record in bytes: ino, off (u64 each), reclen (u16), type (u8). The name follows. */
const HEADER: u32 = 19;

/** Makes the listing of a directory (TOLD_*). Returns its inode, whose owner the caller is, or 0 without memory. */
export function told_listing(code: u32): xptr_t {
    text_begin(TOLD_NUMBER | code);
    record(cstr("."), 0, DT_DIR);
    record(cstr(".."), 0, DT_DIR);
    switch (code & ((1 << TOLD_SHIFT) - 1)) {
        case TOLD_PROC:
            record(cstr("self"), 0, DT_DIR);
            files(cstr("cpuinfo meminfo"));
            break;
        case TOLD_SELF:
            record(cstr("exe"), 0, DT_LNK);
            files(cstr("maps numa_maps"));
            break;
        case TOLD_SYS:
            record(cstr("devices"), 0, DT_DIR);
            break;
        case TOLD_DEVICES:
            record(cstr("system"), 0, DT_DIR);
            break;
        case TOLD_SYSTEM:
            record(cstr("cpu"), 0, DT_DIR);
            record(cstr("node"), 0, DT_DIR);
            break;
        case TOLD_NODES_DIRECTORY:
            for (let node: u32 = 0; node < cluster_count; node++) record(cstr("node"), node + 1, DT_DIR);
            files(cstr("online possible"));
            break;
        case TOLD_CPUS:
            for (let hart: u32 = 0; hart < cluster_count * harts_per_cluster; hart++)
                if (has_instance(hart / harts_per_cluster)) record(cstr("cpu"), hart + 1, DT_DIR);
            files(cstr("online possible present"));
            break;
        case TOLD_NODE:
            files(cstr("cpulist cpumap distance meminfo"));
            break;
        case TOLD_CPU:
            record(cstr("topology"), 0, DT_DIR);
            break;
        case TOLD_CPU_TOPOLOGY:
            files(
                cstr(
                    "core_cpus_list core_id core_siblings_list package_cpus_list physical_package_id thread_siblings_list",
                ),
            );
            break;
        default:
    }
    return text_end();
}

/** A record for each name of a list. */
function files(names: usize): void {
    for (let from = names; load<u8>(from) != 0; ) {
        from += record(from, 0, DT_REG);
        if (load<u8>(from) == 32) from++;
    }
}

/** Adds a record for the name that ends at a space or a NUL, followed by `numbered` - 1 unless that is 0. Returns the bytes of the name. */
function record(name: usize, numbered: u32, type: u32): u32 {
    let length: u32 = 0;
    while (load<u8>(name + length) != 0 && load<u8>(name + length) != 32) length++;
    const digits: u32 = numbered == 0 ? 0 : digits_of(numbered - 1);
    const bytes = (HEADER + length + digits + 1 + 7) & ~7;
    const in_page = <u32>text_size() & (<u32>PAGE_SIZE - 1);
    if (in_page + bytes > <u32>PAGE_SIZE) zeroes(<u32>PAGE_SIZE - in_page);
    const begin = text_size();
    word(TOLD_NUMBER + begin, 8);
    word(begin + bytes, 8);
    word(bytes, 2);
    text_byte(type);
    for (let i: u32 = 0; i < length; i++) text_byte(load<u8>(name + i));
    let place: u32 = 1;
    for (let i: u32 = 1; i < digits; i++) place *= 10;
    for (let i: u32 = 0; i < digits; i++, place /= 10) text_byte(48 + (((numbered - 1) / place) % 10));
    zeroes(bytes - (HEADER + length + digits));
    return length;
}

function digits_of(value: u32): u32 {
    let digits: u32 = 1;
    for (let rest = value / 10; rest != 0; rest /= 10) digits++;
    return digits;
}

function word(value: u64, bytes: u32): void {
    for (let i: u32 = 0; i < bytes; i++) text_byte(<u32>(value >> (i << 3)) & 255);
}

function zeroes(bytes: u32): void {
    for (let i: u32 = 0; i < bytes; i++) text_byte(0);
}

/** Does as directory_list for a listing: copies records from the position on to a page. Returns their bytes; -1 when the first does not fit. */
export function told_list(inode: xptr_t, position: u64, page: usize, room: u32): i64 {
    let at = position;
    while (at < inode_size(inode)) {
        const found = copy(inode, at, page);
        if (found >= 2 + 16 && load<u16>(page, 16) != 0) return whole(page, found, room);
        at = (at | (PAGE_SIZE - 1)) + 1;
    }
    return 0;
}

/** Copies what is left of a page of the listing. Returns its bytes. */
function copy(inode: xptr_t, at: u64, page: usize): u32 {
    const in_page = at & (PAGE_SIZE - 1);
    const left = inode_size(inode) - at;
    const bytes = <u32>(left < PAGE_SIZE - in_page ? left : PAGE_SIZE - in_page);
    const ppn = page_hold(inode, at >> PAGE_SHIFT, HOLD_READ, 0);
    if (ppn == 0) return 0;
    copy_bytes(xptr_local(page), frame_xptr(ppn) + in_page, bytes);
    page_release(ppn);
    return bytes;
}

/** The bytes of the whole records that there is room for, or -1. */
function whole(page: usize, found: u32, room: u32): i64 {
    let used: u32 = 0;
    while (used + HEADER <= found) {
        const bytes = <u32>load<u16>(page + used, 16);
        if (bytes == 0 || used + bytes > found || used + bytes > room) break;
        used += bytes;
    }
    return used == 0 ? -1 : used;
}
