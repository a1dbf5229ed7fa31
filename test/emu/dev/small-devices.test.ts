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

    const MAGIC = 0x8000_2000;

    function poll(value: bigint, call: readonly number[] = [], text = "") {
        const memory = new Uint8Array(0x4000);
        const view = new DataView(memory.buffer);
        const at = (paddr: number) => paddr - 0x8000_0000;
        view.setBigUint64(at(TOHOST), value, true);
        for (const [index, word] of call.entries())
            view.setBigUint64(at(MAGIC) + 8 * index, BigInt.asUintN(64, BigInt(word)), true);
        memory.set(new TextEncoder().encode(text), 0x3000);
        const log: string[] = [];
        const htif = new Htif(TOHOST, FROMHOST, {
            onByte: (byte) => log.push(`byte ${byte}`),
            onExit: (code) => log.push(`exit ${code}`),
            onUnknown: (request) => log.push(request.replace(/;.*/, "")),
        });
        htif.poll({
            read32: (paddr) => view.getUint32(at(paddr), true),
            write32: (paddr, word) => view.setUint32(at(paddr), word, true),
            readRam: (paddr, length) => {
                const inside = at(paddr) >= 0 && at(paddr) + length <= memory.length;
                return inside ? memory.slice(at(paddr), at(paddr) + length) : undefined;
            },
        });
        const word = (paddr: number) => view.getBigInt64(at(paddr), true);
        return { log, tohost: word(TOHOST), fromhost: word(FROMHOST), result: word(MAGIC) };
    }

    it("ends the run on odd values", () => {
        expect(poll(1n).log).toEqual(["exit 0"]);
        expect(poll((1337n << 1n) | 1n).log).toEqual(["exit 1337"]);
    });

    it("prints, clears tohost and acknowledges", () => {
        const { log, tohost, fromhost } = poll(0x0101_0000_0000_0041n);
        expect([log, tohost, fromhost]).toEqual([["byte 65"], 0n, 0x0101_0000_0000_0000n]);
    });

    it("does nothing for 0 and clears what can be no request", () => {
        for (const value of [0n, 2n, 0x1000n, 0x8000_2004n, 0xffff_ffff_fff8n]) {
            const { log, tohost, fromhost } = poll(value);
            expect([log, tohost, fromhost]).toEqual([[], 0n, 0n]);
        }
    });

    it("carries out write and exit for the guest", () => {
        const write = (stream: number, address: number, length: number) =>
            poll(BigInt(MAGIC), [64, stream, address, length], "hi");
        const hi = ["byte 104", "byte 105"];
        expect(write(1, 0x8000_3000, 2)).toEqual({ log: hi, tohost: 0n, fromhost: 1n, result: 2n });
        expect(write(2, 0x8000_3000, 2).log).toEqual(hi);
        expect(write(3, 0x8000_3000, 2)).toMatchObject({ log: [], fromhost: 1n, result: -9n });
        expect(write(1, 0x8000_3000, 2 ** 40)).toMatchObject({ log: [], fromhost: 1n, result: -14n });
        expect(poll(BigInt(MAGIC), [93, 7]).log).toEqual(["exit 7"]);
        expect(poll(BigInt(MAGIC), [93, -1]).log).toEqual([`exit ${2 ** 32 - 1}`]);
    });

    it("names what is not there", () => {
        expect(poll(BigInt(MAGIC), [63, 0, 0x8000_3000, 1]).log).toEqual(["system call 63"]);
        expect(poll(0x0100_0000_0000_0000n).log).toEqual(["command 0 of device 1"]);
        expect(poll(0x0200_0000_0000_0001n).log).toEqual(["command 0 of device 2"]);
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
