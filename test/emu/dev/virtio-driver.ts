/** A driver of one virtio slot, as the specification tells it, over memory of its own. */

import type { DeviceRam } from "../../../emu/dev/ram.ts";
import { type VirtioDevice, VirtioSlot } from "../../../emu/dev/virtio-mmio.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import { Accessor } from "./harness.ts";

export const RAM_BASE = 0x8000_0000;
export const RAM_BYTES = 0x2_0000;
export const BASE = mapRow("virtio").base;
/** Where the parts of the queue lie, and free memory for buffers. */
export const DESCRIPTORS = RAM_BASE + 0x400;
export const AVAILABLE = RAM_BASE + 0x1000;
export const USED = RAM_BASE + 0x2000;
export const BUFFERS = RAM_BASE + 0x4000;
export const QUEUE_SIZE = 8;
export const NEXT = 1;
export const WRITE = 2;

export interface Descriptor {
    readonly address: number | bigint;
    readonly length: number;
    readonly flags: number;
    readonly next?: number;
}

export class Driver {
    readonly memory = new Uint8Array(RAM_BYTES);
    readonly view = new DataView(this.memory.buffer);
    readonly accessor: Accessor;
    interrupt = false;
    #made = 0;

    constructor(device: VirtioDevice | undefined) {
        const inside = (paddr: number, length: number) =>
            paddr >= RAM_BASE && length >= 0 && paddr + length <= RAM_BASE + RAM_BYTES;
        const ram: DeviceRam = {
            read: (paddr, length) =>
                inside(paddr, length) ? this.memory.slice(paddr - RAM_BASE, paddr - RAM_BASE + length) : undefined,
            write: (paddr, bytes) => {
                if (!inside(paddr, bytes.length)) return false;
                this.memory.set(bytes, paddr - RAM_BASE);
                return true;
            },
        };
        const onInterrupt = (on: boolean) => {
            this.interrupt = on;
        };
        this.accessor = new Accessor(new VirtioSlot({ slot: 0, device, ram, onInterrupt }));
    }

    read(register: number, width = 4): number {
        return Number(this.accessor.read(BASE + register, width));
    }

    write(register: number, value: number): void {
        this.accessor.write(BASE + register, value);
    }

    /** Reset, features, the queue, DRIVER_OK (3.1.1). Returns the status. */
    begin(features = 0): number {
        this.write(0x70, 0);
        this.write(0x70, 1);
        this.write(0x70, 3);
        for (const [word, value] of [features, 1].entries()) {
            this.write(0x24, word);
            this.write(0x20, value);
        }
        this.write(0x70, 11);
        this.write(0x30, 0);
        this.write(0x38, QUEUE_SIZE);
        for (const [register, address] of [
            [0x80, DESCRIPTORS],
            [0x90, AVAILABLE],
            [0xa0, USED],
        ] as const) {
            this.write(register, address);
            this.write(register + 4, 0);
        }
        this.write(0x44, 1);
        this.write(0x70, 15);
        this.#made = 0;
        return this.read(0x70);
    }

    descriptor(index: number, { address, length, flags, next = 0 }: Descriptor): void {
        const at = DESCRIPTORS - RAM_BASE + 16 * index;
        this.view.setBigUint64(at, BigInt.asUintN(64, BigInt(address)), true);
        this.view.setUint32(at + 8, length, true);
        this.view.setUint16(at + 12, flags, true);
        this.view.setUint16(at + 14, next, true);
    }

    /** Writes the descriptors as a chain from 0 on, makes it available and notifies. */
    send(chain: readonly Omit<Descriptor, "next">[]): void {
        for (const [index, part] of chain.entries()) {
            const isLast = index === chain.length - 1;
            this.descriptor(index, { ...part, flags: part.flags | (isLast ? 0 : NEXT), next: isLast ? 0 : index + 1 });
        }
        this.make(0);
    }

    make(head: number): void {
        this.view.setUint16(AVAILABLE - RAM_BASE + 4 + 2 * (this.#made % QUEUE_SIZE), head, true);
        this.#made = (this.#made + 1) & 0xffff;
        this.view.setUint16(AVAILABLE - RAM_BASE + 2, this.#made, true);
        this.write(0x50, 0);
    }

    /** The used ring's index, and its last entry. */
    used(): { index: number; head: number; written: number } {
        const at = USED - RAM_BASE;
        const index = this.view.getUint16(at + 2, true);
        const entry = at + 4 + 8 * ((index - 1) % QUEUE_SIZE);
        return { index, head: this.view.getUint32(entry, true), written: this.view.getUint32(entry + 4, true) };
    }

    bytes(address: number, length: number): number[] {
        return [...this.memory.subarray(address - RAM_BASE, address - RAM_BASE + length)];
    }
}
