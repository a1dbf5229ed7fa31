// The L0 sets are chosen, filled and emptied here (docs/machine.md, "L0 and the TLB model").
import {
    CELLS,
    CELLS_BASE,
    DATA_PRIVILEGE,
    DATA_REGIME,
    FETCH_REGIME,
    HART_ID,
    HART_STRIDE,
    L0_CONTEXT,
    L0_FETCH,
    L0_LINES,
    L0_READ,
    L0_READY,
    L0_SUPERPAGES,
    L0_WRITE,
    MSTATUS,
    PMP_CHECKS,
    PMP_CHECKS_M,
    PMP_CHECKS_S,
    PRIVILEGE,
    PRIVILEGE_M,
    PRIVILEGE_U,
    RANGES_ON,
    SATP,
    TRIGGER_LOAD,
    TRIGGER_STORE,
    TRIGGERS,
} from "../state/hart-layout";
import {
    INVALID_TAG_0,
    L0_DATA_ENTRIES,
    L0_DATA_MASK,
    L0_ENTRY,
    L0_FETCH_MASK,
    L0_FOLD,
    L0_OFFSET,
    L0_SHIFT,
    L0_STALL,
    L0_STRIDE,
    REGIME_BARE,
    REGIME_SUM,
    REGIME_SUPERVISOR,
    REGIME_USER,
    SET_FETCH,
    SET_READ,
    SET_STRIDE,
    SET_WRITE,
} from "../state/l0-layout";
import {
    ACCOUNTING,
    CELLS_OF_USER,
    HART_COUNT,
    HARTS_BASE,
    L0_BASE,
    OWNER_BASE,
    OWNER_FIRST,
    OWNER_MANY,
    OWNER_NEVER,
    OWNER_NONE,
    RANGES,
} from "../state/machine-layout";
import { LINE_SHIFT, TIMING } from "../state/timing-layout";
import { fetchStallOf, stallOf } from "./accounts";
import { MSTATUS_MPP_SHIFT, MSTATUS_MPRV, MSTATUS_MXR, MSTATUS_SUM } from "./csr/mstatus";
import { hostOf } from "./frames";
import { storesUpTo } from "./stores";
import { clearLines, lineIndex, linesTable } from "./timing/line-entries";

const PAGE_BYTES: u64 = 4096;
const PAGE_MASK: u64 = ~(PAGE_BYTES - 1);

/** Returns the offset of the entry of the page, or with fidelity "timing" of the line, in a table for data. */
function dataIndex(vaddr: u64): usize {
    if (load<u32>(TIMING)) return lineIndex(vaddr);
    return (<usize>(vaddr >> L0_SHIFT) ^ <usize>(vaddr >> L0_FOLD)) & L0_DATA_MASK;
}

function setOf(h: usize, regime: i32): usize {
    return <usize>load<u32>(L0_BASE) + <usize>load<u32>(h, HART_ID) * L0_STRIDE + <usize>regime * SET_STRIDE;
}

/** Recomputes the regimes after a change of privilege, satp or mstatus. Empties sets that are valid for another satp. */
export function selectRegimes(h: usize): void {
    const privilege = load<i32>(h, PRIVILEGE);
    const status = load<u64>(h, MSTATUS);
    let dataPrivilege = privilege;
    if (privilege == PRIVILEGE_M && status & MSTATUS_MPRV) dataPrivilege = <i32>((status >> MSTATUS_MPP_SHIFT) & 3);
    const fetchRegime = regimeOf(h, privilege, false);
    const dataRegime = regimeOf(h, dataPrivilege, (status & MSTATUS_SUM) != 0);
    prepare(h, fetchRegime);
    prepare(h, dataRegime);
    store<u32>(h, dataPrivilege, DATA_PRIVILEGE);
    store<u32>(h, dataRegime, DATA_REGIME);
    store<u32>(h, fetchRegime, FETCH_REGIME);
    const isPlain = dataRegime == REGIME_BARE && dataPrivilege == privilege && isUnchecked(h);
    store<u32>(h, isPlain ? load<u32>(RANGES) : 0, RANGES_ON);
    if (load<u32>(ACCOUNTING)) {
        const mode = privilege == PRIVILEGE_U ? load<u32>(CELLS_OF_USER) : 0;
        store<u32>(h, load<u32>(h, CELLS_BASE) + mode, CELLS);
    }
    const data = setOf(h, dataRegime);
    store<u32>(h, <u32>(data + SET_READ), L0_READ);
    store<u32>(h, <u32>(data + SET_WRITE), L0_WRITE);
    const fetches = setOf(h, fetchRegime) + SET_FETCH;
    store<u32>(h, <u32>fetches, L0_FETCH);
    if (load<u32>(TIMING)) store<i32>(h, <i32>(linesTable(h, fetchRegime) - fetches), L0_LINES);
}

/** Returns whether M may access memory without a look at L0. */
function isUnchecked(h: usize): bool {
    return !(load<u32>(h, PMP_CHECKS) & PMP_CHECKS_M) && !(load<u32>(h, TRIGGERS) & (TRIGGER_LOAD | TRIGGER_STORE));
}

/** Without translation S and U have sets of their own, as with it, where PMP may allow them less than M. */
function regimeOf(h: usize, privilege: i32, sum: bool): i32 {
    if (privilege == PRIVILEGE_M) return REGIME_BARE;
    if (load<u64>(h, SATP) >> 60 == 0 && !(load<u32>(h, PMP_CHECKS) & PMP_CHECKS_S)) return REGIME_BARE;
    if (privilege == PRIVILEGE_U) return REGIME_USER;
    return sum ? REGIME_SUM : REGIME_SUPERVISOR;
}

/** Makes sure that the set of `regime` is initialised and holds only what the present satp and MXR allow. */
function prepare(h: usize, regime: i32): void {
    const ready = load<u32>(h, L0_READY) & (1 << regime);
    if (regime == REGIME_BARE) {
        if (!ready) emptySet(h, regime);
        return;
    }
    const mxr: u64 = load<u64>(h, MSTATUS) & MSTATUS_MXR ? (<u64>1) << 62 : 0;
    const context = load<u64>(h, SATP) ^ mxr;
    const slot = h + L0_CONTEXT + ((<usize>regime) << 3);
    if (ready && load<u64>(slot) == context) return;
    store<u64>(slot, context);
    emptySet(h, regime);
}

/** Makes every entry of one set invalid. */
export function emptySet(h: usize, regime: i32): void {
    const set = setOf(h, regime);
    memory.fill(set, 0, SET_STRIDE);
    store<u64>(set + SET_READ, INVALID_TAG_0);
    store<u64>(set + SET_WRITE, INVALID_TAG_0);
    store<u64>(set + SET_FETCH, INVALID_TAG_0);
    store<u32>(h, load<u32>(h, L0_READY) | (1 << regime), L0_READY);
    store<u32>(h, load<u32>(h, L0_SUPERPAGES) & ~(1 << regime), L0_SUPERPAGES);
}

/** sfence.vma: empties the translated sets that were used, or drops only one page from them. */
export function forgetTranslations(h: usize, onePage: bool, vaddr: u64): void {
    for (let regime: i32 = REGIME_SUPERVISOR; regime <= REGIME_SUM; regime++) {
        if (!(load<u32>(h, L0_READY) & (1 << regime))) continue;
        if (!onePage || load<u32>(h, L0_SUPERPAGES) & (1 << regime)) emptySet(h, regime);
        else forgetPage(setOf(h, regime), vaddr & PAGE_MASK);
    }
}

function forgetPage(set: usize, page: u64): void {
    forgetDataOf(set, page);
    forgetEntry(set + SET_FETCH, (<usize>page >> L0_SHIFT) & L0_FETCH_MASK, page);
}

/** Drops the page's data entries from all translated sets that were used. */
export function forgetData(h: usize, page: u64): void {
    for (let regime: i32 = REGIME_SUPERVISOR; regime <= REGIME_SUM; regime++) {
        if (load<u32>(h, L0_READY) & (1 << regime)) forgetDataOf(setOf(h, regime), page);
    }
}

/** A page has one entry, or one for each of its lines. */
function forgetDataOf(set: usize, page: u64): void {
    const step: u64 = load<u32>(TIMING) ? (<u64>1) << load<u32>(LINE_SHIFT) : PAGE_BYTES;
    for (let at = page; at - page < PAGE_BYTES; at += step) {
        const index = dataIndex(at);
        forgetEntry(set + SET_READ, index, at);
        forgetEntry(set + SET_WRITE, index, at);
    }
}

/** Drops the page's fetch entries from all translated sets that were used. */
export function forgetFetch(h: usize, page: u64): void {
    const index = (<usize>page >> L0_SHIFT) & L0_FETCH_MASK;
    for (let regime: i32 = REGIME_SUPERVISOR; regime <= REGIME_SUM; regime++) {
        if (load<u32>(h, L0_READY) & (1 << regime)) forgetEntry(setOf(h, regime) + SET_FETCH, index, page);
    }
}

function forgetEntry(table: usize, index: usize, page: u64): void {
    if (load<u64>(table + index) == page) store<u64>(table + index, index ? 0 : INVALID_TAG_0);
}

/** Returns what the tag of an entry for data is: the page, or with fidelity "timing" the line. */
function tagOf(vaddr: u64): u64 {
    return load<u32>(TIMING) ? (vaddr >> load<u32>(LINE_SHIFT)) << load<u32>(LINE_SHIFT) : vaddr & PAGE_MASK;
}

function fillData(h: usize, table: usize, vaddr: u64, frame: i32): void {
    const entry = table + dataIndex(vaddr);
    const page = vaddr & PAGE_MASK;
    store<u64>(entry, tagOf(vaddr));
    store<u32>(entry, <u32>hostOf(frame) - <u32>page, L0_OFFSET);
    store<u16>(entry, <u16>stallOf(h, frame), L0_STALL);
}

export function fillRead(h: usize, vaddr: u64, frame: i32): void {
    fillData(h, <usize>load<u32>(h, L0_READ), vaddr, frame);
}

/** Fills a write entry, and notes the hart as a possible writer of the frame. */
export function fillWrite(h: usize, vaddr: u64, frame: i32): void {
    const slot = <usize>load<u32>(OWNER_BASE) + ((<usize>frame) << 1);
    const owner = <i32>load<u16>(slot);
    const self = OWNER_FIRST + load<i32>(h, HART_ID);
    if (owner == OWNER_NEVER) storesUpTo(frame);
    if (owner <= OWNER_NONE) store<u16>(slot, <u16>self);
    else if (owner != self) store<u16>(slot, <u16>OWNER_MANY);
    fillData(h, <usize>load<u32>(h, L0_WRITE), vaddr, frame);
}

export function fillFetch(h: usize, vaddr: u64, frame: i32): void {
    const entry = <usize>load<u32>(h, L0_FETCH) + ((<usize>vaddr >> L0_SHIFT) & L0_FETCH_MASK);
    store<u64>(entry, vaddr & PAGE_MASK);
    store<u32>(entry, <u32>frame, L0_OFFSET);
    store<u16>(entry, <u16>fetchStallOf(h, frame), L0_STALL);
    if (load<u32>(TIMING)) clearLines(h, vaddr);
}

/** In the tag of a fetch entry that no look-up hits: each instruction is to be fetched anew. */
const GUARDED: u64 = 1;

/** As fillFetch, for a page that PMP allows in part or that has a trigger: the entry says what engines ask of the page that runs, its frame and stall. */
export function fillGuarded(h: usize, vaddr: u64, frame: i32): void {
    fillFetch(h, vaddr, frame);
    const entry = <usize>load<u32>(h, L0_FETCH) + ((<usize>vaddr >> L0_SHIFT) & L0_FETCH_MASK);
    store<u64>(entry, (vaddr & PAGE_MASK) | GUARDED);
}

/** Returns the frame of the page of vaddr that the last instruction was fetched from, guarded or not, or -1. */
export function fetchedFrame(h: usize, vaddr: u64): i32 {
    const entry = <usize>load<u32>(h, L0_FETCH) + ((<usize>vaddr >> L0_SHIFT) & L0_FETCH_MASK);
    return (load<u64>(entry) & ~GUARDED) == (vaddr & PAGE_MASK) ? <i32>load<u32>(entry, L0_OFFSET) : -1;
}

/** Returns whether PMP allows the page of vaddr in part, or it has a trigger, so that its instructions are fetched one by one. */
export function isGuarded(h: usize, vaddr: u64): bool {
    const entry = <usize>load<u32>(h, L0_FETCH) + ((<usize>vaddr >> L0_SHIFT) & L0_FETCH_MASK);
    return load<u64>(entry) == ((vaddr & PAGE_MASK) | GUARDED);
}

/** Returns the host address of vaddr if the table has its page, else 0. */
export function lookUp(table: usize, vaddr: u64): usize {
    const entry = table + dataIndex(vaddr);
    if (load<u64>(entry) != tagOf(vaddr)) return 0;
    return <usize>(<u32>vaddr + load<u32>(entry, L0_OFFSET));
}

/** Returns the frame of the page of vaddr if the fetch table has it, else -1. */
export function lookUpFetch(h: usize, vaddr: u64): i32 {
    const entry = <usize>load<u32>(h, L0_FETCH) + ((<usize>vaddr >> L0_SHIFT) & L0_FETCH_MASK);
    return load<u64>(entry) == (vaddr & PAGE_MASK) ? <i32>load<u32>(entry, L0_OFFSET) : -1;
}

/** Drops every L0 write entry for the frame in all harts, because the frame is about to hold decoded code. */
export function forbidWrites(frame: i32): void {
    const slot = <usize>load<u32>(OWNER_BASE) + ((<usize>frame) << 1);
    const owner = <i32>load<u16>(slot);
    if (owner < OWNER_FIRST) return;
    const harts = <usize>load<u32>(HARTS_BASE);
    if (owner == OWNER_MANY) {
        const count = load<u32>(HART_COUNT);
        for (let i: u32 = 0; i < count; i++) forgetWrites(harts + <usize>i * HART_STRIDE, frame);
    } else {
        forgetWrites(harts + <usize>(owner - OWNER_FIRST) * HART_STRIDE, frame);
    }
    store<u16>(slot, <u16>OWNER_NONE);
}

function forgetWrites(h: usize, frame: i32): void {
    const host = <u32>hostOf(frame);
    for (let regime: i32 = REGIME_BARE; regime <= REGIME_SUM; regime++) {
        if (!(load<u32>(h, L0_READY) & (1 << regime))) continue;
        const table = setOf(h, regime) + SET_WRITE;
        for (let i: i32 = 0; i < L0_DATA_ENTRIES * L0_ENTRY; i += L0_ENTRY) {
            const tag = load<u64>(table + i);
            if (((<u32>tag + load<u32>(table + i, L0_OFFSET)) & <u32>PAGE_MASK) == host)
                store<u64>(table + i, i ? 0 : INVALID_TAG_0);
        }
    }
}
