// A program image is the vsegs that the program headers of an ELF file ask for. The file cache fills them (vmm-policy 5.2, 6.2).

import { PROGRAM_HEADER_SIZE } from "../abi/auxv";
import { ENOEXEC, ENOMEM, ETXTBSY } from "../abi/errno";
import { DSM_BASE, ELF_ZONE_BASE, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { VSEG_CODE, VSEG_DATA } from "../abi/vseg-type";
import { HOLD_READ, page_hold, page_release } from "../fs/cache";
import { inode_release } from "../fs/directory";
import { inode_share, inode_size } from "../fs/inode";
import { runner_enter, runner_leave } from "../fs/writers";
import { add_capped, range_fits } from "../hal/checked";
import { remote_load8 } from "../hal/hal";
import { xptr_t } from "../hal/platform";
import { frame_xptr } from "../mm/frame";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { process_t } from "../mm/process-table";
import { vmm_vsegs } from "../mm/vmm";
import { vseg_create, vseg_t } from "../mm/vseg";
import { vsl_insert, vsl_link } from "../mm/vsl";

const EM_RISCV: u64 = 243;
const ET_EXEC: u64 = 2;
const ET_DYN: u64 = 3;
const PT_LOAD: u64 = 1;
const PT_NOTE: u64 = 4;
const PF_X: u64 = 1;
const PF_W: u64 = 2;
const HEADER: u64 = 64;
const PROGRAM_HEADER: u32 = PROGRAM_HEADER_SIZE;

/** A reader reads a file's header fields through its cache. It holds the page that it read last. */
@unmanaged
class reader_t {
    inode: u64;
    ppn: u64;
    /** This is added to the file's addresses: a position-independent program begins at ELF_ZONE_BASE. */
    bias: u64;
    page: u32;
    /** 1 when a page could not be had, and its fields read as 0. */
    no_memory: u32;
}

/** Returns a reader, or 0 without memory. reader_free ends it. */
function reader_create(inode: xptr_t): usize {
    const reader = kcm_alloc(<u32>offsetof<reader_t>());
    if (reader != 0) changetype<reader_t>(reader).inode = inode;
    return reader;
}

function reader_free(reader: usize): void {
    page_release(changetype<reader_t>(reader).ppn);
    kcm_free(reader);
}

/** Returns a little-endian field of the file, or 0 behind its end or without memory. */
function field(reader: reader_t, offset: u64, bytes: u32): u64 {
    let value: u64 = 0;
    if (!range_fits(offset, bytes, inode_size(reader.inode))) return 0;
    for (let i = bytes; i-- > 0; ) {
        const at = offset + <u64>i;
        const page = <u32>(at >> PAGE_SHIFT);
        if (reader.ppn == 0 || reader.page != page) {
            reader.ppn = page_hold(reader.inode, page, HOLD_READ, reader.ppn);
            reader.page = page;
            if (reader.ppn == 0) reader.no_memory = 1;
        }
        value <<= 8;
        if (reader.ppn != 0) value |= <u64>remote_load8(frame_xptr(reader.ppn) + (at & (PAGE_SIZE - 1)));
    }
    return value;
}

function is_program(reader: reader_t): bool {
    if (inode_size(reader.inode) < HEADER || field(reader, 0, 4) != 0x464c457f) return false;
    if (field(reader, 4, 1) != 2 || field(reader, 5, 1) != 1) return false;
    const type = field(reader, 16, 2);
    if (type == ET_DYN) reader.bias = <u64>ELF_ZONE_BASE;
    else if (type != ET_EXEC) return false;
    return field(reader, 18, 2) == EM_RISCV && field(reader, 54, 2) == PROGRAM_HEADER;
}

/** The checked image of a program file. Its vsegs are in no process's list yet. */
@unmanaged
export class image_t {
    /** The list of the image's vsegs: the three words of mm/vsl.ts. */
    vsegs: usize;
    vseg_count: u32;
    vseg_tree: usize;
    /** The first page behind the segments, 2 MiB-aligned, so that the heap zone has leaf tables of its own (6.3). */
    heap_first: u32;
    phnum: u32;
    /** 1 for a program with the note of Archipel's own programs. */
    own: u32;
    padding: u32;
    entry: u64;
    phdr: u64;
    /** The file, of which the image is a runner. */
    inode: u64;
}

/** Reads a program file. Returns the address of its image_t, for image_take or image_free; or -ENOEXEC, -ENOMEM, -ETXTBSY. */
export function image_read(inode: xptr_t): i32 {
    if (!runner_enter(inode)) return -ETXTBSY;
    inode_share(inode);
    const image = image_make(inode);
    if (image < 0) end_run(inode);
    return image;
}

function image_make(inode: xptr_t): i32 {
    const reader = reader_create(inode);
    const image = reader == 0 ? <usize>0 : kcm_alloc(<u32>offsetof<image_t>());
    let error: i32 = -ENOMEM;
    if (image != 0) {
        error = read_segments(changetype<image_t>(image), changetype<reader_t>(reader));
        if (changetype<reader_t>(reader).no_memory != 0) error = -ENOMEM;
    }
    if (reader != 0) reader_free(reader);
    if (error != 0) {
        if (image != 0) image_discard(changetype<image_t>(image));
        return error;
    }
    changetype<image_t>(image).inode = inode;
    return <i32>image;
}

/** Frees an image that no process has taken. */
export function image_free(image: image_t): void {
    end_run(image.inode);
    image_discard(image);
}

function image_discard(image: image_t): void {
    let at = image.vsegs;
    while (at != 0) {
        const next = changetype<vseg_t>(at).next;
        kcm_free(at);
        at = next;
    }
    kcm_free(changetype<usize>(image));
}

/** Gives the image to a process, which has no vsegs at these addresses. The image_t is freed. */
export function image_take(process: process_t, image: image_t): void {
    image_leave(process);
    process.image = image.inode;
    process.entry = image.entry;
    process.phdr = image.phdr;
    process.phnum = image.phnum;
    process.heap_first = image.heap_first;
    process.own_program = image.own;
    let at = image.vsegs;
    image.vsegs = 0;
    while (at != 0) {
        const next = changetype<vseg_t>(at).next;
        vsl_insert(vmm_vsegs(process), changetype<vseg_t>(at), process.pid);
        at = next;
    }
    image_discard(image);
}

/** The process does not execute its file any more. */
export function image_leave(process: process_t): void {
    if (process.image != 0) end_run(process.image);
    process.image = 0;
}

/** fork: the child, in this cluster, executes the same file. The parent executes it meanwhile. */
export function image_inherit(child: process_t, inode: xptr_t): void {
    if (inode == 0 || !runner_enter(inode)) return;
    inode_share(inode);
    child.image = inode;
}

/** A runner, who is an owner, too, leaves the file. */
function end_run(inode: xptr_t): void {
    runner_leave(inode);
    inode_release(inode);
}

/** The limit of a file's program headers: each is read, and its segment is a vseg (5.9.9). */
const HEADERS_MAX: u32 = 64;

function read_segments(image: image_t, reader: reader_t): i32 {
    if (!is_program(reader)) return -ENOEXEC;
    const table = field(reader, 32, 8);
    const count = <u32>field(reader, 56, 2);
    if (count > HEADERS_MAX || !range_fits(table, <u64>(count * PROGRAM_HEADER), inode_size(reader.inode)))
        return -ENOEXEC;
    image.entry = add_capped(field(reader, 24, 8), reader.bias);
    image.heap_first = <u32>ELF_ZONE_BASE >> PAGE_SHIFT;
    image.phnum = count;
    for (let i: u32 = 0; i < count; i++) {
        const error = read_segment(image, reader, table + <u64>(i * PROGRAM_HEADER), table);
        if (error != 0) return error;
    }
    image.heap_first = (image.heap_first + 511) & ~(<u32>511);
    return 0;
}

function vsegs_of(image: image_t): usize {
    return changetype<usize>(image) + offsetof<image_t>("vsegs");
}

/** The note of Archipel's own programs: a name of 9 bytes, no content, type 1. */
function is_own_note(reader: reader_t, at: u64): bool {
    if (field(reader, at, 8) != 9 || field(reader, at + 8, 4) != 1) return false;
    return field(reader, at + 12, 8) == 0x6c65706968637241 && field(reader, at + 20, 1) == 0;
}

/**
 * Reads the header at `header` in the table at `table`. If its segment is loaded, it becomes a vseg; a note may say that the program is one
 * of Archipel's own. Returns 0 or -errno.
 */
function read_segment(image: image_t, reader: reader_t, header: u64, table: u64): i32 {
    const bytes = field(reader, header + 40, 8);
    const kind = field(reader, header, 4);
    if (kind == PT_NOTE && is_own_note(reader, field(reader, header + 8, 8))) image.own = 1;
    if (kind != PT_LOAD || bytes == 0) return 0;
    const flags = field(reader, header + 4, 4);
    const offset = field(reader, header + 8, 8);
    const vaddr = add_capped(field(reader, header + 16, 8), reader.bias);
    const file_bytes = field(reader, header + 32, 8);
    if (vaddr < <u64>ELF_ZONE_BASE || !range_fits(vaddr, bytes, DSM_BASE)) return -ENOEXEC;
    if (file_bytes > bytes || !range_fits(offset, file_bytes, inode_size(reader.inode))) return -ENOEXEC;
    if ((flags & PF_W) != 0 && (flags & PF_X) != 0) return -ENOEXEC;
    const first = <u32>(vaddr >> PAGE_SHIFT);
    const end = <u32>((vaddr + bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
    const address = vseg_create(flags & PF_W ? VSEG_DATA : VSEG_CODE, first, end);
    if (address == 0) return -ENOMEM;
    const vseg = changetype<vseg_t>(address);
    vseg.file = reader.inode;
    vseg.content = offset;
    vseg.content_start = <u32>vaddr;
    vseg.content_end = <u32>(vaddr + file_bytes);
    if (!vsl_link(vsegs_of(image), vseg)) {
        kcm_free(address);
        return -ENOEXEC;
    }
    if (end > image.heap_first) image.heap_first = end;
    // AT_PHDR is the address of the program headers, if this segment brings them into memory.
    if (table >= offset && table - offset < file_bytes) image.phdr = vaddr + (table - offset);
    return 0;
}
