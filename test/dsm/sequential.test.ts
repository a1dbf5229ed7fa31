/** The checker of sequential consistency against textbook outcomes, against brute force, and at the size of real histories. */

import { describe, expect, it } from "vitest";
import { type History, historyText, parseSteps, type Step, stepText } from "./history.ts";
import { checkSequential, type Verdict } from "./sequential.ts";

/** Threads separated by /. */
const parse = (text: string): History => text.split("/").map(parseSteps);

/** Word 1 is x, 2 is y, 3 is z. */
const LITMUS: readonly (readonly [name: string, history: string, allowed: boolean])[] = [
    ["nothing", "", true],
    ["SB, both read 0", "w1=1 r2=0 / w2=1 r1=0", false],
    ["SB, one reads 0", "w1=1 r2=0 / w2=1 r1=1", true],
    ["MP, the flag without the data", "w1=1 w2=1 / r2=1 r1=0", false],
    ["MP, the data without the flag", "w1=1 w2=1 / r2=0 r1=1", true],
    ["LB, both read 1", "r1=1 w2=1 / r2=1 w1=1", false],
    ["LB, one reads 1", "r1=0 w2=1 / r2=1 w1=1", true],
    ["IRIW, the readers disagree", "w1=1 / w2=1 / r1=1 r2=0 / r2=1 r1=0", false],
    ["IRIW, the readers agree", "w1=1 / w2=1 / r1=1 r2=0 / r2=0 r1=1", true],
    ["CoRR, new then old", "w1=1 / r1=1 r1=0", false],
    ["CoRR, two writers in two orders", "w1=1 / w1=2 / r1=1 r1=2 / r1=2 r1=1", false],
    ["CoRR, two writers in one order", "w1=1 / w1=2 / r1=1 r1=2 / r1=1 r1=2", true],
    ["CoWR, the own write is lost", "w1=1 r1=0", false],
    ["CoRW, a write of the future", "r1=1 w1=1", false],
    ["2+2W, both first writes last", "w1=1 w2=2 / w2=1 w1=2 / r1=1 r2=1 / r1=2 r1=1 / r2=2 r2=1", false],
    ["2+2W, one order", "w1=1 w2=2 / w2=1 w1=2 / r1=1 r1=2 / r2=1 r2=2", true],
    ["WRC, a write is seen late", "w1=1 / r1=1 w2=1 / r2=1 r1=0", false],
    ["RWC, a reader and a store buffer", "w1=1 / r1=1 r2=0 / w2=1 r1=0", false],
    ["a value nobody wrote", "w1=1 / r1=2", false],
    ["a barrier, and an old value behind it", "w1=1 | / | r1=0", false],
    ["a barrier, and an old value before it", "w1=1 | / r1=0 | r1=1", true],
    ["a barrier, and a value from behind it", "| w1=1 / r1=1 |", false],
];

/** All orders of the steps, one after the other; a state is visited once. */
function bruteForce(history: History): boolean {
    const seen = new Set<string>();
    const visit = (places: readonly number[], memory: Readonly<Record<number, number>>): boolean => {
        const state = JSON.stringify([places, memory]);
        if (seen.has(state)) return false;
        seen.add(state);
        if (places.every((place, t) => place === history[t]?.length)) return true;
        const heads = history.map((steps, t) => steps[places[t] ?? 0]);
        if (heads.every((head) => head?.kind === "barrier"))
            return visit(
                places.map((place) => place + 1),
                memory,
            );
        return heads.some((head, t) => {
            if (head === undefined || head.kind === "barrier") return false;
            if (head.kind === "read" && (memory[head.word] ?? 0) !== head.value) return false;
            const after = places.map((place, i) => (i === t ? place + 1 : place));
            return visit(after, head.kind === "read" ? memory : { ...memory, [head.word]: head.value });
        });
    };
    return visit(
        history.map(() => 0),
        {},
    );
}

/** Plays a verdict's order with a memory: true when it explains the history. */
function explains(history: History, { order }: Verdict & { kind: "consistent" }): boolean {
    const memory = new Map<number, number>();
    const places = history.map(() => 0);
    for (const { thread, place, step } of order) {
        if (step.kind === "barrier") {
            // The barriers among the threads' steps are passed together.
            for (const [t, steps] of history.entries()) {
                if (steps[places[t] ?? 0]?.kind !== "barrier") return false;
                places[t] = (places[t] ?? 0) + 1;
            }
            continue;
        }
        if (place !== places[thread] || history[thread]?.[place] !== step) return false;
        places[thread] = place + 1;
        if (step.kind === "write") memory.set(step.word, step.value);
        else if ((memory.get(step.word) ?? 0) !== step.value) return false;
    }
    return history.every((steps, t) => steps.length === places[t]);
}

function expectSound(history: History, verdict: Verdict): void {
    if (verdict.kind === "consistent") expect(explains(history, verdict), historyText(history)).toBe(true);
}

interface Shape {
    readonly threads: number;
    readonly steps: number;
    readonly words: number;
    readonly barriers: number;
}

/** Of a random run with one memory; threads go on for a while, as those do that hold a page. `next` gives numbers below its argument. */
function randomRun({ threads, steps, words, barriers }: Shape, next: (below: number) => number): Step[][] {
    const history: Step[][] = Array.from({ length: threads }, () => []);
    const memory = new Map<number, number>();
    let value = 0;
    for (let phase = 0; phase <= barriers; phase++) {
        const left = history.map(() => steps);
        while (left.some((count) => count > 0)) {
            const thread = next(threads);
            for (let burst = 1 + next(4); burst > 0 && (left[thread] ?? 0) > 0; burst--) {
                const word = next(words);
                left[thread] = (left[thread] ?? 0) - 1;
                const write = next(2) === 0;
                if (write) memory.set(word, ++value);
                history[thread]?.push({ kind: write ? "write" : "read", word, value: memory.get(word) ?? 0 });
            }
        }
        if (phase < barriers) for (const list of history) list.push({ kind: "barrier" });
    }
    return history;
}

/** The same with one read's value, if there is a read, replaced by that of another access of its word, or by 0. */
function mutated(history: Step[][], next: (below: number) => number): Step[][] {
    const reads = history.flatMap((list, t) =>
        list.flatMap(({ kind }, i) => (kind === "read" ? [[t, i] as const] : [])),
    );
    if (reads.length === 0) return history;
    const [thread, place] = reads[next(reads.length)] as readonly [number, number];
    const read = history[thread]?.[place] as Step & { word: number };
    const values = [
        0,
        ...history.flat().flatMap((step) => ("word" in step && step.word === read.word ? [step.value] : [])),
    ];
    const changed = { ...read, value: values[next(values.length)] ?? 0 };
    return history.map((list, t) => list.map((step, i) => (t === thread && i === place ? changed : step)));
}

/** Random numbers below their argument, a function of the seed. */
function randomNumbers(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return (state >>> 8) % below;
    };
}

describe("sequential consistency", () => {
    it.each(LITMUS)("%s: %s is allowed: %s", (_name, text, allowed) => {
        const history = parse(text);
        const verdict = checkSequential(history);
        expect(verdict.kind).toBe(allowed ? "consistent" : "violation");
        expect(bruteForce(history)).toBe(allowed);
        expectSound(history, verdict);
    });

    it("a violation is told as a cycle", () => {
        const verdict = checkSequential(parse("w1=1 w2=1 / r2=1 r1=0"));
        expect(verdict).toMatchObject({ reason: expect.stringMatching(/^a cycle: /) });
        expect((verdict as { reason: string }).reason.split("\n")).toHaveLength(5);
    });

    it("steps are what their text says", () => {
        const text = "w1=2 | r30=400 r1=0";
        expect(parseSteps(text).map(stepText).join(" ")).toBe(text);
        expect(() => parseSteps("w1=")).toThrow(SyntaxError);
    });

    it("refuses what is no history", () => {
        expect(() => checkSequential(parse("w1=1 / w1=1"))).toThrow(RangeError);
        expect(() => checkSequential(parse("w1=0"))).toThrow(RangeError);
        expect(() => checkSequential(parse("| w1=1 / w2=1"))).toThrow(RangeError);
    });

    it("says what brute force says of arbitrary tiny histories", () => {
        let [accepted, rejected] = [0, 0];
        for (let seed = 1; seed <= 3000; seed++) {
            const next = randomNumbers(seed);
            const shape = { threads: 2 + next(3), steps: 2 + next(2), words: 1 + next(3), barriers: next(2) };
            let history = randomRun(shape, next);
            for (let n = next(4); n > 0; n--) history = mutated(history, next);
            const verdict = checkSequential(history);
            const expected = bruteForce(history) ? "consistent" : "violation";
            expect(verdict.kind, `seed ${seed}\n${historyText(history)}`).toBe(expected);
            expectSound(history, verdict);
            if (verdict.kind === "consistent") accepted++;
            else rejected++;
        }
        expect(Math.min(accepted, rejected)).toBeGreaterThan(500);
    });

    it.each([
        { threads: 4, steps: 40, words: 2, barriers: 0 },
        { threads: 8, steps: 60, words: 6, barriers: 3 },
        { threads: 16, steps: 60, words: 4, barriers: 0 },
        { threads: 64, steps: 16, words: 8, barriers: 0 },
        { threads: 64, steps: 16, words: 64, barriers: 1 },
        { threads: 128, steps: 8, words: 24, barriers: 0 },
    ])("explains runs with one memory, and decides on wrong reads: $threads threads, $words words", (shape) => {
        for (let seed = 1; seed <= 2; seed++) {
            const next = randomNumbers(seed);
            const history = randomRun(shape, next);
            const verdict = checkSequential(history);
            expect(verdict.kind).toBe("consistent");
            expectSound(history, verdict);
            const wrong = mutated(history, next);
            const second = checkSequential(wrong);
            expect(second.kind).not.toBe("undecided");
            expectSound(wrong, second);
        }
    });
});
