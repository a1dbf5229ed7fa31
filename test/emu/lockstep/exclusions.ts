/** Where QEMU 7.2 is known to differ, by name, with the section of the privileged ISA that leaves it open or that QEMU does not follow. */

import { csrNumber } from "../../../emu/isa/csr.ts";

export interface Exclusion {
    readonly name: string;
    readonly section: string;
    /** Whether `bits` of the register or CSR called `name` may differ behind the instruction `word`. */
    allows(difference: { readonly name: string; readonly bits: bigint; readonly word: number }): boolean;
}

/** VSSIP, VSTIP, VSEIP, SGEIP and LCOFIP: bits of extensions that the machine was told to be without. */
const FOREIGN_INTERRUPTS = 0x3444n;
/** MTIP: the timer compares with another clock. */
const TIMER = 0x80n;
const COUNTERS = ["mcycle", "minstret", "cycle", "instret", "time"];
/** Loads and stores, of floats too, and the quadrants of the compressed ones. */
const ACCESSES = [0x03, 0x07, 0x23, 0x27, 0, 2];
const INTERRUPT_CSRS = ["mie", "sie", "mip", "sip", "mideleg"];
const OPCODE_SYSTEM = 0x73;

function reads(word: number, csrs: readonly string[]): boolean {
    const isCsr = (word & 0x7f) === OPCODE_SYSTEM && ((word >>> 12) & 3) !== 0;
    return isCsr && csrs.some((name) => csrNumber(name) === word >>> 20);
}

/** Of a compressed instruction its quadrant. */
function opcodeOf(word: number): number {
    return (word & 3) === 3 ? word & 0x7f : word & 3;
}

const within = (bits: bigint, mask: bigint) => (bits & ~mask) === 0n;
const isRegister = (name: string) => /^([astrgf]|zero|sp|tp|gp|ra)/.test(name) && !name.startsWith("sc");

export const EXCLUSIONS: readonly Exclusion[] = [
    {
        name: "bits of mie, mip and mideleg for interrupts that are not there",
        section: "3.1.9",
        allows: ({ name, bits, word }) =>
            within(bits, FOREIGN_INTERRUPTS) &&
            (INTERRUPT_CSRS.includes(name) || (isRegister(name) && reads(word, INTERRUPT_CSRS))),
    },
    {
        name: "the timer's bit of mip",
        section: "3.2.1",
        allows: ({ name, bits, word }) =>
            within(bits, TIMER | FOREIGN_INTERRUPTS) && isRegister(name) && reads(word, ["mip", "sip"]),
    },
    {
        name: "counters, which are another machine's",
        section: "3.1.10",
        allows: ({ name, word }) => isRegister(name) && reads(word, COUNTERS),
    },
    {
        name: "mtval of a misaligned access, which QEMU splits: the aligned address below the part that failed",
        section: "3.1.16",
        allows: ({ name, bits, word }) =>
            ["mtval", "stval"].includes(name) && within(bits, 7n) && ACCESSES.includes(opcodeOf(word)),
    },
];
