/**
 * The bytes of a snapshot (docs/spec/interface.md 7). Numbers are little-endian.
 *
 *     magic      "archipel-snapshot/1\n"
 *     SHA-256    of all that follows
 *     machine    text: what machine it is of, and the fields that it holds
 *     fields     bytes
 *     tables     u32 number of tables, then chunks of each: u32 number of chunks, then u32 place and bytes of each
 *     frames     chunks
 *     devices    u32 number of devices; of each its name, u32 number of parts, of each its name and bytes
 *     host       bytes that the host added
 *
 * Text and bytes are a u32 length and what it says.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import type { DeviceState } from "../dev/device.ts";
import type { MachineOptions } from "./machine-options.ts";
import { type Chunks, type Snapshot, SnapshotError } from "./snapshot.ts";
import { FIELD_LIST } from "./snapshot-parts.ts";

const MAGIC = "archipel-snapshot/";
const VERSION = "1\n";
const HASH_BYTES = 32;

/** Options that no guest sees. Another core of the same layout runs the same guest. */
const NOT_OF_THE_MACHINE = ["engine", "jitThreshold", "jitRegion", "core", "watched"];

/** Says in lines which machines can be put into the same moments: their options, and the layout of their state. */
export function identityOf(options: MachineOptions): string {
    const lines = Object.entries(options)
        .filter(([name, value]) => value !== undefined && !NOT_OF_THE_MACHINE.includes(name))
        .map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    return [...lines.sort(), `layout ${hexOf(sha256(new TextEncoder().encode(FIELD_LIST))).slice(0, 16)}`].join("\n");
}

function hexOf(bytes: Uint8Array): string {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `machine` describes the machine as identityOf does, `host` is what the host wants to have again. */
export function encodeSnapshot(snapshot: Snapshot, machine: string, host: Uint8Array): Uint8Array {
    const body = new Writer();
    body.text(machine);
    body.bytes(snapshot.fields);
    body.u32(snapshot.tables.length);
    for (const chunks of [...snapshot.tables, snapshot.frames]) {
        body.u32(chunks.size);
        for (const [place, content] of chunks) {
            body.u32(place);
            body.bytes(content);
        }
    }
    body.u32(snapshot.devices.length);
    for (const [name, state] of snapshot.devices) {
        body.text(name);
        const parts = Object.entries(state);
        body.u32(parts.length);
        for (const [part, bytes] of parts) {
            body.text(part);
            body.bytes(bytes);
        }
    }
    body.bytes(host);
    const content = body.take();
    const file = new Writer();
    file.raw(ascii(`${MAGIC}${VERSION}`));
    file.raw(sha256(content));
    file.raw(content);
    return file.take();
}

/** The opposite of encodeSnapshot. Throws a SnapshotError for bytes that are none, are damaged, or are of another machine or version. */
export function decodeSnapshot(bytes: Uint8Array, machine: string): { snapshot: Snapshot; host: Uint8Array } {
    const reader = new Reader(bytes);
    if (reader.ascii(MAGIC.length) !== MAGIC) throw new SnapshotError("is no snapshot of Archipel");
    if (reader.ascii(VERSION.length) !== VERSION)
        throw new SnapshotError("is a snapshot of another version of Archipel");
    const hash = reader.raw(HASH_BYTES);
    const content = bytes.subarray(reader.at);
    if (!sha256(content).every((byte, i) => byte === hash[i])) throw new SnapshotError("is damaged: its hash is wrong");
    const identity = reader.text();
    if (identity !== machine) throw new SnapshotError(differenceOf(identity, machine));
    const fields = reader.bytes();
    const tables = reader.list(() => readChunks(reader));
    const frames = readChunks(reader);
    const devices = reader.list(() => [reader.text(), readState(reader)] as const);
    const host = reader.bytes();
    if (reader.at !== bytes.length) throw new SnapshotError("is damaged: it goes on behind its end");
    return { snapshot: { fields, tables, frames, devices }, host };
}

function readChunks(reader: Reader): Chunks {
    return new Map(reader.list(() => [reader.u32(), reader.bytes()] as const));
}

function readState(reader: Reader): DeviceState {
    return Object.fromEntries(reader.list(() => [reader.text(), reader.bytes()] as const));
}

/** The first line that differs. */
function differenceOf(found: string, expected: string): string {
    const [there, here] = [found.split("\n"), expected.split("\n")];
    const line = there.findIndex((text, i) => text !== here[i]);
    const shown = (text: string | undefined) => (text === undefined || text === "" ? "nothing" : text);
    if (line < 0) return `is of another machine: this one also has ${shown(here[there.length])}`;
    return `is of another machine: it has ${shown(there[line])}, this one ${shown(here[line])}`;
}

class Writer {
    readonly #parts: Uint8Array[] = [];

    u32(value: number): void {
        this.raw(Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
    }

    raw(bytes: Uint8Array): void {
        this.#parts.push(bytes);
    }

    bytes(bytes: Uint8Array): void {
        this.u32(bytes.length);
        this.raw(bytes);
    }

    text(text: string): void {
        this.bytes(new TextEncoder().encode(text));
    }

    take(): Uint8Array {
        const all = new Uint8Array(this.#parts.reduce((sum, { length }) => sum + length, 0));
        let at = 0;
        for (const part of this.#parts) {
            all.set(part, at);
            at += part.length;
        }
        return all;
    }
}

class Reader {
    readonly #bytes: Uint8Array;
    at = 0;

    constructor(bytes: Uint8Array) {
        this.#bytes = bytes;
    }

    raw(length: number): Uint8Array {
        if (length > this.#bytes.length - this.at) throw new SnapshotError("is damaged: it ends too early");
        // A copy begins at a multiple of 8 bytes.
        const bytes = new Uint8Array(this.#bytes.subarray(this.at, this.at + length));
        this.at += length;
        return bytes;
    }

    ascii(length: number): string {
        return String.fromCharCode(...this.raw(Math.min(length, this.#bytes.length - this.at)));
    }

    u32(): number {
        const [a = 0, b = 0, c = 0, d = 0] = this.raw(4);
        return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
    }

    bytes(): Uint8Array {
        return this.raw(this.u32());
    }

    text(): string {
        return new TextDecoder().decode(this.bytes());
    }

    /** A u32 number of items, and the items, each of four bytes at least. */
    list<T>(item: () => T): T[] {
        const count = this.u32();
        if (count > this.#bytes.length / 4) throw new SnapshotError("is damaged: it ends too early");
        return Array.from({ length: count }, item);
    }
}

function ascii(text: string): Uint8Array {
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
