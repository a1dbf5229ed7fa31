// Physical memory protection (RISC-V privileged ISA, 3.7): 16 entries, or none. The grain is 4 bytes. PMP_CHECKS says whose accesses have
// to be checked at all; L0 has no entry of a page of which an entry covers a part, so that it need not check again.
//
//     7   6 5   4 3   2   1   0
//   +---+-----+-----+---+---+---+
//   | L |  0  |  A  | X | W | R |   pmpcfg, a byte an entry
//   +---+-----+-----+---+---+---+

import {
    L0_READY,
    PMP_CHECKS,
    PMP_CHECKS_M,
    PMP_CHECKS_S,
    PMPADDR0,
    PMPCFG0,
    PMPCFG2,
    PRIVILEGE_M,
} from "../state/hart-layout";
import { PMP_ENTRIES } from "../state/machine-layout";
import { ACCESS_FETCH, ACCESS_WRITE } from "./access";
import { PMP_NAPOT, PMP_TOR, PMPCFG_A, PMPCFG_A_SHIFT, PMPCFG_L, PMPCFG_R, PMPCFG_W, PMPCFG_X } from "./csr/masks";

const RWX: u32 = <u32>(PMPCFG_R | PMPCFG_W | PMPCFG_X);
const LOCKED: u32 = <u32>PMPCFG_L;
/** Bits 5 and 6 are 0. */
const CFG_WRITABLE: u32 = RWX | LOCKED | <u32>PMPCFG_A;
const OFF: u64 = 0;
const CFGS_OF_CSR: u32 = 8;
/** pmpaddr holds bits 55:2 of an address. */
const GRAIN_SHIFT: u64 = 2;
const PAGE_MASK: u64 = 4095;
/** All memory and devices lie below, and what lies above answers to nobody. */
const END_OF_MEMORY: u64 = (<u64>1) << 40;

const NO_ENTRY: i32 = -1;
/** An entry has some of the bytes, and not all. */
const IN_PART: i32 = -2;

/** The bounds of the entry that rangeOf was called for last. */
let low: u64 = 0;
let end: u64 = 0;

/** Returns whether an access by `privilege` of all these bytes, which lie in one page, is allowed. */
export function pmpAllows(h: usize, paddr: u64, width: u32, access: u32, privilege: i32): bool {
    if (!isChecked(h, privilege)) return true;
    const entry = match(h, paddr, paddr + <u64>width);
    if (entry == IN_PART) return false;
    if (entry == NO_ENTRY) return privilege == PRIVILEGE_M;
    const cfg = cfgOf(h, <u32>entry);
    if (privilege == PRIVILEGE_M && !(cfg & LOCKED)) return true;
    return (<u64>cfg & (access == ACCESS_FETCH ? PMPCFG_X : access == ACCESS_WRITE ? PMPCFG_W : PMPCFG_R)) != 0;
}

/** Returns whether all of the page of paddr is allowed what a part of it is. */
export function pmpIsWhole(h: usize, paddr: u64, privilege: i32): bool {
    if (!isChecked(h, privilege)) return true;
    const page = paddr & ~PAGE_MASK;
    return match(h, page, page + PAGE_MASK + 1) != IN_PART;
}

function isChecked(h: usize, privilege: i32): bool {
    return (load<u32>(h, PMP_CHECKS) & (privilege == PRIVILEGE_M ? PMP_CHECKS_M : PMP_CHECKS_S)) != 0;
}

/** Returns the first entry that has any of the bytes, IN_PART when it has not all of them, or NO_ENTRY. */
function match(h: usize, first: u64, last: u64): i32 {
    for (let entry: u32 = 0; entry < load<u32>(PMP_ENTRIES); entry++) {
        if (!rangeOf(h, entry) || end <= first || low >= last) continue;
        return low <= first && last <= end ? <i32>entry : IN_PART;
    }
    return NO_ENTRY;
}

/** Sets `low` and `end`. Returns false for an entry that is off or empty. */
function rangeOf(h: usize, entry: u32): bool {
    const mode = modeOf(cfgOf(h, entry));
    if (mode == OFF) return false;
    const address = load<u64>(addressSlot(h, entry));
    if (mode == PMP_TOR) {
        low = entry ? load<u64>(addressSlot(h, entry - 1)) << GRAIN_SHIFT : 0;
        end = address << GRAIN_SHIFT;
        return low < end;
    }
    // Of NAPOT the ones at the low end, and the 0 above them, say how large it is; NA4 has the grain.
    const ones: u64 = mode == PMP_NAPOT ? address ^ (address + 1) : 0;
    low = (address & ~ones) << GRAIN_SHIFT;
    end = low + ((ones + 1) << GRAIN_SHIFT);
    return true;
}

function modeOf(cfg: u32): u64 {
    return (<u64>cfg & PMPCFG_A) >> PMPCFG_A_SHIFT;
}

function cfgOf(h: usize, entry: u32): u32 {
    return <u32>load<u8>(cfgSlot(h, entry));
}

/** The byte of the entry: 8 entries a CSR, the first in bits 7:0. */
function cfgSlot(h: usize, entry: u32): usize {
    return entry < CFGS_OF_CSR ? h + PMPCFG0 + <usize>entry : h + PMPCFG2 + <usize>(entry - CFGS_OF_CSR);
}

function addressSlot(h: usize, entry: u32): usize {
    return h + PMPADDR0 + ((<usize>entry) << 3);
}

/** Writes the 8 entries from `first` on, but for locked ones. R = 0 with W = 1 is reserved, so W is not set without R. */
export function writePmpCfgs(h: usize, first: u32, value: u64): void {
    for (let i: u32 = 0; i < CFGS_OF_CSR; i++) {
        const slot = cfgSlot(h, first + i);
        if (<u32>load<u8>(slot) & LOCKED) continue;
        let cfg = <u32>(value >> (i << 3)) & CFG_WRITABLE;
        if (!(<u64>cfg & PMPCFG_R)) cfg &= ~(<u32>PMPCFG_W);
        store<u8>(slot, <u8>cfg);
    }
    pmpChanged(h);
}

/** A locked entry keeps its address, and one that is a range keeps the address before it, too. */
export function writePmpAddress(h: usize, entry: u32, value: u64): void {
    if (cfgOf(h, entry) & LOCKED) return;
    if (entry + 1 < load<u32>(PMP_ENTRIES)) {
        const next = cfgOf(h, entry + 1);
        if (next & LOCKED && modeOf(next) == PMP_TOR) return;
    }
    store<u64>(addressSlot(h, entry), value);
    pmpChanged(h);
}

/** Finds out whose accesses have to be checked. What L0 holds was allowed before, so it is emptied. */
export function pmpChanged(h: usize): void {
    store<u32>(h, checksOf(h), PMP_CHECKS);
    store<u32>(h, 0, L0_READY);
}

/**
 * S and U are checked unless the first entry opens everything. M is where an entry is locked, or ends within a page, so that an access can
 * lie in a part of it.
 */
function checksOf(h: usize): u32 {
    if (!load<u32>(PMP_ENTRIES)) return 0;
    let checks: u32 = PMP_CHECKS_S;
    for (let entry: u32 = 0, active = 0; entry < load<u32>(PMP_ENTRIES); entry++) {
        if (!rangeOf(h, entry)) continue;
        const cfg = cfgOf(h, entry);
        const isAll = low == 0 && end >= END_OF_MEMORY;
        if (isAll && active == 0 && (cfg & RWX) == RWX) return 0;
        if (cfg & LOCKED || (!isAll && (low | end) & PAGE_MASK)) checks |= PMP_CHECKS_M;
        if (isAll) return checks;
        active++;
    }
    return checks;
}
