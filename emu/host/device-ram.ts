/** What devices read and write of RAM, in step with all that harts keep of it: decoded code, caches, reservations. */

import type { DeviceRam } from "../dev/ram.ts";
import { mapRow } from "../mem/map.ts";
import type { Core } from "../state/core-contract.ts";
import * as hartLayout from "../state/hart-layout.ts";
import { BANK_FRAMES, HART_COUNT, MISSING_BANKS, RAM_FRAME } from "../state/machine-layout.ts";
import { PAGE_BYTES } from "../state/plan.ts";
import type { SharedMemory } from "../state/shared-memory.ts";

const BASE = mapRow("banks").base;

/** `core` is called when it is needed, because devices are made before it. */
export function deviceRam(shared: SharedMemory, ramBytes: number, core: () => Core): DeviceRam {
    const first = shared.plan.frames + RAM_FRAME * PAGE_BYTES;
    const hostOf = (paddr: number, length: number): number | undefined => {
        const inside = paddr >= BASE && length >= 0 && paddr + length <= BASE + ramBytes;
        return inside && hasBanks(shared, paddr - BASE, length) ? first + paddr - BASE : undefined;
    };
    return {
        read: (paddr, length) => {
            const host = hostOf(paddr, length);
            return host === undefined ? undefined : shared.bytes(host, length).slice();
        },
        write: (paddr, bytes, hart) => {
            const host = hostOf(paddr, bytes.length);
            if (host === undefined) return false;
            shared.bytes(host, bytes.length).set(bytes);
            noteWritten(shared, core(), host, bytes.length);
            // The hart may be in code that was decoded before.
            const exit = shared.plan.harts + hart * hartLayout.HART_STRIDE + hartLayout.EXIT;
            shared.setU32(exit, shared.u32(exit) | hartLayout.EXIT_REDISPATCH);
            return true;
        },
    };
}

function hasBanks(shared: SharedMemory, offset: number, length: number): boolean {
    const bankBytes = shared.u32(BANK_FRAMES) * PAGE_BYTES;
    const last = Math.floor((offset + Math.max(length, 1) - 1) / bankBytes);
    for (let bank = Math.floor(offset / bankBytes); bank <= last; bank++) {
        if (((shared.u32(MISSING_BANKS + 4 * (bank >>> 5)) >>> (bank & 31)) & 1) !== 0) return false;
    }
    return true;
}

function noteWritten(shared: SharedMemory, core: Core, host: number, length: number): void {
    for (let done = 0; done < length; ) {
        const offset = host + done - shared.plan.frames;
        const count = Math.min(length - done, PAGE_BYTES - (offset % PAGE_BYTES));
        core.host_stored(Math.floor(offset / PAGE_BYTES), offset % PAGE_BYTES, count);
        done += count;
    }
    const harts = shared.u32(HART_COUNT);
    for (let hart = 0; hart < harts; hart++) {
        const reservation = shared.plan.harts + hart * hartLayout.HART_STRIDE + hartLayout.RESERVATION;
        const reserved = shared.u32(reservation);
        if (reserved + RESERVED_BYTES > host && reserved < host + length) shared.setU32(reservation, 0);
    }
}

/** LR reserves eight bytes at most. */
const RESERVED_BYTES = 8;
