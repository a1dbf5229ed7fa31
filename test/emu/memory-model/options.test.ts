/** The options of the memory model (docs/spec/memory-model.md 1.1, 1.4). */

import { describe, expect, it } from "vitest";
import { type GuestOptions, machine, run } from "../engine/guest.ts";

describe("options", () => {
    it.each<[GuestOptions, string]>([
        [{ storeBuffer: 0 }, "storeBuffer is 0; must be an integer from 1 to 64"],
        [{ storeBuffer: 65 }, "storeBuffer is 65; must be an integer from 1 to 64"],
        [{ storeBuffer: 1.5 }, "storeBuffer is 1.5; must be an integer from 1 to 64"],
        [
            { fidelity: "timing" },
            "memoryModel is pso; must be sc with fidelity timing, whose model has no store buffers",
        ],
        [{ engine: "jit" }, "memoryModel is pso; must be sc with engine jit, which has no store buffers"],
    ])("1.1, 1.4: %j is refused", (options, message) => {
        expect(() => machine({ memoryModel: "pso", ...options })).toThrow(new RangeError(message));
    });

    it("1.4 engine auto interprets all of it", () => {
        const loop = "li t0, 20000\n 1: addi t0, t0, -1\n bnez t0, 1b\n finish";
        const options = { engine: "auto", jitThreshold: 1 } as const;
        expect(run(loop, options).machine.jitFigures().instructions).toBeGreaterThan(0);
        const weak = run(loop, { ...options, memoryModel: "tso" }).machine;
        expect(weak.jitFigures()).toEqual({ regions: 0, compiled: 0, instructions: 0 });
    });

    it("1.1 sc has no buffers: other depths are the same machine", () => {
        const words = "la s1, words\n li t1, 1\n sd t1, 0(s1)\n finish\n .balign 8\nwords: .dword 0";
        const hashes = [{}, { memoryModel: "sc" }, { storeBuffer: 1 }, { storeBuffer: 64 }].map((options) =>
            run(words, options as GuestOptions).machine.stateHash(),
        );
        expect(new Set(hashes).size).toBe(1);
    });
});
