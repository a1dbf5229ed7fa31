/**
 * The code that the interpreter emits to know whether the lines that it runs are in L1I (docs/spec/timing.md 3.5). Machines of another
 * fidelity have none of it.
 *
 * Lines are asked for where one is entered: behind jumps, and at the first instruction of a line, whose micro-op has OP_LINE_HEAD in its
 * op. Such ops are beyond the table of the dispatch, which so gets here by its default. Each fetch entry of L0 has a bit a line.
 */
import { SLOT_SHIFT } from "../state/code-layout.ts";
import { BUDGET, L0_LINES, PC } from "../state/hart-layout.ts";
import type { WasmFunction } from "../wasm/function.ts";
import { OP } from "../wasm/opcodes.ts";
import { I32 } from "../wasm/types.ts";
import { coreFunction } from "./core-imports.ts";
import { emitPc, type Frame } from "./frame.ts";

const BITS_OF_BYTE = 3;

export class LineEmitter {
    readonly #f: WasmFunction;
    /** log2 of a line's bytes, or 0 for a machine without. */
    readonly shift: number;
    /** i32: the address of the bits of the lines of the page that runs, and scratch. */
    readonly #lines: number;
    readonly #line: number;

    constructor(f: WasmFunction, shift: number) {
        this.#f = f;
        this.shift = shift;
        this.#lines = shift > 0 ? f.local(I32) : -1;
        this.#line = shift > 0 ? f.local(I32) : -1;
    }

    get enabled(): boolean {
        return this.shift > 0;
    }

    /** The page whose L0 fetch entry is in local `entry` runs from here on. */
    enterPage(hart: number, entry: number): void {
        if (!this.enabled) return;
        const f = this.#f;
        f.get(entry);
        f.get(hart);
        f.memory(OP.i32Load, L0_LINES);
        f.op(OP.i32Add);
        f.set(this.#lines);
    }

    /** Makes sure of the line of the micro-op, whose cycle is not charged yet. */
    arrive(frame: Frame): void {
        const f = this.#f;
        this.#present(frame, 0);
        f.op(OP.i32Eqz);
        f.if();
        this.#ask(frame);
        f.end();
    }

    /** Makes sure of the lines of both halves of the instruction, whose cycle is charged already. */
    head(frame: Frame): void {
        const f = this.#f;
        this.#present(frame, 0);
        this.#present(frame, 1);
        f.op(OP.i32And);
        f.op(OP.i32Eqz);
        f.if();
        frame.accesses.charge(-1);
        this.#ask(frame);
        frame.accesses.charge(1);
        f.end();
    }

    /** Leaves 1 when the line of the halfword `ahead` of the micro-op is known to be in L1I, else 0. */
    #present({ uop, base }: Frame, ahead: 0 | 1): void {
        const f = this.#f;
        f.get(uop);
        f.get(base);
        f.op(OP.i32Sub);
        if (ahead) {
            f.i32(2 << SLOT_SHIFT);
            f.op(OP.i32Add);
        }
        f.i32(this.shift + SLOT_SHIFT);
        f.op(OP.i32ShrU);
        f.tee(this.#line);
        f.i32(BITS_OF_BYTE);
        f.op(OP.i32ShrU);
        f.get(this.#lines);
        f.op(OP.i32Add);
        f.memory(OP.i32Load8U, 0);
        f.get(this.#line);
        f.i32((1 << BITS_OF_BYTE) - 1);
        f.op(OP.i32And);
        f.op(OP.i32ShrU);
        f.i32(1);
        f.op(OP.i32And);
    }

    /** Asks the model, which may end the turn. BUDGET has the cycle of the instruction, as in every slow path. */
    #ask(frame: Frame): void {
        const f = this.#f;
        const { hart, budget, outer, accesses } = frame;
        accesses.note();
        f.get(hart);
        emitPc(frame);
        f.memory(OP.i64Store, PC);
        f.get(hart);
        f.get(budget);
        f.i32(1);
        f.op(OP.i32Sub);
        f.memory(OP.i32Store, BUDGET);
        f.get(hart);
        emitPc(frame);
        f.call(coreFunction("fetch_line"));
        f.op(OP.i32Eqz);
        f.brIf(outer);
        accesses.reloadAfterFetch(1);
    }
}
