/** Writes a flattened device tree (Devicetree Specification 0.4, chapter 5): a header, memory reservations, structure, strings. */

/** `true`: the property is there and has no value. Numbers are cells of 32 bits. */
export type FdtValue = true | string | readonly string[] | readonly number[] | Uint8Array;

export interface FdtNode {
    /** With its unit address, as in "memory@80000000"; "" for the root. */
    readonly name: string;
    readonly properties: Readonly<Record<string, FdtValue>>;
    readonly children?: readonly FdtNode[];
}

export const FDT_MAGIC = 0xd00d_feed;
export const FDT_HEADER_BYTES = 40;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
/** An empty list of memory reservations: its end. */
const RESERVATION_BYTES = 16;
const TOKEN = { beginNode: 1, endNode: 2, property: 3, end: 9 } as const;
const CELL_BYTES = 4;

/** A value of two cells, as addresses and sizes have. */
export function cells64(value: number): [number, number] {
    return [Math.floor(value / 2 ** 32), value % 2 ** 32];
}

/** The blob of the tree. Its length is a multiple of 4. */
export function fdtBlob(root: FdtNode): Uint8Array {
    const structure = new Structure();
    structure.node(root);
    structure.cell(TOKEN.end);
    const body = Uint8Array.from(structure.bytes);
    const names = Uint8Array.from(structure.names);
    const bodyAt = FDT_HEADER_BYTES + RESERVATION_BYTES;
    const namesAt = bodyAt + body.length;
    const total = Math.ceil((namesAt + names.length) / CELL_BYTES) * CELL_BYTES;
    const blob = new Uint8Array(total);
    const view = new DataView(blob.buffer);
    const header = [FDT_MAGIC, total, bodyAt, namesAt, FDT_HEADER_BYTES, VERSION, LAST_COMPATIBLE_VERSION];
    // The boot CPU's id, 0, is between the versions and the sizes.
    for (const [i, value] of [...header, 0, names.length, body.length].entries()) view.setUint32(CELL_BYTES * i, value);
    blob.set(body, bodyAt);
    blob.set(names, namesAt);
    return blob;
}

/** Collects the structure block, and the names of properties, each once. */
class Structure {
    readonly bytes: number[] = [];
    readonly names: number[] = [];
    readonly #offsets = new Map<string, number>();

    node({ name, properties, children = [] }: FdtNode): void {
        this.cell(TOKEN.beginNode);
        this.#padded(textBytes(name));
        for (const [key, value] of Object.entries(properties)) this.#property(key, valueBytes(value));
        for (const child of children) this.node(child);
        this.cell(TOKEN.endNode);
    }

    cell(value: number): void {
        this.bytes.push((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
    }

    #property(name: string, value: readonly number[]): void {
        this.cell(TOKEN.property);
        this.cell(value.length);
        this.cell(this.#offsetOf(name));
        this.#padded(value);
    }

    #offsetOf(name: string): number {
        const known = this.#offsets.get(name);
        if (known !== undefined) return known;
        const offset = this.names.length;
        this.#offsets.set(name, offset);
        this.names.push(...textBytes(name));
        return offset;
    }

    #padded(bytes: readonly number[]): void {
        for (const byte of bytes) this.bytes.push(byte);
        while (this.bytes.length % CELL_BYTES !== 0) this.bytes.push(0);
    }
}

function valueBytes(value: FdtValue): number[] {
    if (value === true) return [];
    if (typeof value === "string") return textBytes(value);
    if (value instanceof Uint8Array) return [...value];
    return value.flatMap((item) => (typeof item === "string" ? textBytes(item) : cellBytes(item)));
}

function textBytes(text: string): number[] {
    return [...new TextEncoder().encode(text), 0];
}

function cellBytes(value: number): number[] {
    return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
