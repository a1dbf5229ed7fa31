/** A section under construction: items in order, whose sizes may still change until layout is stable. */

import type { Section } from "../link/object.ts";
import type { Location } from "./diagnostics.ts";
import type { Expression } from "./expression.ts";
import type { InstructionItem } from "./instruction.ts";

/** An element of a section. `size` is in bytes and changes only while `fixed` is false. */
export type Item =
    | {
          readonly kind: "bytes";
          readonly location: Location;
          size: number;
          readonly fixed: true;
          readonly bytes: readonly number[];
      }
    | {
          readonly kind: "value";
          readonly location: Location;
          size: number;
          readonly fixed: true;
          readonly expression: Expression;
      }
    | {
          readonly kind: "align";
          readonly location: Location;
          size: number;
          readonly fixed: false;
          readonly alignment: number;
          /** The fill byte. Undefined means nops in text, zeros elsewhere. */
          readonly fill: number | undefined;
          /** The alignment is skipped when it takes more bytes than this. */
          readonly limit: number;
          /** True when nops may be 2 bytes long. */
          readonly compressed: boolean;
      }
    | {
          readonly kind: "space";
          readonly location: Location;
          size: number;
          readonly fixed: false;
          readonly count: Expression;
          readonly fill: number;
      }
    | InstructionItem;

export class SectionBuilder {
    readonly name: string;
    readonly kind: Section["kind"];
    readonly items: Item[] = [];
    alignment = 1;
    /** Offset of each item by the last layout. */
    #offsets: number[] = [];
    /** True after layout has run. All distances are known then. */
    #laidOut = false;

    constructor(name: string, kind: Section["kind"]) {
        this.name = name;
        this.kind = kind;
        if (kind === "text") this.alignment = 4;
    }

    get nextItem(): number {
        return this.items.length;
    }

    add(item: Item): void {
        if (item.kind === "align") this.alignment = Math.max(this.alignment, item.alignment);
        this.items.push(item);
    }

    /** Computes offsets from the items' sizes, padding included. Returns the section's size. */
    layout(): number {
        let offset = 0;
        this.#offsets = [];
        for (const item of this.items) {
            this.#offsets.push(offset);
            if (item.kind === "align") {
                const padding = (item.alignment - (offset % item.alignment)) % item.alignment;
                item.size = padding > item.limit ? 0 : padding;
            }
            offset += item.size;
        }
        this.#offsets.push(offset);
        this.#laidOut = true;
        return offset;
    }

    /** Byte offset of an item (or of the end) by the last layout. */
    offsetOf(item: number): number {
        return this.#offsets[item] ?? 0;
    }

    /** Bytes from one item's start to another's. Before layout it is undefined when a size in between is open. */
    distance(from: number, to: number): number | undefined {
        if (this.#laidOut) return this.offsetOf(to) - this.offsetOf(from);
        let bytes = 0;
        for (let index = Math.min(from, to); index < Math.max(from, to); index++) {
            const item = this.items[index];
            if (item === undefined || !item.fixed) return undefined;
            bytes += item.size;
        }
        return from <= to ? bytes : -bytes;
    }
}
