// /proc/self/maps and /proc/self/numa_maps: the vsegs of Z, one after the other. Each is as Z has it at a moment of its own.

import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { FRAME_KERNEL, VSEG_FILE, VSEG_HEAP, VSEG_STACK } from "../abi/vseg-type";
import { inode_node, inode_number } from "../fs/inode";
import { directory_path } from "../fs/listing";
import {
    text_byte,
    text_decimal,
    text_fail,
    text_hex,
    text_range,
    text_size,
    text_spaces,
    text_string,
} from "../fs/text";
import { cstr } from "../hal/cstr";
import { remote_load32 } from "../hal/hal";
import { cluster_count, xptr_local, xptr_make, xptr_t } from "../hal/platform";
import { has_memory } from "../hal/topology";
import { gpt_remote, gpt_remote_next } from "../mm/gpt";
import { BY_PAGE, BY_TOUCH, home_of_all } from "../mm/home";
import { kcm_free } from "../mm/kcm";
import { page_zero, ppm_alloc, ppm_free, ppn_cxy } from "../mm/ppm";
import { process_at_z, process_t } from "../mm/process-table";
import { PTE_R, PTE_W, PTE_X, pte_has_frame, pte_ppn } from "../mm/pte";
import { public_stack_top } from "../mm/user-space";
import { vseg_t } from "../mm/vseg";
import { vseg_receive } from "../mm/vseg-message";
import { vseg_next } from "../mm/vseg-next";
import { rpc_between_pages } from "../rpc/serve";

/** Adds a line for each vseg: its rights and file, or with `numa` its pages by nodes. */
export function told_maps(process: process_t, numa: bool): void {
    const page = ppm_alloc(0, FRAME_KERNEL, 0);
    let vpn: u32 = 0;
    while (page != 0 && vseg_next(process, vpn)) {
        const address = vseg_receive();
        if (address == 0) {
            text_fail();
            break;
        }
        const vseg = changetype<vseg_t>(address);
        if (numa) numa_line(process, vseg, page);
        else line(process, vseg, page);
        vpn = vseg.end_vpn;
        kcm_free(address);
        if (!rpc_between_pages()) break;
    }
    if (page != 0) ppm_free(page);
    else text_fail();
}

/** The column of the names, as on Linux with 64 bits. */
const NAME_COLUMN: u32 = 73;

function line(process: process_t, vseg: vseg_t, page: usize): void {
    const begin = text_size();
    text_hex((<u64>vseg.first_vpn) << PAGE_SHIFT, 8);
    text_byte(45);
    text_hex((<u64>vseg.end_vpn) << PAGE_SHIFT, 8);
    text_byte(32);
    text_byte(vseg.rights & PTE_R ? 114 : 45);
    text_byte(vseg.rights & PTE_W ? 119 : 45);
    text_byte(vseg.rights & PTE_X ? 120 : 45);
    text_byte(vseg.type == VSEG_FILE ? 115 : 112);
    text_byte(32);
    text_hex(file_offset(vseg), 8);
    text_string(cstr(" 00:00 "));
    text_decimal(vseg.file == 0 ? 0 : inode_number(vseg.file), 0);
    const name = name_of(process, vseg, page);
    if (name != 0) {
        text_byte(32);
        const used = <u32>(text_size() - begin);
        if (used < NAME_COLUMN) text_spaces(NAME_COLUMN - used);
        text_string(name);
    }
    text_byte(10);
}

/** The place in its file of a vseg's first byte. */
function file_offset(vseg: vseg_t): u64 {
    if (vseg.file == 0) return 0;
    if (vseg.type == VSEG_FILE) return (<u64>vseg.file_page) << PAGE_SHIFT;
    return (vseg.content - (<u64>vseg.content_start - ((<u64>vseg.first_vpn) << PAGE_SHIFT))) & ~(<u64>PAGE_SIZE - 1);
}

/** A C string, in `page` for a file's path; or 0. */
function name_of(process: process_t, vseg: vseg_t, page: usize): usize {
    if (vseg.file != 0) {
        const start = directory_path(inode_node(vseg.file), xptr_local(page));
        return start < 0 ? 0 : page + <usize>start;
    }
    if (vseg.type == VSEG_STACK) return cstr("[stack]");
    const z = process_at_z(process);
    if (remote_load32(z + offsetof<process_t>("own_program")) == 0) {
        const last = public_stack_top(process) - 1;
        if (vseg.first_vpn <= last && last < vseg.end_vpn) return cstr("[stack]");
    }
    const heap = remote_load32(z + offsetof<process_t>("heap_first"));
    return vseg.type == VSEG_HEAP && vseg.first_vpn == heap ? cstr("[heap]") : 0;
}

function numa_line(process: process_t, vseg: vseg_t, page: usize): void {
    text_hex((<u64>vseg.first_vpn) << PAGE_SHIFT, 8);
    text_byte(32);
    policy(process, vseg);
    const name = name_of(process, vseg, page);
    if (vseg.file != 0 && name != 0) {
        text_string(cstr(" file="));
        text_string(name);
    } else if (name != 0) {
        text_byte(32);
        // Without the brackets.
        for (let at = name + 1; load<u8>(at) != 93; at++) text_byte(load<u8>(at));
    }
    page_zero(page);
    const total = count_pages(process, vseg, page);
    if (total != 0) {
        text_string(vseg.type == VSEG_FILE ? cstr(" mapped=") : cstr(" anon="));
        text_decimal(total, 0);
    }
    for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
        const pages = load<u32>(page + (cxy << 2));
        if (pages == 0) continue;
        text_string(cstr(" N"));
        text_decimal(cxy, 0);
        text_byte(61);
        text_decimal(pages, 0);
    }
    text_string(cstr(" kernelpagesize_kB=4\n"));
}

/** The policy by which the pages get their clusters (mm/home.ts), as Linux names it. */
function policy(process: process_t, vseg: vseg_t): void {
    const home = home_of_all(vseg, process.reference);
    if (home == BY_TOUCH) text_string(cstr("default"));
    else if (home != BY_PAGE) {
        text_string(cstr("bind:"));
        text_decimal(home, 0);
    } else {
        text_string(cstr("interleave:"));
        let more = false;
        for (let cxy: u32 = 0; cxy < cluster_count; cxy++) {
            if (!has_memory(cxy)) continue;
            const first = cxy;
            while (cxy + 1 < cluster_count && has_memory(cxy + 1)) cxy++;
            text_range(first, cxy, more);
            more = true;
        }
    }
}

/**
 * Counts the vseg's pages that GPT(P,Z) maps, by the clusters of their frames, into the words at `counts`. Returns their number. Z's tables
 * last as long as the process has this thread (vmm-policy 7.4).
 */
function count_pages(process: process_t, vseg: vseg_t, counts: usize): u32 {
    const root: xptr_t = xptr_make(
        process.reference,
        <usize>remote_load32(process_at_z(process) + offsetof<process_t>("root")),
    );
    let total: u32 = 0;
    let vpn = gpt_remote_next(root, vseg.first_vpn, vseg.end_vpn);
    while (vpn < vseg.end_vpn) {
        const pte = gpt_remote(root, vpn);
        if (pte_has_frame(pte)) {
            const word = counts + (ppn_cxy(pte_ppn(pte)) << 2);
            store<u32>(word, load<u32>(word) + 1);
            total++;
        }
        vpn = gpt_remote_next(root, vpn + 1, vseg.end_vpn);
        if ((vpn & STEP) == 0 && !rpc_between_pages()) break;
    }
    return total;
}
/** Pages that are counted before other threads run, less one. */
const STEP: u32 = 63;
