// The host (machine.ts, devices, tools) calls these functions to access a hart from outside an instruction.
import {
    BUDGET,
    F,
    FCSR,
    L0_READY,
    L0_SUPERPAGES,
    MENVCFG,
    MTIMECMP,
    PC,
    PRIVILEGE,
    PRIVILEGE_M,
    RESERVATION,
    STIMECMP,
    X,
} from "../state/hart-layout";
import { ALARM, DIVIDER, HART_COUNT, MTIME_OFFSET, NEXT_EVENT, UPDATES_MARKS } from "../state/machine-layout";
import { TIMING } from "../state/timing-layout";
import { noteStore } from "./code";
import { MENVCFG_ADUE } from "./csr/masks";
import { readCsr, unknownCsr } from "./csr/read";
import { writeCsr } from "./csr/write";
import { floatStateChanged } from "./float/state";
import { frameOf, hostOf } from "./frames";
import { hartAt } from "./harts";
import { selectRegimes } from "./l0";
import { pmpAllows, pmpChanged } from "./pmp";
import { lookAt } from "./sv39";
import { clockAt, clockOf, NEVER, timeOf } from "./time";
import { lineOf } from "./timing/lines";
import { dropLine } from "./timing/miss";
import { resetTriggers } from "./triggers";
import { wake } from "./turns";

const NO_ADDRESS: u64 = 0xffffffffffffffff;
const ACCESS_PHYSICAL: u32 = 3;
const X_BYTES: usize = 256;

/** Puts a hart into the state of reset: M mode, at `pc`, no timer armed, menvcfg.ADUE as the machine has it, triggers disabled, all else zero. */
export function reset_hart(h: usize, pc: u64): void {
    memory.fill(h + X, 0, X_BYTES);
    memory.fill(h + F, 0, X_BYTES);
    store<u32>(h, 0, FCSR);
    floatStateChanged(h);
    store<u64>(h, pc, PC);
    store<u32>(h, PRIVILEGE_M, PRIVILEGE);
    store<u64>(h, NEVER, MTIMECMP);
    store<u64>(h, NEVER, STIMECMP);
    store<u64>(h, load<u32>(UPDATES_MARKS) ? MENVCFG_ADUE : 0, MENVCFG);
    pmpChanged(h);
    resetTriggers(h);
    selectRegimes(h);
}

export function hart_clock(h: usize): u64 {
    return clockOf(h);
}

/** Returns the value of a CSR without the access rules, or 0 for one that does not exist. */
export function read_csr(h: usize, number: u32): u64 {
    // readCsr leaves out an instruction in progress, and there is none.
    store<i32>(h, load<i32>(h, BUDGET) - 1, BUDGET);
    const value = readCsr(h, number);
    store<i32>(h, load<i32>(h, BUDGET) + 1, BUDGET);
    return unknownCsr ? 0 : value;
}

export function hart_set_csr(h: usize, number: u32, value: u64): void {
    writeCsr(h, number, value);
    selectRegimes(h);
}

export function time_now(h: usize): u64 {
    return timeOf(h);
}

/** Sets mtime for all harts, as of this hart's clock. */
export function set_time(h: usize, time: u64): void {
    store<u64>(MTIME_OFFSET, time - clockOf(h) / <u64>load<u32>(DIVIDER));
    store<u64>(NEXT_EVENT, clockAt(load<u64>(ALARM)));
    const count = load<u32>(HART_COUNT);
    for (let i: u32 = 0; i < count; i++) wake(i);
}

/** The host hears when mtime comes to `time`, in the first round that begins then or later; NEVER: not. Not with fidelity "timing". */
export function set_alarm(time: u64): void {
    store<u64>(ALARM, time);
    const clock = clockAt(time);
    if (clock < load<u64>(NEXT_EVENT)) store<u64>(NEXT_EVENT, clock);
}

export function set_time_compare(index: u32, time: u64): void {
    store<u64>(hartAt(index), time, MTIMECMP);
    wake(index);
}

/**
 * Returns the host address that the hart would access at vaddr, or -1 when it is no memory. `access` is 0 (read), 1 (write), 2 (fetch),
 * with the hart's present privilege, or 3 (physical). Changes nothing.
 */
export function translate_for_host(h: usize, vaddr: u64, access: u32): u64 {
    if (access == ACCESS_PHYSICAL) return hostAddressOf(h, vaddr, false);
    const privilege = load<i32>(h, PRIVILEGE);
    const found = lookAt(h, vaddr, access, privilege);
    if (found.cause || !pmpAllows(h, found.paddr, 1, access, privilege)) return NO_ADDRESS;
    return hostAddressOf(h, found.paddr, found.isPaged);
}

function hostAddressOf(h: usize, paddr: u64, translated: bool): u64 {
    const frame = frameOf(h, paddr, translated);
    return frame < 0 ? NO_ADDRESS : <u64>(hostOf(frame) + (<usize>paddr & 4095));
}

/** The host has put the hart into another state, and memory with it. Nothing of what it had looked up holds any more. */
export function hart_restored(h: usize): void {
    store<u32>(h, 0, L0_READY);
    store<u32>(h, 0, L0_SUPERPAGES);
    store<u32>(h, 0, RESERVATION);
    selectRegimes(h);
}

/** Notes that the host has written to RAM inside one page. */
export function host_stored(frame: u32, offset: u32, width: u32): void {
    if (load<u32>(TIMING)) {
        const last = lineOf(<i32>frame, offset + width - 1);
        for (let line = lineOf(<i32>frame, offset); line <= last; line++) dropLine(line);
    }
    noteStore(<i32>frame, offset, width);
}
