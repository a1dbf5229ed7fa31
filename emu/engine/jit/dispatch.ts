/**
 * dispatch(hart, depth) goes on at the hart's PC in compiled code, if L0 has the page and the place is compiled; else it returns
 * LEFT_AT_PC. Regions call it in tail position, or as a call of a guest function.
 */
import { DECODED_HEAT, HEAT_COMPILED } from "../../state/code-layout.ts";
import { L0_FETCH, PC } from "../../state/hart-layout.ts";
import { L0_OFFSET } from "../../state/l0-layout.ts";
import { CODE_BASE } from "../../state/machine-layout.ts";
import { WasmFunction } from "../../wasm/function.ts";
import { wasmModule } from "../../wasm/module.ts";
import { OP } from "../../wasm/opcodes.ts";
import { I32, I64 } from "../../wasm/types.ts";
import { emitFetchIndex } from "../l0-index.ts";
import { DISPATCH, LEFT_AT_PC, REGION, REGION_TYPE } from "./region-type.ts";

const PAGE_MASK = -4096;
const OFFSET_MASK = 4094;

/** The bytes of the module. */
export function dispatchModule(): Uint8Array {
    return wasmModule([], [{ ...DISPATCH, body: dispatchBody() }], [REGION]);
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
    f.get(entry);
    f.memory(OP.i32Load, L0_OFFSET);
    f.i32(2);
    f.op(OP.i32Shl);
    f.i32(0);
    f.memory(OP.i32Load, CODE_BASE);
    f.op(OP.i32Add);
    f.memory(OP.i32Load, 0);
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
    emitEnterRegion(f, { hart, base, depth, heat: entry }, () => {
        f.get(pc);
        f.i64(PAGE_MASK);
        f.op(OP.i64And);
    });
    f.end();
    f.end();
    f.end();
    f.i32(LEFT_AT_PC);
    return f;
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

/** Goes on in the region of local `heat`, in tail position. */
export function emitEnterRegion(
    f: WasmFunction,
    { hart, base, depth, heat }: { hart: number; base: number; depth: number; heat: number },
    page: () => void,
): void {
    f.get(hart);
    f.get(base);
    page();
    f.get(depth);
    f.get(heat);
    f.i32(HEAT_COMPILED - 1);
    f.op(OP.i32And);
    f.returnCallIndirect(REGION_TYPE);
}
