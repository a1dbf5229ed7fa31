// Address translation: bare and Sv39 with hardware update of A and D (RISC-V privileged ISA, 12.3.2 and 12.4), and with Svpbmt once
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
import { MENVCFG_PBMTE } from "./csr/masks";
import { MSTATUS_MXR, MSTATUS_SUM } from "./csr/mstatus";
import { hostOf, ramFrame } from "./frames";
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
import { tlbFill, tlbHolds } from "./timing/tlb";

const LEVELS: i32 = 3;

export const ACCESS_READ: u32 = 0;
export const ACCESS_WRITE: u32 = 1;
export const ACCESS_FETCH: u32 = 2;

/** The cause of the last failed translation; 0 when it succeeded. (Cause 0 does not occur: IALIGN is 16.) */
export let faultCause: u64 = 0;
/** Tell whether the last successful translation was a walk, and whether by a superpage. */
export let translated: bool = false;
let superpage: bool = false;
/** Tells whether the page of the last successful walk is of type NC or IO. */
let typed: bool = false;
/** The tables that the last walk read: their frames, their number, and whether the leaf has D. */
let firstTable: i32 = 0;
let secondTable: i32 = 0;
let thirdTable: i32 = 0;
let tablesRead: i32 = 0;
let dirty: bool = false;

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

/** Returns the physical address of vaddr for an access by `privilege`. Sets faultCause. */
export function translate(h: usize, vaddr: u64, access: u32, privilege: i32, regime: i32): u64 {
    faultCause = 0;
    if (privilege == PRIVILEGE_M || load<u64>(h, SATP) >> SATP_MODE_SHIFT == 0) {
        translated = false;
        return vaddr;
    }
    translated = true;
    const known = load<u32>(MODELLED) != 0 && tlbHolds(h, vaddr, access == ACCESS_FETCH, access == ACCESS_WRITE);
    const paddr = walk(h, vaddr, access, privilege, true);
    // A fault is raised only after a fresh walk, whatever the TLB holds.
    if (load<u32>(MODELLED) && (!known || faultCause != 0)) {
        noteWalk(h);
        if (!faultCause) tlbFill(h, vaddr, access == ACCESS_FETCH, dirty);
    }
    if (!faultCause && superpage) store<u32>(h, load<u32>(h, L0_SUPERPAGES) | (1 << regime), L0_SUPERPAGES);
    return paddr;
}

/** Counts each entry that the walk read as an access. The update of A and D is none. */
function noteWalk(h: usize): void {
    if (tablesRead > 0) walked(h, firstTable);
    if (tablesRead > 1) walked(h, secondTable);
    if (tablesRead > 2) walked(h, thirdTable);
}

function noteTable(frame: i32): void {
    if (tablesRead == 0) firstTable = frame;
    else if (tablesRead == 1) secondTable = frame;
    else thirdTable = frame;
    tablesRead++;
}

/** Walks the page table. With `update` clear, for host tools, the walk changes nothing. */
export function walk(h: usize, vaddr: u64, access: u32, privilege: i32, update: bool): u64 {
    faultCause = pageFault(access);
    superpage = false;
    tablesRead = 0;
    if (<u64>(((<i64>vaddr) << 25) >> 25) != vaddr) return 0;
    let table = load<u64>(h, SATP) & SATP_PPN;
    for (let level = LEVELS - 1; level >= 0; level--) {
        const shift = <u64>(12 + 9 * level);
        const frame = ramFrame(table);
        if (frame < 0) {
            faultCause = accessFault(access);
            return 0;
        }
        const offset = (<usize>((vaddr >> shift) & 511)) << 3;
        const slot = hostOf(frame) + offset;
        const pte = load<u64>(slot);
        noteTable(frame);
        if (!(pte & PTE_V) || (pte & (PTE_R | PTE_W)) == PTE_W || pte & (PTE_RESERVED | PTE_N)) return 0;
        if (pte & PTE_PBMT && (!hasTypes(h) || (pte & PTE_PBMT) == PTE_PBMT)) return 0;
        const ppn = (pte >> PTE_PPN_SHIFT) & PPN_MASK;
        if (!(pte & (PTE_R | PTE_X))) {
            if (pte & (PTE_A | PTE_D | PTE_U | PTE_PBMT)) return 0;
            table = ppn;
            continue;
        }
        const low = ((<u64>1) << shift) - 1;
        if ((ppn << 12) & low || !permits(h, pte, access, privilege)) return 0;
        if (update) markUsed(h, frame, offset, pte, access);
        faultCause = 0;
        superpage = level > 0;
        typed = (pte & PTE_PBMT) != 0;
        dirty = access == ACCESS_WRITE || (pte & PTE_D) != 0;
        return (ppn << 12) | (vaddr & low);
    }
    return 0;
}

function hasTypes(h: usize): bool {
    return (load<u64>(h, MENVCFG) & MENVCFG_PBMTE) != 0;
}

/**
 * Returns whether LR, SC and AMOs may access the page, if translation allows `access` to it. L0 and the TLB model know no types, so a walk
 * tells them, which is no access. It is made only where there can be types.
 */
export function hasAtomics(h: usize, vaddr: u64, access: u32): bool {
    if (!hasTypes(h) || load<u64>(h, SATP) >> SATP_MODE_SHIFT == 0) return true;
    const privilege = load<i32>(h, DATA_PRIVILEGE);
    if (privilege == PRIVILEGE_M) return true;
    walk(h, vaddr, access, privilege, false);
    return faultCause != 0 || !typed;
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

function markUsed(h: usize, frame: i32, offset: usize, pte: u64, access: u32): void {
    const wanted = access == ACCESS_WRITE ? PTE_A | PTE_D : PTE_A;
    if ((pte & wanted) == wanted) return;
    store<u64>(hostOf(frame) + offset, pte | wanted);
    if (noteStore(frame, <u32>offset, 8)) store<u32>(h, load<u32>(h, EXIT) | EXIT_REDISPATCH, EXIT);
}
