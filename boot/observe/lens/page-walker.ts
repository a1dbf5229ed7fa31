/** Page tables of a guest as they lie in memory (privileged specification, 12.3 to 12.6: Sv39, Sv48, Sv57), without touching them. */

import type { Machine } from "../../../emu/machine.ts";

const PAGE = 4096n;
const INDEX_BITS = 9n;
const PAGE_BITS = 12n;
const PPN_MASK = (1n << 44n) - 1n;
const ENTRIES = 512;
const [VALID, LEAF] = [1n, 0b1110n];
const RIGHTS = [
    [2n, "r"],
    [4n, "w"],
    [8n, "x"],
    [16n, "u"],
] as const;
/** By satp.MODE. */
const LEVELS: Readonly<Record<string, number>> = { "8": 3, "9": 4, "10": 5 };
const MODE_SHIFT = 60n;

export class PageWalker {
    readonly #machine: Machine;
    readonly #hart: number;
    /** The root of the hart's tables; undefined: addresses are physical. */
    readonly #root: number | undefined;
    /** Of the hart's tables; of Sv39 when it has none. */
    readonly levels: number;

    constructor(machine: Machine, hart: number, addresses: "virtual" | "physical") {
        const satp = machine.hart(hart).csr("satp");
        const levels = LEVELS[String(satp >> MODE_SHIFT)];
        this.#machine = machine;
        this.#hart = hart;
        this.levels = levels ?? 3;
        this.#root = addresses === "physical" || levels === undefined ? undefined : Number((satp & PPN_MASK) * PAGE);
    }

    /** Undefined where nothing is mapped. */
    physical(address: bigint): number | undefined {
        if (this.#root === undefined) return Number(address);
        let table = this.#root;
        for (let level = this.levels - 1; level >= 0; level--) {
            const shift = PAGE_BITS + INDEX_BITS * BigInt(level);
            const entry = this.#entry(table, Number((address >> shift) & BigInt(ENTRIES - 1)));
            if (entry === undefined || (entry & VALID) === 0n) return undefined;
            const base = ((entry >> 10n) & PPN_MASK) * PAGE;
            if ((entry & LEAF) !== 0n) return Number(base + (address & ((1n << shift) - 1n)));
            table = Number(base);
        }
        return undefined;
    }

    /** Undefined where there is no memory. */
    read(physical: number, count: number): Uint8Array | undefined {
        return readMemory(this.#machine, physical, count, this.#hart);
    }

    #entry(table: number, index: number): bigint | undefined {
        const bytes = this.read(table + 8 * index, 8);
        return bytes && wordOf(bytes, 0);
    }
}

/** Pages one behind the other, whose frames are so, too, with the same rights. */
export interface MappedRange {
    readonly first: bigint;
    readonly last: bigint;
    readonly to: bigint;
    readonly rights: string;
}

/** The ranges that a table maps, at most `most`. */
export function mappedRanges(machine: Machine, root: number, levels: number, most: number): MappedRange[] {
    const ranges: MappedRange[] = [];
    const add = (virtual: bigint, to: bigint, bytes: bigint, entry: bigint) => {
        const first = BigInt.asUintN(64, BigInt.asIntN(Number(PAGE_BITS + INDEX_BITS * BigInt(levels)), virtual));
        const rights = RIGHTS.map(([bit, letter]) => ((entry & bit) === 0n ? "-" : letter)).join("");
        const before = ranges.at(-1);
        const isNext = before !== undefined && before.last + 1n === first && before.rights === rights;
        if (isNext && before.to + (first - before.first) === to)
            ranges[ranges.length - 1] = { ...before, last: first + bytes - 1n };
        else ranges.push({ first, last: first + bytes - 1n, to, rights });
    };
    const walk = (table: number, level: number, base: bigint) => {
        const bytes = readMemory(machine, table, Number(PAGE), 0);
        const size = PAGE << (INDEX_BITS * BigInt(level));
        for (let i = 0; bytes !== undefined && i < ENTRIES && ranges.length < most; i++) {
            const entry = wordOf(bytes, i);
            if ((entry & VALID) === 0n) continue;
            const to = ((entry >> 10n) & PPN_MASK) * PAGE;
            if ((entry & LEAF) !== 0n) add(base + size * BigInt(i), to, size, entry);
            else if (level > 0) walk(Number(to), level - 1, base + size * BigInt(i));
        }
    };
    walk(root, levels - 1, 0n);
    return ranges;
}

function wordOf(bytes: Uint8Array, index: number): bigint {
    return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(8 * index, true);
}

function readMemory(machine: Machine, physical: number, count: number, hart: number): Uint8Array | undefined {
    try {
        return machine.readPhysical(physical, count, hart);
    } catch (error) {
        if (error instanceof RangeError) return undefined;
        throw error;
    }
}
