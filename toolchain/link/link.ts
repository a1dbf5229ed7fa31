/** Links objects to an image: places sections as a script says, resolves symbols, fills relocated fields. */
import type { Image, ImageFrame, ImageLine, ImageSymbol, Segment, SegmentFlags } from "./image.ts";
import type { ObjectFile, ObjectSymbol, Section } from "./object.ts";
import { applyRelocation, type Fields } from "./relocate.ts";

export interface OutputSegment {
    /** The name of the segment. It also names the boundary symbols __NAME_start and __NAME_end. */
    readonly name: string;
    /** `next-page` is the next multiple of 4096 after the segment before. */
    readonly address: number | "next-page";
    /** Names of the sections that the segment takes, in this order. Sections with a fixed address must lie in it. */
    readonly sections: readonly string[];
    readonly flags: SegmentFlags;
    /** The segment must end at or below this address. */
    readonly limit?: number;
}

export interface LinkScript {
    readonly segments: readonly OutputSegment[];
    /** The symbol where execution starts. */
    readonly entry: string;
    /** More absolute symbols. */
    readonly symbols?: Readonly<Record<string, number>>;
    /** Objects that are used only if they define a missing symbol (backend/runtime.ts). */
    readonly library?: readonly ObjectFile[];
}

/** Lists every problem found, one a line. */
export class LinkError extends Error {
    override name = "LinkError";
}

const PAGE = 4096;
const SEGMENT_ALIGN = 16;

interface Placed {
    readonly object: ObjectFile;
    readonly section: Section;
    readonly address: number;
}

/** Links. Throws a LinkError that lists every undefined or twice defined symbol, overlap and broken limit. */
export function link(objects: readonly ObjectFile[], script: LinkScript): Image {
    return new Linker([...objects, ...neededLibrary(objects, script)], script).run();
}

/** The library objects that define symbols which no other object defines. */
function neededLibrary(objects: readonly ObjectFile[], script: LinkScript): ObjectFile[] {
    const used: ObjectFile[] = [];
    for (const candidate of script.library ?? []) {
        const all = [...objects, ...used];
        const defined = new Set(all.flatMap((object) => object.symbols.map((symbol) => symbol.name)));
        const wanted = new Set(
            all.flatMap((object) => object.sections.flatMap((s) => s.relocations.map((r) => r.symbol))),
        );
        const provides = candidate.symbols.some(({ name, global }) => global && wanted.has(name) && !defined.has(name));
        if (provides) used.push(candidate);
    }
    return used;
}

class Linker {
    readonly #objects: readonly ObjectFile[];
    readonly #script: LinkScript;
    readonly #problems: string[] = [];
    readonly #placed: Placed[] = [];
    readonly #globals = new Map<string, number>();
    readonly #locals = new Map<ObjectFile, Map<string, number>>();
    readonly #symbols: ImageSymbol[] = [];

    constructor(objects: readonly ObjectFile[], script: LinkScript) {
        this.#objects = objects;
        this.#script = script;
    }

    run(): Image {
        const ranges = this.#place();
        this.#defineSymbols();
        this.#defineBoundaries(ranges);
        const segments = ranges.map((range) => this.#fill(range));
        const entry = this.#globals.get(this.#script.entry);
        if (entry === undefined) this.#problems.push(`entry symbol ${this.#script.entry} is not defined`);
        if (this.#problems.length > 0) throw new LinkError([...new Set(this.#problems)].join("\n"));
        const lines = this.#placed.flatMap(({ section, address }): ImageLine[] =>
            section.lines.map(({ offset, file, line }) => ({ address: address + offset, file, line })),
        );
        const frames = this.#placed.flatMap(({ section, address }): ImageFrame[] =>
            section.frames.map((frame) => ({
                ...frame,
                start: address + frame.start,
                end: address + frame.end,
                bodyStart: address + frame.bodyStart,
            })),
        );
        return {
            entry: entry as number,
            segments: segments.sort((a, b) => a.address - b.address),
            symbols: this.#symbols.sort((a, b) => a.address - b.address),
            lines: lines.sort((a, b) => a.address - b.address),
            frames: frames.sort((a, b) => a.start - b.start),
        };
    }

    // ---- placement

    #place(): Range[] {
        const ranges: Range[] = [];
        let end = 0;
        for (const segment of this.#script.segments) {
            const start = segment.address === "next-page" ? alignUp(end, PAGE) : segment.address;
            const range = this.#placeSegment(segment, start);
            for (const other of ranges) {
                if (other.start < range.end && range.start < other.end) {
                    this.#problems.push(
                        `segment ${segment.name} (${span(range)}) overlaps ${other.segment.name} (${span(other)})`,
                    );
                }
            }
            if (segment.limit !== undefined && range.end > segment.limit) {
                const over = range.end - segment.limit;
                this.#problems.push(
                    `segment ${segment.name} ends at ${hex(range.end)}, ${over} bytes beyond its limit ${hex(segment.limit)}`,
                );
            }
            end = range.end;
            ranges.push(range);
        }
        this.#reportLeftovers();
        return ranges;
    }

    #placeSegment(segment: OutputSegment, start: number): Range {
        let cursor = start;
        let fileEnd = start;
        const members: Placed[] = [];
        for (const name of segment.sections) {
            for (const object of this.#objects) {
                for (const section of object.sections) {
                    if (section.name !== name) continue;
                    const address = section.address ?? alignUp(cursor, section.align);
                    if (address < cursor) {
                        const where = `${object.name} ${name} at ${hex(address)}`;
                        this.#problems.push(
                            `${where} does not fit in segment ${segment.name}, which is at ${hex(cursor)} already`,
                        );
                    }
                    members.push({ object, section, address });
                    cursor = Math.max(cursor, address + section.size);
                    if (section.bytes.length > 0) fileEnd = Math.max(fileEnd, address + section.bytes.length);
                }
            }
        }
        this.#placed.push(...members);
        // Start and end of zero memory are aligned, so that start-up code can clear whole words.
        return {
            segment,
            start,
            end: alignUp(cursor, SEGMENT_ALIGN),
            fileEnd: alignUp(fileEnd, SEGMENT_ALIGN),
            members,
        };
    }

    #reportLeftovers(): void {
        const taken = new Set(this.#placed.map(({ section }) => section));
        for (const object of this.#objects) {
            for (const section of object.sections) {
                if (section.size === 0 || taken.has(section)) continue;
                this.#problems.push(`section ${section.name} of ${object.name} is in no segment of the link script`);
            }
        }
    }

    // ---- symbols

    #defineSymbols(): void {
        for (const [name, value] of Object.entries(this.#script.symbols ?? {})) this.#defineAbsolute(name, value);
        const addresses = new Map(this.#placed.map(({ section, address }) => [section, address]));
        const owners = new Map<string, string>();
        for (const object of this.#objects) {
            const locals = new Map<string, number>();
            this.#locals.set(object, locals);
            for (const symbol of object.symbols) this.#define(object, symbol, locals, addresses, owners);
        }
    }

    #define(
        object: ObjectFile,
        symbol: ObjectSymbol,
        locals: Map<string, number>,
        addresses: ReadonlyMap<Section, number>,
        owners: Map<string, string>,
    ): void {
        const { name, size, kind, global } = symbol;
        const section = object.sections.find((candidate) => candidate.name === symbol.section);
        const base = symbol.section === "*ABS*" ? 0 : section === undefined ? undefined : addresses.get(section);
        if (base === undefined) return;
        const address = base + symbol.offset;
        locals.set(name, address);
        if (global) {
            const owner = owners.get(name);
            if (owner !== undefined) this.#problems.push(`symbol ${name} is defined in ${owner} and in ${object.name}`);
            owners.set(name, object.name);
            this.#globals.set(name, address);
        }
        // A label for the assembler's own use names no place that a reader would look for.
        if (!name.startsWith(".L")) this.#symbols.push({ name, address, size, kind, global });
    }

    #defineAbsolute(name: string, address: number): void {
        this.#globals.set(name, address);
        this.#symbols.push({ name, address, size: 0, kind: "label", global: true });
    }

    /** Defines __NAME_start and __NAME_end of each segment, __bss_start and __bss_end of all zero memory, and __image_end. */
    #defineBoundaries(ranges: readonly Range[]): void {
        const define = (name: string, address: number) => {
            if (!this.#globals.has(name)) this.#defineAbsolute(name, address);
        };
        for (const { segment, start, end, fileEnd } of ranges) {
            define(`__${segment.name}_start`, start);
            define(`__${segment.name}_end`, end);
            if (segment.flags.write) {
                define("__bss_start", fileEnd);
                define("__bss_end", end);
            }
        }
        define("__image_end", Math.max(0, ...ranges.map(({ end }) => end)));
    }

    // ---- content

    #fill(range: Range): Segment {
        const { segment, start, end, fileEnd } = range;
        const bytes = new Uint8Array(fileEnd - start);
        for (const member of range.members) {
            bytes.set(member.section.bytes, member.address - start);
            this.#relocate(member, bytes, start);
        }
        return { name: segment.name, address: start, bytes, memorySize: end - start, flags: segment.flags };
    }

    #relocate({ object, section, address }: Placed, bytes: Uint8Array, start: number): void {
        const locals = this.#locals.get(object);
        const resolve = (name: string) => locals?.get(name) ?? this.#globals.get(name);
        const fields: Fields = { view: new DataView(bytes.buffer), start, resolve };
        for (const relocation of section.relocations) {
            const place = address + relocation.offset;
            const problem = applyRelocation(fields, relocation, place, section, address);
            if (problem !== undefined)
                this.#problems.push(`${object.name} ${section.name}+${hex(relocation.offset)}: ${problem}`);
        }
    }
}

interface Range {
    readonly segment: OutputSegment;
    readonly start: number;
    readonly end: number;
    /** The end of the bytes that are not zero. */
    readonly fileEnd: number;
    readonly members: readonly Placed[];
}

function alignUp(value: number, align: number): number {
    return Math.ceil(value / align) * align;
}

function hex(value: number): string {
    return `0x${value.toString(16)}`;
}

function span(range: Range): string {
    return `${hex(range.start)}..${hex(range.end)}`;
}
