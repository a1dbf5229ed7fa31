/**
 * A disk (Virtual I/O Device specification 1.2, 5.2): read, write, flush, get-id. A request is a header of 16 bytes, the data, and a byte of
 * status, in buffers of any sizes.
 *
 *     header   | type 32 | reserved 32 | sector 64 |
 */

import type { DeviceState } from "./device.ts";
import { type Drive, SECTOR_BYTES } from "./drive.ts";
import type { DeviceRam } from "./ram.ts";
import type { VirtioDevice } from "./virtio-mmio.ts";
import { BrokenQueue, type Chain, lengthOf, littleEndian, MOST_DESCRIPTORS, type Part, slice } from "./virtio-queue.ts";

const DEVICE_ID = 2;
/** Feature bits: the most segments of a request, a read-only disk, the block's size, flush. */
const [F_SEG_MAX, F_RO, F_BLK_SIZE, F_FLUSH] = [1 << 2, 1 << 5, 1 << 6, 1 << 9];
const TYPE = { read: 0, write: 1, flush: 4, getId: 8 } as const;
const STATUS = { ok: 0, ioError: 1, unsupported: 2 } as const;
const HEADER_BYTES = 16;
const ID_BYTES = 20;
/** A copy holds no more at once. */
const CHUNK_BYTES = 1048576;

/** A request with its parts told apart. */
interface Request {
    readonly type: number;
    readonly offset: number;
    readonly output: readonly Part[];
    readonly input: readonly Part[];
    readonly status: number;
}

export class VirtioBlock implements VirtioDevice {
    readonly deviceId = DEVICE_ID;
    readonly features: number;
    readonly config: Uint8Array;
    readonly #drive: Drive;
    readonly #id: Uint8Array;

    /** `id` has at most 20 letters. */
    constructor(drive: Drive, id: string) {
        this.#drive = drive;
        this.#id = new Uint8Array(ID_BYTES);
        this.#id.set(new TextEncoder().encode(id).subarray(0, ID_BYTES));
        this.features = F_SEG_MAX | F_BLK_SIZE | F_FLUSH | (drive.readOnly ? F_RO : 0);
        const sectors = drive.sizeBytes / SECTOR_BYTES;
        // Capacity (64 bits), size_max, seg_max, geometry, blk_size. Header and status take a descriptor each.
        const words = [sectors % 2 ** 32, Math.floor(sectors / 2 ** 32), 0, MOST_DESCRIPTORS - 2, 0, SECTOR_BYTES];
        this.config = littleEndian(words);
    }

    reset(): void {
        this.#drive.reset();
    }

    state(): DeviceState {
        return this.#drive.state();
    }

    restore(state: DeviceState): boolean {
        return this.#drive.restore(state);
    }

    serve(chain: Chain, ram: DeviceRam, hart: number): number {
        const request = parse(chain, ram);
        let written = 0;
        let status: number = STATUS.ioError;
        try {
            [status, written] = this.#act(request, ram, hart);
        } catch (error) {
            if (error instanceof BrokenQueue) throw error;
            // The host's file failed: to the guest it is the disk that did.
        }
        if (!ram.write(request.status, Uint8Array.of(status), hart)) throw new BrokenQueue("status outside RAM");
        return written + 1;
    }

    /** Returns the status, and the bytes of data written into the guest's buffers. */
    #act(request: Request, ram: DeviceRam, hart: number): [status: number, written: number] {
        switch (request.type) {
            case TYPE.read:
                return this.#isOnDisk(request.offset, request.input)
                    ? [STATUS.ok, this.#read(request, ram, hart)]
                    : [STATUS.ioError, 0];
            case TYPE.write:
                if (this.#drive.readOnly || !this.#isOnDisk(request.offset, request.output)) return [STATUS.ioError, 0];
                this.#write(request, ram);
                return [STATUS.ok, 0];
            case TYPE.flush:
                this.#drive.flush();
                return [STATUS.ok, 0];
            case TYPE.getId:
                return [STATUS.ok, this.#tellId(request, ram, hart)];
            default:
                return [STATUS.unsupported, 0];
        }
    }

    /** Whole sectors that are there: so a request copies no more than the disk holds. */
    #isOnDisk(offset: number, parts: readonly Part[]): boolean {
        const length = lengthOf(parts);
        return length % SECTOR_BYTES === 0 && offset + length <= this.#drive.sizeBytes;
    }

    #read({ offset, input }: Request, ram: DeviceRam, hart: number): number {
        let at = offset;
        for (const { address, length } of chunks(input)) {
            if (!ram.write(address, this.#drive.read(at, length), hart)) throw new BrokenQueue("data outside RAM");
            at += length;
        }
        return at - offset;
    }

    /** All of the data is read before any is written. */
    #write({ offset, output }: Request, ram: DeviceRam): void {
        const parts = chunks(output).map(({ address, length }) => ram.read(address, length));
        let at = offset;
        for (const bytes of parts) if (bytes === undefined) throw new BrokenQueue("data outside RAM");
        for (const bytes of parts) {
            if (bytes === undefined) continue;
            this.#drive.write(at, bytes);
            at += bytes.length;
        }
    }

    #tellId({ input }: Request, ram: DeviceRam, hart: number): number {
        let at = 0;
        for (const { address, length } of slice(input, 0, ID_BYTES)) {
            if (!ram.write(address, this.#id.subarray(at, at + length), hart)) throw new BrokenQueue("id outside RAM");
            at += length;
        }
        return at;
    }
}

/** Throws BrokenQueue for a chain without header or status. */
function parse({ readable, writable }: Chain, ram: DeviceRam): Request {
    const inputBytes = lengthOf(writable) - 1;
    const outputBytes = lengthOf(readable) - HEADER_BYTES;
    const [status] = slice(writable, inputBytes, 1);
    if (outputBytes < 0 || status === undefined) throw new BrokenQueue("no header or no status");
    const header = new Uint8Array(HEADER_BYTES);
    let at = 0;
    for (const { address, length } of slice(readable, 0, HEADER_BYTES)) {
        const bytes = ram.read(address, length);
        if (bytes === undefined) throw new BrokenQueue("header outside RAM");
        header.set(bytes, at);
        at += length;
    }
    const view = new DataView(header.buffer);
    return {
        type: view.getUint32(0, true),
        offset: Number(view.getBigUint64(8, true)) * SECTOR_BYTES,
        output: slice(readable, HEADER_BYTES, outputBytes),
        input: slice(writable, 0, inputBytes),
        status: status.address,
    };
}

function chunks(parts: readonly Part[]): Part[] {
    return parts.flatMap(({ address, length }) => {
        const count = Math.ceil(length / CHUNK_BYTES);
        return Array.from({ length: count }, (_, index) => ({
            address: address + index * CHUNK_BYTES,
            length: Math.min(CHUNK_BYTES, length - index * CHUNK_BYTES),
        }));
    });
}
