/** The hart's registers as a region has them: each in a local of its own, loaded and stored where the region begins, calls and ends. */
import { BUDGET, F, PC, X } from "../../state/hart-layout.ts";
import type { WasmFunction } from "../../wasm/function.ts";
import { OP } from "../../wasm/opcodes.ts";
import { F64, I64 } from "../../wasm/types.ts";
import type { RegisterSet } from "./register-set.ts";

const REGISTER_BYTES = 8;
const X_REGISTERS = 32;

export class HartState {
    readonly #f: WasmFunction;
    readonly #hart: number;
    readonly #locals: number[] = [];

    constructor(f: WasmFunction, hart: number) {
        this.#f = f;
        this.#hart = hart;
    }

    /** An i64 for an x register, an f64 for an f register: moves of an f64 keep all its bits. */
    local(register: number, isFloat: boolean): number {
        const key = isFloat ? register + X_REGISTERS : register;
        this.#locals[key] ??= this.#f.local(isFloat ? F64 : I64);
        return this.#locals[key];
    }

    load(set: RegisterSet): void {
        set.forEach((register, isFloat) => {
            this.#f.get(this.#hart);
            this.#f.memory(isFloat ? OP.f64Load : OP.i64Load, fieldOf(register, isFloat));
            this.#f.set(this.local(register, isFloat));
        });
    }

    store(set: RegisterSet): void {
        set.forEach((register, isFloat) => {
            this.#f.get(this.#hart);
            this.#f.get(this.local(register, isFloat));
            this.#f.memory(isFloat ? OP.f64Store : OP.i64Store, fieldOf(register, isFloat));
        });
    }

    /** `pc` leaves an i64. */
    storePc(pc: () => void): void {
        this.#f.get(this.#hart);
        pc();
        this.#f.memory(OP.i64Store, PC);
    }

    storeBudget(budget: number): void {
        this.#f.get(this.#hart);
        this.#f.get(budget);
        this.#f.memory(OP.i32Store, BUDGET);
    }

    loadBudget(budget: number): void {
        this.#f.get(this.#hart);
        this.#f.memory(OP.i32Load, BUDGET);
        this.#f.set(budget);
    }
}

function fieldOf(register: number, isFloat: boolean): number {
    return (isFloat ? F : X) + register * REGISTER_BYTES;
}
