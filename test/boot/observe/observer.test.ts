/** The table of events (boot/abi/events.ts), and who hears them. */

import { describe, expect, it } from "vitest";
import { EVENTS, placesOf, RECORD_WORDS } from "../../../boot/abi/events.ts";
import type { Observer } from "../../../boot/abi/observer.ts";
import { exactField, Observers } from "../../../boot/observe/observer.ts";
import { tellTo } from "./tell.ts";

describe("events", () => {
    it("no two have one number, and none has more fields than a record has words", () => {
        const rows = Object.values(EVENTS);
        expect(new Set(rows.map(({ number }) => number)).size).toBe(rows.length);
        for (const { number, fields } of rows) {
            expect(number).toBeLessThan(256);
            for (const { word, shift, bits } of placesOf(fields)) {
                expect(word).toBeLessThan(RECORD_WORDS);
                expect(shift + bits).toBeLessThanOrEqual(64);
            }
        }
    });

    it("an observer hears those that it has a handler for, with fields by name and the hart", () => {
        const heard: unknown[] = [];
        const observer: Observer = { on: { exit: (event, hart) => heard.push([event, hart]) }, gathered: null };
        const tell = tellTo(observer);
        tell(3, EVENTS.exit.number, 0x20001, 7, 9);
        tell(3, EVENTS.leave.number, 0x20001);
        tell(3, 99, 1);
        expect(heard).toEqual([[{ pid: 0x20001, code: 7, signal: 9 }, 3]]);
    });

    it("words above 32 bits arrive whole", () => {
        const heard: number[] = [];
        tellTo({ on: { faultEnd: ({ thread }) => void heard.push(thread) }, gathered: null })(
            0,
            EVENTS.faultEnd.number,
            0x1_8000_1234,
        );
        expect(heard).toEqual([0x1_8000_1234]);
    });

    it("the record has all 64 bits of a field", () => {
        const heard: bigint[] = [];
        const on: Observer["on"] = {
            killed: (_event, _hart, halves) => void heard.push(exactField("killed", "vaddr", halves)),
        };
        const halves = new Uint32Array(16);
        // Word 0: the number, pid, signal, access. Word 1: vaddr.
        halves.set([EVENTS.killed.number | (1 << 8), 11 << 8, 0xfffffff1, 0xffffffff]);
        new Observers([{ on, gathered: null }]).record(0, halves);
        expect(heard).toEqual([0xffff_ffff_ffff_fff1n]);
    });

    it("fields that share a word come out of it as they went in", () => {
        const heard: unknown[] = [];
        const tell = tellTo({
            on: { phase: (event) => void heard.push(event), frame: (event) => void heard.push(event) },
            gathered: null,
        });
        tell(0, EVENTS.phase.number, 0xffff_8000_1230, 8);
        tell(0, EVENTS.frame.number, 0xffff, 0x8_1234, 0xabcd, 0xfffe_ffff, 1);
        expect(heard).toEqual([
            { thread: 0xffff_8000_1230, phase: 8 },
            { cxy: 0xffff, ppn: 0x8_1234, tag: 0xabcd, pid: 0xfffe_ffff, allocated: 1 },
        ]);
    });

    it("onAny comes before the handlers, at records of any event", () => {
        const heard: string[] = [];
        const observer: Observer = {
            on: { exit: () => void heard.push("exit") },
            onAny: (hart) => void heard.push(`any of ${hart}`),
            gathered: null,
        };
        const tell = tellTo(observer);
        tell(2, EVENTS.exit.number, 1);
        tell(5, 99);
        expect(heard).toEqual(["any of 2", "exit", "any of 5"]);
    });
});
