/**
 * The code that the interpreter of a watched machine emits beside its arms (emu/host/watch.ts); other machines have none of it. The
 * kernel's loads and stores, those of supervisor mode without translation, check the marks of the bytes they touch. The host hears of an
 * access only where the marks object, or where the access misses L0, lies across words or is an atomic. Hooks are a bit of the micro-op's
 * op.
 */
import { OP_HOOK } from "../state/code-layout.ts";
import { BUDGET, DATA_REGIME, PRIVILEGE, PRIVILEGE_S } from "../state/hart-layout.ts";
import { REGIME_BARE } from "../state/l0-layout.ts";
import { MARKS_ORIGIN } from "../state/machine-layout.ts";
import { ACCESS_LOAD, ACCESS_STORE, CLOSED_SHIFT, MARKED_BYTES } from "../state/watch-layout.ts";
import type { WasmFunction } from "../wasm/function.ts";
import { OP } from "../wasm/opcodes.ts";
import { I32 } from "../wasm/types.ts";
import { coreFunction } from "./core-imports.ts";
import { emitPc, emitWordOf, type Frame } from "./frame.ts";

export class WatchEmitter {
    readonly #f: WasmFunction;
    readonly #watched: boolean;
    readonly #hart: number;
    /** i32: whether the hart runs the kernel; MARKS_ORIGIN; the place of an access's marks, and their value; a micro-op's op. */
    readonly #kernel: number;
    readonly #origin: number;
    readonly #place: number;
    readonly #marks: number;
    readonly #op: number;

    constructor(f: WasmFunction, watched: boolean, hart: number) {
        this.#f = f;
        this.#watched = watched;
        this.#hart = hart;
        const local = () => (watched ? f.local(I32) : -1);
        [this.#kernel, this.#origin, this.#place, this.#marks, this.#op] = [
            local(),
            local(),
            local(),
            local(),
            local(),
        ];
    }

    /** Emitted at the start of a turn, and after a slow path that may have changed privilege or translation. */
    enter(): void {
        if (!this.#watched) return;
        const f = this.#f;
        f.i32(0);
        f.memory(OP.i32Load, MARKS_ORIGIN);
        f.set(this.#origin);
        f.get(this.#hart);
        f.memory(OP.i32Load, PRIVILEGE);
        f.i32(PRIVILEGE_S);
        f.op(OP.i32Eq);
        f.get(this.#hart);
        f.memory(OP.i32Load, DATA_REGIME);
        f.i32(REGIME_BARE);
        f.op(OP.i32Eq);
        f.op(OP.i32And);
        f.set(this.#kernel);
    }

    /** The op on the stack is about to be executed. Leaves it there without its hook. */
    dispatch(frame: Frame): void {
        if (!this.#watched) return;
        const f = this.#f;
        f.tee(this.#op);
        f.i32(OP_HOOK);
        f.op(OP.i32And);
        f.if();
        f.get(this.#op);
        f.i32(OP_HOOK - 1);
        f.op(OP.i32And);
        f.set(this.#op);
        this.#syncBudget(frame);
        f.get(this.#hart);
        this.#pc(frame);
        f.call(coreFunction("hooked"));
        f.end();
        f.get(this.#op);
    }

    /** A load or store of `width` bytes has hit L0. frame.address is its address, and `hostAddress` emits the place it goes to. */
    hit(frame: Frame, kind: typeof ACCESS_LOAD | typeof ACCESS_STORE, width: number, hostAddress: () => void): void {
        if (!this.#watched) return;
        const f = this.#f;
        f.get(this.#kernel);
        f.if();
        this.#findMarks(width, hostAddress);
        if (kind === ACCESS_LOAD) this.#objects(frame, width, kind, 1);
        else this.#stores(frame, width);
        f.end();
    }

    /** An access of the kernel missed L0, or is an atomic. The host itself looks at the marks. */
    slow(frame: Frame, kind: number, width: number): void {
        if (!this.#watched) return;
        this.#f.get(this.#kernel);
        this.#f.if();
        this.#tell(frame, kind | width);
        this.#f.end();
    }

    /** Sets `marks` to the marks of the bytes from hostAddress on, the first in bit 0 and in bit CLOSED_SHIFT. */
    #findMarks(width: number, hostAddress: () => void): void {
        const f = this.#f;
        emitWordOf(f, hostAddress, this.#origin, this.#place);
        this.#offset(width, hostAddress);
        f.op(OP.i32ShrU);
        f.set(this.#marks);
    }

    #offset(width: number, hostAddress: () => void): void {
        if (width === MARKED_BYTES) {
            this.#f.i32(0);
            return;
        }
        hostAddress();
        this.#f.i32(MARKED_BYTES - 1);
        this.#f.op(OP.i32And);
    }

    /** Tells the host if `halves` (unwritten, closed) object, or if the access is not aligned. */
    #objects(frame: Frame, width: number, kind: number, halves: number): void {
        const f = this.#f;
        const mask = (1 << width) - 1;
        f.get(this.#marks);
        f.i32(halves === 1 ? mask | (mask << CLOSED_SHIFT) : mask << CLOSED_SHIFT);
        f.op(OP.i32And);
        if (width > 1) {
            f.get(frame.address);
            f.op(OP.i32WrapI64);
            f.i32(width - 1);
            f.op(OP.i32And);
            f.op(OP.i32Or);
        }
        f.if();
        this.#tell(frame, kind | width);
        f.end();
    }

    /** A store that may be done has written its bytes. */
    #stores(frame: Frame, width: number): void {
        const f = this.#f;
        this.#objects(frame, width, ACCESS_STORE, 0);
        f.get(this.#marks);
        f.i32((1 << width) - 1);
        f.op(OP.i32And);
        f.if();
        f.get(this.#place);
        f.get(this.#place);
        f.memory(OP.i32Load16U, 0);
        f.i32((1 << width) - 1);
        f.get(frame.address);
        f.op(OP.i32WrapI64);
        f.i32(MARKED_BYTES - 1);
        f.op(OP.i32And);
        f.op(OP.i32Shl);
        f.i32((1 << MARKED_BYTES) - 1);
        f.op(OP.i32And);
        f.i32(-1);
        f.op(OP.i32Xor);
        f.op(OP.i32And);
        f.memory(OP.i32Store16, 0);
        f.end();
    }

    #tell(frame: Frame, access: number): void {
        const f = this.#f;
        this.#syncBudget(frame);
        f.get(this.#hart);
        this.#pc(frame);
        f.get(frame.address);
        f.op(OP.f64ConvertI64U);
        f.i32(access);
        f.call(coreFunction("accessing"));
    }

    /** Stores the budget, so that the host reads the hart's clock as of this instruction. */
    #syncBudget(frame: Frame): void {
        this.#f.get(this.#hart);
        this.#f.get(frame.budget);
        this.#f.memory(OP.i32Store, BUDGET);
    }

    #pc(frame: Frame): void {
        emitPc(frame);
        this.#f.op(OP.f64ConvertI64U);
    }
}
