import { describe, expect, it } from "vitest";
import { Clint, Sswi } from "../../../emu/dev/aclint.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import { Accessor, FakeHarts } from "./harness.ts";

const CLINT = mapRow("clint").base;
const MTIMECMP = CLINT + 0x4000;
const MTIME = CLINT + 0xbff8;
const SSWI = mapRow("sswi").base;

function setUp(hartCount = 4) {
    const harts = new FakeHarts();
    return { harts, accessor: new Accessor(new Clint(hartCount, harts), new Sswi(hartCount, harts)) };
}

describe("the CLINT", () => {
    it("raises and clears MSIP of the hart written, bit 0 only", () => {
        const { harts, accessor } = setUp();
        accessor.write(CLINT + 8, 0xffff_ffff);
        expect(accessor.read(CLINT + 8)).toBe(1n);
        accessor.write(CLINT + 8, 0);
        expect(harts.take()).toEqual(["2 msip on", "2 msip off"]);
    });

    it("takes mtimecmp whole or in halves", () => {
        const { harts, accessor } = setUp();
        accessor.write(MTIMECMP + 8, 0x1_0000_0002n, 8);
        expect(harts.compare.get(1)).toEqual({ lo: 2, hi: 1 });
        accessor.write(MTIMECMP + 12, 7);
        expect(accessor.read(MTIMECMP + 8, 8)).toBe(0x7_0000_0002n);
        accessor.write(MTIMECMP + 8, 9);
        expect([accessor.read(MTIMECMP + 8), accessor.read(MTIMECMP + 12)]).toEqual([9n, 7n]);
    });

    it("shows mtime as the accessing hart sees it", () => {
        const { harts, accessor } = setUp();
        harts.writeTime(3, 5, 6);
        expect(accessor.read(MTIME, 8, 3)).toBe(0x6_0000_0005n);
        expect(accessor.read(MTIME + 4, 4, 3)).toBe(6n);
        expect(accessor.read(MTIME, 8, 0)).toBe(0n);
        accessor.write(MTIME, 0x1_0000_0000n, 8, 2);
        expect(harts.time.get(2)).toEqual({ lo: 0, hi: 1 });
    });

    it("faults for harts that do not exist, other widths and misaligned accesses", () => {
        const { accessor } = setUp();
        expect(accessor.read(CLINT + 16)).toBeUndefined();
        expect(accessor.read(CLINT, 8)).toBeUndefined();
        expect(accessor.read(CLINT, 1)).toBeUndefined();
        expect(accessor.read(MTIMECMP + 32, 8)).toBeUndefined();
        expect(accessor.read(MTIMECMP + 4, 8)).toBeUndefined();
        expect(accessor.read(MTIME - 4)).toBeUndefined();
    });

    it("has room for 1,024 harts", () => {
        const { harts, accessor } = setUp(1024);
        expect(accessor.write(CLINT + 4 * 1023, 1)).toBe(true);
        expect(accessor.write(MTIMECMP + 8 * 1023, 1, 8)).toBe(true);
        expect(accessor.write(SSWI + 4 * 1023, 1)).toBe(true);
        expect(harts.take()).toEqual(["1023 msip on", "1023 ssip on"]);
    });
});

describe("the SSWI", () => {
    it("raises SSIP when 1 is written and reads as 0", () => {
        const { harts, accessor } = setUp();
        accessor.write(SSWI + 4, 0);
        accessor.write(SSWI + 4, 1);
        expect(accessor.read(SSWI + 4)).toBe(0n);
        expect(harts.take()).toEqual(["1 ssip on"]);
    });
});
