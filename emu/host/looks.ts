/**
 * Looks at instructions one by one: what traces, breakpoints and debuggers are made of. The guest does not see them: same run, same hash,
 * same cycles. While nobody looks, engines are those of a machine without looks.
 */

import type { Looker } from "../state/core-contract.ts";
import { HART_STRIDE, LOOKED_AT } from "../state/hart-layout.ts";
import { LOOK_ACCESS_SHIFT, LOOK_ENTRIES, LOOK_FETCH_SHIFT } from "../state/look-layout.ts";
import { CURSOR, HALT, HALTED } from "../state/machine-layout.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import { ACCESS_ATOMIC, ACCESS_LOAD, ACCESS_WIDTH } from "../state/watch-layout.ts";

export interface Touch {
    readonly vaddr: bigint;
    readonly bytes: number;
    readonly kind: "load" | "store" | "atomic";
}

export interface Look {
    /**
     * The hart's next instruction is that at its pc; it has not been fetched. Called for the harts and the addresses that it looks at, and
     * for others. True halts the run there: run() returns "debug", and goes on from there when it is called again.
     */
    next(hart: number): boolean;
    /** A hart that it looks at has ended a turn. True makes run() return "debug" between turns. */
    turnEnded(hart: number): boolean;
    /** The hart's present instruction, which its counts have already, is about to make an access; it may still trap. Called for the addresses that it looks for, and for others. */
    touching?(hart: number, touch: Touch): void;
}

/** How often a class of addresses is looked for. */
type Classes = Uint16Array;

export class Looks implements Looker {
    readonly #shared: SharedMemory;
    /** Chooses the engines that ask, or those that do not. */
    readonly #use: (looked: boolean) => void;
    readonly #looks = new Map<Look, Set<number>>();
    readonly #fetched: Classes = new Uint16Array(LOOK_ENTRIES);
    readonly #accessed: Classes = new Uint16Array(LOOK_ENTRIES);
    #addresses = 0;

    constructor(shared: SharedMemory, use: (looked: boolean) => void) {
        this.#shared = shared;
        this.#use = use;
    }

    /** From now on `look` is asked. It looks at no hart yet. */
    add(look: Look): void {
        this.#looks.set(look, new Set());
    }

    remove(look: Look): void {
        for (const hart of this.#looks.get(look) ?? []) this.lookAt(look, hart, false);
        this.#looks.delete(look);
    }

    /** Whether `look` sees each instruction of the hart. */
    lookAt(look: Look, hart: number, on: boolean): void {
        const harts = this.#looks.get(look);
        if (harts === undefined) throw new Error("a look that was not added");
        if (on) harts.add(hart);
        else harts.delete(hart);
        const looked = [...this.#looks.values()].some((each) => each.has(hart));
        this.#shared.setU32(this.#shared.plan.harts + hart * HART_STRIDE + LOOKED_AT, looked ? 1 : 0);
        this.#choose();
    }

    /** Looks are asked at an instruction at `vaddr`, of any hart, once more, or once less. */
    lookForFetch(vaddr: bigint, on: boolean): void {
        this.#count(this.#fetched, 0, classOf(vaddr, LOOK_FETCH_SHIFT), on);
        this.#choose();
    }

    /** Looks are told of accesses that touch any of the bytes, once more, or once less. */
    lookForAccess(vaddr: bigint, bytes: number, on: boolean): void {
        const shift = BigInt(LOOK_ACCESS_SHIFT);
        // An access may begin in the class before.
        const [first, last] = [(vaddr >> shift) - 1n, (vaddr + BigInt(bytes) - 1n) >> shift];
        const count = Math.min(Number(last - first) + 1, LOOK_ENTRIES);
        for (let i = 0; i < count; i++) {
            const at = Number(BigInt.asUintN(32, first + BigInt(i))) % LOOK_ENTRIES;
            this.#count(this.#accessed, LOOK_ENTRIES, at, on);
        }
        this.#choose();
    }

    looking(base: number): boolean {
        const hart = this.#hartAt(base);
        let halts = false;
        for (const look of this.#looks.keys()) halts = look.next(hart) || halts;
        if (halts) this.#shared.setU32(HALT, 1);
        return halts;
    }

    touching(base: number, vaddr: bigint, access: number): void {
        const kind = access & ACCESS_ATOMIC ? "atomic" : access & ACCESS_LOAD ? "load" : "store";
        const touch: Touch = { vaddr: BigInt.asUintN(64, vaddr), bytes: access & ACCESS_WIDTH, kind };
        for (const look of this.#looks.keys()) look.touching?.(this.#hartAt(base), touch);
    }

    /** The run has halted inside a turn. */
    get isInTurn(): boolean {
        return this.#shared.u32(HALTED) !== 0;
    }

    /** The machine's turns have halted. False when they only did so to tell of the end of a turn, and nobody wants more. */
    halts(): boolean {
        if (this.isInTurn) return true;
        const hart = this.#shared.u32(CURSOR) - 1;
        let halts = false;
        for (const [look, harts] of this.#looks) if (harts.has(hart)) halts = look.turnEnded(hart) || halts;
        return halts;
    }

    #count(classes: Classes, offset: number, at: number, on: boolean): void {
        const count = (classes[at] ?? 0) + (on ? 1 : -1);
        classes[at] = count;
        this.#addresses += on ? 1 : -1;
        this.#shared.bytes(this.#shared.plan.looks + offset + at, 1)[0] = count > 0 ? 1 : 0;
    }

    #choose(): void {
        this.#use(this.#addresses > 0 || [...this.#looks.values()].some(({ size }) => size > 0));
    }

    #hartAt(base: number): number {
        return (base - this.#shared.plan.harts) / HART_STRIDE;
    }
}

function classOf(vaddr: bigint, shift: number): number {
    return (Number(BigInt.asUintN(32, vaddr)) >>> shift) & (LOOK_ENTRIES - 1);
}
