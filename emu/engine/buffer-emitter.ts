/**
 * Loads and stores that hit L0. With store buffers (docs/spec/memory-model.md) the core puts stores into the hart's buffer, and answers loads
 * while something is in it; other machines have none of that and access memory.
 */
import type { Width } from "../isa/semantics.ts";
import { STORE_COUNT } from "../state/hart-layout.ts";
import type { WasmFunction } from "../wasm/function.ts";
import { OP } from "../wasm/opcodes.ts";
import { LOADS, STORES } from "./access-opcodes.ts";
import { coreFunction } from "./core-imports.ts";
import { emitSync, type Frame } from "./frame.ts";

export class BufferEmitter {
    /** True when harts have store buffers. */
    readonly enabled: boolean;
    readonly #f: WasmFunction;
    readonly #hart: number;

    constructor(f: WasmFunction, enabled: boolean, hart: number) {
        this.#f = f;
        this.enabled = enabled;
        this.#hart = hart;
    }

    /** Leaves the value at the address that `hostAddress` emits; local `value` is scratch. */
    load(value: number, width: Width, signed: boolean, hostAddress: () => void): void {
        const f = this.#f;
        if (this.enabled) {
            f.get(this.#hart);
            f.memory(OP.i32Load, STORE_COUNT);
            f.if();
            f.get(this.#hart);
            hostAddress();
            f.i32(width);
            f.i32(signed ? 1 : 0);
            f.call(coreFunction("buffer_load"));
            f.set(value);
            f.else();
        }
        hostAddress();
        f.memory(LOADS[width][signed ? 1 : 0], 0);
        if (!this.enabled) return;
        f.set(value);
        f.end();
        f.get(value);
    }

    /** Stores `value` there. True: through the core, which may ask the engine to look everything up again. */
    store(frame: Frame, width: Width, hostAddress: () => void, value: () => void): boolean {
        const f = this.#f;
        if (this.enabled) {
            emitSync(frame);
            f.get(this.#hart);
        }
        hostAddress();
        if (this.enabled) f.i32(width);
        value();
        if (this.enabled) f.call(coreFunction("buffer_store"));
        else f.memory(STORES[width], 0);
        return this.enabled;
    }
}
