import { describe, expect, it } from "vitest";
import { Bus } from "../../../emu/dev/bus.ts";
import { Rom } from "../mem/rom-device.ts";
import { Accessor } from "./harness.ts";

const low = new Rom("low", 0x1000, 16, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
const high = new Rom("high", 0x1010, 16, Uint8Array.of(0xff));

describe("the bus", () => {
    it("finds the device of an address and gives it the offset", () => {
        const accessor = new Accessor(high, low);
        expect(accessor.read(0x1004, 4)).toBe(0x0807_0605n);
        expect(accessor.read(0x1010, 1)).toBe(0xffn);
        expect(accessor.read(0x1000, 8)).toBe(0x0807_0605_0403_0201n);
        expect(accessor.read(0x1003, 2)).toBe(0x0504n);
    });

    it("faults where no device is, and across a device's end", () => {
        const accessor = new Accessor(low, high);
        expect(accessor.read(0xfff, 1)).toBeUndefined();
        expect(accessor.read(0x1020, 1)).toBeUndefined();
        expect(accessor.read(0x100e, 4)).toBeUndefined();
        expect(accessor.write(0x1000, 1)).toBe(false);
    });

    it("refuses overlapping devices and orders them by address", () => {
        expect(() => new Bus([low, new Rom("over", 0x100f, 1, new Uint8Array())])).toThrow("low overlaps over");
        expect(new Bus([high, low]).devices.map(({ name }) => name)).toEqual(["low", "high"]);
    });
});
