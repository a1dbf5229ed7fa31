/**
 * The clock of the day: Goldfish RTC, as on QEMU's virt machine (hw/rtc/goldfish_rtc.c; Linux's rtc-goldfish.c). It counts nanoseconds since 1970
 * from a fixed day on by mtime, so it says the same in each run. Its alarm rings in the first round that begins at its time or later.
 */

import type { DeviceState } from "./device.ts";
import type { HartLines } from "./hart-lines.ts";
import { type Register, RegisterDevice } from "./registers.ts";

/** 2026-01-01T00:00:00Z. */
export const RTC_EPOCH_SECONDS = 1_767_225_600;
const EPOCH_NS = BigInt(RTC_EPOCH_SECONDS) * 1_000_000_000n;
/** Of a tick of mtime: it counts 10 MHz (boot/system/device-tree.ts). */
const TICK_NS = 100n;
const REG = {
    timeLow: 0x00,
    timeHigh: 0x04,
    alarmLow: 0x08,
    alarmHigh: 0x0c,
    interruptEnabled: 0x10,
    clearAlarm: 0x14,
    clearInterrupt: 0x1c,
};
const ALARM_STATUS = 0x18;
const NEVER = 0xffff_ffff_ffff_ffffn;
const REGISTERS = 8;

export class GoldfishRtc extends RegisterDevice {
    readonly #lines: HartLines;
    /** What a driver has set the clock forward by. */
    #offset = 0n;
    /** The upper half of the time whose lower half was read last. */
    #latched = 0n;
    #alarm = 0n;
    #armed = false;
    #interruptEnabled = 0;
    /** The alarm has rung, and nobody has cleared it. */
    #pending = 0;
    readonly #drive: (on: boolean) => void;

    /** `drive` sets its interrupt line. */
    constructor(lines: HartLines, drive: (on: boolean) => void) {
        super("rtc");
        this.#lines = lines;
        this.#drive = drive;
    }

    protected registers(): readonly Register[] {
        return [
            {
                name: "time, alarm, interrupt",
                offset: 0,
                sizeBytes: 4,
                count: REGISTERS,
                widths: 4,
                read: (access, index) => {
                    access.lo = this.#read(4 * index, access.hart);
                },
                write: (access, index) => this.#write(4 * index, access.lo, access.hart),
            },
        ];
    }

    reset(): void {
        this.#offset = 0n;
        this.#latched = 0n;
        this.#alarm = 0n;
        this.#armed = false;
        this.#interruptEnabled = 0;
        this.#pending = 0;
        this.#drive(false);
    }

    alarm(): void {
        if (this.#armed) this.#ring();
    }

    state(): DeviceState {
        const interrupt = BigInt(this.#interruptEnabled + 2 * this.#pending);
        const words = [this.#offset, this.#latched, this.#alarm, this.#armed ? 1n : 0n, interrupt];
        return { clock: new Uint8Array(BigUint64Array.from(words, (word) => BigInt.asUintN(64, word)).buffer) };
    }

    restore({ clock }: DeviceState): boolean {
        if (clock?.length !== 5 * 8) return false;
        const [offset = 0n, latched = 0n, alarm = 0n, armed = 0n, interrupt = 0n] = new BigUint64Array(
            clock.slice().buffer,
        );
        this.#offset = BigInt.asIntN(64, offset);
        [this.#latched, this.#alarm, this.#armed] = [latched, alarm, armed !== 0n];
        [this.#interruptEnabled, this.#pending] = [Number(interrupt & 1n), Number((interrupt >> 1n) & 1n)];
        return true;
    }

    #read(register: number, hart: number): number {
        if (register === REG.timeLow) {
            const now = this.#now(hart);
            this.#latched = now >> 32n;
            return low(now);
        }
        if (register === REG.timeHigh) return low(this.#latched);
        if (register === REG.alarmLow) return low(this.#alarm);
        if (register === REG.alarmHigh) return low(this.#alarm >> 32n);
        if (register === REG.interruptEnabled) return this.#interruptEnabled;
        return register === ALARM_STATUS && this.#armed ? 1 : 0;
    }

    /** The upper half is written first; writing the lower one of the alarm arms it. */
    #write(register: number, value: number, hart: number): void {
        const now = this.#now(hart);
        if (register === REG.timeLow) this.#offset += withLow(now, value) - now;
        else if (register === REG.timeHigh) this.#offset += withHigh(now, value) - now;
        else if (register === REG.alarmLow) {
            this.#alarm = withLow(this.#alarm, value);
            this.#armed = true;
        } else if (register === REG.alarmHigh) this.#alarm = withHigh(this.#alarm, value);
        else if (register === REG.interruptEnabled) this.#interruptEnabled = value & 1;
        else if (register === REG.clearAlarm) this.#armed = false;
        else if (register === REG.clearInterrupt) this.#pending = 0;
        this.#plan(hart);
        this.#update();
    }

    /** An alarm of the past rings at once. */
    #plan(hart: number): void {
        if (this.#armed && this.#alarm <= this.#now(hart)) this.#ring();
        const ticks = (this.#alarm - EPOCH_NS - this.#offset + TICK_NS - 1n) / TICK_NS;
        this.#lines.setAlarm(this.#armed ? ticks : NEVER);
    }

    #ring(): void {
        this.#armed = false;
        this.#pending = 1;
        this.#update();
    }

    #update(): void {
        this.#drive(this.#pending === 1 && this.#interruptEnabled === 1);
    }

    #now(hart: number): bigint {
        const { lo, hi } = this.#lines.readTime(hart);
        const ticks = (BigInt(hi) << 32n) | BigInt(lo);
        return BigInt.asUintN(64, EPOCH_NS + ticks * TICK_NS + this.#offset);
    }
}

function low(value: bigint): number {
    return Number(value & 0xffff_ffffn);
}

function withLow(value: bigint, half: number): bigint {
    return ((value >> 32n) << 32n) | BigInt(half);
}

function withHigh(value: bigint, half: number): bigint {
    return (BigInt(half) << 32n) | (value & 0xffff_ffffn);
}
