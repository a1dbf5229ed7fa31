/** Finisher, HTIF, ROM and probe. */

import { describe, expect, it } from "vitest";
import { Finisher } from "../../../emu/dev/finisher.ts";
import { Htif } from "../../../emu/dev/htif.ts";
import { Probe } from "../../../emu/dev/probe.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import { Accessor } from "./harness.ts";

const FINISHER = mapRow("finisher").base;

describe("the test finisher", () => {
    it.each([
        [0x5555, 4, ["exit 0 false"]],
        [0x0007_3333, 4, ["exit 7 true"]],
        [0x3333, 4, ["exit 0 true"]],
        [0x7777, 4, ["reset"]],
        [0x5555, 2, ["exit 0 false"]],
        [0x1234, 4, []],
    ])("takes %i in %i bytes as %j", (value, width, expected) => {
        const log: string[] = [];
        const events = {
            onExit: (code: number, failed: boolean) => log.push(`exit ${code} ${failed}`),
            onReset: () => log.push("reset"),
        };
        const accessor = new Accessor(new Finisher(events));
        expect(accessor.write(FINISHER, value, width)).toBe(true);
        expect(log).toEqual(expected);
    });

    it("reads as 0 and faults elsewhere", () => {
        const accessor = new Accessor(new Finisher({ onExit: () => {}, onReset: () => {} }));
        expect(accessor.read(FINISHER)).toBe(0n);
        expect(accessor.write(FINISHER, 0x5555, 8)).toBe(false);
        expect(accessor.read(FINISHER + 4)).toBeUndefined();
    });
});

describe("HTIF", () => {
    const TOHOST = 0x8000_1000;
    const FROMHOST = 0x8000_1040;

    function poll(value: bigint) {
        const words = new Map<number, number>([
            [TOHOST, Number(value & 0xffff_ffffn)],
            [TOHOST + 4, Number(value >> 32n)],
        ]);
        const log: string[] = [];
        const htif = new Htif(TOHOST, FROMHOST, {
            onByte: (byte) => log.push(`byte ${byte}`),
            onExit: (code) => log.push(`exit ${code}`),
        });
        htif.poll({ read32: (paddr) => words.get(paddr) ?? 0, write32: (paddr, word) => words.set(paddr, word) });
        return { log, tohost: [words.get(TOHOST), words.get(TOHOST + 4)], fromhost: words.get(FROMHOST + 4) };
    }

    it("ends the run on odd values", () => {
        expect(poll(1n).log).toEqual(["exit 0"]);
        expect(poll((1337n << 1n) | 1n).log).toEqual(["exit 1337"]);
    });

    it("prints, clears tohost and acknowledges", () => {
        expect(poll(0x0101_0000_0000_0041n)).toEqual({ log: ["byte 65"], tohost: [0, 0], fromhost: 0x0101_0000 });
    });

    it("does nothing for 0 and clears what it does not know", () => {
        expect(poll(0n)).toEqual({ log: [], tohost: [0, 0], fromhost: undefined });
        expect(poll(0x8000_1000n)).toEqual({ log: [], tohost: [0, 0], fromhost: undefined });
    });
});

describe("the probe", () => {
    const word = (index: number) => 0x1020_0000 + 8 * index;

    it("latches words 1 to 7 of the hart that stores, and commits on word 0; word 7 is 0 again then", () => {
        const probe = new Probe(new Uint32Array(2 * 16));
        const records: [number, number[]][] = [];
        probe.onRecord = (hart, halves) => records.push([hart, [...halves]]);
        const accessor = new Accessor(probe);
        accessor.write(word(1), 0x2_0000_0001n, 8, 1);
        accessor.write(word(7), 9, 8, 1);
        expect(records).toEqual([]);
        accessor.write(word(0), 4, 8, 0);
        accessor.write(word(0), 5, 8, 1);
        accessor.write(word(0), 6, 8, 1);
        const rest = [0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        expect(records).toEqual([
            [0, [4, ...new Array(15).fill(0)]],
            [1, [5, ...rest, 9, 0]],
            [1, [6, ...rest, 0, 0]],
        ]);
    });

    it("reads as 0, has no state in the hash, and takes 8-byte stores only", () => {
        const accessor = new Accessor(new Probe(new Uint32Array(1024 * 16)));
        expect(accessor.write(word(0), 1, 8, 1023)).toBe(true);
        expect(accessor.read(word(0), 8)).toBe(0n);
        expect(accessor.write(word(0), 1, 4)).toBe(false);
        expect(accessor.write(word(8), 1, 8)).toBe(false);
        expect(accessor.state()).toBe("");
    });
});
