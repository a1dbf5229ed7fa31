// The region of a group (sm-dsm 3.1), at the group's home: which pages are handed out, and to whom. Requests of less than a
// page share the node's page of small requests; larger ones begin a page, and no headers lie in data pages (3.5).
import { DSM_BASE, DSM_PAGES, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { DSM_MALLOC } from "../abi/probe";
import { remote_load32 } from "../hal/hal";
import { xptr_cxy, xptr_local, xptr_make, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { group_lock, group_node, group_report, group_t, group_unlock } from "./group";

const FIRST_VPN: u32 = DSM_BASE >> PAGE_SHIFT;
const TABLE_BYTES: u32 = 1024;
/** A page's word: the node that allocated it + 1; 0: nobody's. */
const ENTRY_NODE: u32 = 0x7ff;

/** In place of the node of a page outside every allocation (3.8). */
export const NO_NODE: u32 = 0xffffffff;

/** The node that allocated a page, or NO_NODE; from any cluster. */
export function region_node(group: xptr_t, vpn: u32): u32 {
    const index = vpn - FIRST_VPN;
    const pages = remote_load32(group + offsetof<group_t>("pages"));
    if (index >= <u32>DSM_PAGES || pages == 0) return NO_NODE;
    const home = xptr_cxy(group);
    const table = remote_load32(xptr_make(home, pages + ((index >> 8) << 2)));
    if (table == 0) return NO_NODE;
    return (remote_load32(xptr_make(home, table + ((index & 255) << 2))) & ENTRY_NODE) - 1;
}

/** sm_malloc (rule 2): the user address, or 0. */
export function region_malloc(group: group_t, node: u32, size: u64): u64 {
    if (size == 0 || size > (<u64>DSM_PAGES) << PAGE_SHIFT) return 0;
    group_lock(group);
    const bytes = (<u32>size + 15) & ~15;
    const large = bytes >= <u32>PAGE_SIZE;
    const address = large ? new_pages(group, node, (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT) : small(group, node, bytes);
    group_unlock(group);
    if (address != 0) group_report(xptr_local(changetype<usize>(group)), DSM_MALLOC, address, node, node, node);
    return address;
}

/** A request that shares the node's page of small requests, or begins a new one. */
function small(group: group_t, node: u32, bytes: u32): u32 {
    const member = group_node(group, node);
    if (member.end - member.free < bytes) {
        const page = new_pages(group, node, 1);
        if (page == 0) return 0;
        member.free = page;
        member.end = page + PAGE_SIZE;
    }
    const address = member.free;
    member.free += bytes;
    return address;
}

/** Takes `count` fresh pages for `node`. User address, or 0: region or memory is used up. */
function new_pages(group: group_t, node: u32, count: u32): u32 {
    if (count > <u32>DSM_PAGES - group.next_page) return 0;
    const first = group.next_page;
    if (!make_tables(group, first, count)) return 0;
    for (let index = first; index < first + count; index++) store<u32>(entry_of(group, index), node + 1);
    group.next_page = first + count;
    return <u32>DSM_BASE + (first << PAGE_SHIFT);
}

function entry_of(group: group_t, index: u32): usize {
    return load<usize>(group.pages + ((index >> 8) << 2)) + ((index & 255) << 2);
}

/** The tables of these pages. Those that there is memory for stay, for later requests. */
function make_tables(group: group_t, first: u32, count: u32): bool {
    if (group.pages == 0) group.pages = kcm_alloc(TABLE_BYTES);
    if (group.pages == 0) return false;
    for (let table = first >> 8; table <= (first + count - 1) >> 8; table++) {
        const slot = group.pages + (table << 2);
        if (load<usize>(slot) == 0) store<usize>(slot, kcm_alloc(TABLE_BYTES));
        if (load<usize>(slot) == 0) return false;
    }
    return true;
}

/** At the end of the group. */
export function region_free(group: group_t): void {
    if (group.pages == 0) return;
    for (let i: u32 = 0; i < 256; i++) {
        const table = load<usize>(group.pages + (i << 2));
        if (table != 0) kcm_free(table);
    }
    kcm_free(group.pages);
}
