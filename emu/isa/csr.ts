/**
 * The control and status registers (RISC-V privileged ISA, 2.2): one row each, with the state behind it and the bits that software may write.
 * From the rows derive the numbers and masks of emu/core/csr/csr and kernel/abi/csr.ts, names in assembly, and what the state hash takes in.
 */

import { CAUSE, INTERRUPT } from "./cause.ts";
import { MENVCFG_FIELDS, MSTATUS_FIELDS, maskOf, SATP_FIELDS } from "./fields.ts";

const ALL = 0xffff_ffff_ffff_ffffn;

export interface CsrRow {
    readonly name: string;
    /** Bits 11:10 = 3: read-only; bits 9:8: lowest privilege that may access it. */
    readonly number: number;
    /**
     * Field of the hart's state that holds it (emu/state/hart-table.ts). Without one: a view of another CSR, or of a trigger, a constant, or
     * always 0.
     */
    readonly slot?: string;
    /** Shows another CSR, or a part of one, and has no state of its own. */
    readonly viewOf?: string;
    /** Bits that a write changes; those of a view where the view has them. Without: a write changes nothing. */
    readonly writable?: bigint;
    /** What else restricts a write, or follows from it. */
    readonly effect?: CsrEffect;
}

/**
 * regime: translation or interrupts depend on it; regimes are chosen anew and interrupts sampled at once (docs/spec/turns.md 5.1).
 * delegated: as regime, and only bits that mideleg delegates can be written. mode: as regime, and a mode that does not exist leaves the whole
 * register as it was (12.1.11). float: whether float instructions must ask is found out anew. counter: counts on from what is written.
 * inhibit: a counter that stops keeps its value, one that starts goes on from it (3.1.12). protection: what L0 may hold is found out anew; locked
 * entries of PMP keep what they have, and there is none without the machine's option pmpEntries (3.7).
 */
export type CsrEffect = "regime" | "delegated" | "mode" | "float" | "counter" | "inhibit" | "protection";

/** Bits of mip and mie. */
const bits = (...names: (keyof typeof INTERRUPT)[]): bigint =>
    names.reduce((sum, name) => sum | bit(INTERRUPT[name]), 0n);
const bit = (number: number): bigint => 1n << BigInt(number);

const SUPERVISOR_INTERRUPTS = bits("SUPERVISOR_SOFTWARE", "SUPERVISOR_TIMER", "SUPERVISOR_EXTERNAL");
const MACHINE_INTERRUPTS = bits("MACHINE_SOFTWARE", "MACHINE_TIMER", "MACHINE_EXTERNAL");
/** Exceptions that may be delegated: all but ecall from M. */
const DELEGABLE = Object.values(CAUSE).reduce((sum, cause) => sum | bit(cause), 0n) & ~bit(CAUSE.ECALL_FROM_M);
/** Cycle, time, instret, and the hpm counters, which count nothing and read 0. */
const COUNTERS = 0xffff_ffffn;
/** Cycle and instret. */
const INHIBITABLE = 5n;
/** Bit 1 of a trap vector, and bit 0 of a pc, are 0. */
const VECTOR = ALL & ~2n;
const ADDRESS = ALL & ~1n;
const SENVCFG = maskOf(MENVCFG_FIELDS, "FIOM", "CBZE");
const MENVCFG = maskOf(MENVCFG_FIELDS, "FIOM", "CBZE", "ADUE", "PBMTE", "STCE");
const SSTATUS = maskOf(MSTATUS_FIELDS, "SIE", "SPIE", "SPP", "FS", "SUM", "MXR");
const MSTATUS = SSTATUS | maskOf(MSTATUS_FIELDS, "MIE", "MPIE", "MPP", "MPRV", "TVM", "TW", "TSR");

const SINGLE: readonly CsrRow[] = [
    { name: "fflags", number: 0x001, viewOf: "fcsr", writable: 0x1fn, effect: "float" },
    { name: "frm", number: 0x002, viewOf: "fcsr", writable: 7n, effect: "float" },
    { name: "fcsr", number: 0x003, slot: "FCSR", writable: 0xffn, effect: "float" },
    { name: "cycle", number: 0xc00, viewOf: "mcycle" },
    { name: "time", number: 0xc01 },
    { name: "instret", number: 0xc02, viewOf: "minstret" },
    {
        name: "sstatus",
        number: 0x100,
        viewOf: "mstatus",
        writable: SSTATUS,
        effect: "regime",
    },
    { name: "sie", number: 0x104, viewOf: "mie", writable: SUPERVISOR_INTERRUPTS, effect: "delegated" },
    { name: "stvec", number: 0x105, slot: "STVEC", writable: VECTOR },
    { name: "scounteren", number: 0x106, slot: "SCOUNTEREN", writable: COUNTERS },
    { name: "senvcfg", number: 0x10a, slot: "SENVCFG", writable: SENVCFG },
    { name: "sscratch", number: 0x140, slot: "SSCRATCH", writable: ALL },
    { name: "sepc", number: 0x141, slot: "SEPC", writable: ADDRESS },
    { name: "scause", number: 0x142, slot: "SCAUSE", writable: ALL },
    { name: "stval", number: 0x143, slot: "STVAL", writable: ALL },
    { name: "sip", number: 0x144, viewOf: "mip", writable: bits("SUPERVISOR_SOFTWARE"), effect: "delegated" },
    { name: "stimecmp", number: 0x14d, slot: "STIMECMP", writable: ALL, effect: "regime" },
    { name: "satp", number: 0x180, slot: "SATP", writable: maskOf(SATP_FIELDS, "MODE", "ASID", "PPN"), effect: "mode" },
    { name: "mvendorid", number: 0xf11 },
    { name: "marchid", number: 0xf12 },
    { name: "mimpid", number: 0xf13 },
    { name: "mhartid", number: 0xf14, slot: "HART_ID" },
    { name: "mconfigptr", number: 0xf15 },
    { name: "mstatus", number: 0x300, slot: "MSTATUS", writable: MSTATUS, effect: "regime" },
    { name: "misa", number: 0x301 },
    { name: "medeleg", number: 0x302, slot: "MEDELEG", writable: DELEGABLE },
    { name: "mideleg", number: 0x303, slot: "MIDELEG", writable: SUPERVISOR_INTERRUPTS, effect: "regime" },
    { name: "mie", number: 0x304, slot: "MIE", writable: SUPERVISOR_INTERRUPTS | MACHINE_INTERRUPTS, effect: "regime" },
    { name: "mtvec", number: 0x305, slot: "MTVEC", writable: VECTOR },
    { name: "mcounteren", number: 0x306, slot: "MCOUNTEREN", writable: COUNTERS },
    { name: "menvcfg", number: 0x30a, slot: "MENVCFG", writable: MENVCFG },
    { name: "mcountinhibit", number: 0x320, slot: "MCOUNTINHIBIT", writable: INHIBITABLE, effect: "inhibit" },
    { name: "mscratch", number: 0x340, slot: "MSCRATCH", writable: ALL },
    { name: "mepc", number: 0x341, slot: "MEPC", writable: ADDRESS },
    { name: "mcause", number: 0x342, slot: "MCAUSE", writable: ALL },
    { name: "mtval", number: 0x343, slot: "MTVAL", writable: ALL },
    { name: "mip", number: 0x344, slot: "MIP_SOFTWARE", writable: SUPERVISOR_INTERRUPTS, effect: "regime" },
    { name: "tselect", number: 0x7a0, slot: "TSELECT", writable: 3n },
    { name: "tdata1", number: 0x7a1, writable: (0xfn << 60n) | (1n << 22n) | 0x5fn, effect: "protection" },
    { name: "tdata2", number: 0x7a2, writable: ALL, effect: "protection" },
    { name: "tinfo", number: 0x7a4 },
    { name: "mcycle", number: 0xb00, slot: "CYCLE_OFFSET", writable: ALL, effect: "counter" },
    { name: "minstret", number: 0xb02, slot: "INSTRET_OFFSET", writable: ALL, effect: "counter" },
];

/** CSRs that are always 0, or those that have no `state`, in rows of equal names: stem and number, first number and step. */
export interface CsrFamily {
    readonly stem: string;
    readonly number: number;
    readonly from: number;
    readonly to: number;
    readonly step: number;
    /** Those before `end` have state, in slots of that stem. */
    readonly state?: {
        readonly slot: string;
        readonly end: number;
        readonly writable: bigint;
        readonly effect: CsrEffect;
    };
}

export const CSR_FAMILIES: readonly CsrFamily[] = [
    { stem: "hpmcounter", number: 0xc00, from: 3, to: 31, step: 1 },
    { stem: "mhpmcounter", number: 0xb00, from: 3, to: 31, step: 1 },
    { stem: "mhpmevent", number: 0x320, from: 3, to: 31, step: 1 },
    // RV64 has only the even pmpcfg registers
    {
        stem: "pmpcfg",
        number: 0x3a0,
        from: 0,
        to: 14,
        step: 2,
        state: { slot: "PMPCFG", end: 4, writable: 0x9f9f_9f9f_9f9f_9f9fn, effect: "protection" },
    },
    {
        stem: "pmpaddr",
        number: 0x3b0,
        from: 0,
        to: 63,
        step: 1,
        state: { slot: "PMPADDR", end: 16, writable: ALL >> 10n, effect: "protection" },
    },
];

export const CSRS: readonly CsrRow[] = [...SINGLE, ...CSR_FAMILIES.flatMap(rowsOf)];

const byNumber = new Map(CSRS.map((row) => [row.number, row]));
const byName = new Map(CSRS.map((row) => [row.name, row]));

/** Name of the CSR with this number. */
export function csrName(number: number): string | undefined {
    return byNumber.get(number)?.name;
}

/** Number of the CSR with this name. */
export function csrNumber(name: string): number | undefined {
    return byName.get(name)?.number;
}

/** Whether the number says so: a write is an illegal instruction. */
export function isReadOnly({ number }: CsrRow): boolean {
    return number >> 10 === 3;
}

/** 0 = U, 1 = S, 3 = M. */
export function lowestPrivilege({ number }: CsrRow): number {
    return (number >> 8) & 3;
}

function rowsOf({ stem, number, from, to, step, state }: CsrFamily): CsrRow[] {
    const count = (to - from) / step + 1;
    return Array.from({ length: count }, (_, i) => from + i * step).map((n) => ({
        name: `${stem}${n}`,
        number: number + n,
        ...(state !== undefined && n < state.end
            ? { slot: `${state.slot}${n}`, writable: state.writable, effect: state.effect }
            : {}),
    }));
}
