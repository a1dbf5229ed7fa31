/** Shows the inside of a kernel through a lens (docs/lens.md): it reads the guest's memory as it lies, and changes nothing. */

import type { Machine } from "../../../emu/machine.ts";
import type { LensField, LensFile, LensView, NumberType } from "./format.ts";
import { mappedRanges, PageWalker } from "./page-walker.ts";
import { parsePlace } from "./place.ts";

/** What a view shows. */
export interface LensTable {
    readonly title: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly string[])[];
    /** Elements in all; rows that are too many are not shown. */
    readonly count: number;
    /** Why there is nothing, or no more. */
    readonly note: string | undefined;
}

/** Addresses of names. */
export type Symbols = (name: string) => bigint | undefined;

interface Element {
    readonly address: bigint;
    readonly struct: string;
}

const MOST_ROWS = 512;
/** A list longer than this runs in a circle: it is being changed. */
const MOST_ELEMENTS = 1_000_000;
const POINTER_BYTES = 8;
const ADDRESS = "@";
const UNREADABLE = "?";

/** Memory that the lens cannot read, or a name that it does not know: a sentence's end. */
class LensError extends Error {}

export class Lens {
    readonly #file: LensFile;
    readonly #machine: Machine;
    readonly #symbols: Symbols;
    #walker: PageWalker;

    constructor(file: LensFile, machine: Machine, symbols: Symbols) {
        this.#file = file;
        this.#machine = machine;
        this.#symbols = (name) => {
            const given = file.symbols[name];
            return given === undefined ? symbols(name) : BigInt(given);
        };
        this.#walker = new PageWalker(machine, 0, "physical");
    }

    /** What all views show, with the addresses of the hart. */
    tables(hart: number): LensTable[] {
        this.#walker = new PageWalker(this.#machine, hart, this.#file.addresses);
        return this.#file.views.map((view) => {
            try {
                return view.pageTable === undefined ? this.#elementsTable(view) : this.#pageTable(view);
            } catch (error) {
                if (!(error instanceof LensError)) throw error;
                return { title: view.title, columns: [], rows: [], count: 0, note: error.message };
            }
        });
    }

    #elementsTable(view: LensView): LensTable {
        const { title, columns = [], count: isCount = false } = view;
        const rows: string[][] = [];
        let count = 0;
        let note: string | undefined;
        try {
            for (const element of this.#elements(view)) {
                count++;
                if (!isCount && rows.length < MOST_ROWS)
                    rows.push(columns.map((column) => this.#cell(element, column)));
            }
        } catch (error) {
            if (!(error instanceof LensError)) throw error;
            note = error.message;
        }
        if (isCount) return { title, columns: ["count"], rows: [[String(count)]], count, note };
        if (count > rows.length) note ??= `${count} in all; the first ${rows.length} are shown`;
        return { title, columns, rows, count, note };
    }

    *#elements(view: LensView): Generator<Element> {
        const { where } = view;
        for (const element of view.array === undefined ? this.#listed(view) : this.#arrayed(view)) {
            if (where === undefined) yield element;
            else {
                const value = this.#cell(element, where.field);
                if (
                    (where.is === undefined || value === String(where.is)) &&
                    (where.not === undefined || value !== String(where.not))
                )
                    yield element;
            }
        }
    }

    *#arrayed({ array, struct = "" }: LensView): Generator<Element> {
        if (array === undefined) return;
        const size = BigInt(this.#file.structs[struct]?.size ?? 0);
        const begin = this.#resolve(array.from);
        for (let i = 0; i < array.count; i++) yield { address: begin + size * BigInt(i), struct };
    }

    /** By a pointer from element to element, or by a link: then the first is the list's head, which is no element. */
    *#listed({ list, struct = "" }: LensView): Generator<Element> {
        const field = this.#file.structs[struct]?.fields[list?.next ?? ""];
        if (list === undefined || field === undefined) return;
        const isLink = field.type === "link";
        const at = BigInt(field.at);
        const begin = this.#resolve(list.from);
        let next = isLink ? this.#word(begin) : begin;
        for (let count = 0; next !== 0n && !(isLink && next === begin); count++) {
            if (count > MOST_ELEMENTS)
                throw new LensError(`more than ${MOST_ELEMENTS} elements: the list is being changed`);
            const address = isLink ? next - at : next;
            yield { address, struct };
            next = this.#word(address + at);
        }
    }

    #cell({ address, struct }: Element, column: string): string {
        if (column === ADDRESS) return hex(address);
        const field = this.#file.structs[struct]?.fields[column];
        if (field === undefined) return "";
        try {
            return this.#fieldText(address, field);
        } catch (error) {
            if (error instanceof LensError) return UNREADABLE;
            throw error;
        }
    }

    #fieldText(address: bigint, field: LensField): string {
        const { at, type, size = 0, show, hex: isHex = false } = field;
        const place = address + BigInt(at);
        if (type === "text") return textOf(this.#bytes(place, size));
        if (type === "pointer" || type === "link") {
            const value = this.#word(place);
            const [struct = "", shown = ""] = show?.split(".") ?? [];
            return show === undefined || value === 0n ? hex(value) : this.#cell({ address: value, struct }, shown);
        }
        const names = this.#file.enums[type];
        const number = this.#number(place, names === undefined ? (type as NumberType) : "u32");
        if (names !== undefined) return names[Number(number)] ?? String(number);
        return isHex ? hex(number) : String(number);
    }

    #pageTable({ title, pageTable }: LensView): LensTable {
        const { from, each, field = "" } = pageTable ?? {};
        const head = ["virtual", "to", "physical", "rights"];
        if (from !== undefined) return this.#rangesTable(title, head, this.#resolve(from), []);
        const other = this.#file.views.find((view) => view.title === each);
        if (other === undefined) return { title, columns: head, rows: [], count: 0, note: undefined };
        const label = other.columns?.[0] ?? ADDRESS;
        const parts = [...this.#elements(other)].map((element) => {
            const root = this.#rootOf(element, field);
            return root === 0n ? undefined : this.#rangesTable(title, head, root, [this.#cell(element, label)]);
        });
        const rows = parts.flatMap((part) => part?.rows ?? []);
        return {
            title,
            columns: [label, ...head],
            rows: rows.slice(0, MOST_ROWS),
            count: rows.length,
            note: undefined,
        };
    }

    /** What the field has, or what is shown of what it points to. */
    #rootOf({ address, struct }: Element, name: string): bigint {
        const field = this.#file.structs[struct]?.fields[name];
        const value = this.#word(address + BigInt(field?.at ?? 0));
        const [other = "", shown = ""] = field?.show?.split(".") ?? [];
        const next = this.#file.structs[other]?.fields[shown];
        return next === undefined || value === 0n ? value : this.#word(value + BigInt(next.at));
    }

    #rangesTable(title: string, columns: readonly string[], root: bigint, label: readonly string[]): LensTable {
        // A root is a physical address, or one of the kernel's own.
        const physical = this.#walker.physical(root) ?? Number(root);
        const ranges = mappedRanges(this.#machine, physical, this.#walker.levels, MOST_ROWS);
        const rows = ranges.map(({ first, last, to, rights }) => [...label, hex(first), hex(last), hex(to), rights]);
        return { title, columns, rows, count: rows.length, note: undefined };
    }

    /** The address of a place. */
    #resolve(text: string): bigint {
        const { symbol, offset, follows } = parsePlace(text) ?? { symbol: text, offset: 0, follows: 0 };
        const found = this.#symbols(symbol);
        if (found === undefined) throw new LensError(`${symbol}: no such symbol; give its address in "symbols"`);
        let address = found + BigInt(offset);
        for (let i = 0; i < follows; i++) address = this.#word(address);
        return address;
    }

    #word(address: bigint): bigint {
        return this.#number(address, "u64");
    }

    #number(address: bigint, type: NumberType): bigint {
        const bits = Number(type.slice(1));
        const bytes = this.#bytes(address, bits / 8);
        let value = 0n;
        for (const byte of bytes.reverse()) value = value * 256n + BigInt(byte);
        return type.startsWith("i") ? BigInt.asIntN(bits, value) : value;
    }

    /** Across pages, too. */
    #bytes(address: bigint, count: number): Uint8Array {
        const bytes = new Uint8Array(count);
        for (let done = 0; done < count; ) {
            const at = BigInt.asUintN(64, address + BigInt(done));
            const left = Math.min(count - done, Number(4096n - (at % 4096n)));
            const physical = this.#walker.physical(at);
            const part = physical === undefined ? undefined : this.#walker.read(physical, left);
            if (part === undefined) throw new LensError(`${hex(at)} is not mapped on this hart yet`);
            bytes.set(part, done);
            done += left;
        }
        return bytes;
    }
}

function hex(value: bigint): string {
    return `0x${BigInt.asUintN(8 * POINTER_BYTES, value).toString(16)}`;
}

/** Up to the first zero. */
function textOf(bytes: Uint8Array): string {
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(bytes.subarray(0, end < 0 ? undefined : end));
}
