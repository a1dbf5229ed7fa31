/** Look-ups in the tables of L0 (emu/state/l0-table.ts), as all engines make them. */
import type { Width } from "../isa/semantics.ts";
import { L0_DATA_MASK, L0_ENTRY, L0_FETCH_MASK, L0_FOLD, L0_OFFSET, L0_SHIFT } from "../state/l0-layout.ts";
import { CODE_BASE } from "../state/machine-layout.ts";
import { PAGE_BYTES } from "../state/plan.ts";
import type { WasmFunction } from "../wasm/function.ts";
import { OP } from "../wasm/opcodes.ts";

/** The local with an address, that with the table, and the one that becomes the address of the entry. */
interface DataLookup {
    readonly address: number;
    readonly table: number;
    readonly entry: number;
}

/**
 * Leaves (address - tag <= page - width): one test for hit, permission and page crossing (docs/machine.md, "L0 and the TLB model"). With
 * fidelity "timing" entries are of a line, and `lineShift` is log2 of its bytes.
 */
export function emitDataHit(
    f: WasmFunction,
    { address, table, entry }: DataLookup,
    width: Width,
    lineShift: number,
): void {
    f.get(address);
    if (lineShift) emitLineIndex(f, address, lineShift);
    else emitDataIndex(f, address);
    f.get(table);
    f.op(OP.i32Add);
    f.tee(entry);
    f.memory(OP.i64Load, 0);
    f.op(OP.i64Sub);
    f.i64((lineShift ? 1 << lineShift : PAGE_BYTES) - width);
    f.op(OP.i64LeU);
}

/** Leaves the decoded page of the frame in the fetch entry of local `entry`, or 0. */
export function emitDecodedPage(f: WasmFunction, entry: number): void {
    f.get(entry);
    f.memory(OP.i32Load, L0_OFFSET);
    f.i32(2);
    f.op(OP.i32Shl);
    f.i32(0);
    f.memory(OP.i32Load, CODE_BASE);
    f.op(OP.i32Add);
    f.memory(OP.i32Load, 0);
}

/** Leaves the offset in a table for data of the entry for the address in local `address`. */
function emitDataIndex(f: WasmFunction, address: number): void {
    f.get(address);
    f.op(OP.i32WrapI64);
    f.i32(L0_SHIFT);
    f.op(OP.i32ShrU);
    f.get(address);
    f.op(OP.i32WrapI64);
    f.i32(L0_FOLD);
    f.op(OP.i32ShrU);
    f.op(OP.i32Xor);
    f.i32(L0_DATA_MASK);
    f.op(OP.i32And);
}

/** Leaves the offset in a table for data of the entry for the line of the address in local `address`. */
function emitLineIndex(f: WasmFunction, address: number, lineShift: number): void {
    f.get(address);
    f.op(OP.i32WrapI64);
    f.i32(lineShift - Math.log2(L0_ENTRY));
    f.op(OP.i32ShrU);
    f.i32(L0_DATA_MASK);
    f.op(OP.i32And);
}

/** Leaves the offset in a table for fetches of the entry for the address in local `address`. */
export function emitFetchIndex(f: WasmFunction, address: number): void {
    f.get(address);
    f.op(OP.i32WrapI64);
    f.i32(L0_SHIFT);
    f.op(OP.i32ShrU);
    f.i32(L0_FETCH_MASK);
    f.op(OP.i32And);
}
