// Clocks and counters of a hart (docs/spec/turns.md 1.3). They may be read while the hart is inside an instruction: engines have stored a
// BUDGET that already counts the instruction in progress.
import {
    BUDGET,
    INSTRET_BIAS,
    MENVCFG,
    MIE,
    MIP_LINES,
    MIP_SOFTWARE,
    MTIMECMP,
    RAISED,
    STIMECMP,
    TARGET,
} from "../state/hart-layout";
import { DIVIDER, MTIME_OFFSET } from "../state/machine-layout";
import { MIP_MTIP, MIP_STIP } from "./cause";
import { MENVCFG_STCE } from "./csr/masks";

export const NEVER: u64 = 0xffffffffffffffff;

/** Returns the cycles of the hart so far. */
export function clockOf(h: usize): u64 {
    return load<u64>(h, TARGET) - <u64>(<i64>load<i32>(h, BUDGET));
}

export function retiredBy(h: usize): u64 {
    return load<u64>(h, INSTRET_BIAS) - <u64>(<i64>load<i32>(h, BUDGET));
}

/**
 * Returns the number of executed instructions, which limits and extensions count. It includes instructions that trapped and so were not
 * retired.
 */
export function executedBy(h: usize): u64 {
    return retiredBy(h) + load<u64>(h, RAISED);
}

/** Moves the point from which the budget is measured. Clock and instruction count stay. */
export function grant(h: usize, cycles: i32): void {
    store<i32>(h, load<i32>(h, BUDGET) + cycles, BUDGET);
    store<u64>(h, load<u64>(h, TARGET) + <u64>(<i64>cycles), TARGET);
    store<u64>(h, load<u64>(h, INSTRET_BIAS) + <u64>(<i64>cycles), INSTRET_BIAS);
}

/** Adds cycles to the clock in which the hart retires nothing. */
export function stall(h: usize, cycles: u32): void {
    store<i32>(h, load<i32>(h, BUDGET) - <i32>cycles, BUDGET);
    store<u64>(h, load<u64>(h, INSTRET_BIAS) - <u64>cycles, INSTRET_BIAS);
}

/** Returns mtime as this hart sees it. */
export function timeOf(h: usize): u64 {
    return clockOf(h) / <u64>load<u32>(DIVIDER) + load<u64>(MTIME_OFFSET);
}

/** Returns the first clock at which mtime reaches `time`, or NEVER. */
export function clockAt(time: u64): u64 {
    if (time == NEVER) return NEVER;
    const ticks = time - load<u64>(MTIME_OFFSET);
    if (<i64>ticks <= 0) return 0;
    if (ticks >> 48) return NEVER;
    return ticks * <u64>load<u32>(DIVIDER);
}

/** Returns the pending interrupts, timers included, as of the hart's clock. */
export function pendingOf(h: usize): u64 {
    let pending = load<u64>(h, MIP_LINES) | load<u64>(h, MIP_SOFTWARE);
    const time = timeOf(h);
    if (time >= load<u64>(h, MTIMECMP)) pending |= MIP_MTIP;
    if (load<u64>(h, MENVCFG) & MENVCFG_STCE) {
        pending &= ~MIP_STIP;
        if (time >= load<u64>(h, STIMECMP)) pending |= MIP_STIP;
    }
    return pending;
}

/** Returns the clock of the first timer event that would end the hart's WFI, or NEVER. */
export function eventOf(h: usize): u64 {
    const enabled = load<u64>(h, MIE);
    let event = NEVER;
    if (enabled & MIP_MTIP) event = clockAt(load<u64>(h, MTIMECMP));
    if (enabled & MIP_STIP && load<u64>(h, MENVCFG) & MENVCFG_STCE) {
        const supervisor = clockAt(load<u64>(h, STIMECMP));
        if (supervisor < event) event = supervisor;
    }
    return event;
}
