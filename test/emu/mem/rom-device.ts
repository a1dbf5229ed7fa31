/** A simple device for tests of the bus: read-only memory. */

import type { Device, DeviceState, MmioAccess } from "../../../emu/dev/device.ts";

export class Rom implements Device {
    readonly name: string;
    readonly base: number;
    readonly size: number;
    /** The whole region, zero-filled past the content. */
    readonly bytes: Uint8Array;
    readonly #view: DataView;

    /** Asserts that the content fits. */
    constructor(name: string, base: number, size: number, content: Uint8Array) {
        if (content.length > size) throw new RangeError(`${name}: ${content.length} bytes do not fit in ${size}`);
        this.name = name;
        this.base = base;
        this.size = size;
        this.bytes = new Uint8Array(size);
        this.bytes.set(content);
        this.#view = new DataView(this.bytes.buffer);
    }

    reset(): void {}

    /** Any width, misaligned too, as memory does. */
    read(access: MmioAccess): boolean {
        const { offset, width } = access;
        if (offset + width > this.size) return false;
        access.hi = 0;
        if (width === 1) access.lo = this.#view.getUint8(offset);
        else if (width === 2) access.lo = this.#view.getUint16(offset, true);
        else access.lo = this.#view.getUint32(offset, true);
        if (width === 8) access.hi = this.#view.getUint32(offset + 4, true);
        return true;
    }

    write(_access: MmioAccess): boolean {
        return false;
    }

    /** The content is part of the machine's description, but two firmwares are two machines: it is hashed. */
    restore(): boolean {
        return true;
    }

    state(): DeviceState {
        return { content: this.bytes };
    }
}
