/** Closed forms of docs/spec/timing.md, section 7, on bare-metal guests. Every number is counted by hand from the rules. */
import { describe, expect, it } from "vitest";
import type { MachineOptions } from "../../../emu/host/machine-options.ts";
import { type GuestOptions, run } from "../engine/guest.ts";

const MIB = 1048576;
const TIMING = { fidelity: "timing", bankSize: MIB } as const satisfies Partial<MachineOptions>;
const REST = "9: wfi\n j 9b\n";

/** The cycles that mcycle counts between two of its reads around `measured` on hart 0; the others rest. */
function cyclesOf(prepare: string, measured: string, options: GuestOptions = {}): number {
    const source = `
        csrr t0, mhartid
        bnez t0, 9f
        ${prepare}
        j 2f
        .balign 64
    1:  csrr s10, mcycle
        ${measured}
        csrr s11, mcycle
        jr s9
        .balign 64
    2:  la s9, 3f
        j 1b
        .balign 64
    3:  sub a0, s11, s10
        ${REST}`;
    const { machine } = run(source, { ...TIMING, ...options });
    return Number(machine.hart(0).x(10));
}

describe("7.1 a load costs", () => {
    it("what memory and L2 of its own cluster cost when it is cold", () => {
        const warm = "la t1, 1b\n ";
        const nothing = cyclesOf("li s0, 0x80080000", "nop");
        expect(cyclesOf("li s0, 0x80080000", "ld t0, 0(s0)") - nothing).toBe(2 * 2 + 8 + 4 + 60);
        expect(cyclesOf("li s0, 0x80080000\n ld t0, 0(s0)", "ld t0, 8(s0)") - nothing).toBe(0);
        expect(warm).not.toBe("");
    });
});
