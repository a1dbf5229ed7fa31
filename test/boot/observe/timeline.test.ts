import { describe, expect, it } from "vitest";
import { EVENTS } from "../../../boot/abi/events.ts";
import { Timeline } from "../../../boot/observe/timeline.ts";
import { tellTo } from "./tell.ts";

function timelineOf(cycles: readonly number[]) {
    let clock = 0;
    const timeline = new Timeline(2, () => clock);
    const tell = tellTo(timeline);
    for (const cycle of cycles) {
        clock = cycle;
        tell(3, EVENTS.rpcServed.number, 1, 2, 0);
    }
    return timeline.report();
}

describe("the timeline", () => {
    it("counts by cluster, event and kind, in parts of 256 cycles", () => {
        expect(timelineOf([0, 255, 256, 700])).toEqual({
            binCycles: 256,
            rows: [{ cxy: 1, event: "rpcServed", what: "level 1", bins: [0, 1, 2], counts: [2, 1, 1] }],
        });
    });

    it("doubles its parts until the run fits into 256 of them, and loses nothing", () => {
        const cycles = Array.from({ length: 1000 }, (_, i) => i * 997);
        const { binCycles, rows } = timelineOf(cycles);
        expect(binCycles).toBe(4096);
        const counts = new Map<number, number>();
        for (const cycle of cycles)
            counts.set(Math.floor(cycle / 4096), (counts.get(Math.floor(cycle / 4096)) ?? 0) + 1);
        expect(rows[0]?.bins).toEqual([...counts.keys()]);
        expect(rows[0]?.counts).toEqual([...counts.values()]);
    });
});
