/**
 * A split virtqueue as the device sees it (Virtual I/O Device specification 1.2, 2.7): descriptors and available ring are the driver's, the
 * used ring is the device's. Nothing that a driver writes there harms the host: what breaks a rule makes the queue broken.
 *
 *     descriptor   | address 64 | length 32 | flags 16 | next 16 |
 *     available    | flags 16 | index 16 | heads of chains 16 ...
 *     used         | flags 16 | index 16 | head 32, written 32 ...
 */

import type { DeviceRam } from "./ram.ts";

export const MOST_DESCRIPTORS = 128;
const DESCRIPTOR_BYTES = 16;
const RING_HEADER_BYTES = 4;
const USED_BYTES = 8;
const FLAG_NEXT = 1;
const FLAG_WRITE = 2;
const FLAG_INDIRECT = 4;
/** Of the available ring: the driver wants no interrupt. */
const NO_INTERRUPT = 1;

/** A buffer of a chain, in RAM. */
export interface Part {
    readonly address: number;
    readonly length: number;
}

export interface Chain {
    readonly head: number;
    /** What the device reads, then what it writes. */
    readonly readable: readonly Part[];
    readonly writable: readonly Part[];
}

/** The driver broke a rule of the queue: the device needs a reset (2.1.2). */
export class BrokenQueue extends Error {
    override name = "BrokenQueue";
}

export class VirtioQueue {
    size = MOST_DESCRIPTORS;
    ready = false;
    /** The three parts' addresses. */
    descriptors = 0;
    available = 0;
    used = 0;
    /** The next entries of both rings, modulo 65536. */
    #taken = 0;
    #given = 0;

    reset(): void {
        this.size = MOST_DESCRIPTORS;
        this.ready = false;
        this.descriptors = 0;
        this.available = 0;
        this.used = 0;
        this.#taken = 0;
        this.#given = 0;
    }

    /** All of it, for the state hash. */
    words(): number[] {
        const addresses = [this.descriptors, this.available, this.used];
        const halves = addresses.flatMap((address) => [address % 2 ** 32, Math.floor(address / 2 ** 32)]);
        return [this.size, this.ready ? 1 : 0, ...halves, this.#taken, this.#given];
    }

    /** The opposite of words. */
    setWords([size = 0, ready = 0, ...rest]: readonly number[]): void {
        const [d0 = 0, d1 = 0, a0 = 0, a1 = 0, u0 = 0, u1 = 0, taken = 0, given = 0] = rest;
        [this.size, this.ready] = [size, ready !== 0];
        [this.descriptors, this.available, this.used] = [d0 + d1 * 2 ** 32, a0 + a1 * 2 ** 32, u0 + u1 * 2 ** 32];
        [this.#taken, this.#given] = [taken, given];
    }

    /** Throws BrokenQueue for a size, or a place, that a queue cannot have (2.7). */
    check(): void {
        const isPower = this.size > 0 && this.size <= MOST_DESCRIPTORS && Number.isInteger(Math.log2(this.size));
        const isAligned = this.descriptors % DESCRIPTOR_BYTES === 0 && this.available % 2 === 0 && this.used % 4 === 0;
        if (!isPower || !isAligned) throw new BrokenQueue("size or place");
    }

    /** The next chain that the driver made available; undefined when there is none. Throws BrokenQueue. */
    take(ram: DeviceRam): Chain | undefined {
        const index = halfAt(ram, this.available + 2);
        const waiting = (index - this.#taken) & 0xffff;
        if (waiting === 0) return undefined;
        if (waiting > this.size) throw new BrokenQueue("more chains than descriptors");
        const entry = this.available + RING_HEADER_BYTES + 2 * (this.#taken % this.size);
        this.#taken = (this.#taken + 1) & 0xffff;
        return this.#chain(ram, halfAt(ram, entry));
    }

    /** Gives a chain back, of which `written` bytes were written. Throws BrokenQueue. */
    give(ram: DeviceRam, hart: number, chain: Chain, written: number): void {
        const entry = this.used + RING_HEADER_BYTES + USED_BYTES * (this.#given % this.size);
        this.#given = (this.#given + 1) & 0xffff;
        const isWritten =
            ram.write(entry, littleEndian([chain.head, written]), hart) &&
            ram.write(this.used + 2, Uint8Array.of(this.#given & 0xff, this.#given >>> 8), hart);
        if (!isWritten) throw new BrokenQueue("used ring outside RAM");
    }

    wantsInterrupt(ram: DeviceRam): boolean {
        return (halfAt(ram, this.available) & NO_INTERRUPT) === 0;
    }

    /** Follows the chain: at most as many descriptors as there are, so that no loop is followed twice. */
    #chain(ram: DeviceRam, head: number): Chain {
        const readable: Part[] = [];
        const writable: Part[] = [];
        let next: number | undefined = head;
        for (let count = 0; next !== undefined; count++) {
            if (count === this.size) throw new BrokenQueue("a loop of descriptors");
            const descriptor = this.#descriptor(ram, next);
            if (descriptor.writes) writable.push(descriptor);
            else if (writable.length > 0) throw new BrokenQueue("a buffer to read behind one to write");
            else readable.push(descriptor);
            next = descriptor.next;
        }
        return { head, readable, writable };
    }

    #descriptor(ram: DeviceRam, index: number): Part & { writes: boolean; next: number | undefined } {
        if (index >= this.size) throw new BrokenQueue("a descriptor that is not there");
        const view = viewAt(ram, this.descriptors + DESCRIPTOR_BYTES * index, DESCRIPTOR_BYTES);
        const flags = view.getUint16(12, true);
        if ((flags & FLAG_INDIRECT) !== 0) throw new BrokenQueue("indirect descriptors were not offered");
        return {
            address: Number(view.getBigUint64(0, true)),
            length: view.getUint32(8, true),
            writes: (flags & FLAG_WRITE) !== 0,
            next: (flags & FLAG_NEXT) !== 0 ? view.getUint16(14, true) : undefined,
        };
    }
}

function viewAt(ram: DeviceRam, address: number, length: number): DataView {
    const bytes = ram.read(address, length);
    if (bytes === undefined) throw new BrokenQueue("an address outside RAM");
    return new DataView(bytes.buffer, bytes.byteOffset, length);
}

function halfAt(ram: DeviceRam, address: number): number {
    return viewAt(ram, address, 2).getUint16(0, true);
}

export function littleEndian(words: readonly number[]): Uint8Array {
    const bytes = new Uint8Array(4 * words.length);
    const view = new DataView(bytes.buffer);
    for (const [index, word] of words.entries()) view.setUint32(4 * index, word, true);
    return bytes;
}

export function lengthOf(parts: readonly Part[]): number {
    return parts.reduce((sum, { length }) => sum + length, 0);
}

/** The part of a chain's bytes from `start`, `length` of them. */
export function slice(parts: readonly Part[], start: number, length: number): Part[] {
    const found: Part[] = [];
    let at = 0;
    for (const part of parts) {
        const from = Math.max(start - at, 0);
        const to = Math.min(start + length - at, part.length);
        if (from < to) found.push({ address: part.address + from, length: to - from });
        at += part.length;
    }
    return found;
}
