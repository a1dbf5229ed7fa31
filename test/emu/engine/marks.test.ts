/** slti x0, x0, n tells the host, in every engine, and is nothing else (emu/isa/hints.ts). */
import { describe, expect, it } from "vitest";
import type { Machine } from "../../../emu/machine.ts";
import { type GuestOptions, run } from "./guest.ts";

const LOOP = `
    li s0, 200
1:  slti x0, x0, 5
    addi s1, s1, 1
    slti x0, s1, 7
    slti s2, x0, 9
    slti x0, x0, -3
    addi s0, s0, -1
    bnez s0, 1b
    slti x0, x0, 0
9:  wfi
    j 9b
`;

/** The marks with the instructions and cycles of the hart then. */
function marked(source: string, options: GuestOptions) {
    const marks: number[][] = [];
    const prepare = (made: Machine) => {
        made.onMark = (hart, n) => marks.push([hart, n, made.hart(hart).instructions, made.hart(hart).cycles]);
    };
    const { machine } = run(source, { meshX: 1, meshY: 1, ...options, prepare });
    return { marks, instructions: machine.hart(0).instructions, s1: machine.hart(0).x(9), hash: machine.stateHash() };
}

describe("a mark", () => {
    const expected = marked(LOOP, { engine: "interpreter" });

    it("is told with its hart and number, before it is retired", () => {
        expect(expected.marks).toHaveLength(401);
        expect(expected.marks.slice(0, 3).map(([hart, n]) => [hart, n])).toEqual([
            [0, 5],
            [0, -3],
            [0, 5],
        ]);
        const [first = [], second = [], third = []] = expected.marks;
        expect([(second[2] ?? 0) - (first[2] ?? 0), (third[2] ?? 0) - (second[2] ?? 0)]).toEqual([4, 3]);
        expect(expected.marks.at(-1)?.[1]).toBe(0);
    });

    it.each([
        ["jit", { engine: "jit", jitThreshold: 1 }],
        ["instruction", { scheduler: "instruction", seed: 3 }],
        ["conflicts", { scheduler: "conflicts" }],
        ["latency", { fidelity: "latency" }],
        ["accounting", { accounting: "accesses", engine: "jit", jitThreshold: 1 }],
        ["timing", { fidelity: "timing" }],
    ] as const)("with %s there are as many, at the same instructions", (_, options) => {
        const found = marked(LOOP, options);
        expect(found.marks.map(([hart, n, instructions]) => [hart, n, instructions])).toEqual(
            expected.marks.map(([hart, n, instructions]) => [hart, n, instructions]),
        );
    });

    it("changes nothing but the code: a hint of another kind in its place gives the same registers and counts", () => {
        const other = marked(LOOP.replaceAll("slti x0, x0,", "sltiu x0, x0,"), { engine: "interpreter" });
        expect(other.marks).toEqual([]);
        expect([other.instructions, other.s1]).toEqual([expected.instructions, expected.s1]);
    });
});
