/** The content of a disk: an image that is only read, and what was written since, block by block. */

import type { DeviceState } from "./device.ts";

export const SECTOR_BYTES = 512;
const BLOCK_BYTES = 4096;
const BLOCK_NUMBER_BYTES = 4;

/** Where the first content comes from. The host gives it; it may throw, which the guest sees as an error of the disk. */
export interface DriveImage {
    /** A multiple of 512. */
    readonly sizeBytes: number;
    read(offset: number, length: number): Uint8Array;
    /** Takes writes through to the image; none: they stay in the machine. */
    write?(offset: number, bytes: Uint8Array): void;
    /** Makes what was written last. */
    flush?(): void;
}

export interface DriveOptions {
    readonly image: DriveImage;
    readonly readOnly: boolean;
}

export class Drive {
    readonly sizeBytes: number;
    readonly readOnly: boolean;
    readonly #image: DriveImage;
    /** Whole blocks, by number, of which some bytes were written. */
    readonly #written = new Map<number, Uint8Array>();

    constructor({ image, readOnly }: DriveOptions) {
        this.sizeBytes = image.sizeBytes;
        this.readOnly = readOnly;
        this.#image = image;
    }

    reset(): void {
        this.#written.clear();
    }

    /** A copy. The range lies on the disk. */
    read(offset: number, length: number): Uint8Array {
        const bytes = new Uint8Array(length);
        this.#eachBlock(offset, length, (block, start, done, count) => {
            const written = this.#written.get(block);
            const part = written?.subarray(start, start + count) ?? this.#image.read(offset + done, count);
            bytes.set(part, done);
        });
        return bytes;
    }

    write(offset: number, bytes: Uint8Array): void {
        this.#image.write?.(offset, bytes);
        this.#eachBlock(offset, bytes.length, (block, start, done, count) => {
            this.#block(block).set(bytes.subarray(done, done + count), start);
        });
    }

    flush(): void {
        this.#image.flush?.();
    }

    /** What differs from the image: the number of each block and its bytes, ascending. */
    state(): DeviceState {
        const blocks = [...this.#written].sort(([a], [b]) => a - b);
        const written = new Uint8Array(blocks.length * (BLOCK_NUMBER_BYTES + BLOCK_BYTES));
        const view = new DataView(written.buffer);
        for (const [index, [block, bytes]] of blocks.entries()) {
            const at = index * (BLOCK_NUMBER_BYTES + BLOCK_BYTES);
            view.setUint32(at, block, true);
            written.set(bytes, at + BLOCK_NUMBER_BYTES);
        }
        return { written };
    }

    /** An image that takes writes through keeps what it has. */
    restore({ written }: DeviceState): boolean {
        const stride = BLOCK_NUMBER_BYTES + BLOCK_BYTES;
        if (written === undefined || written.length % stride !== 0) return false;
        const view = new DataView(written.buffer, written.byteOffset, written.length);
        this.#written.clear();
        for (let at = 0; at < written.length; at += stride)
            this.#written.set(view.getUint32(at, true), written.slice(at + BLOCK_NUMBER_BYTES, at + stride));
        return true;
    }

    #block(block: number): Uint8Array {
        const known = this.#written.get(block);
        if (known !== undefined) return known;
        const bytes = new Uint8Array(BLOCK_BYTES);
        const offset = block * BLOCK_BYTES;
        bytes.set(this.#image.read(offset, Math.min(BLOCK_BYTES, this.sizeBytes - offset)));
        this.#written.set(block, bytes);
        return bytes;
    }

    #eachBlock(
        offset: number,
        length: number,
        visit: (block: number, start: number, done: number, count: number) => void,
    ): void {
        for (let done = 0; done < length; ) {
            const start = (offset + done) % BLOCK_BYTES;
            const count = Math.min(length - done, BLOCK_BYTES - start);
            visit(Math.floor((offset + done) / BLOCK_BYTES), start, done, count);
            done += count;
        }
    }
}
