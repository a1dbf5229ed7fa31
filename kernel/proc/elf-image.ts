// Program images: the vsegs that an ELF file's program headers ask for (vmm-policy 6.2).

import { ENOEXEC, ENOMEM } from "../abi/errno";
import { DSM_BASE, ELF_ZONE_BASE, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { VSEG_CODE, VSEG_DATA } from "../abi/vseg-type";
import { file_t } from "../fs/initrd";
import { remote_load8, remote_load16, remote_load32, remote_load64 } from "../hal/hal";
import { xptr_t } from "../hal/platform";
import { kcm_free } from "../mm/kcm";
import { vmm_vsegs } from "../mm/vmm";
import { vseg_create, vseg_t, vsl_insert } from "../mm/vseg";
import { process_t } from "./process-table";

const EM_RISCV: u32 = 243;
const ET_EXEC: u32 = 2;
const PT_LOAD: u32 = 1;
const PF_X: u32 = 1;
const PF_W: u32 = 2;
const HEADER: u64 = 64;
const PROGRAM_HEADER: u32 = 56;

/** Registers the program's segments and sets entry and heap zone. 0 or -errno. */
export function image_load(process: process_t, file: file_t): i32 {
    if (!is_program(file)) return -ENOEXEC;
    process.entry = remote_load64(file.data + 24);
    const table = remote_load64(file.data + 32);
    const count = remote_load16(file.data + 56);
    if (table > file.size || table + <u64>(count * PROGRAM_HEADER) > file.size) return -ENOEXEC;
    process.heap_first = <u32>ELF_ZONE_BASE >> PAGE_SHIFT;
    for (let i: u32 = 0; i < count; i++) {
        const header = file.data + table + <u64>(i * PROGRAM_HEADER);
        if (remote_load32(header) != PT_LOAD || remote_load64(header + 40) == 0) continue;
        const error = load_segment(process, file, header);
        if (error != 0) return error;
    }
    // 2 MiB-aligned, so that the heap zone has leaf tables of its own.
    process.heap_first = (process.heap_first + 511) & ~(<u32>511);
    return 0;
}

function is_program(file: file_t): bool {
    const at = file.data;
    if (file.size < HEADER || remote_load32(at) != 0x464c457f) return false;
    if (remote_load8(at + 4) != 2 || remote_load8(at + 5) != 1) return false;
    return (
        remote_load16(at + 16) == ET_EXEC &&
        remote_load16(at + 18) == EM_RISCV &&
        remote_load16(at + 54) == PROGRAM_HEADER
    );
}

function load_segment(process: process_t, file: file_t, header: xptr_t): i32 {
    const flags = remote_load32(header + 4);
    const offset = remote_load64(header + 8);
    const vaddr = remote_load64(header + 16);
    const file_bytes = remote_load64(header + 32);
    const bytes = remote_load64(header + 40);
    if (vaddr < <u64>ELF_ZONE_BASE || bytes > <u64>DSM_BASE || vaddr + bytes > <u64>DSM_BASE) return -ENOEXEC;
    if (file_bytes > bytes || offset > file.size || file_bytes > file.size - offset) return -ENOEXEC;
    if ((flags & PF_W) != 0 && (flags & PF_X) != 0) return -ENOEXEC;
    const type = flags & PF_W ? VSEG_DATA : VSEG_CODE;
    const end = <u32>((vaddr + bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
    const address = vseg_create(type, <u32>(vaddr >> PAGE_SHIFT), end);
    if (address == 0) return -ENOMEM;
    const vseg = changetype<vseg_t>(address);
    vseg.content = file.data + offset;
    vseg.content_start = <u32>vaddr;
    vseg.content_end = <u32>(vaddr + file_bytes);
    if (!vsl_insert(vmm_vsegs(process), vseg, process.pid)) {
        kcm_free(address);
        return -ENOEXEC;
    }
    if (end > process.heap_first) process.heap_first = end;
    return 0;
}
