/**
 * What the interpreter does where a jump arrives: it counts, and tells the host of a place that became hot; where the place is compiled
 * it lets the compiled code run, and goes on where that left off.
 */
import { DECODED_HEAT, HEAT_COMPILED, HEAT_SHIFT } from "../../state/code-layout.ts";
import { BUDGET, COMPILED_INSTRUCTIONS, INSTRET_BIAS, PC } from "../../state/hart-layout.ts";
import { JIT_THRESHOLD } from "../../state/machine-layout.ts";
import { OP } from "../../wasm/opcodes.ts";
import { coreFunction } from "../core-imports.ts";
import { emitSync, type Frame } from "../frame.ts";
import {
    LEFT_AT_PC,
    LEFT_BY_SLOW_PATH,
    LEFT_TO_INTERPRETER,
    LEFT_TURN,
    MOST_NESTED,
    REGION_TYPE,
} from "./region-type.ts";

/** `left` is an i32 local of this code alone: how compiled code was left last. */
export function emitArrival(frame: Frame, left: number): void {
    const { f, uop, base, entry } = frame;
    const interpret = f.block();
    // The instruction that compiled code has left to the interpreter is not entered again.
    f.get(left);
    f.i32(LEFT_AT_PC);
    f.set(left);
    f.i32(LEFT_TO_INTERPRETER);
    f.op(OP.i32Eq);
    f.brIf(interpret);
    emitHeatOf(frame);
    f.tee(entry);
    f.i32(0);
    f.op(OP.i32LtS);
    f.if();
    emitEnter(frame, left);
    f.end();
    emitHeatAddress(frame);
    f.get(entry);
    f.i32(1);
    f.op(OP.i32Add);
    // A count that is full starts anew: it must not look like compiled code.
    f.i32(HEAT_COMPILED - 1);
    f.op(OP.i32And);
    f.tee(entry);
    f.memory(OP.i32Store, DECODED_HEAT);
    f.get(entry);
    f.i32(0);
    f.memory(OP.i32Load, JIT_THRESHOLD);
    f.op(OP.i32Ne);
    f.brIf(interpret);
    f.get(frame.hart);
    f.get(base);
    f.get(uop);
    f.call(coreFunction("became_hot"));
    f.end();
}

function emitHeatOf(frame: Frame): void {
    emitHeatAddress(frame);
    frame.f.memory(OP.i32Load, DECODED_HEAT);
}

function emitHeatAddress({ f, uop, base }: Frame): void {
    f.get(uop);
    f.get(base);
    f.op(OP.i32Sub);
    f.i32(HEAT_SHIFT);
    f.op(OP.i32ShrU);
    f.get(base);
    f.op(OP.i32Add);
}

/** The heat is in local `entry`. */
function emitEnter(frame: Frame, left: number): void {
    const { f, hart, base, page, entry, value } = frame;
    emitSync(frame);
    emitRetired(frame);
    f.set(value);
    f.get(hart);
    f.get(base);
    f.get(page);
    f.i32(MOST_NESTED);
    f.get(entry);
    f.i32(HEAT_COMPILED - 1);
    f.op(OP.i32And);
    f.callIndirect(REGION_TYPE);
    f.set(left);
    f.get(hart);
    f.get(hart);
    f.memory(OP.i64Load, COMPILED_INSTRUCTIONS);
    emitRetired(frame);
    f.op(OP.i64Add);
    f.get(value);
    f.op(OP.i64Sub);
    f.memory(OP.i64Store, COMPILED_INSTRUCTIONS);
    emitGoOn(frame, left);
}

/** Leaves the instructions that the hart has retired. */
function emitRetired({ f, hart }: Frame): void {
    f.get(hart);
    f.memory(OP.i64Load, INSTRET_BIAS);
    f.get(hart);
    f.memory(OP.i64Load32S, BUDGET);
    f.op(OP.i64Sub);
}

function emitGoOn({ f, hart, budget, pc, fetch, outer, accesses }: Frame, left: number): void {
    f.get(left);
    f.i32(LEFT_BY_SLOW_PATH);
    f.op(OP.i32Eq);
    f.brIf(outer);
    f.get(left);
    f.i32(LEFT_TURN);
    f.op(OP.i32Eq);
    f.if();
    f.op(OP.return);
    f.end();
    f.get(hart);
    f.memory(OP.i32Load, BUDGET);
    f.set(budget);
    f.get(hart);
    f.memory(OP.i64Load, PC);
    f.set(pc);
    accesses.reload();
    f.br(fetch);
}
