import { expect, it } from "vitest";
import { GoldfishRtc, RTC_EPOCH_SECONDS } from "../../../emu/dev/goldfish-rtc.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import { Accessor, FakeHarts } from "./harness.ts";

const BASE = mapRow("rtc").base;

function setUp() {
    const harts = new FakeHarts();
    const accessor = new Accessor(new GoldfishRtc(harts));
    const seconds = () => {
        const low = accessor.read(BASE) ?? 0n;
        return Number((((accessor.read(BASE + 4) ?? 0n) << 32n) | low) / 1_000_000_000n);
    };
    return { harts, accessor, seconds };
}

it("counts from its day on, by mtime at 10 MHz", () => {
    const { harts, seconds } = setUp();
    expect(seconds()).toBe(RTC_EPOCH_SECONDS);
    harts.writeTime(0, 90_000_000, 2);
    expect(seconds()).toBe(RTC_EPOCH_SECONDS + Math.floor((2 * 2 ** 32 + 90_000_000) / 1e7));
});

it("latches the upper half when the lower one is read", () => {
    const { harts, accessor } = setUp();
    const low = accessor.read(BASE);
    const high = accessor.read(BASE + 4);
    harts.writeTime(0, 5, 1000);
    expect(accessor.read(BASE + 4)).toBe(high);
    expect(accessor.read(BASE)).not.toBe(low);
    expect(accessor.read(BASE + 4)).not.toBe(high);
});

it("can be set, upper half first, goes on from there, and its state tells", () => {
    const { harts, accessor, seconds } = setUp();
    const begin = accessor.state();
    const time = 1_000_000_000n * 86_400n;
    accessor.write(BASE + 4, time >> 32n);
    accessor.write(BASE, time & 0xffff_ffffn);
    expect(seconds()).toBe(86_400);
    harts.writeTime(0, 50_000_000, 0);
    expect(seconds()).toBe(86_405);
    expect(accessor.state()).not.toBe(begin);
    accessor.bus.reset();
    expect(seconds()).toBe(RTC_EPOCH_SECONDS + 5);
});

it("keeps an alarm", () => {
    const { accessor } = setUp();
    accessor.write(BASE + 0x0c, 7);
    expect(accessor.read(BASE + 0x18)).toBe(0n);
    accessor.write(BASE + 0x08, 9);
    accessor.write(BASE + 0x10, 1);
    expect([0x08, 0x0c, 0x10, 0x18].map((register) => accessor.read(BASE + register))).toEqual([9n, 7n, 1n, 1n]);
    accessor.write(BASE + 0x14, 1);
    expect([accessor.read(BASE + 0x18), accessor.read(BASE, 8)]).toEqual([0n, undefined]);
});
