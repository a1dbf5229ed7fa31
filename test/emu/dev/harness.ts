/** Accesses devices as harts do, and stands in for the harts. */

import { Bus } from "../../../emu/dev/bus.ts";
import type { Device, MmioAccess } from "../../../emu/dev/device.ts";
import { type HartLines, MipBit, type Word64 } from "../../../emu/dev/hart-lines.ts";

const BIT_NAMES = new Map<number, string>(Object.entries(MipBit).map(([name, bit]) => [bit, name]));

const NEVER = 0xffff_ffff_ffff_ffffn;

/** Records line changes as "hart name on|off"; times are per hart. */
export class FakeHarts implements HartLines {
    readonly log: string[] = [];
    /** mtime, of the last setAlarm. */
    alarm = NEVER;
    readonly time = new Map<number, Word64>();
    readonly compare = new Map<number, Word64>();

    setPending(hart: number, mipBit: number, on: boolean): void {
        this.log.push(`${hart} ${BIT_NAMES.get(mipBit)} ${on ? "on" : "off"}`);
    }

    readTime(hart: number): Word64 {
        return this.time.get(hart) ?? { lo: 0, hi: 0 };
    }

    writeTime(hart: number, lo: number, hi: number): void {
        this.time.set(hart, { lo, hi });
    }

    setAlarm(time: bigint): void {
        this.alarm = time;
    }

    readTimeCompare(hart: number): Word64 {
        return this.compare.get(hart) ?? { lo: 0xffff_ffff, hi: 0xffff_ffff };
    }

    writeTimeCompare(hart: number, lo: number, hi: number): void {
        this.compare.set(hart, { lo, hi });
    }

    /** The log so far, emptied. */
    take(): string[] {
        return this.log.splice(0);
    }
}

export class Accessor {
    readonly bus: Bus;
    readonly #access: MmioAccess = { offset: 0, width: 4, hart: 0, lo: 0, hi: 0 };

    constructor(...devices: Device[]) {
        this.bus = new Bus(devices);
    }

    /** The value, or undefined for an access fault. */
    read(paddr: number, width = 4, hart = 0): bigint | undefined {
        Object.assign(this.#access, { width, hart, lo: 0xdead, hi: 0xbeef });
        if (!this.bus.read(paddr, this.#access)) return undefined;
        return (BigInt(this.#access.hi) << 32n) | BigInt(this.#access.lo);
    }

    /** False for an access fault. */
    write(paddr: number, value: number | bigint, width = 4, hart = 0): boolean {
        const wide = BigInt.asUintN(64, BigInt(value));
        Object.assign(this.#access, { width, hart, lo: Number(wide & 0xffff_ffffn), hi: Number(wide >> 32n) });
        return this.bus.write(paddr, this.#access);
    }

    /** All state bytes in hex. */
    state(): string {
        let text = "";
        for (const { bytes } of this.bus.stateParts()) {
            text += `${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}|`;
        }
        return text;
    }
}
