/** Writes line information for debuggers: DWARF 4, one compilation unit with a line table (dwarfstd.org, sections 6.2, 7.5). */
import type { Image, ImageLine } from "./image.ts";

interface DebugSection {
    readonly name: string;
    readonly bytes: Uint8Array;
}

const [DW_TAG_compile_unit, DW_FORM_addr, DW_FORM_data8, DW_FORM_string, DW_FORM_sec_offset] = [
    0x11, 0x01, 0x07, 0x08, 0x17,
];
const [DW_AT_name, DW_AT_stmt_list, DW_AT_low_pc, DW_AT_high_pc, DW_AT_comp_dir] = [0x03, 0x10, 0x11, 0x12, 0x1b];
const [DW_LNS_copy, DW_LNS_advance_pc, DW_LNS_advance_line, DW_LNS_set_file] = [1, 2, 3, 4];
const [DW_LNE_end_sequence, DW_LNE_set_address] = [1, 2];
/** Operand counts of the standard opcodes 1..12. */
const OPERAND_COUNTS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
const VERSION = 4;

/** Makes .debug_info, .debug_abbrev and .debug_line; no sections when there are no lines. */
export function debugSections(image: Image): DebugSection[] {
    if (image.lines.length === 0) return [];
    const code = image.segments.filter((segment) => segment.flags.execute);
    const low = Math.min(...code.map((segment) => segment.address));
    const high = Math.max(...code.map((segment) => segment.address + segment.memorySize));
    return [
        { name: ".debug_info", bytes: unit(low, high) },
        { name: ".debug_abbrev", bytes: abbreviations() },
        { name: ".debug_line", bytes: lineTable(image, high) },
    ];
}

class Bytes {
    readonly list: number[] = [];

    byte(...values: number[]): this {
        this.list.push(...values);
        return this;
    }

    fixed(value: number, size: number): this {
        for (let i = 0; i < size; i++) this.list.push(Math.floor(value / 2 ** (8 * i)) & 255);
        return this;
    }

    text(text: string): this {
        this.list.push(...new TextEncoder().encode(text), 0);
        return this;
    }

    unsigned(value: number): this {
        let rest = value;
        while (rest >= 128) {
            this.list.push((rest & 127) | 128);
            rest = Math.floor(rest / 128);
        }
        this.list.push(rest);
        return this;
    }

    signed(value: number): this {
        let rest = value;
        for (;;) {
            const low = rest & 127;
            rest >>= 7;
            const last = (rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0);
            this.list.push(last ? low : low | 128);
            if (last) return this;
        }
    }

    append(other: Bytes): this {
        for (const value of other.list) this.list.push(value);
        return this;
    }

    /** The bytes with a 4-byte length in front. */
    withLength(): Uint8Array {
        return Uint8Array.from(new Bytes().fixed(this.list.length, 4).append(this).list);
    }
}

function unit(low: number, high: number): Uint8Array {
    const bytes = new Bytes().fixed(VERSION, 2).fixed(0, 4).byte(8);
    bytes
        .unsigned(1)
        .text("archipel")
        .text(".")
        .fixed(low, 8)
        .fixed(high - low, 8)
        .fixed(0, 4);
    return bytes.withLength();
}

function abbreviations(): Uint8Array {
    const bytes = new Bytes().byte(1, DW_TAG_compile_unit, 0);
    bytes.byte(DW_AT_name, DW_FORM_string, DW_AT_comp_dir, DW_FORM_string, DW_AT_low_pc, DW_FORM_addr);
    bytes.byte(DW_AT_high_pc, DW_FORM_data8, DW_AT_stmt_list, DW_FORM_sec_offset, 0, 0, 0);
    return Uint8Array.from(bytes.list);
}

function lineTable(image: Image, high: number): Uint8Array {
    const files = [...new Set(image.lines.map(({ file }) => file))];
    const header = new Bytes().byte(1, 1, 1, 0xfb, 14, OPERAND_COUNTS.length + 1, ...OPERAND_COUNTS, 0);
    for (const file of files) header.text(file).byte(0, 0, 0);
    header.byte(0);
    const bytes = new Bytes().fixed(VERSION, 2).fixed(header.list.length, 4).append(header);
    writeProgram(bytes, image.lines, new Map(files.map((file, i) => [file, i + 1])), high);
    return bytes.withLength();
}

function writeProgram(
    bytes: Bytes,
    lines: readonly ImageLine[],
    numbers: ReadonlyMap<string, number>,
    high: number,
): void {
    const [first] = lines;
    if (first === undefined) return;
    let address = first.address;
    let [file, line] = [1, 1];
    bytes.byte(0).unsigned(9).byte(DW_LNE_set_address).fixed(address, 8);
    for (const entry of lines) {
        if (entry.address !== address) bytes.byte(DW_LNS_advance_pc).unsigned(entry.address - address);
        const number = numbers.get(entry.file) as number;
        if (number !== file) bytes.byte(DW_LNS_set_file).unsigned(number);
        if (entry.line !== line) bytes.byte(DW_LNS_advance_line).signed(entry.line - line);
        bytes.byte(DW_LNS_copy);
        [address, file, line] = [entry.address, number, entry.line];
    }
    bytes.byte(DW_LNS_advance_pc).unsigned(Math.max(0, high - address));
    bytes.byte(0).unsigned(1).byte(DW_LNE_end_sequence);
}
