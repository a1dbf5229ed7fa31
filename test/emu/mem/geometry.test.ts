import { describe, expect, it } from "vitest";
import { Geometry, NO_ADDRESS } from "../../../emu/mem/geometry.ts";
import { PHYSICAL_MAP } from "../../../emu/mem/map.ts";

const MIB = 1024 * 1024;
const options = { meshX: 4, meshY: 2, hartsPerCluster: 3, bankSize: MIB, localWindow: true };

describe("the physical map", () => {
    it("ascends without overlaps", () => {
        for (const [index, row] of PHYSICAL_MAP.entries()) {
            const next = PHYSICAL_MAP[index + 1];
            if (next !== undefined) expect(row.base + row.sizeBytes).toBeLessThanOrEqual(next.base);
        }
    });
});

describe("geometry", () => {
    const geometry = new Geometry(options);

    it("numbers clusters by rows and harts by clusters", () => {
        expect(geometry.cxyAt(3, 1)).toBe(7);
        expect([geometry.xOf(7), geometry.yOf(7)]).toEqual([3, 1]);
        expect(geometry.hartId(7, 2)).toBe(23);
        expect([geometry.clusterOfHart(23), geometry.lidOfHart(23)]).toEqual([7, 2]);
        expect([geometry.clusterCount, geometry.hartCount]).toEqual([8, 24]);
    });

    it("finds the home of an address, and none outside the banks", () => {
        expect(geometry.homeOf(geometry.bankBase(5) + MIB - 1)).toBe(5);
        expect(geometry.homeOf(0x7fff_ffff)).toBe(-1);
        expect(geometry.homeOf(geometry.ramEnd)).toBe(-1);
    });

    it("turns aliases into addresses of the hart's own bank", () => {
        expect(geometry.normalise(0x4000_1234, 3)).toBe(0x8030_1234);
        expect(geometry.normalise(0x3fff, 3)).toBe(0x8030_1fff);
        expect(geometry.normalise(0x2000, 0)).toBe(0x8000_0000);
    });

    it("leaves other addresses and finds nothing beyond the bank", () => {
        for (const paddr of [0x1000, 0x4000, 0x1000_0000, 0x8012_3456])
            expect(geometry.normalise(paddr, 1)).toBe(paddr);
        expect(geometry.normalise(0x4000_0000 + MIB, 1)).toBe(NO_ADDRESS);
    });

    it("turns the shared parts of the aliases into addresses of bank 0", () => {
        const shared = new Geometry({ ...options, sharedWindow: [{ offset: 0x1000, sizeBytes: 0x2000 }] });
        const seen = [0x4000_0fff, 0x4000_1000, 0x4000_2fff, 0x4000_3000, 0x2fff, 0x3000].map((paddr) =>
            shared.normalise(paddr, 3),
        );
        expect(seen).toEqual([0x8030_0fff, 0x8000_1000, 0x8000_2fff, 0x8030_3000, 0x8030_0fff, 0x8000_1000]);
    });

    it("has no aliases without a local window", () => {
        expect(new Geometry({ ...options, localWindow: false }).normalise(0x4000_0000, 1)).toBe(0x4000_0000);
    });

    it("counts hops along x, then y", () => {
        expect(geometry.distance(0, 7)).toBe(4);
        expect(geometry.distance(6, 1)).toBe(2);
        expect(geometry.distance(2, 2)).toBe(0);
    });

    it.each([
        [{ bankSize: 3 * MIB }, /power of two/],
        [{ bankSize: MIB / 2 }, /at least 1 MiB/],
        [{ meshX: 0 }, /meshX/],
        [{ meshX: 257, meshY: 1, hartsPerCluster: 1 }, /at most 256/],
        [{ meshX: 16, meshY: 16, hartsPerCluster: 5 }, /at most 1024/],
        [{ bankSize: 1024 * MIB }, /exceed 4 GiB/],
    ])("refuses %j", (change, message) => {
        expect(() => new Geometry({ ...options, ...change })).toThrow(message);
    });
});
