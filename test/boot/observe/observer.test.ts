/** The table of events (boot/abi/events.ts), and who hears them. */

import { describe, expect, it } from "vitest";
import { EVENTS, MOST_FIELDS } from "../../../boot/abi/events.ts";
import { exactField, type Observer, Observers } from "../../../boot/observe/observer.ts";
import { tellTo } from "./tell.ts";

describe("events", () => {
    it("no two have one number, and none has more fields than a record has words", () => {
        const rows = Object.values(EVENTS);
        expect(new Set(rows.map(({ number }) => number)).size).toBe(rows.length);
        for (const { fields } of rows) expect(fields.length).toBeLessThanOrEqual(MOST_FIELDS);
    });

    it("an observer hears those that it has a handler for, with fields by name and the hart", () => {
        const heard: unknown[] = [];
        const observer: Observer = { on: { exit: (event, hart) => heard.push([event, hart]) } };
        const tell = tellTo(observer);
        tell(3, EVENTS.exit.number, 0x20001, 7, 9);
        tell(3, EVENTS.leave.number, 0x20001);
        tell(3, 99, 1);
        expect(heard).toEqual([[{ pid: 0x20001, code: 7, signal: 9 }, 3]]);
    });

    it("words above 32 bits arrive whole", () => {
        const heard: number[] = [];
        tellTo({ on: { faultEnd: ({ thread }) => void heard.push(thread) } })(0, EVENTS.faultEnd.number, 0x1_8000_1234);
        expect(heard).toEqual([0x1_8000_1234]);
    });

    it("the record has all 64 bits of a field", () => {
        const heard: bigint[] = [];
        const on: Observer["on"] = {
            killed: (_event, _hart, halves) => void heard.push(exactField("killed", "vaddr", halves)),
        };
        const halves = new Uint32Array(16);
        halves.set([EVENTS.killed.number, 0, 1, 0, 11, 0, 0xfffffff1, 0xffffffff]);
        new Observers([{ on }]).record(0, halves);
        expect(heard).toEqual([0xffff_ffff_ffff_fff1n]);
    });

    it("onAny comes before the handlers, at records of any event", () => {
        const heard: string[] = [];
        const observer: Observer = {
            on: { exit: () => void heard.push("exit") },
            onAny: (hart) => void heard.push(`any of ${hart}`),
        };
        const tell = tellTo(observer);
        tell(2, EVENTS.exit.number, 1);
        tell(5, 99);
        expect(heard).toEqual(["any of 2", "exit", "any of 5"]);
    });
});
