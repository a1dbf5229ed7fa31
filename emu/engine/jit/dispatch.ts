/**
 * How compiled code goes on in other compiled code, in tail position or as a call of a guest function. dispatch(hart, depth) goes on at the
 * hart's PC, if L0 has the page and the place is compiled; else it returns LEFT_AT_PC. enter(hart, base, page, depth, heat) goes on in the
 * region that `heat` says.
 *
 * Modules of regions have no table, for V8 before 12 keeps an instance that imports a table as long as the table: dropped regions would
 * never be freed.
 */
import { DECODED_HEAT, HEAT_COMPILED } from "../../state/code-layout.ts";
import { L0_FETCH, PC } from "../../state/hart-layout.ts";
import { WasmFunction } from "../../wasm/function.ts";
import { wasmModule } from "../../wasm/module.ts";
import { OP } from "../../wasm/opcodes.ts";
import { I32, I64 } from "../../wasm/types.ts";
import { emitDecodedPage, emitFetchIndex } from "../l0-lookup.ts";
import { DISPATCH, ENTER, LEFT_AT_PC, REGION, REGION_TYPE } from "./region-type.ts";

const PAGE_MASK = -4096;
const OFFSET_MASK = 4094;

let compiled: WebAssembly.Module | undefined;

/** The module, which is the same for all machines of a process. */
export function dispatchModule(): WebAssembly.Module {
    compiled ??= new WebAssembly.Module(dispatchBytes() as BufferSource);
    return compiled;
}

function dispatchBytes(): Uint8Array {
    const functions = [
        { ...DISPATCH, body: dispatchBody() },
        { ...ENTER, body: enterBody() },
    ];
    return wasmModule([], functions, [REGION]);
}

function enterBody(): WasmFunction {
    const parameters = ENTER.parameters.length;
    const f = new WasmFunction(parameters);
    for (let i = 0; i < parameters; i++) f.get(i);
    emitEnterRegion(f);
    return f;
}

function dispatchBody(): WasmFunction {
    const f = new WasmFunction(2);
    const [hart, depth] = [0, 1];
    const pc = f.local(I64);
    const [entry, base] = [f.local(I32), f.local(I32)];
    f.get(hart);
    f.memory(OP.i64Load, PC);
    f.set(pc);
    emitFetchIndex(f, pc);
    f.get(hart);
    f.memory(OP.i32Load, L0_FETCH);
    f.op(OP.i32Add);
    f.tee(entry);
    f.memory(OP.i64Load, 0);
    f.get(pc);
    f.i64(PAGE_MASK);
    f.op(OP.i64And);
    f.op(OP.i64Eq);
    f.if();
    emitDecodedPage(f, entry);
    f.tee(base);
    f.if();
    emitHeatOfOffset(f, base, () => {
        f.get(pc);
        f.op(OP.i32WrapI64);
        f.i32(OFFSET_MASK);
        f.op(OP.i32And);
    });
    f.tee(entry);
    f.i32(0);
    f.op(OP.i32LtS);
    f.if();
    f.get(hart);
    f.get(base);
    f.get(pc);
    f.i64(PAGE_MASK);
    f.op(OP.i64And);
    f.get(depth);
    f.get(entry);
    emitEnterRegion(f);
    f.end();
    f.end();
    f.end();
    f.i32(LEFT_AT_PC);
    return f;
}

/** A region's arguments and its heat are on the stack. */
function emitEnterRegion(f: WasmFunction): void {
    f.i32(HEAT_COMPILED - 1);
    f.op(OP.i32And);
    f.returnCallIndirect(REGION_TYPE);
}

/** Leaves the heat of the slot at the offset in its page that `offset` emits. It is negative where the place is compiled. */
export function emitHeatOfOffset(f: WasmFunction, base: number, offset: () => void): void {
    offset();
    f.i32(1);
    f.op(OP.i32Shl);
    f.get(base);
    f.op(OP.i32Add);
    f.memory(OP.i32Load, DECODED_HEAT);
}
