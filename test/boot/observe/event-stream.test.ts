import { describe, expect, it } from "vitest";
import { EVENTS, placesOf } from "../../../boot/abi/events.ts";
import { EventStream } from "../../../boot/observe/stream/event-stream.ts";
import { unitOf } from "../../../boot/observe/stream/field-values.ts";
import { EVENT_NAMES, type Window } from "../../../boot/report/window.ts";
import { FAULT_THROUGH_Z } from "../../../kernel/abi/fault.ts";
import { VSEG_HEAP } from "../../../kernel/abi/vseg-type.ts";
import { tellTo } from "./tell.ts";

const ALL: Window = { kinds: undefined, from: 0, to: Number.POSITIVE_INFINITY };

function streamOf(window: Window = ALL) {
    const lines: string[] = [];
    const clock = { cycle: 0 };
    const machine = { clusters: 4, hartsPerCluster: 2, seed: 7, cycle: () => clock.cycle };
    const tell = tellTo(new EventStream(machine, window, (line) => lines.push(line)));
    // biome-ignore lint/suspicious/noExplicitAny: the lines' shape is what is tested
    const parsed = (): any[] => lines.map((line) => JSON.parse(line));
    return { clock, tell, parsed, lines };
}

describe("the event stream", () => {
    it("has a unit for every field of every event, and says so in its head", () => {
        const [head] = streamOf().parsed();
        expect(head).toMatchObject({
            format: "archipel-events/1",
            clusters: 4,
            hartsPerCluster: 2,
            seed: 7,
            from: 0,
            to: null,
        });
        expect(Object.keys(head.events)).toEqual(EVENT_NAMES);
        for (const name of EVENT_NAMES) {
            expect(Object.keys(head.events[name].fields)).toHaveLength(EVENTS[name].fields.length);
            for (const place of placesOf(EVENTS[name].fields)) expect(unitOf(place)).not.toBe("");
        }
    });

    it("tells names, addresses and signed numbers as such", () => {
        const { clock, tell, parsed, lines } = streamOf();
        clock.cycle = 1234;
        tell(5, EVENTS.fault.number, 0x10000, VSEG_HEAP, 0x1000_0abc, 2, FAULT_THROUGH_Z, 0x8000_1230);
        tell(0, EVENTS.exit.number, 3, -1, 9);
        expect(parsed().slice(1)).toEqual([
            {
                ...{ cycle: 1234, hart: 5, cluster: 2, event: "fault", pid: 0x10000, type: "HEAP" },
                ...{ vaddr: "0x10000abc", access: "write", how: "throughZ", thread: "0x80001230" },
            },
            { cycle: 1234, hart: 0, cluster: 0, event: "exit", pid: 3, code: -1, signal: 9 },
        ]);
        expect(lines.every((line) => line.endsWith("}\n"))).toBe(true);
    });

    it("keeps to its kinds and its cycles, both ends included", () => {
        const { clock, tell, parsed } = streamOf({ kinds: ["rpcSent"], from: 10, to: 20 });
        for (const cycle of [9, 10, 20, 21]) {
            clock.cycle = cycle;
            tell(1, EVENTS.rpcSent.number, 1, 2, 3);
            tell(1, EVENTS.rpcServed.number, 1, 2, 3);
        }
        const [head, ...events] = parsed();
        expect(Object.keys(head.events)).toEqual(["rpcSent"]);
        expect(events.map(({ cycle, event }) => [cycle, event])).toEqual([
            [10, "rpcSent"],
            [20, "rpcSent"],
        ]);
    });
});
