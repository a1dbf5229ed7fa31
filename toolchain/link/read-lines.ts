/**
 * Reads the line information of an ELF file: its .debug_line programs, DWARF 2 to 5 (dwarfstd.org, 6.2). It serves the place of a fault. So
 * information that is missing, damaged or of another version gives no lines, never an error.
 */

import { readSection } from "./elf.ts";
import type { ImageLine } from "./image.ts";

const [DW_LNS_copy, DW_LNS_advance_pc, DW_LNS_advance_line, DW_LNS_set_file] = [1, 2, 3, 4];
const [DW_LNS_const_add_pc, DW_LNS_fixed_advance_pc] = [8, 9];
const [DW_LNE_end_sequence, DW_LNE_set_address] = [1, 2];
const [DW_LNCT_path, DW_LNCT_directory_index] = [1, 2];
const [DW_FORM_block2, DW_FORM_block4, DW_FORM_data2, DW_FORM_data4, DW_FORM_data8] = [3, 4, 5, 6, 7];
const [DW_FORM_string, DW_FORM_block, DW_FORM_block1, DW_FORM_data1, DW_FORM_strp] = [8, 9, 10, 11, 14];
const [DW_FORM_udata, DW_FORM_data16, DW_FORM_line_strp] = [15, 30, 31];

/** Sorted by address. */
export function readLines(elf: Uint8Array): ImageLine[] {
    const section = readSection(elf, ".debug_line");
    if (section === undefined) return [];
    const strings = { [DW_FORM_strp]: readSection(elf, ".debug_str"), [DW_FORM_line_strp]: readSection(elf, LINE_STR) };
    const lines: ImageLine[] = [];
    const reader = new Reader(section, strings);
    try {
        while (reader.at + 4 <= section.length) readUnit(reader, lines);
    } catch (error) {
        // DataView throws it at the end of a damaged section, and this file for a form that it does not know.
        if (!(error instanceof RangeError)) throw error;
    }
    return lines.sort((a, b) => a.address - b.address);
}
const LINE_STR = ".debug_line_str";

type Strings = Readonly<Record<number, Uint8Array | undefined>>;

class Reader {
    at = 0;
    readonly #bytes: Uint8Array;
    readonly #view: DataView;
    readonly #strings: Strings;

    constructor(bytes: Uint8Array, strings: Strings) {
        this.#bytes = bytes;
        this.#strings = strings;
        this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }

    fixed(size: 1 | 2 | 4 | 8): number {
        const at = this.at;
        this.at += size;
        if (size === 1) return this.#view.getUint8(at);
        if (size === 2) return this.#view.getUint16(at, true);
        if (size === 4) return this.#view.getUint32(at, true);
        return Number(this.#view.getBigUint64(at, true));
    }

    unsigned(): number {
        for (let [value, scale] = [0, 1]; ; scale *= 128) {
            const byte = this.fixed(1);
            value += (byte & 127) * scale;
            if (byte < 128) return value;
        }
    }

    signed(): number {
        for (let [value, scale] = [0, 1]; ; ) {
            const byte = this.fixed(1);
            value += (byte & 127) * scale;
            scale *= 128;
            if (byte < 128) return byte & 64 ? value - scale : value;
        }
    }

    text(): string {
        const text = textAt(this.#bytes, this.at);
        this.at = this.#bytes.indexOf(0, this.at) + 1;
        return text;
    }

    /** A path or an index. For any other content only the length matters. */
    form(form: number): string | number {
        switch (form) {
            case DW_FORM_string:
                return this.text();
            case DW_FORM_strp:
            case DW_FORM_line_strp:
                return textAt(this.#strings[form] ?? new Uint8Array(), this.fixed(4));
            case DW_FORM_data1:
                return this.fixed(1);
            case DW_FORM_data2:
                return this.fixed(2);
            case DW_FORM_data4:
                return this.fixed(4);
            case DW_FORM_data8:
                return this.fixed(8);
            case DW_FORM_udata:
                return this.unsigned();
            case DW_FORM_data16:
                return this.skip(16);
            case DW_FORM_block:
                return this.skip(this.unsigned());
            case DW_FORM_block1:
                return this.skip(this.fixed(1));
            case DW_FORM_block2:
                return this.skip(this.fixed(2));
            case DW_FORM_block4:
                return this.skip(this.fixed(4));
            default:
                throw new RangeError(`DWARF form ${form}`);
        }
    }

    skip(bytes: number): number {
        this.at += bytes;
        return 0;
    }
}

function textAt(bytes: Uint8Array, at: number): string {
    const end = bytes.indexOf(0, at);
    if (at > bytes.length || end < 0) throw new RangeError("a text without end");
    return new TextDecoder().decode(bytes.subarray(at, end));
}

interface Header {
    /** The file names by file number. */
    readonly files: readonly string[];
    readonly minimumLength: number;
    readonly lineBase: number;
    readonly lineRange: number;
    readonly opcodeBase: number;
    readonly operands: readonly number[];
}

/** Reads one unit of the section: its header and line number program. Skips unknown versions. */
function readUnit(reader: Reader, lines: ImageLine[]): void {
    const length = reader.fixed(4);
    // 64-bit DWARF is for files of more than 4 GiB.
    if (length >= 0xfffffff0) throw new RangeError("64-bit DWARF");
    const end = reader.at + length;
    const version = reader.fixed(2);
    if (version >= 2 && version <= 5) {
        const addressSize = version >= 5 ? reader.fixed(2) & 255 : 8;
        const programAt = reader.fixed(4) + reader.at;
        const header = readHeader(reader, version);
        reader.at = programAt;
        if (addressSize === 8) runProgram(reader, end, header, lines);
    }
    reader.at = end;
}

function readHeader(reader: Reader, version: number): Header {
    const minimumLength = reader.fixed(1);
    if (version >= 4) reader.skip(1);
    reader.skip(1);
    const lineBase = (reader.fixed(1) << 24) >> 24;
    const [lineRange, opcodeBase] = [reader.fixed(1), reader.fixed(1)];
    if (lineRange === 0) throw new RangeError("a line range of 0");
    const operands = Array.from({ length: opcodeBase - 1 }, () => reader.fixed(1));
    const files = version >= 5 ? filesOf5(reader) : filesBefore5(reader);
    return { files, minimumLength, lineBase, lineRange, opcodeBase, operands };
}

/** Directory 0 is the compiler's own, and its files are named without it. */
function joined(directories: readonly string[], index: number, name: string): string {
    const directory = index === 0 || name.startsWith("/") ? undefined : directories[index];
    return directory === undefined ? name : `${directory}/${name}`;
}

function filesBefore5(reader: Reader): string[] {
    const directories = [""];
    for (let name = reader.text(); name !== ""; name = reader.text()) directories.push(name);
    const files = [""];
    for (let name = reader.text(); name !== ""; name = reader.text()) {
        const directory = reader.unsigned();
        reader.unsigned();
        reader.unsigned();
        files.push(joined(directories, directory, name));
    }
    return files;
}

function filesOf5(reader: Reader): string[] {
    const directories = entries(reader).map(({ name }) => name);
    return entries(reader).map(({ name, directory }) => joined(directories, directory, name));
}

function entries(reader: Reader): { name: string; directory: number }[] {
    const formats = Array.from({ length: reader.fixed(1) }, () => [reader.unsigned(), reader.unsigned()] as const);
    const count = reader.unsigned();
    if (formats.length === 0 && count > 0) throw new RangeError("entries of nothing");
    return Array.from({ length: count }, () => {
        let [name, directory] = ["", 0];
        for (const [content, form] of formats) {
            const value = reader.form(form);
            if (content === DW_LNCT_path) name = String(value);
            if (content === DW_LNCT_directory_index) directory = Number(value);
        }
        return { name, directory };
    });
}

/** Runs the line number state machine. Every row that it appends is a line. */
function runProgram(reader: Reader, end: number, header: Header, lines: ImageLine[]): void {
    const { files, minimumLength, lineBase, lineRange, opcodeBase, operands } = header;
    let [address, file, line] = [0, 1, 1];
    const append = () => lines.push({ address, file: files[file] ?? "", line });
    while (reader.at < end) {
        const opcode = reader.fixed(1);
        if (opcode >= opcodeBase) {
            const step = opcode - opcodeBase;
            address += Math.floor(step / lineRange) * minimumLength;
            line += lineBase + (step % lineRange);
            append();
        } else if (opcode === 0) {
            const next = reader.unsigned() + reader.at;
            const extended = reader.fixed(1);
            if (extended === DW_LNE_end_sequence) [address, file, line] = [0, 1, 1];
            if (extended === DW_LNE_set_address) address = reader.fixed(8);
            reader.at = next;
        } else if (opcode === DW_LNS_copy) append();
        else if (opcode === DW_LNS_advance_pc) address += reader.unsigned() * minimumLength;
        else if (opcode === DW_LNS_advance_line) line += reader.signed();
        else if (opcode === DW_LNS_set_file) file = reader.unsigned();
        else if (opcode === DW_LNS_const_add_pc) address += Math.floor((255 - opcodeBase) / lineRange) * minimumLength;
        else if (opcode === DW_LNS_fixed_advance_pc) address += reader.fixed(2);
        else for (let i = 0; i < (operands[opcode - 1] ?? 0); i++) reader.unsigned();
    }
}
