/** The state that the interpreter's loop and its arms share: locals, labels, and the place of the loop in guest code. */
import { SLOT_SHIFT } from "../state/code-layout.ts";
import { BUDGET, PC } from "../state/hart-layout.ts";
import type { Label, WasmFunction } from "../wasm/function.ts";
import { OP } from "../wasm/opcodes.ts";
import type { AccessEmitter } from "./access-emitter.ts";
import type { BufferEmitter } from "./buffer-emitter.ts";
import type { ConflictEmitter } from "./conflict-emitter.ts";
import type { LineEmitter } from "./line-emitter.ts";
import type { LookEmitter } from "./look-emitter.ts";
import type { WatchEmitter } from "./watch-emitter.ts";

/** The interpreter's locals and labels that arms use. */
export interface Frame {
    readonly f: WasmFunction;
    /** i32: hart, micro-op, budget left, base of the decoded page, L0 tables, scratch. */
    readonly hart: number;
    readonly uop: number;
    readonly budget: number;
    readonly base: number;
    readonly readTable: number;
    readonly writeTable: number;
    readonly entry: number;
    /** i64: page of the pc, pc for far jumps, scratch address and value. */
    readonly page: number;
    readonly pc: number;
    readonly address: number;
    readonly value: number;
    /**
     * Labels to continue with the micro-op at `uop`, or with compiled code if there is some, to look up `pc`, and to look everything up
     * again after a slow path.
     */
    readonly next: Label;
    readonly arrive: Label;
    readonly fetch: Label;
    readonly outer: Label;
    /** True when the turn may end after any instruction. */
    readonly stepping: boolean;
    /** Counts and times accesses. */
    readonly accesses: AccessEmitter;
    /** Lets the host watch accesses. */
    readonly watch: WatchEmitter;
    /** Notes the hart that accessed a word last. */
    readonly conflicts: ConflictEmitter;
    /** Keeps stores in the hart's buffer. */
    readonly buffers: BufferEmitter;
    /** Makes sure that the lines that run are in L1I. */
    readonly lines: LineEmitter;
    /** Lets the host look at instructions. */
    readonly looks: LookEmitter;
}

/** Emits the address of the micro-op's instruction. */
export function emitPc(frame: Frame): void {
    const { f } = frame;
    f.get(frame.page);
    f.get(frame.uop);
    f.get(frame.base);
    f.op(OP.i32Sub);
    f.i32(SLOT_SHIFT);
    f.op(OP.i32ShrU);
    f.op(OP.i64ExtendI32U);
    f.op(OP.i64Add);
}

/** Makes PC, BUDGET and the counters valid for a slow path. */
export function emitSync(frame: Frame): void {
    const { f } = frame;
    frame.accesses.note();
    f.get(frame.hart);
    emitPc(frame);
    f.memory(OP.i64Store, PC);
    f.get(frame.hart);
    f.get(frame.budget);
    f.memory(OP.i32Store, BUDGET);
}

/** Leaves the engine with the turn's end at the pc that `pc` emits. */
export function emitEndTurn({ f, hart, budget, accesses }: Frame, pc: () => void): void {
    accesses.note();
    f.get(hart);
    pc();
    f.memory(OP.i64Store, PC);
    f.get(hart);
    f.get(budget);
    f.memory(OP.i32Store, BUDGET);
    f.op(OP.return);
}

/**
 * Leaves the 16 bits that the table at `origin` has for the 8 bytes of memory at the host's address, which `hostAddress` emits. The local
 * `place` becomes their address.
 */
export function emitWordOf(f: WasmFunction, hostAddress: () => void, origin: number, place: number): void {
    hostAddress();
    f.i32(3);
    f.op(OP.i32ShrU);
    f.i32(1);
    f.op(OP.i32Shl);
    f.get(origin);
    f.op(OP.i32Add);
    f.tee(place);
    f.memory(OP.i32Load16U, 0);
}
