/** Guest memory as the auditor reads it: by cluster and local address, and the kernel's structures by their layouts. */

import { BANK_BASE, PAGE_SHIFT, PAGE_SIZE, WINDOW_BASE } from "../../kernel/abi/memory-map.ts";
import type { StructLayout } from "../../toolchain/link/layout.ts";
import { broken, hex } from "../report/violation.ts";

export class GuestMemory {
    readonly bankSize: number;
    readonly clusters: number;
    /** A live window on the words of all banks, one bank behind the other. */
    readonly words: Uint32Array;
    readonly #ram: Uint8Array;
    readonly #view: DataView;
    readonly #layouts: ReadonlyMap<string, StructLayout>;

    /** `ram` is a live window on all banks, one behind the other. */
    constructor(ram: Uint8Array, bankSize: number, layouts: readonly StructLayout[]) {
        this.#ram = ram;
        this.#view = new DataView(ram.buffer, ram.byteOffset, ram.byteLength);
        this.words = new Uint32Array(ram.buffer, ram.byteOffset, ram.byteLength / 4);
        this.bankSize = bankSize;
        this.clusters = ram.byteLength / bankSize;
        this.#layouts = new Map(layouts.map((layout) => [layout.name, layout]));
    }

    /** The size of a struct in bytes. The data behind it (sets of clusters, arrays) begins there. */
    sizeOf(struct: string): number {
        return this.#layout(struct).size;
    }

    /** A reader of one struct's fields. The fields are looked up once, so that a missing field fails at once. */
    reader<F extends string>(struct: string, fields: readonly F[]): (cxy: number, at: number) => Record<F, number> {
        const places = fields.map((name) => this.#field(struct, name));
        return (cxy, at) => {
            const values = {} as Record<F, number>;
            for (const { name, offset, size } of places) values[name as F] = this.read(cxy, at + offset, size);
            return values;
        };
    }

    offsetOf(struct: string, name: string): number {
        return this.#field(struct, name).offset;
    }

    /** Ascending offsets in bytes of the words that the fields lie in. */
    wordsOf(struct: string, fields: readonly string[]): number[] {
        const offsets = new Set<number>();
        for (const { offset, size } of fields.map((name) => this.#field(struct, name))) {
            for (let at = offset - (offset % 4); at < offset + size; at += 4) offsets.add(at);
        }
        return [...offsets].sort((a, b) => a - b);
    }

    /** An unsigned number of 1, 2, 4 or 8 bytes. A number of 8 bytes is exact below 2^53, else rounded. */
    read(cxy: number, local: number, size: number): number {
        const at = this.index(cxy, local, size);
        if (size === 4 && at % 4 === 0) return this.words[at / 4] as number;
        switch (size) {
            case 1:
                return this.#view.getUint8(at);
            case 2:
                return this.#view.getUint16(at, true);
            case 4:
                return this.#view.getUint32(at, true);
            default:
                return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32;
        }
    }

    /** Does the same as `read`, by global address. */
    readGlobal(address: number, size: number): number {
        const { cxy, local } = this.placeOf(address);
        return this.read(cxy, local, size);
    }

    u32(cxy: number, local: number): number {
        return this.read(cxy, local, 4);
    }

    /** A live window on a part of a bank. */
    bytes(cxy: number, local: number, length: number): Uint8Array {
        const at = this.index(cxy, local, length);
        return this.#ram.subarray(at, at + length);
    }

    /** A live window on a frame; undefined when the number belongs to no bank. */
    frame(ppn: number): Uint8Array | undefined {
        const at = ppn * PAGE_SIZE - BANK_BASE;
        return at >= 0 && at < this.#ram.length ? this.#ram.subarray(at, at + PAGE_SIZE) : undefined;
    }

    /** The cluster whose bank holds the frame. */
    clusterOf(ppn: number): number {
        return Math.floor((ppn * PAGE_SIZE - BANK_BASE) / this.bankSize);
    }

    /** The number of the first frame of a cluster's bank. */
    firstFrame(cxy: number): number {
        return (BANK_BASE + cxy * this.bankSize) / PAGE_SIZE;
    }

    ppnOf(cxy: number, local: number): number {
        return (BANK_BASE + cxy * this.bankSize + (local - WINDOW_BASE)) / PAGE_SIZE;
    }

    /** The cluster and local address of an extended pointer. */
    placeOf(xptr: number): { cxy: number; local: number } {
        const offset = xptr - BANK_BASE;
        return { cxy: Math.floor(offset / this.bankSize), local: WINDOW_BASE + (offset % this.bankSize) };
    }

    /** The frame's number within its own bank. */
    frameIndex(ppn: number): number {
        return (ppn - (BANK_BASE >>> PAGE_SHIFT)) % (this.bankSize / PAGE_SIZE);
    }

    /** The place where `length` bytes of a cluster begin among the bytes of all banks. A pointer that leads out of its bank is broken. */
    index(cxy: number, local: number, length: number): number {
        const offset = local - WINDOW_BASE;
        if (offset < 0 || offset + length > this.bankSize) {
            broken(
                "structures",
                { clusters: [cxy] },
                `a pointer of the kernel leads to ${hex(local)}, outside its bank`,
            );
        }
        return cxy * this.bankSize + offset;
    }

    #field(struct: string, name: string): StructLayout["fields"][number] {
        const field = this.#layout(struct).fields.find((each) => each.name === name);
        if (field === undefined) throw new Error(`the kernel's ${struct} has no field ${name}; boot/audit reads it`);
        return field;
    }

    #layout(struct: string): StructLayout {
        const layout = this.#layouts.get(struct);
        if (layout === undefined) throw new Error(`the kernel has no struct ${struct}; boot/audit reads it`);
        return layout;
    }
}

/** The words of a frame. */
export function frameWords({ buffer, byteOffset }: Uint8Array): Uint32Array {
    return new Uint32Array(buffer, byteOffset, PAGE_SIZE / 4);
}

/** Whether two frames have the same content. */
export function sameFrames(a: Uint8Array, b: Uint8Array): boolean {
    return sameWords(frameWords(a), frameWords(b));
}

/** Both have equally many. */
export function sameWords(a: Uint32Array, b: Uint32Array): boolean {
    for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
    return true;
}
