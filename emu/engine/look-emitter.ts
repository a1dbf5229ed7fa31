/**
 * The code that interpreters emit for a host that looks at instructions one by one (emu/host/looks.ts); others have none of it. Where an
 * instruction is about to run, the host is asked if it looks at the hart, or if it may look for the address; it may halt the run there
 * (turns.md 6.6). Before an access it is told if it may look for the address of that.
 */
import { BUDGET, LOOKED_AT, PC } from "../state/hart-layout.ts";
import { LOOK_ACCESS_SHIFT, LOOK_ENTRIES, LOOK_FETCH_SHIFT } from "../state/look-layout.ts";
import { LOOKS_BASE } from "../state/machine-layout.ts";
import type { WasmFunction } from "../wasm/function.ts";
import { OP } from "../wasm/opcodes.ts";
import { I32 } from "../wasm/types.ts";
import { coreFunction } from "./core-imports.ts";
import { emitSync, type Frame } from "./frame.ts";

export class LookEmitter {
    readonly #f: WasmFunction;
    readonly #used: boolean;
    readonly #hart: number;
    /** i32: LOOKS_BASE, and the hart's LOOKED_AT. */
    readonly #base: number;
    readonly #lookedAt: number;

    constructor(f: WasmFunction, used: boolean, hart: number) {
        this.#f = f;
        this.#used = used;
        this.#hart = hart;
        this.#base = used ? f.local(I32) : -1;
        this.#lookedAt = used ? f.local(I32) : -1;
    }

    /** Emitted at the start of a turn, and after a slow path that changed everything: PC and BUDGET are stored. `pc` is a local. */
    enter(pc: number): void {
        if (!this.#used) return;
        const f = this.#f;
        f.i32(0);
        f.memory(OP.i32Load, LOOKS_BASE);
        f.set(this.#base);
        this.#reload();
        this.#ifLooked(() => f.get(pc));
        this.#ask();
        f.end();
    }

    /** The instruction at the pc that `pc` emits is next. */
    next({ accesses, budget }: Frame, pc: () => void): void {
        if (!this.#used) return;
        const f = this.#f;
        this.#ifLooked(pc);
        accesses.note();
        f.get(this.#hart);
        pc();
        f.memory(OP.i64Store, PC);
        f.get(this.#hart);
        f.get(budget);
        f.memory(OP.i32Store, BUDGET);
        this.#ask();
        f.end();
    }

    /** Bytes from `offset` behind frame.address on are about to be loaded or stored; `access` is ACCESS_* of watch-layout.ts. */
    access(frame: Frame, access: number, width: number, offset = 0): void {
        if (!this.#used) return;
        const f = this.#f;
        const { address } = frame;
        const first = () => {
            f.get(address);
            if (offset === 0) return;
            f.i64(offset);
            f.op(OP.i64Add);
        };
        f.get(this.#base);
        this.#index(first, LOOK_ACCESS_SHIFT);
        f.op(OP.i32Add);
        f.memory(OP.i32Load8U, LOOK_ENTRIES);
        f.if();
        emitSync(frame);
        f.get(this.#hart);
        first();
        f.i32(access | width);
        f.call(coreFunction("touching"));
        this.#reload();
        f.end();
    }

    #ifLooked(pc: () => void): void {
        const f = this.#f;
        f.get(this.#base);
        this.#index(pc, LOOK_FETCH_SHIFT);
        f.op(OP.i32Add);
        f.memory(OP.i32Load8U, 0);
        f.get(this.#lookedAt);
        f.op(OP.i32Or);
        f.if();
    }

    #index(address: () => void, shift: number): void {
        address();
        this.#f.op(OP.i32WrapI64);
        this.#f.i32(shift);
        this.#f.op(OP.i32ShrU);
        this.#f.i32(LOOK_ENTRIES - 1);
        this.#f.op(OP.i32And);
    }

    /** Leaves the engine if the host halts the run. Else it may want to see the next instruction, too. */
    #ask(): void {
        const f = this.#f;
        f.get(this.#hart);
        f.call(coreFunction("looking"));
        f.if();
        f.op(OP.return);
        f.end();
        this.#reload();
    }

    #reload(): void {
        this.#f.get(this.#hart);
        this.#f.memory(OP.i32Load, LOOKED_AT);
        this.#f.set(this.#lookedAt);
    }
}
