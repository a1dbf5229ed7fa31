// Address translation: bare and Sv39 with hardware update of A and D while menvcfg.ADUE is set (RISC-V privileged ISA, 12.3.2, 12.4 and chapter 16), and with Svpbmt once
// menvcfg.PBMTE is set (chapter 14). A page of type NC or IO is memory as any other here, except for one attribute that the type is free to
// take: it has no atomics. So LR, SC and AMOs there are access faults.
//
//    63  62 61  60    54 53     28 27     19 18     10  9 8  7  6  5  4  3  2  1  0
//   +--+------+---------+---------+---------+---------+-----+--+--+--+--+--+--+--+--+
//   | N| PBMT | reserved| PPN[2]  | PPN[1]  | PPN[0]  | RSW | D| A| G| U| X| W| R| V|
//   +--+------+---------+---------+---------+---------+-----+--+--+--+--+--+--+--+--+

import {
    DATA_PRIVILEGE,
    EXIT,
    EXIT_REDISPATCH,
    L0_SUPERPAGES,
    MENVCFG,
    MSTATUS,
    PRIVILEGE_M,
    PRIVILEGE_S,
    PRIVILEGE_U,
    SATP,
} from "../state/hart-layout";
import { MODELLED } from "../state/machine-layout";
import { TIMING } from "../state/timing-layout";
import { ACCESS_FETCH, ACCESS_READ, ACCESS_WRITE } from "./access";
import { walked } from "./accounts";
import {
    CAUSE_INSTRUCTION_ACCESS_FAULT,
    CAUSE_INSTRUCTION_PAGE_FAULT,
    CAUSE_LOAD_ACCESS_FAULT,
    CAUSE_LOAD_PAGE_FAULT,
    CAUSE_STORE_ACCESS_FAULT,
    CAUSE_STORE_PAGE_FAULT,
} from "./cause";
import { noteStore } from "./code";
import { MENVCFG_ADUE, MENVCFG_PBMTE } from "./csr/masks";
import { MSTATUS_MXR, MSTATUS_SUM } from "./csr/mstatus";
import { hostOf, ramFrame } from "./frames";
import { pmpAllows } from "./pmp";
import {
    PPN_MASK,
    PTE_A,
    PTE_D,
    PTE_N,
    PTE_PBMT,
    PTE_PPN_SHIFT,
    PTE_R,
    PTE_RESERVED,
    PTE_U,
    PTE_V,
    PTE_W,
    PTE_X,
    SATP_MODE_SHIFT,
    SATP_PPN,
} from "./pte";
import { SLOT_MARK, touchEntry } from "./timing/access";
import { tlbFill, tlbHolds } from "./timing/tlb";
import { LEVELS, Translation } from "./translation";

/** In place of a cause: the hart has given way before the instruction, which is executed anew later (docs/spec/timing.md 2.1). */
export const CAUSE_YIELD: u64 = 0xffffffffffffffff;

const PTE_BYTES: u32 = 8;

/** The records of the last access (translate) and of the last look (lookAt). */
const translation = changetype<Translation>(memory.data(offsetof<Translation>(), 8));
const look = changetype<Translation>(memory.data(offsetof<Translation>(), 8));

export function accessFault(access: u32): u64 {
    return access == ACCESS_FETCH
        ? CAUSE_INSTRUCTION_ACCESS_FAULT
        : access == ACCESS_WRITE
          ? CAUSE_STORE_ACCESS_FAULT
          : CAUSE_LOAD_ACCESS_FAULT;
}

function pageFault(access: u32): u64 {
    return access == ACCESS_FETCH
        ? CAUSE_INSTRUCTION_PAGE_FAULT
        : access == ACCESS_WRITE
          ? CAUSE_STORE_PAGE_FAULT
          : CAUSE_LOAD_PAGE_FAULT;
}

/**
 * Translates vaddr for an access by `privilege`. The record is valid until the next call. `slots` are those of the page
 * (emu/core/timing/access.ts).
 */
export function translate(h: usize, vaddr: u64, access: u32, privilege: i32, regime: i32, slots: u32): Translation {
    if (isBare(h, privilege)) {
        translation.begin(vaddr, 0);
        return translation;
    }
    const known = load<u32>(MODELLED) != 0 && tlbHolds(h, vaddr, access == ACCESS_FETCH, access == ACCESS_WRITE);
    walk(translation, h, vaddr, access, privilege);
    // A fault is raised only after a fresh walk, whatever the TLB holds.
    const isWalked = load<u32>(MODELLED) != 0 && (!known || translation.cause != 0);
    if (isWalked && load<u32>(TIMING) && !timeWalk(translation, h, vaddr, access, slots)) {
        translation.cause = CAUSE_YIELD;
        return translation;
    }
    if (!translation.cause) markUsed(translation, h, vaddr, access);
    if (isWalked) {
        noteWalk(translation, h);
        if (!translation.cause) tlbFill(h, vaddr, access == ACCESS_FETCH, translation.isDirty);
    }
    if (translation.isSuperpage) store<u32>(h, load<u32>(h, L0_SUPERPAGES) | (1 << regime), L0_SUPERPAGES);
    return translation;
}

/** Translates vaddr as `translate` does, but is no access: it changes nothing, and leaves the record of `translate` as it is. */
export function lookAt(h: usize, vaddr: u64, access: u32, privilege: i32): Translation {
    if (isBare(h, privilege)) look.begin(vaddr, 0);
    else walk(look, h, vaddr, access, privilege);
    return look;
}

function isBare(h: usize, privilege: i32): bool {
    return privilege == PRIVILEGE_M || load<u64>(h, SATP) >> SATP_MODE_SHIFT == 0;
}

/** Makes the lines of all entries ready that the walk reads and marks. Returns false when the hart has given way. */
function timeWalk(result: Translation, h: usize, vaddr: u64, access: u32, slots: u32): bool {
    for (let level = LEVELS - 1; level >= result.level; level--) {
        const slot = slots + <u32>(LEVELS - 1 - level);
        if (!touchEntry(h, slot, result.tableOf(level), <u32>offsetOf(vaddr, level))) return false;
    }
    if (result.cause || !lacksMarks(result, access)) return true;
    return touchEntry(h, slots + SLOT_MARK, result.tableOf(result.level), <u32>offsetOf(vaddr, result.level));
}

/** Counts each entry that the walk read as an access. The update of A and D is none. */
function noteWalk(result: Translation, h: usize): void {
    for (let level = LEVELS - 1; level >= result.level; level--) walked(h, result.tableOf(level));
}

/** Walks the page table, which it does not change. PMP checks what is read, and what would be written, as accesses of S (3.7.1). */
function walk(result: Translation, h: usize, vaddr: u64, access: u32, privilege: i32): void {
    result.begin(0, pageFault(access));
    if (<u64>(((<i64>vaddr) << 25) >> 25) != vaddr) return;
    let table = load<u64>(h, SATP) & SATP_PPN;
    for (let level = LEVELS - 1; level >= 0; level--) {
        const frame = ramFrame(table);
        if (frame < 0) {
            result.cause = accessFault(access);
            return;
        }
        const at = (table << 12) + offsetOf(vaddr, level);
        if (!pmpAllows(h, at, PTE_BYTES, ACCESS_READ, PRIVILEGE_S)) {
            result.cause = accessFault(access);
            return;
        }
        const pte = load<u64>(hostOf(frame) + offsetOf(vaddr, level));
        result.read(level, frame);
        if (!(pte & PTE_V) || (pte & (PTE_R | PTE_W)) == PTE_W || pte & (PTE_RESERVED | PTE_N)) return;
        if (pte & PTE_PBMT && (!hasTypes(h) || (pte & PTE_PBMT) == PTE_PBMT)) return;
        const ppn = (pte >> PTE_PPN_SHIFT) & PPN_MASK;
        if (!(pte & (PTE_R | PTE_X))) {
            if (pte & (PTE_A | PTE_D | PTE_U | PTE_PBMT)) return;
            table = ppn;
            continue;
        }
        const low = ((<u64>1) << shiftOf(level)) - 1;
        if ((ppn << 12) & low || !permits(h, pte, access, privilege)) return;
        if ((pte & marksOf(access)) != marksOf(access)) {
            if (!(load<u64>(h, MENVCFG) & MENVCFG_ADUE)) return;
            if (!pmpAllows(h, at, PTE_BYTES, ACCESS_WRITE, PRIVILEGE_S)) {
                result.cause = accessFault(access);
                return;
            }
        }
        result.cause = 0;
        result.leaf = pte;
        result.paddr = (ppn << 12) | (vaddr & low);
        return;
    }
}

/** Returns the number of the lowest bit of vaddr that selects an entry at that level. */
function shiftOf(level: i32): u64 {
    return <u64>(12 + 9 * level);
}

/** Returns the offset of vaddr's entry in its table of that level. */
function offsetOf(vaddr: u64, level: i32): usize {
    return (<usize>((vaddr >> shiftOf(level)) & 511)) << 3;
}

function hasTypes(h: usize): bool {
    return (load<u64>(h, MENVCFG) & MENVCFG_PBMTE) != 0;
}

/**
 * Returns whether LR, SC and AMOs may access the page, if translation allows `access` to it. L0 and the TLB model know no types, so a walk
 * tells them, which is no access. It is made only where there can be types.
 */
export function hasAtomics(h: usize, vaddr: u64, access: u32): bool {
    if (!hasTypes(h)) return true;
    return !lookAt(h, vaddr, access, load<i32>(h, DATA_PRIVILEGE)).isTyped;
}

/** Carries out steps 5 and 6 of the algorithm in 12.3.2. */
function permits(h: usize, pte: u64, access: u32, privilege: i32): bool {
    const status = load<u64>(h, MSTATUS);
    if (privilege == PRIVILEGE_U && !(pte & PTE_U)) return false;
    if (privilege == PRIVILEGE_S && pte & PTE_U && (access == ACCESS_FETCH || !(status & MSTATUS_SUM))) return false;
    if (access == ACCESS_FETCH) return (pte & PTE_X) != 0;
    if (access == ACCESS_WRITE) return (pte & PTE_W) != 0;
    return (pte & PTE_R) != 0 || (pte & PTE_X && status & MSTATUS_MXR) != 0;
}

/** Returns the bits that the access needs in the leaf entry. */
function marksOf(access: u32): u64 {
    return access == ACCESS_WRITE ? PTE_A | PTE_D : PTE_A;
}

function lacksMarks(result: Translation, access: u32): bool {
    return (result.leaf & marksOf(access)) != marksOf(access);
}

/** Sets A, and D for a write, in the leaf entry that the walk has found. */
function markUsed(result: Translation, h: usize, vaddr: u64, access: u32): void {
    if (!lacksMarks(result, access)) return;
    result.leaf |= marksOf(access);
    const frame = result.tableOf(result.level);
    const offset = offsetOf(vaddr, result.level);
    store<u64>(hostOf(frame) + offset, result.leaf);
    if (noteStore(frame, <u32>offset, 8)) store<u32>(h, load<u32>(h, EXIT) | EXIT_REDISPATCH, EXIT);
}
