/** The Wasm instructions of loads and stores by their width, and the numbers of operations, which every engine gives the core. */
import type { AmoOperation, CsrOperation, Width } from "../isa/semantics.ts";
import { type AccessOpcode, OP } from "../wasm/opcodes.ts";

export const AMO_OPERATIONS: readonly AmoOperation[] = [
    "swap",
    "add",
    "xor",
    "and",
    "or",
    "min",
    "max",
    "minu",
    "maxu",
];
export const SYSTEM_OPERATIONS = [
    "ecall",
    "ebreak",
    "mret",
    "sret",
    "wfi",
    "sfence.vma",
    "pause",
    "illegal",
    "fence.i",
    "sfence.inval",
    "mark",
    "fence",
] as const;
export const CSR_OPERATIONS: readonly CsrOperation[] = ["write", "set", "clear"];
export const LOADS: Readonly<Record<Width, readonly [unsigned: AccessOpcode, signed: AccessOpcode]>> = {
    1: [OP.i64Load8U, OP.i64Load8S],
    2: [OP.i64Load16U, OP.i64Load16S],
    4: [OP.i64Load32U, OP.i64Load32S],
    8: [OP.i64Load, OP.i64Load],
};
export const STORES: Readonly<Record<Width, AccessOpcode>> = {
    1: OP.i64Store8,
    2: OP.i64Store16,
    4: OP.i64Store32,
    8: OP.i64Store,
};
