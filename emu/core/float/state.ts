// fcsr and mstatus.FS (RISC-V unprivileged ISA, 20.2; privileged ISA, 3.1.6.6): their changes, and whether float instructions must ask
// before they run.
import { FCSR, FLOAT_ASKS, MSTATUS } from "../../state/hart-layout";
import { FCSR_WRITABLE } from "../csr/masks";
import { MSTATUS_FS } from "../csr/mstatus";

/** The flags of fflags. */
export const NX: u32 = 1;
export const UF: u32 = 2;
export const OF: u32 = 4;
export const DZ: u32 = 8;
export const NV: u32 = 16;
export const FCSR_FLAGS: u32 = 31;
export const FCSR_ROUNDING_SHIFT: u32 = 5;

/** The rounding modes. DYN takes the mode from frm. Modes above RMM are reserved. */
export const RNE: u32 = 0;
export const RTZ: u32 = 1;
export const RDN: u32 = 2;
export const RUP: u32 = 3;
export const RMM: u32 = 4;
export const DYN: u32 = 7;

/** Must be called after any change of mstatus.FS or fcsr. */
export function floatStateChanged(h: usize): void {
    const ready = (load<u64>(h, MSTATUS) & MSTATUS_FS) == MSTATUS_FS && roundingOf(h, DYN) <= RMM;
    store<u32>(h, ready ? 0 : 1, FLOAT_ASKS);
}

export function floatMakeDirty(h: usize): void {
    store<u64>(h, load<u64>(h, MSTATUS) | MSTATUS_FS, MSTATUS);
    floatStateChanged(h);
}

/** Writes fcsr for an instruction or for the host. */
export function writeFcsr(h: usize, value: u32): void {
    store<u32>(h, value & <u32>FCSR_WRITABLE, FCSR);
    floatMakeDirty(h);
}

/** Returns the rounding mode that an instruction with this rm field uses. */
export function roundingOf(h: usize, rm: u32): u32 {
    return rm == DYN ? load<u32>(h, FCSR) >> FCSR_ROUNDING_SHIFT : rm;
}

export function raiseFlags(h: usize, flags: u32): void {
    if (flags) store<u32>(h, load<u32>(h, FCSR) | flags, FCSR);
}
