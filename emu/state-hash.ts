/**
 * The state hash (DESIGN 2.6): SHA-256 over the harts, the devices, and every non-zero page ever written with its global
 * address. Neither L0, decoded code nor accounting has a part in it, so every engine gives the same.
 *
 * Stream: the format's name; per hart u32 index, u32 length, bytes; the devices' bytes; per page u64 address, 4096 bytes.
 */

import { sha256 } from "@noble/hashes/sha2.js";

/** A streaming SHA-256. Hosts may pass a faster one of the same digest, such as node:crypto's. */
export interface StreamingHash {
    update(bytes: Uint8Array): void;
    /** Lower-case hex digits; called once, last. */
    hexDigest(): string;
}

/** What the machine gives to be hashed. */
export interface HashableState {
    readonly hartCount: number;
    /**
     * One hart's architectural state in a fixed layout: pc, x, f, CSRs, privilege, reservation, clock. May be a reused
     * buffer.
     */
    hartBytes(hart: number): Uint8Array;
    /** All devices in a fixed order (Bus.hashState). */
    hashDevices(update: (bytes: Uint8Array) => void): void;
    /**
     * Every page ever written, by ascending global address: whole pages (a multiple of 4096 bytes each, 4-byte aligned in
     * memory). All-zero pages may be among them; they do not count.
     */
    pages(): Iterable<readonly [paddr: number, bytes: Uint8Array]>;
}

const HASH_PAGE_BYTES = 4096;
const FORMAT = "archipel-state/1\n";

/** 64 lower-case hex digits. */
export function stateHash(state: HashableState, hash: StreamingHash = new NobleSha256()): string {
    const update = (bytes: Uint8Array) => hash.update(bytes);
    const header = new Uint32Array(2);
    const headerBytes = new Uint8Array(header.buffer);
    update(Uint8Array.from(FORMAT, (character) => character.charCodeAt(0)));
    for (let hart = 0; hart < state.hartCount; hart++) {
        const bytes = state.hartBytes(hart);
        header[0] = hart;
        header[1] = bytes.length;
        update(headerBytes);
        update(bytes);
    }
    state.hashDevices(update);
    hashPages(state.pages(), update);
    return hash.hexDigest();
}

function hashPages(pages: Iterable<readonly [number, Uint8Array]>, update: (bytes: Uint8Array) => void): void {
    const header = new Uint32Array(2);
    const headerBytes = new Uint8Array(header.buffer);
    let previous = -1;
    for (const [base, bytes] of pages) {
        if (base <= previous) throw new Error(`state hash: page 0x${base.toString(16)} out of order`);
        if (bytes.length % HASH_PAGE_BYTES !== 0) throw new Error(`state hash: ${bytes.length} bytes: not whole pages`);
        for (let offset = 0; offset < bytes.length; offset += HASH_PAGE_BYTES) {
            const page = bytes.subarray(offset, offset + HASH_PAGE_BYTES);
            previous = base + offset;
            if (isZero(page)) continue;
            header[0] = previous % 2 ** 32;
            header[1] = Math.floor(previous / 2 ** 32);
            update(headerBytes);
            update(page);
        }
    }
}

/** Pages that hold something mostly show it early. */
function isZero(page: Uint8Array): boolean {
    for (const word of new Uint32Array(page.buffer, page.byteOffset, page.byteLength >>> 2)) {
        if (word !== 0) return false;
    }
    return true;
}

const STAGING_BYTES = 65_536;

/** The default, for any host. Collects small updates: the library is several times faster on large aligned ones. */
class NobleSha256 implements StreamingHash {
    readonly #hash = sha256.create();
    readonly #staging = new Uint8Array(STAGING_BYTES);
    #used = 0;

    update(bytes: Uint8Array): void {
        for (let start = 0; start < bytes.length; ) {
            const end = Math.min(bytes.length, start + STAGING_BYTES - this.#used);
            this.#staging.set(bytes.subarray(start, end), this.#used);
            this.#used += end - start;
            start = end;
            if (this.#used === STAGING_BYTES) this.#flush();
        }
    }

    hexDigest(): string {
        this.#flush();
        return Array.from(this.#hash.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
    }

    #flush(): void {
        this.#hash.update(this.#staging.subarray(0, this.#used));
        this.#used = 0;
    }
}
