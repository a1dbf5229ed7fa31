// The region of a group (sm-dsm 3.1), at the group's home: the pages that are handed out, and their nodes. Requests of less than a page
// share the node's page of small requests. Larger ones begin a page, and no headers lie in data pages (3.5).

import { DSM_FREE, DSM_MALLOC } from "../abi/dsm-action";
import { DSM_BASE, DSM_PAGES, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { DSM_RELEASE } from "../abi/policy";
import { remote_load32 } from "../hal/hal";
import { xptr_cxy, xptr_local, xptr_make, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { tell_sm_request } from "../probe";
import { group_lock, group_node, group_report, group_t, group_unlock, node_t } from "./group";
import { notices_free, notices_make } from "./notices";
import { table_free, table_make, table_word } from "./table";

const FIRST_VPN: u32 = DSM_BASE >> PAGE_SHIFT;
/** A page's word: the node that allocated it + 1, 0: no node; on a request's first page the number of the request's pages; and flags. */
const ENTRY_NODE: u32 = 0x7ff;
const ENTRY_PAGES_SHIFT: u32 = 11;
const ENTRY_PAGES: u32 = 0xffff;
/** A page of small requests. */
const ENTRY_SMALL: u32 = 1 << 30;
/** A page of release consistency (4.1). */
const ENTRY_RELEASE: u32 = 1 << 29;
/** Given back, but nodes may still have copies: the page is neither to be accessed nor to be handed out. */
const ENTRY_LEAVING: u32 = 0x80000000;

/** The value for the node of a page outside every allocation (3.8). */
export const NO_NODE: u32 = 0xffffffff;

/**
 * A page of small requests, in granules of 16 bytes. Behind it lie two sets of bits: granules taken, and the first granules of requests.
 */
@unmanaged
class small_t {
    next: usize;
    index: u32;
    node: u32;
    /** Granules taken. */
    used: u32;
}
const GRANULE_SHIFT: u32 = 4;
const GRANULES: u32 = 256;
const SET_BYTES: u32 = GRANULES / 8;

/** The node that a page is allocated to, or NO_NODE; from any cluster. */
export function region_node(group: xptr_t, vpn: u32): u32 {
    const entry = entry_at(group, vpn);
    return entry & ENTRY_LEAVING ? NO_NODE : (entry & ENTRY_NODE) - 1;
}

/** Does as region_node, also for a page that is being given back. */
export function region_last_node(group: xptr_t, vpn: u32): u32 {
    return (entry_at(group, vpn) & ENTRY_NODE) - 1;
}

/** True for a page of release consistency; from any cluster. */
export function region_is_release(group: xptr_t, vpn: u32): bool {
    return (entry_at(group, vpn) & ENTRY_RELEASE) != 0;
}

function entry_at(group: xptr_t, vpn: u32): u32 {
    const index = vpn - FIRST_VPN;
    const pages = remote_load32(group + offsetof<group_t>("pages"));
    if (index >= <u32>DSM_PAGES || pages == 0) return 0;
    const home = xptr_cxy(group);
    const table = remote_load32(xptr_make(home, pages + ((index >> 8) << 2)));
    return table == 0 ? 0 : remote_load32(xptr_make(home, table + ((index & 255) << 2)));
}

/** A bit in the answer of region_malloc: the pages had another life before, and managers may know of it. */
export const REUSED: u64 = 1;

/** sm_malloc (rule 2) with DSM_* consistency. Returns the user address, with REUSED; or 0. */
export function region_malloc(group: group_t, node: u32, size: u64, consistency: u32): u64 {
    if (size == 0 || size > (<u64>DSM_PAGES) << PAGE_SHIFT) return 0;
    group_lock(group);
    const bytes = (<u32>size + 15) & ~15;
    const large = bytes >= <u32>PAGE_SIZE;
    const count = (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
    const flags = consistency == DSM_RELEASE ? ENTRY_RELEASE : 0;
    const answer = large ? new_pages(group, node, count, flags) : small(group, node, bytes >> GRANULE_SHIFT, flags);
    group_unlock(group);
    const address = answer & ~REUSED;
    if (address == 0) return answer;
    group_report(xptr_local(changetype<usize>(group)), DSM_MALLOC, address, node, node, node);
    tell_sm_request(group_node(group, 0).pid, address, size, node, consistency);
    return answer;
}

/** The address of the word that has the node's current page of small requests with these flags. */
function current_small(group: group_t, node: u32, flags: u32): usize {
    const member = changetype<usize>(group_node(group, node));
    return member + (flags & ENTRY_RELEASE ? offsetof<node_t>("small_release") : offsetof<node_t>("small"));
}

/** Serves a request from the node's page of small requests, or from a new one. */
function small(group: group_t, node: u32, granules: u32, flags: u32): u64 {
    const current = current_small(group, node, flags);
    let page = changetype<small_t>(load<usize>(current));
    let at = changetype<usize>(page) == 0 ? GRANULES : gap(page, granules);
    let reused: u64 = 0;
    if (at == GRANULES) {
        const address = kcm_alloc(<u32>offsetof<small_t>() + 2 * SET_BYTES);
        if (address == 0) return 0;
        const first = new_pages(group, node, 1, flags | ENTRY_SMALL);
        if (first == 0) {
            kcm_free(address);
            return 0;
        }
        reused = first & REUSED;
        page = changetype<small_t>(address);
        page.index = <u32>((first - DSM_BASE) >> PAGE_SHIFT);
        page.node = node;
        page.next = group.smalls;
        group.smalls = address;
        store<usize>(current, address);
        at = 0;
    }
    page.used += granules;
    set_bit(begins_of(page), at, true);
    for (let i: u32 = 0; i < granules; i++) set_bit(taken_of(page), at + i, true);
    return (<u64>DSM_BASE + ((<u64>page.index) << PAGE_SHIFT) + (at << GRANULE_SHIFT)) | reused;
}

/** The first of `granules` free ones in a row, or GRANULES. */
function gap(page: small_t, granules: u32): u32 {
    let run: u32 = 0;
    for (let i: u32 = 0; i < GRANULES; i++) {
        run = bit(taken_of(page), i) ? 0 : run + 1;
        if (run == granules) return i + 1 - granules;
    }
    return GRANULES;
}

function taken_of(page: small_t): usize {
    return changetype<usize>(page) + offsetof<small_t>();
}

function begins_of(page: small_t): usize {
    return taken_of(page) + SET_BYTES;
}

function bit(words: usize, i: u32): bool {
    return (load<u32>(words + ((i >> 5) << 2)) & (1 << (i & 31))) != 0;
}

function set_bit(words: usize, i: u32, on: bool): void {
    const word = words + ((i >> 5) << 2);
    const mask: u32 = 1 << (i & 31);
    store<u32>(word, on ? load<u32>(word) | mask : load<u32>(word) & ~mask);
}

/**
 * Takes `count` free pages in a row for `node`. Returns the user address of the first, with REUSED; or 0 when region or memory is used up.
 */
function new_pages(group: group_t, node: u32, count: u32, flags: u32): u64 {
    const first = hole(group, count);
    if (count > <u32>DSM_PAGES - first || !make_tables(group, first, count)) return 0;
    if ((flags & ENTRY_RELEASE) != 0 && !notices_make(group, first, count)) return 0;
    for (let index = first; index < first + count; index++) store<u32>(entry_of(group, index), (node + 1) | flags);
    store<u32>(entry_of(group, first), (node + 1) | flags | (count << ENTRY_PAGES_SHIFT));
    const end = first + count;
    if (end > group.next_page) group.next_page = end;
    else group.holes -= count;
    const reused = first < group.high_page;
    if (end > group.high_page) group.high_page = end;
    return (<u64>DSM_BASE + ((<u64>first) << PAGE_SHIFT)) | (reused ? REUSED : 0);
}

/** The first of `count` free pages in a row: the lowest hole that is large enough, else the end of all pages in use. */
function hole(group: group_t, count: u32): u32 {
    let run: u32 = 0;
    for (let index: u32 = 0; group.holes >= count && index < group.next_page; index++) {
        run = load<u32>(entry_of(group, index)) == 0 ? run + 1 : 0;
        if (run == count) return index + 1 - count;
    }
    return group.next_page;
}

function entry_of(group: group_t, index: u32): usize {
    return table_word(group.pages, index);
}

/** Answer of region_release when no request begins there. Other answers have the number of pages that are free now in the low half. */
export const NO_REQUEST: u64 = 0xffffffffffffffff;

/**
 * The first half of sm_free: ends the request at `address`. Its pages, if any have become free (first index in the upper half of the
 * answer), are to be taken from the nodes that have copies; then region_forget.
 */
export function region_release(group: group_t, node: u32, address: u64): u64 {
    const index = <u32>(address >> PAGE_SHIFT) - FIRST_VPN;
    if (address < <u64>DSM_BASE || address >> 32 != 0) return NO_REQUEST;
    group_lock(group);
    const entry = index < group.next_page ? load<u32>(entry_of(group, index)) : 0;
    const answer = release(group, index, entry, <u32>address & (PAGE_SIZE - 1));
    group_unlock(group);
    const self = xptr_local(changetype<usize>(group));
    if (answer != NO_REQUEST) group_report(self, DSM_FREE, address, node, (entry & ENTRY_NODE) - 1, node);
    return answer;
}

function release(group: group_t, index: u32, entry: u32, offset: u32): u64 {
    if (entry == 0 || (entry & ENTRY_LEAVING) != 0) return NO_REQUEST;
    let count = (entry >> ENTRY_PAGES_SHIFT) & ENTRY_PAGES;
    if (entry & ENTRY_SMALL) {
        const page = find_small(group, index);
        if (!release_small(page, offset)) return NO_REQUEST;
        const current = load<usize>(current_small(group, page.node, entry));
        count = page.used == 0 && current != changetype<usize>(page) ? 1 : 0;
        if (count != 0) drop_small(group, page);
    } else if (count == 0 || offset != 0) return NO_REQUEST;
    for (let i: u32 = 0; i < count; i++) {
        const word = entry_of(group, index + i);
        store<u32>(word, load<u32>(word) | ENTRY_LEAVING);
    }
    return ((<u64>index) << 32) | count;
}

function release_small(page: small_t, offset: u32): bool {
    let at = offset >> GRANULE_SHIFT;
    if ((offset & 15) != 0 || !bit(begins_of(page), at)) return false;
    set_bit(begins_of(page), at, false);
    do {
        set_bit(taken_of(page), at, false);
        page.used--;
        at++;
    } while (at < GRANULES && bit(taken_of(page), at) && !bit(begins_of(page), at));
    return true;
}

function find_small(group: group_t, index: u32): small_t {
    let page = changetype<small_t>(group.smalls);
    while (page.index != index) page = changetype<small_t>(page.next);
    return page;
}

function drop_small(group: group_t, page: small_t): void {
    let link = changetype<usize>(group) + offsetof<group_t>("smalls");
    while (load<usize>(link) != changetype<usize>(page)) link = load<usize>(link) + offsetof<small_t>("next");
    store<usize>(link, page.next);
    kcm_free(changetype<usize>(page));
}

/** The second half of sm_free: no node has a copy of these pages any more, so they may be handed out again. */
export function region_forget(group: group_t, index: u32, count: u32): void {
    group_lock(group);
    for (let i: u32 = 0; i < count; i++) store<u32>(entry_of(group, index + i), 0);
    group.holes += count;
    while (group.next_page != 0 && load<u32>(entry_of(group, group.next_page - 1)) == 0) {
        group.next_page--;
        group.holes--;
    }
    group_unlock(group);
}

/** Makes the tables of these pages. False without memory; tables that were made stay for later requests. */
function make_tables(group: group_t, first: u32, count: u32): bool {
    const pages = changetype<usize>(group) + offsetof<group_t>("pages");
    for (let table = first >> 8; table <= (first + count - 1) >> 8; table++) {
        if (table_make(pages, table << 8) == 0) return false;
    }
    return true;
}

/** Frees the region's tables, at the end of the group. */
export function region_free(group: group_t): void {
    while (group.smalls != 0) drop_small(group, changetype<small_t>(group.smalls));
    notices_free(group);
    table_free(group.pages, false);
}
