/** Where a page's entry lies in a table of L0 (emu/state/l0-table.ts), as engines work it out. */
import { L0_DATA_MASK, L0_FETCH_MASK, L0_FOLD, L0_SHIFT } from "../state/l0-layout.ts";
import type { WasmFunction } from "../wasm/function.ts";
import { OP } from "../wasm/opcodes.ts";

/** Leaves the offset in a table for data of the entry for the address in local `address`. */
export function emitDataIndex(f: WasmFunction, address: number): void {
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

/** Leaves the offset in a table for fetches of the entry for the address in local `address`. */
export function emitFetchIndex(f: WasmFunction, address: number): void {
    f.get(address);
    f.op(OP.i32WrapI64);
    f.i32(L0_SHIFT);
    f.op(OP.i32ShrU);
    f.i32(L0_FETCH_MASK);
    f.op(OP.i32And);
}
