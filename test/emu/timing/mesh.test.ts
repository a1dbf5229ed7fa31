/** Rule 7.6 of docs/spec/timing.md: uniform traffic on the links' calendars, from a generator and not from harts. */
import { describe, expect, it } from "vitest";
import { random } from "../engine/guest.ts";
import { makeModel } from "./model.ts";

const HOP_CYCLES = 2;
const CYCLES = process.env["ARCHIPEL_NIGHTLY"] === undefined ? 4000 : 20_000;

interface Load {
    /** Flits a cycle and node that arrived. */
    readonly accepted: number;
    /** Mean of the messages of the second half. */
    readonly latency: number;
    readonly late: number;
}

/** Each node begins a message to another node with the probability `rate` in each cycle. */
function load(k: number, flits: number, rate: number): Load {
    const model = makeModel({ meshX: k, meshY: k, hartsPerCluster: 1, bankSize: 1048576 });
    const next = random(k * 1000 + flits);
    const nodes = k * k;
    let sent = 0;
    let last = CYCLES;
    let waited = 0;
    let measured = 0;
    for (let cycle = 0; cycle < CYCLES; cycle++) {
        for (let node = 0; node < nodes; node++) {
            if (next() >= rate * 2 ** 32) continue;
            const other = (node + 1 + (next() % (nodes - 1))) % nodes;
            const arrival = model.message(0, node, other, cycle, flits);
            sent++;
            last = Math.max(last, arrival);
            if (cycle < CYCLES / 2) continue;
            waited += arrival - cycle;
            measured++;
        }
    }
    return { accepted: (sent * flits) / nodes / last, latency: waited / measured, late: model.figures().late };
}

describe("7.6 uniform traffic on a k x k mesh", () => {
    it.each([
        [4, 1],
        [8, 1],
        [8, 5],
    ])("%i x %i nodes, messages of %i flits: nearly the bisection's 4/k flits a cycle and node arrive", (k, flits) => {
        const { accepted } = load(k, flits, 4 / k / flits);
        expect(accepted).toBeGreaterThanOrEqual((0.9 * 4) / k);
        expect(accepted).toBeLessThanOrEqual(4 / k);
    });

    it.each([4, 8])("%i a side: at a load of 0.05 a message takes what its way takes", (k) => {
        const { latency, late } = load(k, 1, 0.05);
        expect(Math.abs(latency / (2 + (HOP_CYCLES * 2 * k) / 3) - 1)).toBeLessThan(0.01);
        expect(late).toBe(0);
    });
});
