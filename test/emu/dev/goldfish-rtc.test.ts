import { expect, it } from "vitest";
import { compileCore } from "../../../boot/build/core.ts";
import { type BareMachine, makeBareMachine, TURN_DEFAULTS } from "../../../boot/system/bare-machine.ts";
import { GoldfishRtc, RTC_EPOCH_SECONDS } from "../../../emu/dev/goldfish-rtc.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import { bareElf } from "../bare-elf.ts";
import { Accessor, FakeHarts } from "./harness.ts";

const BASE = mapRow("rtc").base;

function setUp() {
    const harts = new FakeHarts();
    const line: boolean[] = [];
    const rtc = new GoldfishRtc(harts, (on) => {
        if (line.at(-1) !== on) line.push(on);
    });
    const accessor = new Accessor(rtc);
    const seconds = () => {
        const low = accessor.read(BASE) ?? 0n;
        return Number((((accessor.read(BASE + 4) ?? 0n) << 32n) | low) / 1_000_000_000n);
    };
    return { harts, accessor, seconds, line, rtc };
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

const EPOCH_NS = BigInt(RTC_EPOCH_SECONDS) * 1_000_000_000n;

function setAlarm(accessor: Accessor, time: bigint): void {
    accessor.write(BASE + 0x0c, time >> 32n);
    accessor.write(BASE + 0x08, time & 0xffff_ffffn);
}

it("keeps an alarm, which rings when its time comes, and again when it is set again", () => {
    const { harts, accessor, line, rtc } = setUp();
    accessor.write(BASE + 0x10, 1);
    setAlarm(accessor, EPOCH_NS + 12_345n);
    expect([0x08, 0x0c, 0x10, 0x18].map((register) => accessor.read(BASE + register))).toEqual([
        (EPOCH_NS + 12_345n) & 0xffff_ffffn,
        (EPOCH_NS + 12_345n) >> 32n,
        1n,
        1n,
    ]);
    // The first tick of 100 ns at or behind it.
    expect(harts.alarm).toBe(124n);
    harts.writeTime(0, 124, 0);
    rtc.alarm();
    expect([line.at(-1), accessor.read(BASE + 0x18)]).toEqual([true, 0n]);
    accessor.write(BASE + 0x1c, 1);
    expect(line.at(-1)).toBe(false);
    rtc.alarm();
    expect(line.at(-1)).toBe(false);
    setAlarm(accessor, EPOCH_NS);
    expect(line.at(-1)).toBe(true);
});

it("is silent while its interrupt is off or its alarm is cleared, and rings when the interrupt comes on", () => {
    const { harts, accessor, line, rtc } = setUp();
    setAlarm(accessor, EPOCH_NS + 1000n);
    accessor.write(BASE + 0x14, 1);
    expect([accessor.read(BASE + 0x18), harts.alarm]).toEqual([0n, 0xffff_ffff_ffff_ffffn]);
    rtc.alarm();
    setAlarm(accessor, EPOCH_NS + 1000n);
    rtc.alarm();
    expect(line.at(-1)).toBe(false);
    accessor.write(BASE + 0x10, 1);
    expect(line.at(-1)).toBe(true);
    expect(accessor.read(BASE, 8)).toBe(undefined);
});

it("moves its alarm with the time that is set", () => {
    const { harts, accessor } = setUp();
    setAlarm(accessor, EPOCH_NS + 1_000_000n);
    expect(harts.alarm).toBe(10_000n);
    accessor.write(BASE + 4, (EPOCH_NS + 400_000n) >> 32n);
    accessor.write(BASE, (EPOCH_NS + 400_000n) & 0xffff_ffffn);
    expect(harts.alarm).toBe(6_000n);
});

/** Asks for an alarm in 500 us, waits for its interrupt by the PLIC, and ends with the microseconds that have gone by. */
const SLEEPER = `
    .globl _start
_start:
    csrr t0, mhartid
    bnez t0, park
    la t0, handler
    csrw mtvec, t0
    li s0, 0x0c000000
    li t0, 1
    sw t0, 44(s0)
    li t1, 0x0c002000
    li t2, 0x800
    sw t2, 0(t1)
    li t1, 0x0c200000
    sw zero, 0(t1)
    li t0, 0x800
    csrs mie, t0
    li s1, 0x101000
    lwu s2, 0(s1)
    lwu t0, 4(s1)
    slli t0, t0, 32
    or s2, s2, t0
    li t0, 500000
    add t0, t0, s2
    srli t1, t0, 32
    sw t1, 12(s1)
    sw t0, 8(s1)
    li t0, 1
    sw t0, 16(s1)
    csrsi mstatus, 8
park:
    wfi
    j park
    .balign 4
handler:
    li t1, 0x0c200004
    lw t2, 0(t1)
    li t3, 11
    bne t2, t3, failed
    sw zero, 28(s1)
    sw t2, 0(t1)
    lwu t0, 0(s1)
    lwu t4, 4(s1)
    slli t4, t4, 32
    or t0, t0, t4
    sub t0, t0, s2
    li t1, 1000
    divu t0, t0, t1
    slli t0, t0, 16
    li t1, 0x3333
    or t0, t0, t1
    li t2, 0x100000
    sw t0, 0(t2)
failed:
    j failed
`;

it.each([1, 4])("wakes a hart that waits, and goes by in a snapshot: %i harts", async (harts) => {
    const guest = { firmware: { file: "sleeper", bytes: bareElf(SLEEPER) } };
    const request = { guest, mesh: [1, 1] as const, harts, memory: 2 ** 22, seed: 1, turns: TURN_DEFAULTS, engine: {} };
    const core = await compileCore();
    const run = (machine: BareMachine) => {
        for (;;) {
            const result = machine.step(1e6, 1e8);
            if (result.ended) return result;
        }
    };
    const machine = makeBareMachine(request, core, () => {});
    machine.step(1e6, 1e8, 5000);
    const snapshot = machine.snapshot();
    const result = run(machine);
    expect(result.end).toBe("exit");
    // 500 us, and at most two rounds of 1,000 cycles at 1 GHz.
    const microseconds = result.end === "exit" ? result.code : 0;
    expect(microseconds).toBeGreaterThanOrEqual(500);
    expect(microseconds).toBeLessThanOrEqual(502);
    const again = makeBareMachine(request, core, () => {});
    again.restore(snapshot);
    expect(run(again)).toEqual(result);
    expect(again.stateHash()).toBe(machine.stateHash());
});
