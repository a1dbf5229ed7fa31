/** Makes the object's sections of items: sizes settle, then bytes, relocations and lines are written. */

import type { LineEntry, Relocation, Section } from "../link/object.ts";
import { type Diagnostics, StatementError } from "./diagnostics.ts";
import { constantOf, evaluate } from "./expression.ts";
import { encodeItem, relocation } from "./instruction.ts";
import type { Item, SectionBuilder } from "./section.ts";
import type { Symbols } from "./symbols.ts";

/** Instructions only grow and there are few spaces, so sizes settle after a handful of rounds. */
const MAX_ROUNDS = 1000;
const MAX_SECTION_BYTES = 2 ** 31;

/** Lays sections out until no size changes. */
export function settle(sections: Iterable<SectionBuilder>, symbols: Symbols, diagnostics: Diagnostics): void {
    const all = [...sections];
    for (const section of all) section.layout();
    for (let round = 0; round < MAX_ROUNDS; round++) {
        let changed = false;
        for (const section of all) {
            for (const [index, item] of section.items.entries()) {
                if (resize(item, index, section, symbols)) changed = true;
            }
        }
        if (!changed) return;
        for (const section of all) section.layout();
    }
    diagnostics.add(
        { file: all[0]?.name ?? "", line: 0 },
        "sizes depend on each other without end; simplify .space operands",
    );
}

/** Updates an open size. Errors are left to the emitter, which meets them again. */
function resize(item: Item, index: number, section: SectionBuilder, symbols: Symbols): boolean {
    const before = item.size;
    try {
        if (item.kind === "space") item.size = spaceSize(constantOf(evaluate(item.count, symbols)));
        // Grown instructions stay long, because layout might otherwise never end.
        else if (item.kind === "instruction" && item.mayCompress && item.size === 2) {
            item.size = encodeItem(item, index, section, symbols).size;
        }
    } catch (error) {
        if (!(error instanceof StatementError)) throw error;
    }
    return item.size !== before;
}

function spaceSize(count: bigint): number {
    if (count < 0n || count > MAX_SECTION_BYTES) throw new StatementError(`size ${count} is out of range`);
    return Number(count);
}

/** The finished section. Its sizes must have settled. */
export function emitSection(section: SectionBuilder, symbols: Symbols, diagnostics: Diagnostics): Section {
    const size = section.layout();
    const output: Output = {
        bytes: new Uint8Array(section.kind === "bss" ? 0 : size),
        relocations: [],
        lines: [],
    };
    for (const [index, item] of section.items.entries()) {
        diagnostics.guard(item.location, () => emitItem(item, index, section, symbols, output));
    }
    const { name, kind, alignment } = section;
    return {
        name,
        kind,
        align: alignment,
        bytes: output.bytes,
        size,
        relocations: output.relocations,
        lines: output.lines,
        frames: [],
    };
}

interface Output {
    readonly bytes: Uint8Array;
    readonly relocations: Relocation[];
    readonly lines: LineEntry[];
}

function emitItem(item: Item, index: number, section: SectionBuilder, symbols: Symbols, output: Output): void {
    const offset = section.offsetOf(index);
    switch (item.kind) {
        case "bytes":
            output.bytes.set(item.bytes, offset);
            return;
        case "value":
            emitValue(item, offset, symbols, output);
            return;
        case "align":
            emitPadding(item, offset, section, output);
            return;
        case "space":
            spaceSize(constantOf(evaluate(item.count, symbols)));
            if (section.kind !== "bss") output.bytes.fill(item.fill, offset, offset + item.size);
            else if (item.fill !== 0) throw new StatementError(`${section.name} holds zeros only; use .data`);
            return;
        case "instruction": {
            if (section.kind === "bss")
                throw new StatementError(`instructions cannot stand in ${section.name}; go to .text`);
            const encoded = encodeItem(item, index, section, symbols);
            // A grown instruction that would fit again keeps its long form.
            const word =
                encoded.size < item.size
                    ? encodeItem({ ...item, mayCompress: false, size: 4 }, index, section, symbols).word
                    : encoded.word;
            writeLittleEndian(output.bytes, offset, item.size, BigInt(word));
            if (encoded.relocation !== undefined) output.relocations.push({ offset, ...encoded.relocation });
            addLine(output.lines, offset, item);
        }
    }
}

function emitValue(item: Item & { kind: "value" }, offset: number, symbols: Symbols, output: Output): void {
    const value = evaluate(item.expression, symbols);
    if (value.terms.length > 0) {
        const type = item.size === 8 ? "absolute64" : item.size === 4 ? "absolute32" : undefined;
        if (type === undefined) throw new StatementError("an address needs 4 or 8 bytes; use .word or .dword");
        output.relocations.push({ offset, ...relocation(type, value) });
        return;
    }
    const bits = 8 * item.size;
    if (value.constant < -(1n << BigInt(bits - 1)) || value.constant >= 1n << BigInt(bits)) {
        throw new StatementError(`${value.constant} does not fit in ${item.size} bytes`);
    }
    writeLittleEndian(output.bytes, offset, item.size, value.constant);
}

const NOP = 0x0000_0013n;
const SHORT_NOP = 0x0001n;

/** Text is padded with nops, because code may run through it. Odd bytes and other sections get zeros or the fill byte. */
function emitPadding(item: Item & { kind: "align" }, offset: number, section: SectionBuilder, output: Output): void {
    if (section.kind === "bss") return;
    const end = offset + item.size;
    if (section.kind !== "text" || item.fill !== undefined) {
        output.bytes.fill(item.fill ?? 0, offset, end);
        return;
    }
    let position = offset + (item.size % 2);
    if (item.size % 4 >= 2) {
        if (item.compressed) writeLittleEndian(output.bytes, position, 2, SHORT_NOP);
        position += 2;
    }
    for (; position < end; position += 4) writeLittleEndian(output.bytes, position, 4, NOP);
}

function addLine(lines: LineEntry[], offset: number, item: Item): void {
    const { file, line } = item.location;
    const last = lines.at(-1);
    if (last?.file !== file || last.line !== line) lines.push({ offset, file, line });
}

function writeLittleEndian(bytes: Uint8Array, offset: number, width: number, value: bigint): void {
    for (let index = 0; index < width; index++) bytes[offset + index] = Number((value >> BigInt(8 * index)) & 0xffn);
}
