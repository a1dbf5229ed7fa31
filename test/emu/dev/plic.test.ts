import { describe, expect, it } from "vitest";
import { Plic, UART_SOURCE } from "../../../emu/dev/plic.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import { Accessor, FakeHarts } from "./harness.ts";

const BASE = mapRow("plic").base;
const priority = (source: number) => BASE + 4 * source;
const pending = (word: number) => BASE + 0x1000 + 4 * word;
const enable = (context: number, word = 0) => BASE + 0x2000 + 0x80 * context + 4 * word;
const threshold = (context: number) => BASE + 0x20_0000 + 0x1000 * context;
const claim = (context: number) => threshold(context) + 4;

function setUp(hartCount = 2) {
    const harts = new FakeHarts();
    const plic = new Plic(hartCount, harts);
    return { harts, plic, accessor: new Accessor(plic) };
}

describe("the PLIC", () => {
    it("brings the UART's interrupt to the enabled context, through claim and completion", () => {
        const { harts, plic, accessor } = setUp();
        accessor.write(priority(UART_SOURCE), 1);
        accessor.write(enable(1), 1 << UART_SOURCE);
        plic.setLevel(UART_SOURCE, true);
        expect(harts.take()).toEqual(["0 seip on"]);
        expect(accessor.read(claim(1))).toBe(10n);
        expect(harts.take()).toEqual(["0 seip off"]);
        expect(accessor.read(claim(1))).toBe(0n);
        accessor.write(claim(1), UART_SOURCE);
        expect(harts.take()).toEqual(["0 seip on"]);
        accessor.read(claim(1));
        plic.setLevel(UART_SOURCE, false);
        accessor.write(claim(1), UART_SOURCE);
        expect(harts.take()).toEqual(["0 seip off"]);
    });

    it("forwards an edge once, and one more after completion if some came meanwhile and were not taken back", () => {
        const { harts, plic, accessor } = setUp();
        accessor.write(priority(UART_SOURCE), 1);
        accessor.write(enable(1), 1 << UART_SOURCE);
        plic.setEdge(UART_SOURCE, true);
        expect([accessor.read(claim(1)), harts.take()]).toEqual([10n, ["0 seip on", "0 seip off"]]);
        accessor.write(claim(1), UART_SOURCE);
        expect(harts.take()).toEqual([]);
        for (const takenBack of [false, true]) {
            plic.setEdge(UART_SOURCE, true);
            expect(accessor.read(claim(1))).toBe(10n);
            for (let edge = 0; edge < 3; edge++) plic.setEdge(UART_SOURCE, true);
            if (takenBack) plic.setEdge(UART_SOURCE, false);
            accessor.write(claim(1), UART_SOURCE);
            expect(accessor.read(claim(1))).toBe(takenBack ? 0n : 10n);
            accessor.write(claim(1), UART_SOURCE);
        }
    });

    it("numbers contexts by hart, M before S", () => {
        const { harts, plic, accessor } = setUp();
        accessor.write(priority(3), 1);
        for (const context of [0, 3]) accessor.write(enable(context), 1 << 3);
        plic.setLevel(3, true);
        expect(harts.take()).toEqual(["0 meip on", "1 seip on"]);
        accessor.read(claim(3));
        expect(harts.take()).toEqual(["0 meip off", "1 seip off"]);
    });

    it("prefers priority, then the lower number", () => {
        const { plic, accessor } = setUp();
        for (const [source, value] of [
            [5, 2],
            [40, 7],
            [41, 7],
        ] as const)
            accessor.write(priority(source), value);
        accessor.write(enable(0, 0), 0xffff_ffff);
        accessor.write(enable(0, 1), 0xffff_ffff);
        for (const source of [5, 41, 40]) plic.setLevel(source, true);
        expect([1, 2, 3, 4].map(() => accessor.read(claim(0)))).toEqual([40n, 41n, 5n, 0n]);
    });

    it("masks priorities up to the threshold for interrupts, not for claims", () => {
        const { harts, plic, accessor } = setUp();
        accessor.write(priority(1), 3);
        accessor.write(enable(0), 2);
        accessor.write(threshold(0), 3);
        plic.setLevel(1, true);
        expect(harts.take()).toEqual([]);
        accessor.write(threshold(0), 2);
        expect(harts.take()).toEqual(["0 meip on"]);
        accessor.write(threshold(0), 7);
        expect(accessor.read(claim(0))).toBe(1n);
    });

    it("never delivers priority 0", () => {
        const { harts, plic, accessor } = setUp();
        accessor.write(enable(0), 2);
        plic.setLevel(1, true);
        expect(accessor.read(pending(0))).toBe(2n);
        expect([accessor.read(claim(0)), harts.take()]).toEqual([0n, []]);
    });

    it("keeps a request although the level drops", () => {
        const { plic, accessor } = setUp();
        accessor.write(priority(1), 1);
        accessor.write(enable(0), 2);
        plic.setLevel(1, true);
        plic.setLevel(1, false);
        expect(accessor.read(claim(0))).toBe(1n);
    });

    it("ignores completions by contexts that do not enable the source", () => {
        const { plic, accessor } = setUp();
        accessor.write(priority(1), 1);
        accessor.write(enable(0), 2);
        plic.setLevel(1, true);
        accessor.read(claim(0));
        accessor.write(claim(1), 1);
        expect(accessor.read(pending(0))).toBe(0n);
        accessor.write(claim(0), 1);
        expect(accessor.read(pending(0))).toBe(2n);
    });

    it("hardwires unimplemented sources to zero and faults for missing contexts and other widths", () => {
        const { accessor } = setUp();
        for (const address of [priority(0), priority(500), enable(0, 20), pending(31)]) {
            expect(accessor.write(address, 0xffff_ffff)).toBe(true);
            expect(accessor.read(address)).toBe(0n);
        }
        accessor.write(enable(0, 0), 0xffff_ffff);
        expect(accessor.read(enable(0, 0))).toBe(0xffff_fffen);
        expect(accessor.read(enable(4))).toBeUndefined();
        expect(accessor.read(claim(4))).toBeUndefined();
        expect(accessor.read(threshold(0) + 8)).toBeUndefined();
        expect(accessor.read(priority(1), 8)).toBeUndefined();
    });

    it("has room for 1,024 harts", () => {
        const { harts, plic, accessor } = setUp(1024);
        accessor.write(priority(96), 1);
        accessor.write(enable(2047, 3), 1);
        plic.setLevel(96, true);
        expect(accessor.read(claim(2047))).toBe(96n);
        expect(harts.take()).toEqual(["1023 seip on", "1023 seip off"]);
    });

    it("resets to silence, but for sources that are still active", () => {
        const { harts, plic, accessor } = setUp();
        const begin = accessor.state();
        accessor.write(priority(1), 1);
        accessor.write(enable(0), 2);
        plic.setLevel(1, true);
        accessor.bus.reset();
        expect(harts.take()).toEqual(["0 meip on", "0 meip off"]);
        plic.setLevel(1, false);
        accessor.bus.reset();
        expect(accessor.state()).toBe(begin);
    });
});
