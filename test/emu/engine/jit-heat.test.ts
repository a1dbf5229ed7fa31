/** Heat of places that arrive for very long: their counts come to an end, and nothing is to be seen of it. */
import { describe, expect, it, vi } from "vitest";
import { run } from "./guest.ts";

/** From where a place counts on that is not for the JIT: 2^30 arrivals would take too long here. */
const never = vi.hoisted(() => ({ heat: 0 }));

vi.mock("../../../emu/state/code-layout.ts", async (original) => ({
    ...(await original<object>()),
    get HEAT_NEVER() {
        return never.heat;
    },
}));

/** `head` is in front of each of 1000 arrivals. */
const loop = (head: string) => `
    li   t1, 1000
1:  ${head}
    addi t1, t1, -1
    bnez t1, 1b
    finish
`;

describe("a place that arrives for ever", () => {
    it("does not count until it looks compiled", () => {
        never.heat = 0x7fff_fff0;
        const { stop } = run(loop("csrr t2, mscratch"), { engine: "jit", jitThreshold: 1 });
        expect(stop.kind).toBe("finisher");
    });

    it("is not compiled where nothing is to be, however high its count", () => {
        never.heat = 20;
        const { machine } = run(loop("nop"), { engine: "auto", jitThreshold: "never" });
        expect(machine.jitFigures()).toEqual({ regions: 0, compiled: 0, instructions: 0 });
    });
});
