/** The host looks at instructions (turns.md 6.6): it sees all of them, may halt a run before any, and the guest sees nothing of it. */

import { describe, expect, it } from "vitest";
import type { Look, Touch } from "../../../emu/host/looks.ts";
import type { Machine } from "../../../emu/machine.ts";
import { type GuestOptions, RAM, random, run } from "../engine/guest.ts";
import { randomFlow } from "../engine/random-flow.ts";
import { BANK_BYTES, makeTables } from "../engine/random-system.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const SEEDS = NIGHTLY ? 200 : 14;
const MOST_INSTRUCTIONS = 60_000;
const HARTS = 4;

const MODELS: readonly GuestOptions[] = [
    { accounting: "accesses" },
    {},
    { fidelity: "latency", accounting: "accesses", quantum: 37 },
    { fidelity: "timing", accounting: "accesses" },
    { scheduler: "instruction" },
    { scheduler: "conflicts" },
    { memoryModel: "pso" },
    { fidelity: "timing", scheduler: "instruction" },
];

function outcome(made: Machine): object {
    return {
        state: made.stateHash(),
        executed: made.executed,
        counters: made.counters(),
        traffic: made.traffic(),
        accounts: made.checkAccounts(),
        timing: made.timing(),
    };
}

/** Runs to the limit, whatever halts it. */
function toTheEnd(made: Machine): object {
    for (;;) {
        const { kind } = made.run({ maxInstructions: MOST_INSTRUCTIONS - made.executed });
        if (kind !== "debug") return outcome(made);
    }
}

function held(seed: number, options: GuestOptions): Machine {
    const source = randomFlow(seed, { fuel: 1500, harts: HARTS, clusters: 2 });
    const prepare = (made: Machine) => makeTables(made, seed);
    const common = { bankSize: BANK_BYTES, meshX: 2, hartsPerCluster: 2, localWindow: true, rvc: true } as const;
    return run(source, { ...common, quantum: 100, seed, ...options, prepare, held: true }).machine;
}

/** What each hart has executed. */
const executedBy = (made: Machine, hart: number) => made.hart(hart).executed;

/** Halts before instructions that a draw chooses. */
class Halts implements Look {
    seen = 0;
    readonly #made: Machine;
    readonly #next: () => number;
    readonly #last = new Map<number, number>();

    constructor(made: Machine, seed: number) {
        this.#made = made;
        this.#next = random(seed);
    }

    next(hart: number): boolean {
        const executed = executedBy(this.#made, hart);
        if (this.#last.get(hart) === executed) return false;
        this.#last.set(hart, executed);
        this.seen++;
        return this.#next() % 5 === 0;
    }

    turnEnded(): boolean {
        return this.#next() % 3 === 0;
    }
}

describe("6.6 the guest sees nothing of looks", () => {
    it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))(
        "6.6 halted before instructions, and run on: seed %i",
        (seed) => {
            const model = MODELS[seed % MODELS.length] as GuestOptions;
            const expected = toTheEnd(held(seed, model));
            const made = held(seed, model);
            const look = new Halts(made, seed);
            made.looks.add(look);
            for (let hart = 0; hart < HARTS; hart++) made.looks.lookAt(look, hart, true);
            expect(toTheEnd(made)).toEqual(expected);
            // Those that trap while they are fetched are looked at, too. The last of each hart may not have been.
            expect(look.seen).toBeGreaterThanOrEqual(made.executed);
            expect(look.seen).toBeLessThanOrEqual(made.executed + HARTS);
        },
    );

    it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))(
        "6.6 looks that come and go, in the middle of turns: seed %i",
        (seed) => {
            const model = MODELS[seed % MODELS.length] as GuestOptions;
            const engine = model.memoryModel === undefined ? "jit" : "auto";
            const expected = toTheEnd(held(seed, { ...model, engine }));
            const made = held(seed, { ...model, engine });
            const next = random(seed);
            for (let i = 0; i < 60; i++) {
                const look = new Halts(made, i);
                made.looks.add(look);
                for (let hart = 0; hart < HARTS; hart++) made.looks.lookAt(look, hart, next() % 2 === 0);
                for (let halts = next() % 6; halts > 0; halts--) made.run({ maxInstructions: next() % 500 });
                made.looks.remove(look);
                if (next() % 2 === 0) made.run({ maxInstructions: next() % 500 });
            }
            expect(toTheEnd(made)).toEqual(expected);
        },
    );
});

const LOOP = `
    la s0, data
    li s1, 20
1:  ld t0, 0(s0)
    addi t0, t0, 1
    sd t0, 0(s0)
    sb s1, 9(s0)
    amoadd.w t1, s1, (s0)
    addi s1, s1, -1
    bnez s1, 1b
    finish
    .balign 64
data: .zero 64
`;

describe("6.6 the host looks for addresses", () => {
    it("6.6 of instructions: it halts before each that has it", () => {
        const { machine: made } = run(LOOP, { held: true });
        const expected = run(LOOP).machine.stateHash();
        const halted: bigint[] = [];
        const at = BigInt(RAM) + 16n;
        let before = -1;
        const look: Look = {
            next: (hart) => {
                const { pc, instructions } = made.hart(hart);
                if (pc !== at || instructions === before) return false;
                before = instructions;
                return true;
            },
            turnEnded: () => false,
        };
        made.looks.add(look);
        made.looks.lookForFetch(at, true);
        while (made.run().kind === "debug") halted.push(made.hart(0).pc);
        expect(halted).toEqual(Array.from({ length: 20 }, () => at));
        expect(made.stateHash()).toBe(expected);
    });

    it("6.6 of accesses: it is told of those that touch them, before they are made", () => {
        const { machine: made, address } = run(LOOP, { held: true });
        const told: Touch[] = [];
        made.looks.add({ next: () => false, turnEnded: () => false, touching: (_hart, touch) => told.push(touch) });
        const data = address("data");
        made.looks.lookForAccess(data + 9n, 1, true);
        made.run();
        expect(told.filter(({ vaddr }) => vaddr === data + 9n)).toHaveLength(20);
        expect(told[0]).toEqual({ vaddr: data, bytes: 8, kind: "load" });
        expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(["load", "store", "atomic"]));
        made.looks.lookForAccess(data + 9n, 1, false);
        expect([...made.ram().subarray(0, 1)]).toHaveLength(1);
    });
});
