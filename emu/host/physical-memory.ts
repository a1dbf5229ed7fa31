/** Physical memory as the host reads and writes it: RAM by global address, ROM, and the aliases of a hart's cluster. */

import { mapRow } from "../mem/map.ts";
import type { Core } from "../state/core-contract.ts";
import { BANK_FRAMES, FIRMWARE_ROM_FRAME, OWNER_NEVER, RAM_FRAME } from "../state/machine-layout.ts";
import { PAGE_BYTES } from "../state/plan.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import { STORES_STRIDE, STORES_TOP } from "../state/stores-layout.ts";
import type { Hart } from "./hart.ts";

const ACCESS_PHYSICAL = 3;
const NO_ADDRESS = 0xffff_ffff_ffff_ffffn;

export class PhysicalMemory {
    readonly #shared: SharedMemory;
    readonly #core: Core;

    constructor(shared: SharedMemory, core: Core) {
        this.#shared = shared;
        this.#core = core;
    }

    /** The host address of a byte of memory as the hart sees it physically. Throws a RangeError where there is no memory. */
    hostAddress(hart: Hart, paddr: number): number {
        const host = BigInt.asUintN(64, this.#core.translate_for_host(hart.base, BigInt(paddr), ACCESS_PHYSICAL));
        if (host === NO_ADDRESS) throw new RangeError(`no memory at physical address 0x${paddr.toString(16)}`);
        return Number(host);
    }

    /** The physical address, in its global form, of a host address inside memory. */
    globalAddress(host: number): number {
        const offset = host - this.#shared.plan.frames;
        const frame = Math.floor(offset / PAGE_BYTES);
        if (frame >= RAM_FRAME) return mapRow("banks").base + offset - RAM_FRAME * PAGE_BYTES;
        if (frame >= FIRMWARE_ROM_FRAME) return mapRow("firmwareRom").base + offset - FIRMWARE_ROM_FRAME * PAGE_BYTES;
        return mapRow("resetRom").base + offset;
    }

    read(hart: Hart, paddr: number, length: number): Uint8Array {
        const bytes = new Uint8Array(length);
        this.#eachPage(hart, paddr, length, (host, done, count) => {
            bytes.set(this.#shared.bytes(host, count), done);
        });
        return bytes;
    }

    /** Writes memory and keeps decoded code in step. */
    write(hart: Hart, paddr: number, bytes: Uint8Array): void {
        this.#eachPage(hart, paddr, bytes.length, (host, done, count) => {
            this.#shared.bytes(host, count).set(bytes.subarray(done, done + count));
            const offset = host - this.#shared.plan.frames;
            this.#core.host_stored(Math.floor(offset / PAGE_BYTES), offset % PAGE_BYTES, count);
        });
    }

    /** An aligned word. */
    read32(hart: Hart, paddr: number): number {
        return this.#shared.u32(this.hostAddress(hart, paddr));
    }

    write32(hart: Hart, paddr: number, value: number): void {
        const host = this.hostAddress(hart, paddr);
        this.#shared.setU32(host, value);
        const offset = host - this.#shared.plan.frames;
        this.#core.host_stored(Math.floor(offset / PAGE_BYTES), offset % PAGE_BYTES, 4);
    }

    /**
     * Every page that was ever written, by guest or host, in ascending order of address. Among them are pages of zeros that compiled code
     * could have written and has not.
     */
    *writtenPages(): Generator<readonly [paddr: number, bytes: Uint8Array]> {
        for (const [frame, bytes] of this.writtenFrames()) {
            yield [this.globalAddress(this.#shared.plan.frames + frame * PAGE_BYTES), bytes];
        }
    }

    /** As writtenPages, by the numbers of frames. */
    *writtenFrames(): Generator<readonly [frame: number, bytes: Uint8Array]> {
        const { plan, view } = this.#shared;
        const bankFrames = this.#shared.u32(BANK_FRAMES);
        // Frames ascend with addresses: reset ROM, firmware ROM, RAM.
        for (let frame = 0; frame < plan.frameCount; frame++) {
            const host = plan.frames + frame * PAGE_BYTES;
            if (view.getUint16(plan.owner + 2 * frame, true) === OWNER_NEVER) {
                const bank = Math.floor((frame - RAM_FRAME) / bankFrames);
                if (bank < 0 || host >= this.#shared.u32(plan.stores + bank * STORES_STRIDE + STORES_TOP)) continue;
            }
            yield [frame, this.#shared.bytes(host, PAGE_BYTES)];
        }
    }

    #eachPage(
        hart: Hart,
        paddr: number,
        length: number,
        visit: (host: number, done: number, count: number) => void,
    ): void {
        for (let done = 0; done < length; ) {
            const at = paddr + done;
            const count = Math.min(length - done, PAGE_BYTES - (at % PAGE_BYTES));
            visit(this.hostAddress(hart, at), done, count);
            done += count;
        }
    }
}
