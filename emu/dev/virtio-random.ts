/**
 * Random numbers (Virtual I/O Device specification 1.2, 5.4), the same for the same seed: splitmix64 (Steele, Lea and Flood, OOPSLA 2014). They
 * are for reproducible runs, and no secret.
 */

import type { DeviceState } from "./device.ts";
import type { DeviceRam } from "./ram.ts";
import type { VirtioDevice } from "./virtio-mmio.ts";
import { BrokenQueue, type Chain, slice } from "./virtio-queue.ts";

const DEVICE_ID = 4;
/** A request gets no more at once; the specification leaves that to the device. */
const MOST_BYTES = 4096;
const GAMMA = 0x9e37_79b9_7f4a_7c15n;
const WORD_BYTES = 8;

export class VirtioRandom implements VirtioDevice {
    readonly deviceId = DEVICE_ID;
    readonly features = 0;
    readonly config = new Uint8Array(0);
    readonly #seed: bigint;
    #state: bigint;

    constructor(seed: number) {
        this.#seed = BigInt.asUintN(64, BigInt(Math.trunc(seed)));
        this.#state = this.#seed;
    }

    reset(): void {
        this.#state = this.#seed;
    }

    state(): DeviceState {
        return { random: new Uint8Array(BigUint64Array.of(this.#state).buffer) };
    }

    restore({ random }: DeviceState): boolean {
        if (random?.length !== WORD_BYTES) return false;
        this.#state = new BigUint64Array(random.slice().buffer)[0] ?? 0n;
        return true;
    }

    serve({ writable }: Chain, ram: DeviceRam, hart: number): number {
        let written = 0;
        for (const { address, length } of slice(writable, 0, MOST_BYTES)) {
            if (!ram.write(address, this.#bytes(length), hart)) throw new BrokenQueue("buffer outside RAM");
            written += length;
        }
        return written;
    }

    #bytes(length: number): Uint8Array {
        const words = BigUint64Array.from({ length: Math.ceil(length / WORD_BYTES) }, () => this.#next());
        return new Uint8Array(words.buffer, 0, length);
    }

    #next(): bigint {
        this.#state = BigInt.asUintN(64, this.#state + GAMMA);
        let mixed = this.#state;
        mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58_476d_1ce4_e5b9n);
        mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d0_49bb_1331_11ebn);
        return mixed ^ (mixed >> 31n);
    }
}
