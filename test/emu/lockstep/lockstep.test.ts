/** Random systems, turn by turn on our engines, and the comparer itself (docs/machine.md, "Beside another machine"). */

import { describe, expect, it } from "vitest";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { machine, RAM } from "../engine/guest.ts";
import { randomFlow } from "../engine/random-flow.ts";
import { BANK_BYTES, makeTables } from "../engine/random-system.ts";
import { compareEngines } from "./engines.ts";
import { EXCLUSIONS } from "./exclusions.ts";
import { compare, type Step, stepOf } from "./lockstep.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const SYSTEMS = NIGHTLY ? 10_000 : 10;
const TURNS = NIGHTLY ? 4000 : 1500;
const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe("engines", () => {
    it.each(seeds(SYSTEMS))(
        "differ in no turn: privileges, translation, interrupts, code that changes: seed %i",
        (seed) => {
            const [clusters, harts] = [1 + (seed % 2), 1 + (seed % 3)];
            const source = randomFlow(seed, { fuel: 500, harts: clusters * harts, clusters });
            const options = {
                ...{ meshX: clusters, hartsPerCluster: harts, bankSize: BANK_BYTES, localWindow: seed % 4 === 0 },
                ...{
                    quantum: [1, 7, 37, 100][seed % 4] as number,
                    seed,
                    prepare: (made: ReturnType<typeof machine>) => makeTables(made, seed),
                },
            };
            const jit = { engine: "jit", jitRegion: [1, 7, 400][seed % 3] } as const;
            const { difference, turns } = compareEngines(source, options, [{ engine: "interpreter" }, jit], TURNS);
            expect(difference).toBeUndefined();
            expect(turns).toBeGreaterThan(50);
        },
    );
});

describe("the comparer", () => {
    const PROGRAM = "li a0, 5\n addi a1, a0, 1\n csrw mscratch, a1\n csrr a2, mie\n addi a3, a2, 1\n1: j 1b";
    const bytes = assemble(`.text\n${PROGRAM}`, "program.s").sections[0]?.bytes ?? new Uint8Array();

    /** Our own steps, as if they were another machine's. */
    function steps(change: (step: Step, i: number) => Step = (step) => step): Step[] {
        const made = machine({ pmpEntries: 16 });
        made.writePhysical(RAM, bytes);
        made.hart(0).pc = BigInt(RAM);
        const seen: Step[] = [];
        const next = () => seen.push(stepOf(made.hart(0))) > 8;
        const look = { next, turnEnded: () => false };
        made.looks.add(look);
        made.looks.lookAt(look, 0, true);
        made.run({ maxInstructions: 100 });
        return seen.slice(0, 7).map(change);
    }
    const withX = (step: Step, register: number, value: bigint) => ({
        ...step,
        x: step.x.map((old, i) => (i === register ? value : old)),
    });

    it("finds no difference between the same", () => {
        expect(compare(bytes, steps())).toEqual({ difference: undefined, steps: 7, excluded: new Map() });
    });

    it("names the instruction behind which there is the first, and what it is", () => {
        const { difference } = compare(
            bytes,
            steps((step, i) => (i >= 2 ? withX(step, 11, 7n) : step)),
        );
        expect(difference).toBe("after 2 instructions, behind 0x80000004 addi a1, a0, 1: a1 is 0x6, not 0x7");
        const { difference: late } = compare(
            bytes,
            steps((step, i) => ({ ...step, csrs: step.csrs.map((old) => (i === 3 && old === 6n ? 9n : old)) })),
        );
        expect(late).toContain("behind 0x80000008 csrrw zero, mscratch, a1: mscratch is 0x6, not 0x9");
    });

    it("leaves out what is excluded by name, and goes on with the other machine's value", () => {
        const excluded = compare(
            bytes,
            steps((step, i) =>
                i >= 5 ? withX(withX(step, 12, 0x400n), 13, 0x401n) : i === 4 ? withX(step, 12, 0x400n) : step,
            ),
        );
        expect(excluded.difference).toBeUndefined();
        expect([...excluded.excluded]).toEqual([[EXCLUSIONS[0]?.name, 1]]);
        const { difference } = compare(
            bytes,
            steps((step, i) => (i >= 4 ? withX(step, 12, 0x8n) : step)),
        );
        expect(difference).toContain("a2 is 0x0, not 0x8");
    });
});
