/**
 * The code that the interpreter emits with scheduler "conflicts" (docs/spec/turns.md 2.7); other machines have none of it. A load or store
 * that hits L0 notes in its word the hart that accessed it, and tells the core if another hart did last and one of the two writes. The core
 * itself notes accesses that miss L0, and atomics (emu/core/conflicts.ts).
 */
import { BUDGET, HART_ID } from "../state/hart-layout.ts";
import { NOTES_ORIGIN } from "../state/machine-layout.ts";
import { NOTE_HART_SHIFT, NOTE_SHARED_SHIFT, NOTE_WROTE } from "../state/note-layout.ts";
import type { WasmFunction } from "../wasm/function.ts";
import { OP } from "../wasm/opcodes.ts";
import { I32 } from "../wasm/types.ts";
import { coreFunction } from "./core-imports.ts";
import { emitSync, emitWordOf, type Frame } from "./frame.ts";

export class ConflictEmitter {
    readonly #f: WasmFunction;
    readonly #used: boolean;
    readonly #hart: number;
    /** i32: NOTES_ORIGIN; the hart's note of a word it has not written; the place of the word's note, and its value. */
    readonly #origin: number;
    readonly #own: number;
    readonly #place: number;
    readonly #note: number;

    constructor(f: WasmFunction, used: boolean, hart: number) {
        this.#f = f;
        this.#used = used;
        this.#hart = hart;
        const local = () => (used ? f.local(I32) : -1);
        [this.#origin, this.#own, this.#place, this.#note] = [local(), local(), local(), local()];
    }

    /** Emitted at the start of a turn. */
    enter(): void {
        if (!this.#used) return;
        const f = this.#f;
        f.i32(0);
        f.memory(OP.i32Load, NOTES_ORIGIN);
        f.set(this.#origin);
        f.get(this.#hart);
        f.memory(OP.i32Load, HART_ID);
        f.i32(1);
        f.op(OP.i32Add);
        f.i32(NOTE_HART_SHIFT);
        f.op(OP.i32Shl);
        f.set(this.#own);
    }

    /** A load, or a store if it `writes`, has hit L0. `hostAddress` emits its address. */
    hit(frame: Frame, writes: boolean, hostAddress: () => void): void {
        if (!this.#used) return;
        const f = this.#f;
        this.#find(hostAddress);
        this.#differs(writes);
        f.if();
        f.get(this.#place);
        this.#new(writes);
        f.memory(OP.i32Store16, 0);
        this.#conflicts(writes);
        f.if();
        this.#tell(frame);
        f.end();
        f.end();
    }

    /** Sets `note` to the note of the accessed word. */
    #find(hostAddress: () => void): void {
        const f = this.#f;
        emitWordOf(f, hostAddress, this.#origin, this.#place);
        f.set(this.#note);
    }

    /** Leaves whether the note changes. A load of a word that the hart accessed last changes nothing, written or not. */
    #differs(writes: boolean): void {
        const f = this.#f;
        f.get(this.#note);
        f.get(this.#own);
        f.op(OP.i32Xor);
        f.i32(writes ? NOTE_WROTE : NOTE_HART_SHIFT);
        f.op(writes ? OP.i32Ne : OP.i32ShrU);
    }

    /** Makes the new note. A load shares a word that another hart has loaded. */
    #new(writes: boolean): void {
        const f = this.#f;
        f.get(this.#own);
        if (writes) {
            f.i32(NOTE_WROTE);
        } else {
            f.get(this.#note);
            f.i32(0);
            f.op(OP.i32Ne);
            f.get(this.#note);
            f.i32(NOTE_WROTE);
            f.op(OP.i32And);
            f.op(OP.i32Eqz);
            f.op(OP.i32And);
            f.i32(NOTE_SHARED_SHIFT);
            f.op(OP.i32Shl);
        }
        f.op(OP.i32Or);
    }

    /**
     * Leaves whether a word whose note changes has a conflict: a load of a word that another hart wrote, or a store to a word that another
     * hart accessed.
     */
    #conflicts(writes: boolean): void {
        const f = this.#f;
        f.get(this.#note);
        if (!writes) {
            f.i32(NOTE_WROTE);
            f.op(OP.i32And);
            return;
        }
        f.get(this.#own);
        f.op(OP.i32Ne);
        f.get(this.#note);
        f.i32(0);
        f.op(OP.i32Ne);
        f.op(OP.i32And);
    }

    /** The core may take the budget away, so that the turn ends behind this instruction. */
    #tell(frame: Frame): void {
        const f = this.#f;
        emitSync(frame);
        f.get(this.#hart);
        f.call(coreFunction("conflict"));
        f.get(this.#hart);
        f.memory(OP.i32Load, BUDGET);
        f.set(frame.budget);
        frame.accesses.reload();
    }
}
