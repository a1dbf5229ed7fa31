/** The tables of fidelity "timing" (docs/spec/timing.md 1.3, 3.1, 4.1, 5.1, 10.1), by formulas of the rules. */
import { describe, expect, it } from "vitest";
import { machineMemory } from "../../../configs/memory.ts";
import { TIMING_PARAMETERS } from "../../../emu/host/timing-parameters.ts";
import { L0_FETCH_ENTRIES, REGIMES } from "../../../emu/state/l0-layout.ts";
import { planMemory } from "../../../emu/state/plan.ts";
import { planTiming, timingSizeOf } from "../../../emu/state/timing-plan.ts";
import { machine } from "../engine/guest.ts";
import { MIB, TIMING } from "./figures.ts";
import { Model } from "./model.ts";

const DEFAULTS = Object.fromEntries(
    Object.entries(TIMING_PARAMETERS).map(([name, range]) => [name, range.default]),
) as Record<keyof typeof TIMING_PARAMETERS, number>;

/** The plan of tables that lie one behind the other. */
function plan(clusters: number, harts: number) {
    let at = 0;
    const take = (bytes: number) => {
        at += bytes;
        return at - bytes;
    };
    return planTiming(timingSizeOf(DEFAULTS, clusters), harts, take);
}

/** Words of a link, of a port and of a channel, and 32 bytes of counts of each. */
const [LINK, PORT] = [32 * 16 + 32, 64 * 16 + 32];

describe("1.3 the resources", () => {
    it.each([
        [1, 1],
        [2, 1],
        [3, 5],
        [16, 16],
    ])(
        "1.3 of a %i x %i mesh: two networks of four links, injection and ejection, a port and a channel a cluster",
        (x, y) => {
            const clusters = x * y;
            const tables = plan(clusters, clusters);
            expect(tables.linkCount).toBe(2 * 6 * clusters);
            expect(tables.ports - tables.links).toBe(2 * 6 * clusters * LINK);
            expect(tables.channels - tables.ports).toBe(clusters * PORT);
            expect(tables.bytes - tables.channels).toBe(clusters * PORT);
        },
    );

    it("1.3 each hart has two caches and two TLBs, each cluster an L2 of lines of its own bank", () => {
        const model = new Model({ meshX: 2, hartsPerCluster: 2 });
        for (const hart of [0, 3])
            for (const kind of ["read", "fetch"] as const) model.access(hart, kind, model.line(1, 5), 1000);
        expect([0, 1, 6, 7].map((cache) => model.state(cache, model.line(1, 5)))).toEqual(["S", "S", "S", "S"]);
        const waysOfCluster = (256 * 1024) / 64;
        expect(model.findInL2(model.line(1, 5))?.way).toBeGreaterThanOrEqual(waysOfCluster);
        expect(model.findInL2(model.line(0, 5))).toBeUndefined();
    });
});

describe("10.1 memory", () => {
    const MB = 1e6;

    it("10.1 of 1,024 harts on 256 clusters is what the rule says", () => {
        const tables = plan(256, 1024);
        const l1 = 1024 * (tables.l1iBytes + tables.l1dBytes);
        expect(l1 / MB).toBeCloseTo(2.2, 1);
        // 3.1: a word a way, a byte a set; 4.1: 20 bytes a way.
        expect(l1).toBe(1024 * 2 * (256 * 4 + 64));
        const l2 = tables.maps - tables.l2Tags;
        expect(l2).toBe(256 * (4096 * 20 + 256));
        expect(l2 / MB).toBeCloseTo(21, 0);
        const calendars = tables.bytes - tables.links;
        expect(calendars).toBe(256 * (12 * LINK + 2 * PORT));
        expect(calendars / MB).toBeCloseTo(2.2, 1);
        const lines = tables.l2Tags - tables.fetchLines;
        expect(lines).toBe(1024 * REGIMES * L0_FETCH_ENTRIES * 16);
        expect(lines / MB).toBeCloseTo(4.2, 1);
        // 4.2: 2 bits a hart of each map.
        expect(tables.mapCount).toBe(16_384);
        expect(tables.mapBytes).toBe(256);
    });

    it("3.1, 10.1 the config's estimate has the tables", () => {
        const timing = timingSizeOf(DEFAULTS, 4);
        const sizes = { clusters: 4, accounting: false, latency: false, tlbEntries: 64, tlbWays: 4 };
        const [without, having] = [undefined, timing].map((size) =>
            machineMemory(4 * MIB, 8, { ...sizes, timing: size }),
        );
        const more = (having?.state ?? 0) - (without?.state ?? 0);
        const tables = plan(4, 8).bytes;
        expect(more).toBeGreaterThanOrEqual(tables);
        expect(more).toBeLessThan(tables + 20 * 4096);
    });

    it("10.1 a machine that does not fit says so before it starts", () => {
        const large = { ...TIMING, meshX: 16, meshY: 12, hartsPerCluster: 4, bankSize: 16 * MIB } as const;
        expect(planMemory({ harts: 768, ramBytes: 192 * 16 * MIB }).timing).toBeUndefined();
        expect(() => machine({ ...large, l2Size: 8 * MIB, lineSize: 32 })).toThrow(/does not fit; at most/);
    });
});
