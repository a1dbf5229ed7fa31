/**
 * Timer and software interrupts. Sources: RISC-V ACLINT specification 1.0-rc4 (MTIMER, MSWI, SSWI) in SiFive CLINT layout, QEMU's
 * hw/intc/riscv_aclint.c. Times and comparators live with the harts. Only msip is kept here.
 */

import type { DeviceState, MmioAccess } from "./device.ts";
import { type HartLines, MipBit, type Word64 } from "./hart-lines.ts";
import { bytesOf, type Register, RegisterDevice, restoreParts } from "./registers.ts";

const MSIP_OFFSET = 0x0;
const MTIMECMP_OFFSET = 0x4000;
const MTIME_OFFSET = 0xbff8;

/** MSWI and MTIMER. */
export class Clint extends RegisterDevice {
    readonly #lines: HartLines;
    /** One word per hart; bit 0 is used. */
    readonly #msip: Uint32Array;

    constructor(hartCount: number, lines: HartLines) {
        super("clint");
        this.#lines = lines;
        this.#msip = new Uint32Array(hartCount);
    }

    protected registers(): readonly Register[] {
        return [
            {
                name: "msip",
                offset: MSIP_OFFSET,
                sizeBytes: 4,
                count: this.#msip.length,
                widths: 4,
                read: (access, hart) => {
                    access.lo = this.#msip[hart] ?? 0;
                },
                write: (access, hart) => this.#setMsip(hart, access.lo & 1),
            },
            {
                name: "mtimecmp",
                offset: MTIMECMP_OFFSET,
                sizeBytes: 8,
                count: this.#msip.length,
                widths: 4 | 8,
                read: (access, hart, part) => loadPart(access, part, this.#lines.readTimeCompare(hart)),
                write: (access, hart, part) => {
                    const value = mergePart(access, part, this.#lines.readTimeCompare(hart));
                    this.#lines.writeTimeCompare(hart, value.lo, value.hi);
                },
            },
            {
                name: "mtime",
                offset: MTIME_OFFSET,
                sizeBytes: 8,
                widths: 4 | 8,
                read: (access, _index, part) => loadPart(access, part, this.#lines.readTime(access.hart)),
                write: (access, _index, part) => {
                    const value = mergePart(access, part, this.#lines.readTime(access.hart));
                    this.#lines.writeTime(access.hart, value.lo, value.hi);
                },
            },
        ];
    }

    reset(): void {
        for (let hart = 0; hart < this.#msip.length; hart++) this.#setMsip(hart, 0);
    }

    /** mtime and mtimecmp are parts of the machine and of its harts. */
    state(): DeviceState {
        return { msip: bytesOf(this.#msip) };
    }

    restore(state: DeviceState): boolean {
        return restoreParts(state, { msip: this.#msip });
    }

    #setMsip(hart: number, value: number): void {
        this.#msip[hart] = value;
        this.#lines.setPending(hart, MipBit.msip, value !== 0);
    }
}

/** SSWI: writing 1 to setssip raises the hart's SSIP, and the hart clears it in sip. Reads give 0. It has no state of its own. */
export class Sswi extends RegisterDevice {
    readonly #hartCount: number;
    readonly #lines: HartLines;

    constructor(hartCount: number, lines: HartLines) {
        super("sswi");
        this.#hartCount = hartCount;
        this.#lines = lines;
    }

    state(): DeviceState {
        return {};
    }

    restore(): boolean {
        return true;
    }

    protected registers(): readonly Register[] {
        return [
            {
                name: "setssip",
                offset: 0,
                sizeBytes: 4,
                count: this.#hartCount,
                widths: 4,
                read: () => {},
                write: (access, hart) => {
                    if ((access.lo & 1) !== 0) this.#lines.setPending(hart, MipBit.ssip, true);
                },
            },
        ];
    }
}

function loadPart(access: MmioAccess, part: number, value: Word64): void {
    access.lo = part === 0 ? value.lo : value.hi;
    access.hi = access.width === 8 ? value.hi : 0;
}

const merged: Word64 = { lo: 0, hi: 0 };

/** `old` with the written bytes replaced. */
function mergePart(access: MmioAccess, part: number, old: Word64): Word64 {
    merged.lo = part === 0 ? access.lo : old.lo;
    merged.hi = part === 4 ? access.lo : access.width === 8 ? access.hi : old.hi;
    return merged;
}
