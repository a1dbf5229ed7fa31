/** The guest loops of interpreter/*, some trips of them. */

import { describe, expect, it } from "vitest";
import { type GuestLoop, loopImage } from "../../../boot/cli/bench/interpreter.ts";
import { FLOATS_LOOP } from "../../../boot/cli/bench/interpreter-floats.ts";
import { MIX_LOOP } from "../../../boot/cli/bench/interpreter-mix.ts";
import { registerNumber } from "../../../emu/isa/registers.ts";
import type { Machine } from "../../../emu/machine.ts";
import { machine } from "../../emu/engine/guest.ts";

const NX = 1n;
const MIB = 1048576;

function ran(loop: GuestLoop, trips: number): Machine {
    const image = loopImage(loop, trips);
    const made = machine({ bankSize: 2 * MIB });
    for (const { address, bytes } of image.segments) made.writePhysical(address, bytes);
    made.hart(0).pc = BigInt(image.entry);
    expect(made.run({ maxInstructions: 1e6 }).kind).toBe("finisher");
    return made;
}

describe("a trip has the instructions that the figures count", () => {
    it.each([
        ["mix", MIX_LOOP],
        ["floats", FLOATS_LOOP],
    ] as const)("%s", (_, loop) => {
        const [few, more] = [100, 1100].map((trips) => ran(loop, trips).hart(0).instructions);
        expect((more as number) - (few as number)).toBe(1000 * loop.tripInstructions);
    });
});

it("floats raises no flag but NX, so that it measures what has a fast path, and does not degenerate", () => {
    const hart = ran(FLOATS_LOOP, 10_000).hart(0);
    expect(hart.csr("fcsr")).toBe(NX);
    const x = new Float64Array(BigUint64Array.of(hart.f(registerNumber("a0") as number)).buffer)[0] as number;
    expect(x).toBeGreaterThan(0.005);
    expect(x).toBeLessThan(0.998);
    // of a sequence that visits both halves, a part of the fractions is below one half
    const below = Number(hart.x(registerNumber("a1") as number));
    expect(below).toBeGreaterThan(4000);
    expect(below).toBeLessThan(6000);
});
