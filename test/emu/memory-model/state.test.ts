/** Buffers are state (docs/spec/memory-model.md, section 5). */

import { describe, expect, it } from "vitest";
import { random, run } from "../engine/guest.ts";
import { randomFlow } from "../engine/random-flow.ts";
import { BANK_BYTES, makeTables } from "../engine/random-system.ts";

const MOST_INSTRUCTIONS = 30_000;
const WEAK = ["tso", "pso"] as const;

function held(seed: number, memoryModel: "sc" | "tso" | "pso", scheduler: "rounds" | "conflicts" = "rounds") {
    const source = randomFlow(seed, { fuel: 1000, harts: 4, clusters: 2 });
    const common = { bankSize: BANK_BYTES, meshX: 2, hartsPerCluster: 2, localWindow: true, rvc: true } as const;
    const options = { ...common, quantum: 40, seed, memoryModel, scheduler, held: true };
    return run(source, { ...options, prepare: (made) => makeTables(made, seed) }).machine;
}

describe.each(WEAK)("%s", (model) => {
    it("5.1 gives the same run each time, however it is cut, and another than sc", () => {
        const differ = [1, 2, 3, 4, 5, 6].map((seed) => {
            const scheduler = seed % 2 ? "rounds" : "conflicts";
            const whole = held(seed, model, scheduler);
            whole.run({ maxInstructions: MOST_INSTRUCTIONS });
            const cut = held(seed, model, scheduler);
            const next = random(seed);
            while (cut.executed < whole.executed) {
                const stop = cut.run({ maxInstructions: Math.min(1 + (next() % 2000), whole.executed - cut.executed) });
                if (stop.kind !== "instructions") break;
            }
            expect(cut.stateHash(), `seed ${seed}`).toBe(whole.stateHash());
            const plain = held(seed, "sc", scheduler);
            plain.run({ maxInstructions: MOST_INSTRUCTIONS });
            return plain.stateHash() !== whole.stateHash();
        });
        expect(differ).toContain(true);
    });

    it("5.2 a snapshot with stores in buffers ends as the run that it is of", () => {
        let buffered = 0;
        for (let seed = 1; seed <= 6; seed++) {
            const whole = held(seed, model);
            whole.run({ maxInstructions: 5000 + 777 * seed });
            for (let hart = 0; hart < whole.hartCount; hart++)
                buffered += new Map(whole.hart(hart).stateParts()).get("storeBuffer")?.length ?? 0;
            const copy = held(seed, model);
            copy.restore(whole.snapshot());
            expect(copy.stateHash(), `seed ${seed}`).toBe(whole.stateHash());
            for (const made of [whole, copy]) made.run({ maxInstructions: MOST_INSTRUCTIONS });
            expect(copy.stateHash(), `seed ${seed}`).toBe(whole.stateHash());
        }
        expect(buffered).toBeGreaterThan(0);
    });
});

it("5.3 the hash has of each store its place, bytes, value, and fences since the oldest", () => {
    const source = `la s1, words\n li t1, 5\n sd t1, 0(s1)\n fence w,r\n sd t1, 8(s1)\n fence w,w\n sh t1, 18(s1)\n 9: j 9b\n .balign 8\nwords: .zero 64`;
    const parts: (readonly bigint[])[] = [];
    const hashes = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
        const guest = run(source, { seed, held: true, memoryModel: "tso" });
        guest.machine.run({ maxRounds: 1 });
        const part = new Map(guest.machine.hart(0).stateParts()).get("storeBuffer") ?? [];
        if (part.length === 8) {
            // 257 frames of ROM are before RAM.
            const place = guest.address("words") - 0x8000_0000n + 257n * 4096n;
            expect(part).toEqual([place + 8n, 8n, 5n, 0n, place + 18n, 2n, 5n, 1n]);
        }
        parts.push(part);
    }
    expect(new Set(parts.map(({ length }) => length))).toEqual(new Set([0, 4, 8]));
    // What the hash has beside the buffer is the same: with one store more or less there is another.
    for (const storeBuffer of [1, 8]) {
        const guest = run(source, { seed: 0, held: true, memoryModel: "tso", storeBuffer });
        guest.machine.run({ maxRounds: 1 });
        hashes.add(guest.machine.stateHash());
    }
    expect(hashes.size).toBe(2);
});
