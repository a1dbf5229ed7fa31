/** LR, SC and AMOs by line (docs/spec/timing.md 4.5). */
import { describe, expect, it } from "vitest";
import { run } from "../engine/guest.ts";
import { LOCAL_MISS, measure, REST, TIMING, timed } from "./figures.ts";

describe("4.5 LR and SC", () => {
    it.each([{}, { scheduler: "instruction", lookahead: 1 }] as const)(
        "4.5 in constrained loops on 64 harts end, and lose no increment (%o)",
        (turns) => {
            const { machine, stop } = run(
                `
            li s1, 0x80040000
            li s3, 20
        1:  lr.d t0, (s1)
            addi t0, t0, 1
            sc.d t1, t0, (s1)
            bnez t1, 1b
            addi s3, s3, -1
            bnez s3, 1b
            ${REST}`,
                { ...TIMING, meshX: 4, meshY: 4, hartsPerCluster: 4, maxInstructions: 2_000_000, ...turns },
            );
            expect(stop.kind).toBe("deadlock");
            expect(new DataView(machine.readPhysical(0x80040000, 8).slice().buffer).getBigUint64(0, true)).toBe(1280n);
        },
    );

    it("4.5 LR takes the line in M, so that SC misses nothing", () => {
        const prepare = "li s0, 0x80080000";
        const { cycles, guest } = measure(prepare, "lr.d t0, (s0)\n sc.d t1, t0, (s0)");
        expect([cycles, guest.x("t1")]).toEqual([2 + LOCAL_MISS, 0n]);
        expect(measure(prepare, "amoadd.d t0, t0, (s0)\n sd t0, 8(s0)").cycles).toBe(2 + LOCAL_MISS);
    });

    it("4.5 LR of a line that it shares is an upgrade, though L0 has the line for loads", () => {
        const { machine } = run(
            `
            csrr t0, mhartid
            li s0, 0x80080000
            ld t1, 0(s0)
            bnez t0, 9f
            li t1, 500
        1:  addi t1, t1, -1
            bnez t1, 1b
            ld t1, 0(s0)
            lr.d t1, (s0)
            ${REST}`,
            { ...TIMING, hartsPerCluster: 2, quantum: 10_000 },
        );
        expect(timed(machine).counts).toMatchObject({ upgrades: 1, invalidations: 1 });
    });
});
