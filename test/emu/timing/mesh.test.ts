/** Rule 7.6 of docs/spec/timing.md: uniform traffic on the links' calendars, from a generator and not from harts. */
import { describe, expect, it } from "vitest";
import { random } from "../engine/guest.ts";
import { makeModel } from "./stream-model.ts";

const HOP_CYCLES = 2;
const CYCLES = process.env["ARCHIPEL_NIGHTLY"] === undefined ? 4000 : 20_000;

interface Load {
    /** Flits a cycle and node that arrived. */
    readonly accepted: number;
    /** Mean cycles that messages of the second half took longer than their ways take. */
    readonly waited: number;
    readonly late: number;
}

/** Cycles of a message of one flit that waits for nobody (5.2). */
function wayOf(k: number, from: number, to: number): number {
    const hops = Math.abs((from % k) - (to % k)) + Math.abs(Math.floor(from / k) - Math.floor(to / k));
    return 2 + hops * HOP_CYCLES;
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
            waited += arrival - cycle - wayOf(k, node, other);
            measured++;
        }
    }
    return { accepted: (sent * flits) / nodes / last, waited: waited / measured, late: model.figures().late };
}

describe("7.6 uniform traffic on a k x k mesh", () => {
    it.each([
        [4, 1],
        [8, 1],
        [8, 5],
    ])(
        "%i nodes a side, messages of %i flits: nearly the bisection's 4/k flits a cycle and node arrive",
        (k, flits) => {
            const { accepted } = load(k, flits, 4 / k / flits);
            expect(accepted).toBeGreaterThanOrEqual((0.9 * 4) / k);
            expect(accepted).toBeLessThanOrEqual(4 / k);
        },
    );

    it.each([4, 8])("%i a side: the mean way between two nodes is 2 + hopCycles * 2k/3", (k) => {
        const model = makeModel({ meshX: k, meshY: k, hartsPerCluster: 1, bankSize: 1048576 });
        const nodes = k * k;
        let [time, sum] = [0, 0];
        for (let from = 0; from < nodes; from++) {
            for (let to = 0; to < nodes; to++) {
                if (from === to) continue;
                const way = model.message(0, from, to, time, 1) - time;
                expect(way).toBe(wayOf(k, from, to));
                sum += way;
                time += 1000;
            }
        }
        expect(sum / (nodes * (nodes - 1))).toBeCloseTo(2 + (HOP_CYCLES * 2 * k) / 3, 9);
    });

    // Against the ways of the very messages: those that were drawn are off from the mean of all by up to 2%.
    it.each([4, 8])("%i a side: at a load of 0.05 messages wait, but less than 1%% of the mean way", (k) => {
        const { waited, late } = load(k, 1, 0.05);
        expect(waited / (2 + (HOP_CYCLES * 2 * k) / 3)).toBeGreaterThan(0.002);
        expect(waited / (2 + (HOP_CYCLES * 2 * k) / 3)).toBeLessThan(0.01);
        expect(late).toBe(0);
    });
});
