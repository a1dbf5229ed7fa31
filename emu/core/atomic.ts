// LR, SC and AMOs (RISC-V unprivileged ISA, chapter 14). They are exact because no other hart runs within a turn, and because a reservation
// dies at every turn end, trap and xRET (docs/spec/turns.md, section 4).
import { CELL_AMO } from "../state/accounting-layout";
import {
    RESERVATION,
    RESERVATION_LOST,
    RESERVED_AT,
    STORE_COUNT,
    TRIGGER_LOAD,
    TRIGGER_STORE,
} from "../state/hart-layout";
import { ACCESS_READ, ACCESS_WRITE } from "./access";
import { accessed } from "./accounts";
import { CAUSE_LOAD_MISALIGNED, CAUSE_STORE_MISALIGNED } from "./cause";
import { decodedOf } from "./code";
import { noted } from "./conflicts";
import { frameAt } from "./frames";
import { atomicHost, stored } from "./memory";
import { orderAtomic } from "./store-buffer";
import { wordAtPc } from "./system";
import { retiredBy } from "./time";
import { raise } from "./trap";
import { triggered } from "./triggers";

export const AMO_SWAP: u32 = 0;
export const AMO_ADD: u32 = 1;
export const AMO_XOR: u32 = 2;
export const AMO_AND: u32 = 3;
export const AMO_OR: u32 = 4;
export const AMO_MIN: u32 = 5;
export const AMO_MAX: u32 = 6;
export const AMO_MINU: u32 = 7;
export const AMO_MAXU: u32 = 8;

/** The bit rl of the instruction. Of aq there is nothing to do: what comes later is later. */
const RELEASES: u32 = 1 << 25;

function read(host: usize, width: u32): u64 {
    return width == 8 ? load<u64>(host) : <u64>(<i64>load<i32>(host));
}

function write(h: usize, host: usize, width: u32, value: u64): void {
    if (width == 8) store<u64>(host, value);
    else store<u32>(host, <u32>value);
    const frame = frameAt(host);
    if (decodedOf(frame)) stored(h, frame, <u32>host & 4095, width);
}

/** Lets the stores of the hart's buffer drain that have to be in memory before the atomic. */
function ordered(h: usize, host: usize, width: u32, writes: bool): void {
    if (load<u32>(h, STORE_COUNT)) orderAtomic(h, host, width, writes, (wordAtPc(h) & RELEASES) != 0);
}

/** Engines call this function. */
export function load_reserved(h: usize, vaddr: u64, width: u32): u64 {
    if (triggered(h, vaddr, width, TRIGGER_LOAD)) return 0;
    if (<u32>vaddr & (width - 1)) {
        raise(h, CAUSE_LOAD_MISALIGNED, vaddr);
        return 0;
    }
    const host = atomicHost(h, vaddr, ACCESS_READ, width);
    if (!host) return 0;
    ordered(h, host, width, false);
    accessed(h, frameAt(host), CELL_AMO);
    noted(h, host, false);
    store<u32>(h, <u32>host, RESERVATION);
    store<u64>(h, retiredBy(h), RESERVED_AT);
    return read(host, width);
}

/** Returns 0 for success, 1 for failure. Engines call this function. */
export function store_conditional(h: usize, vaddr: u64, width: u32, value: u64): u64 {
    if (triggered(h, vaddr, width, TRIGGER_STORE)) return 0;
    if (<u32>vaddr & (width - 1)) {
        raise(h, CAUSE_STORE_MISALIGNED, vaddr);
        return 0;
    }
    const host = atomicHost(h, vaddr, ACCESS_WRITE, width);
    if (!host) return 0;
    ordered(h, host, width, true);
    accessed(h, frameAt(host), CELL_AMO);
    const reserved = <usize>load<u32>(h, RESERVATION);
    store<u32>(h, 0, RESERVATION);
    if (reserved != host) return 1;
    store<u32>(h, 0, RESERVATION_LOST);
    noted(h, host, true);
    write(h, host, width, value);
    return 0;
}

/** Returns the old value. Engines call this function. */
export function amo(h: usize, vaddr: u64, width: u32, operation: u32, operand: u64): u64 {
    if (triggered(h, vaddr, width, TRIGGER_LOAD | TRIGGER_STORE)) return 0;
    if (<u32>vaddr & (width - 1)) {
        raise(h, CAUSE_STORE_MISALIGNED, vaddr);
        return 0;
    }
    const host = atomicHost(h, vaddr, ACCESS_WRITE, width);
    if (!host) return 0;
    ordered(h, host, width, true);
    accessed(h, frameAt(host), CELL_AMO);
    noted(h, host, true);
    const old = read(host, width);
    write(h, host, width, combine(operation, old, width == 8 ? operand : <u64>(<i64>(<i32>operand))));
    return old;
}

/** Sign-extended 32-bit operands compare right as unsigned numbers, too. */
function combine(operation: u32, old: u64, operand: u64): u64 {
    switch (operation) {
        case AMO_ADD:
            return old + operand;
        case AMO_XOR:
            return old ^ operand;
        case AMO_AND:
            return old & operand;
        case AMO_OR:
            return old | operand;
        case AMO_MIN:
            return <i64>old < <i64>operand ? old : operand;
        case AMO_MAX:
            return <i64>old > <i64>operand ? old : operand;
        case AMO_MINU:
            return old < operand ? old : operand;
        case AMO_MAXU:
            return old > operand ? old : operand;
        default:
            return operand;
    }
}
