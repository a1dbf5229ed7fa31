/** Turns that end at conflicting accesses (docs/spec/turns.md 2.7, 3.3). */

import { describe, expect, it } from "vitest";
import { type Guest, type GuestOptions, run } from "../engine/guest.ts";

const WORDS = 64;
/** So long a round that only conflicts end a turn before WFI does. */
const ONE_TURN = { hartsPerCluster: 2, quantum: 100_000, scheduler: "conflicts", held: true } as const;

/** What a hart does to the word at s0. Where it may fail or trap, nothing is left to chance. */
const ACCESSES: Readonly<Record<string, string>> = {
    nothing: "nop",
    load: "ld t0, 0(s0)",
    "load of a byte": "lbu t0, 7(s0)",
    store: "sd t0, 0(s0)",
    "store of a byte": "sb t0, 5(s0)",
    AMO: "amoadd.d t0, t0, (s0)",
    // behind the LR as many instructions as hold a turn (4.2)
    LR: `lr.d t0, (s0)\n ${"nop\n".repeat(70)}`,
    "LR and SC": "lr.d t0, (s0)\n sc.d t0, t0, (s0)",
    "SC that fails": "sc.d t0, t0, (s0)",
    "store, then load": "sd t0, 0(s0)\n ld t0, 0(s0)",
    "load, then store": "ld t0, 0(s0)\n sd t0, 0(s0)",
};

/** Hart 0 does `first` to 64 words, then hart 1 `second`, in a round. */
function bothOn(first: string, second: string, options: GuestOptions = {}): Guest {
    const loop = (body: string) => `
        la s0, words
        li s1, ${WORDS}
    1:  ${body}
        addi s0, s0, 8
        addi s1, s1, -1
        bnez s1, 1b
    2:  wfi
        j 2b`;
    return run(
        `csrr t0, mhartid\n bnez t0, 3f\n ${loop(first)}\n 3: ${loop(second)}\n .balign 4096\n words: .zero 4096`,
        { ...ONE_TURN, ...options },
    );
}

/** Instructions of hart 1 in each part of its turns, until all wait. */
function partsOf({ machine }: Guest): number[] {
    const hart = machine.hart(1);
    const parts: number[] = [];
    for (let before = 0; machine.run({ maxInstructions: 1 }).kind === "instructions"; before = hart.instructions) {
        if (hart.instructions !== before) parts.push(hart.instructions - before);
    }
    return parts;
}

const CONFLICTS: readonly (readonly [first: string, second: string, conflicts: boolean])[] = [
    ["store", "load", true],
    ["load", "store", true],
    ["store", "store", true],
    ["load", "load", false],
    ["nothing", "store", false],
    ["store of a byte", "load of a byte", true],
    ["load of a byte", "load of a byte", false],
    ["AMO", "load", true],
    ["load", "AMO", true],
    ["LR", "load", false],
    ["LR", "LR", false],
    ["store", "LR", true],
    ["LR and SC", "load", true],
    ["load", "LR and SC", true],
    ["SC that fails", "load", false],
    ["store, then load", "load", true],
    ["load, then store", "load", true],
    ["store", "nothing", false],
    ["load", "load, then store", true],
    ["store", "store, then load", true],
    ["nothing", "load, then store", false],
];

describe("a conflict", () => {
    it.each(CONFLICTS)("2.7 %s, by another hart %s: %s", (first, second, conflicts) => {
        const parts = partsOf(bothOn(ACCESSES[first] as string, ACCESSES[second] as string));
        if (conflicts) expect(parts.length).toBeGreaterThan(WORDS / 8 - 1);
        else expect(parts.length).toBe(1);
    });

    it("2.7 is one of accesses that miss L0, too: over two pages, of a page with code, each the first of its page", () => {
        const of = (offset: number, step: number) => {
            const text = (access: string) => `
                la s0, words + ${offset}
                li s1, 64
                li s2, ${step}
            1:  ${access} t0, 0(s0)
                add s0, s0, s2
                addi s1, s1, -1
                bnez s1, 1b
            2:  wfi
                j 2b`;
            const source = `csrr t0, mhartid\n bnez t0, 3f\n ${text("ld")}\n 3: ${text("sd")}\n .balign 4096\n words:`;
            return partsOf(run(source, ONE_TURN)).length;
        };
        for (const [offset, step] of [
            [4092, 4096],
            [-2048, 8],
            [8, 4096],
        ] as const)
            expect(of(offset, step)).toBeGreaterThan(WORDS / 8 - 1);
    });

    it("2.7 is none of words of one's own: the run is that of scheduler instruction", () => {
        const source = `
            la s0, words
            csrr t0, mhartid
            slli t0, t0, 3
            add s0, s0, t0
            li s1, 500
        1:  ld t0, 0(s0)
            addi t0, t0, 1
            sd t0, 0(s0)
            amoadd.d t1, t0, (s0)
            addi s1, s1, -1
            bnez s1, 1b
        2:  wfi
            j 2b
            .balign 4096
        words: .zero 64`;
        const hash = (scheduler: "instruction" | "conflicts") => {
            const { machine } = run(source, { hartsPerCluster: 4, scheduler, seed: 3 });
            return machine.stateHash();
        };
        expect(hash("conflicts")).toBe(hash("instruction"));
    });
});

interface Part {
    /** Conflicts of the part, at the last of which it ended. */
    readonly conflicts: number;
    /** Rounds that the hart was away behind it. */
    readonly away: number;
}

/** The parts of hart 1, but for the last, over many seeds. */
function drawnParts(): Part[] {
    const parts: Part[] = [];
    for (let seed = 0; seed < 100; seed++) {
        const counted = `addi s3, s3, 1\n ${ACCESSES.store}`;
        const guest = bothOn(counted, counted, { seed });
        const { machine } = guest;
        const state = () => ({ stores: Number(guest.x("s3", 1)), round: machine.clock / ONE_TURN.quantum });
        let [before, last] = [state(), 0];
        while (machine.run({ maxInstructions: 1 }).kind === "instructions") {
            const now = state();
            if (last > 0) parts.push({ conflicts: last, away: Math.max(0, now.round - before.round - 1) });
            last = now.stores - before.stores;
            before = now;
        }
    }
    return parts;
}

describe("a turn", () => {
    const parts = drawnParts();

    it("2.7, 3.3 ends a part behind 1 to 8 conflicts, each as likely", () => {
        const counts = Array.from({ length: 10 }, (_, n) => parts.filter(({ conflicts }) => conflicts === n).length);
        expect([counts[0], counts[9]]).toEqual([0, 0]);
        for (const count of counts.slice(1, 9)) expect(count).toBeGreaterThan(parts.length / 12);
    });

    it("2.7, 3.3 goes on in the same round, or the hart is away for 1, 2, 4, ... 64 rounds", () => {
        const away = parts.map((part) => part.away).filter((rounds) => rounds > 0);
        expect([...new Set(away)].sort((a, b) => a - b)).toEqual([1, 2, 4, 8, 16, 32, 64]);
        expect(away.length).toBeGreaterThan(parts.length / 5);
        expect(away.length).toBeLessThan(parts.length / 3);
    });

    it("2.7 has no more than its budget in all its parts, and only what a hart is away for is idle", () => {
        const source = `
            la s2, words
        2:  mv s0, s2
            li s1, 32
        1:  sd s1, 0(s0)
            addi s0, s0, 8
            addi s1, s1, -1
            bnez s1, 1b
            j 2b
            .balign 4096
        words: .zero 4096`;
        const { machine } = run(source, { ...ONE_TURN, quantum: 100, seed: 3 });
        for (let round = 1; round <= 3000; round++) {
            machine.run({ maxRounds: 1 });
            for (const hart of [machine.hart(0), machine.hart(1)]) {
                expect(hart.cycles).toBeLessThanOrEqual(round * 100 + 100);
                expect(hart.instructions).toBe(hart.cycles - hart.idleCycles);
            }
        }
        for (const { instructions } of [machine.hart(0), machine.hart(1)]) expect(instructions).toBeGreaterThan(30_000);
    });

    it("2.7 loses unlocked updates for each of 20 seeds", () => {
        const source = `
            la s1, word
            li s3, 100
        2:  ld t3, 0(s1)
            addi t3, t3, 1
            sd t3, 0(s1)
            addi s3, s3, -1
            bnez s3, 2b
        9:  wfi
            j 9b
            .balign 64
        word: .dword 0`;
        for (let seed = 1; seed <= 20; seed++) {
            const guest = run(source, { hartsPerCluster: 2, quantum: 100, seed, scheduler: "conflicts" });
            expect(guest.memory64("word")).toBeLessThan(200n);
        }
    });
});
