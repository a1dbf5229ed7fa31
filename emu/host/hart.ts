/** One hart as host tools see it: registers, CSRs, counters. 64-bit values are BigInts, because none of this is on a hot path. */

import { CSRS, csrNumber, isReadOnly } from "../isa/csr.ts";
import type { Core } from "../state/core-contract.ts";
import * as layout from "../state/hart-layout.ts";
import { QUANTUM, ROUND, STORE_DEPTH } from "../state/machine-layout.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import { STORE_ENTRY, STORE_FENCED, STORE_PLACE, STORE_VALUE, STORE_WIDTH } from "../state/store-buffer-layout.ts";

/** CSRs with a state of their own: no views, no constants. A CSR's part has the name of the CSR. */
const HASHED_CSRS = CSRS.filter((row) => row.slot !== undefined && !isReadOnly(row));
const REGISTERS = 32;

/** A part of the hart's state by name, as 64-bit words. */
export type HartPart = readonly [name: string, words: readonly bigint[]];

/** The ABI registers. */
const [A0, A1] = [10, 11] as const;

export class Hart {
    readonly index: number;
    /** The host address of the hart's state. */
    readonly base: number;
    readonly #memory: SharedMemory;
    readonly #core: Core;

    constructor(index: number, memory: SharedMemory, core: Core) {
        this.index = index;
        this.base = memory.plan.harts + index * layout.HART_STRIDE;
        this.#memory = memory;
        this.#core = core;
    }

    get pc(): bigint {
        return this.#memory.u64(this.base + layout.PC);
    }

    set pc(value: bigint) {
        this.#memory.setU64(this.base + layout.PC, value);
    }

    x(register: number): bigint {
        return this.#memory.u64(this.base + layout.X + 8 * register);
    }

    setX(register: number, value: bigint): void {
        if (register !== 0) this.#memory.setU64(this.base + layout.X + 8 * register, value);
    }

    /** Gives what the hart asks for by a0 and a1, into a0. */
    call(answer: (request: number, argument: bigint) => bigint): void {
        this.setX(A0, answer(Number(BigInt.asUintN(32, this.x(A0))), this.x(A1)));
    }

    /** The raw content of an f register. */
    f(register: number): bigint {
        return this.#memory.u64(this.base + layout.F + 8 * register);
    }

    setF(register: number, value: bigint): void {
        this.#memory.setU64(this.base + layout.F + 8 * register, value);
    }

    /** A CSR by name or number, without access rules. */
    csr(csr: string | number): bigint {
        return BigInt.asUintN(64, this.#core.read_csr(this.base, numberOf(csr)));
    }

    setCsr(csr: string | number, value: bigint): void {
        this.#core.hart_set_csr(this.base, numberOf(csr), value);
        this.#core.wake(this.index);
    }

    /** 0 = U, 1 = S, 3 = M. */
    get privilege(): number {
        return this.#memory.u32(this.base + layout.PRIVILEGE);
    }

    get waiting(): boolean {
        return this.#memory.u32(this.base + layout.STATE) === layout.WAITING;
    }

    /** Cycles of the hart's clock, idle ones included. For a hart that waits they count up to the present round. */
    get cycles(): number {
        return this.#clock + this.#waited;
    }

    /** The idle cycles (pause, WFI) among them. */
    get idleCycles(): number {
        return Number(this.#memory.u64(this.base + layout.IDLE)) + this.#waited;
    }

    /** The clock of the hart's last trap out of user mode; 0 when there was none yet. */
    get leftUser(): number {
        return Number(this.#memory.u64(this.base + layout.LEFT_USER));
    }

    /** The clock of the hart's first entry to user mode since its last probe record; 0 when it has not entered it. */
    get enteredUser(): number {
        return Number(this.#memory.u64(this.base + layout.ENTERED_USER));
    }

    /** The machine calls it with each probe record. */
    forgetEnteredUser(): void {
        this.#memory.setU64(this.base + layout.ENTERED_USER, 0n);
    }

    /** Between two turns: for so many cycles from the present round on the hart does nothing. Not with fidelity "timing". */
    delay(cycles: number): void {
        const { view } = this.#memory;
        const more = cycles + this.#waited;
        view.setInt32(this.base + layout.BUDGET, view.getInt32(this.base + layout.BUDGET, true) - more, true);
        const bias = this.base + layout.INSTRET_BIAS;
        this.#memory.setU64(bias, this.#memory.u64(bias) - BigInt(more));
    }

    get instructions(): number {
        const budget = this.#memory.view.getInt32(this.base + layout.BUDGET, true);
        return Number(BigInt.asUintN(64, this.#memory.u64(this.base + layout.INSTRET_BIAS) - BigInt(budget)));
    }

    /** Instructions retired, and those that trapped. */
    get executed(): number {
        return this.instructions + Number(this.#memory.u64(this.base + layout.RAISED));
    }

    /** Those that compiled code has retired. */
    get compiledInstructions(): number {
        return Number(this.#memory.u64(this.base + layout.COMPILED_INSTRUCTIONS));
    }

    /**
     * Architectural state between turns, for the state hash. It has the same parts in the same order for every hart and at every time
     * (turns.md 7.2). No reservation lives there.
     */
    stateParts(): HartPart[] {
        const registers = Array.from({ length: REGISTERS }, (_, i) => i);
        return [
            ["pc", [this.pc]],
            ["x", registers.map((i) => this.x(i))],
            ["f", registers.map((i) => this.f(i))],
            ...HASHED_CSRS.map(({ name, number }): HartPart => [name, [this.csr(number)]]),
            ["triggers", this.#triggers()],
            ["privilege", [BigInt(this.privilege)]],
            ["waiting", [BigInt(this.waiting)]],
            ["clock", [BigInt(this.#clock)]],
            ["instructions", [BigInt(this.instructions)]],
            ["mtimecmp", [this.#memory.u64(this.base + layout.MTIMECMP)]],
            ["reservationLost", [BigInt(this.#memory.u32(this.base + layout.RESERVATION_LOST))]],
            ["storeBuffer", this.#bufferedStores()],
        ];
    }

    /** Place, bytes, value and fences since the oldest, of each store that memory has not seen (memory-model.md 5.3). */
    #bufferedStores(): bigint[] {
        const memory = this.#memory;
        const first = memory.plan.storeBuffers + this.index * memory.u32(STORE_DEPTH) * STORE_ENTRY;
        const count = memory.u32(this.base + layout.STORE_COUNT);
        const oldest = count === 0 ? 0 : memory.u32(first + STORE_FENCED);
        return Array.from({ length: count }, (_, i) => first + i * STORE_ENTRY).flatMap((entry) => [
            BigInt(memory.u32(entry + STORE_PLACE)),
            BigInt(memory.u32(entry + STORE_WIDTH)),
            memory.u64(entry + STORE_VALUE),
            BigInt(memory.u32(entry + STORE_FENCED) - oldest),
        ]);
    }

    /** tdata1 and tdata2 of each. */
    #triggers(): bigint[] {
        const fields = [layout.TDATA1, layout.TDATA2];
        const indices = Array.from({ length: layout.TRIGGER_COUNT }, (_, i) => i);
        return indices.flatMap((i) => fields.map((field) => this.#memory.u64(this.base + field + 8 * i)));
    }

    get #clock(): number {
        return Number(this.#core.hart_clock(this.base));
    }

    /** Clocks of waiting harts are set forward when they wake. */
    get #waited(): number {
        if (!this.waiting) return 0;
        return Math.max(0, Number(this.#memory.u64(ROUND)) * this.#memory.u32(QUANTUM) - this.#clock);
    }
}

/** Says which harts wait. */
export function describeDeadlock(harts: readonly Hart[]): string {
    const shown = harts.slice(0, 8).map((hart) => `hart ${hart.index} at 0x${hart.pc.toString(16)}`);
    const rest = harts.length > shown.length ? `, and ${harts.length - shown.length} more` : "";
    return `every hart waits for an interrupt that nothing will raise: ${shown.join(", ")}${rest}`;
}

function numberOf(csr: string | number): number {
    const number = typeof csr === "number" ? csr : csrNumber(csr);
    if (number === undefined) throw new RangeError(`no CSR is called ${csr}`);
    return number;
}
