// The end of an instance that found itself broken is one record, then silence. The host prints the backtrace and stops.

import { FINISHER_BASE } from "./abi/memory-map";
import { pause, remote_store32, stack_pointer } from "./hal/hal";
import { xptr_local } from "./hal/platform";
import { tell_panic } from "./probe";

/** The sifive_test code for a failure with exit code 8. */
const FINISHER_FAIL: u32 = (8 << 16) | 0x3333;

/** `message` is a C string in KDATA. Never returns. */
export function panic(message: usize): void {
    report(message, 0, stack_pointer(), 0, 0, 0, 0);
}

/** Reports a trap with the registers of the trap, not those of this function. Never returns. */
export function panic_at(message: usize, pc: u64, sp: u64, ra: u64, scause: u64, stval: u64): void {
    report(message, pc, sp, ra, scause, stval, 1);
}

function report(message: usize, pc: u64, sp: u64, ra: u64, scause: u64, stval: u64, trapped: u32): void {
    tell_panic(xptr_local(message), pc, sp, ra, scause, stval, trapped);
    remote_store32(FINISHER_BASE, FINISHER_FAIL);
    while (true) pause();
}

export function assert_kernel(condition: bool, message: usize): void {
    if (!condition) panic(message);
}
