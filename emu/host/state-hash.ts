/**
 * The state hash (docs/spec/turns.md, section 7) is SHA-256 over named parts in a fixed order: the parts of the harts, of the devices, and
 * every page of memory ever written. A part that is as it was at reset adds nothing. So a CSR or device that comes later leaves the hashes
 * of runs that do not use it. Neither L0, decoded code nor accounting has a part, so every engine gives the same hash.
 *
 * The stream has the format's name and a line feed, then for each part u32 length of its name, the name, u32 length of its bytes, the
 * bytes.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import type { StatePart } from "../state/state-part.ts";

/** A streaming SHA-256. Hosts may pass a faster one of the same digest, such as node:crypto's. */
export interface StreamingHash {
    update(bytes: Uint8Array): void;
    /** Lower-case hex digits. Called once, last. */
    hexDigest(): string;
}

/** The state of a machine to be hashed. */
export interface HashableState {
    /** All parts but memory, in a fixed order. */
    parts(): Iterable<StatePart>;
    /**
     * Every page ever written, by ascending global address. Pages are whole (a multiple of 4096 bytes each, 4-byte aligned in memory).
     * All-zero pages may be among them.
     */
    pages(): Iterable<readonly [paddr: number, bytes: Uint8Array]>;
}

/** The name of the format in --json. */
export const STATE_FORMAT = "archipel-state/2";
const HASH_PAGE_BYTES = 4096;

/** 64 lower-case hex digits. */
export function stateHash(state: HashableState, hash: StreamingHash = new NobleSha256()): string {
    hash.update(ascii(`${STATE_FORMAT}\n`));
    for (const part of state.parts()) addPart(part, hash);
    for (const part of memoryParts(state.pages())) addPart(part, hash);
    return hash.hexDigest();
}

function addPart({ name, bytes, reset }: StatePart, hash: StreamingHash): void {
    if (reset === undefined ? isZero(bytes) : isEqual(bytes, reset)) return;
    hash.update(u32(name.length));
    hash.update(ascii(name));
    hash.update(u32(bytes.length));
    hash.update(bytes);
}

/** A part for each page, named by its address. */
function* memoryParts(pages: Iterable<readonly [number, Uint8Array]>): Generator<StatePart> {
    let previous = -1;
    for (const [base, bytes] of pages) {
        if (base <= previous) throw new Error(`state hash: page 0x${base.toString(16)} out of order`);
        if (bytes.length % HASH_PAGE_BYTES !== 0) throw new Error(`state hash: ${bytes.length} bytes: not whole pages`);
        for (let offset = 0; offset < bytes.length; offset += HASH_PAGE_BYTES) {
            previous = base + offset;
            const page = bytes.subarray(offset, offset + HASH_PAGE_BYTES);
            yield { name: `memory/0x${previous.toString(16)}`, bytes: page };
        }
    }
}

/** Most parts that are not zero show it early. Pages are checked by words. */
function isZero(bytes: Uint8Array): boolean {
    const words = (bytes.byteOffset | bytes.byteLength) % 4 === 0;
    const items = words ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2) : bytes;
    for (let i = 0; i < items.length; i++) if (items[i] !== 0) return false;
    return true;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function ascii(text: string): Uint8Array {
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function u32(value: number): Uint8Array {
    return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

const STAGING_BYTES = 65_536;

/** The default for any host. It collects small updates, because the library is several times faster on large aligned ones. */
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
