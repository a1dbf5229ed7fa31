/** ELF64 for RISC-V: writes an image as an executable, and reads executables back (System V ABI; RISC-V ELF psABI). */
import { debugSections } from "./dwarf.ts";
import { type ElfNote, noteBytes } from "./elf-note.ts";
import type { Image, ImageSymbol, Segment } from "./image.ts";
import { StringTable } from "./string-table.ts";

export interface ElfOptions {
    /** Leaves out symbols and line information. */
    readonly strip?: boolean;
    /** A note, in a section and a PT_NOTE header of its own. It has no content. */
    readonly note?: ElfNote;
}

/** A file that is no ELF we can run. The message says what is wrong with it. */
export class ElfError extends Error {
    override name = "ElfError";
}

/** The result of readElf. `segments` are the PT_LOAD segments that have anything to load. Addresses are virtual; `physical` is p_paddr. */
export interface ElfFile {
    readonly entry: number;
    /** True when the file names a dynamic linker (PT_INTERP). */
    readonly dynamic: boolean;
    /** True for ET_DYN: addresses are relative to the load address. */
    readonly positionIndependent: boolean;
    /** e_flags (RISC-V ELF psABI). */
    readonly flags: number;
    readonly segments: readonly (Segment & { readonly physical: number })[];
    readonly symbols: readonly ImageSymbol[];
}

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const SECTION_HEADER_SIZE = 64;
const SYMBOL_SIZE = 24;
const PAGE = 4096;
const [ET_EXEC, ET_DYN, EM_RISCV, PT_LOAD, PT_INTERP, PT_NOTE] = [2, 3, 243, 1, 3, 4];
const [SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_NOTE, SHT_NOBITS] = [1, 2, 3, 7, 8];
const [SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_COMPRESSED] = [1, 2, 4, 0x800];
const [PF_X, PF_W, PF_R] = [1, 2, 4];
/** RVC code, soft-float ABI. */
const EF_RISCV_RVC = 1;
const SHN_ABS = 0xfff1;
const SYMBOL_TYPES = { label: 0, object: 1, function: 2 } as const;

// ---- writing

interface OutSection {
    readonly name: string;
    readonly type: number;
    readonly flags: number;
    readonly address: number;
    readonly bytes: Uint8Array;
    readonly size: number;
    readonly link?: number;
    readonly info?: number;
    readonly align: number;
    readonly entrySize?: number;
}

/** The executable: a program header a segment (file offset congruent to the address modulo 4096), sections, symbols and lines. */
export function writeElf(image: Image, options: ElfOptions = {}): Uint8Array {
    const segments = image.segments.filter((segment) => segment.memorySize > 0);
    const sections = segments.flatMap(loadedSections);
    if (options.note !== undefined) sections.push(noteSection(options.note));
    if (options.strip !== true) {
        const debug = debugSections(image);
        for (const { name, bytes } of debug) {
            sections.push({ name, type: SHT_PROGBITS, flags: 0, address: 0, bytes, size: bytes.length, align: 1 });
        }
        sections.push(...symbolSections(image, sections));
    }
    sections.push(sectionNames(sections));
    return assembleFile(image.entry, segments, sections);
}

/** A segment's content and its zero part are two sections, so that tools show both. */
function loadedSections(segment: Segment): OutSection[] {
    const { name, address, bytes, memorySize, flags } = segment;
    const bits = SHF_ALLOC | (flags.write ? SHF_WRITE : 0) | (flags.execute ? SHF_EXECINSTR : 0);
    const content = {
        name: `.${name}`,
        type: SHT_PROGBITS,
        flags: bits,
        address,
        bytes,
        size: bytes.length,
        align: 16,
    };
    if (memorySize === bytes.length) return [content];
    const size = memorySize - bytes.length;
    const none = new Uint8Array(0);
    const zero = {
        name: `.${name}.zero`,
        type: SHT_NOBITS,
        flags: bits,
        address: address + bytes.length,
        bytes: none,
        size,
        align: 1,
    };
    return bytes.length > 0 ? [content, zero] : [zero];
}

function symbolSections(image: Image, sections: readonly OutSection[]): OutSection[] {
    const ordered = [...image.symbols].sort((a, b) => Number(a.global) - Number(b.global));
    const names = new StringTable();
    const table = new Uint8Array((ordered.length + 1) * SYMBOL_SIZE);
    const view = new DataView(table.buffer);
    ordered.forEach(({ name, address, size, kind, global }, i) => {
        const at = (i + 1) * SYMBOL_SIZE;
        const owner = sections.findIndex(
            (s) => (s.flags & SHF_ALLOC) !== 0 && address >= s.address && address < s.address + s.size,
        );
        view.setUint32(at, names.add(name), true);
        view.setUint8(at + 4, (global ? 16 : 0) | SYMBOL_TYPES[kind]);
        view.setUint16(at + 6, owner < 0 ? SHN_ABS : owner + 1, true);
        put64(view, at + 8, address);
        put64(view, at + 16, size);
    });
    const info = 1 + ordered.filter(({ global }) => !global).length;
    const common = { flags: 0, address: 0 };
    const link = sections.length + 2;
    const strings = names.bytes();
    return [
        {
            ...common,
            name: ".symtab",
            type: SHT_SYMTAB,
            bytes: table,
            size: table.length,
            link,
            info,
            align: 8,
            entrySize: SYMBOL_SIZE,
        },
        { ...common, name: ".strtab", type: SHT_STRTAB, bytes: strings, size: strings.length, align: 1 },
    ];
}

function noteSection(note: ElfNote): OutSection {
    const bytes = noteBytes(note);
    return { name: `.note.${note.owner}`, type: SHT_NOTE, flags: 0, address: 0, align: 4, bytes, size: bytes.length };
}

function sectionNames(sections: readonly OutSection[]): OutSection {
    const names = new StringTable();
    for (const { name } of sections) names.add(name);
    names.add(".shstrtab");
    const bytes = names.bytes();
    return { name: ".shstrtab", type: SHT_STRTAB, flags: 0, address: 0, bytes, size: bytes.length, align: 1 };
}

function assembleFile(entry: number, segments: readonly Segment[], sections: readonly OutSection[]): Uint8Array {
    const notes = sections.filter(({ type }) => type === SHT_NOTE);
    const headers = segments.length + notes.length;
    let size = HEADER_SIZE + headers * PROGRAM_HEADER_SIZE;
    const reserve = (length: number, align: number, phase: number): number => {
        const offset = size + ((((phase - size) % align) + align) % align);
        size = offset + length;
        return offset;
    };
    const segmentOffsets = segments.map(({ bytes, address }) => reserve(bytes.length, PAGE, address % PAGE));
    const offsets = sections.map((section): number => {
        const owner = segments.findIndex(({ address, memorySize }) => {
            return (
                (section.flags & SHF_ALLOC) !== 0 &&
                section.address >= address &&
                section.address < address + memorySize
            );
        });
        if (owner < 0) return reserve(section.bytes.length, section.align, 0);
        return (segmentOffsets[owner] as number) + section.address - (segments[owner] as Segment).address;
    });
    const table = reserve((sections.length + 1) * SECTION_HEADER_SIZE, 8, 0);
    const file = new Uint8Array(size);
    const view = new DataView(file.buffer);
    writeHeader(view, entry, headers, table, sections.length + 1);
    segments.forEach((segment, i) => {
        file.set(segment.bytes, segmentOffsets[i]);
        writeProgramHeader(view, HEADER_SIZE + i * PROGRAM_HEADER_SIZE, segment, segmentOffsets[i] as number);
    });
    notes.forEach((note, i) => {
        const at = HEADER_SIZE + (segments.length + i) * PROGRAM_HEADER_SIZE;
        writeNoteHeader(view, at, note, offsets[sections.indexOf(note)] as number);
    });
    const names = new StringTable();
    sections.forEach((section, i) => {
        file.set(section.bytes, offsets[i]);
        const name = names.add(section.name);
        writeSectionHeader(view, table + (i + 1) * SECTION_HEADER_SIZE, section, name, offsets[i] as number);
    });
    return file;
}

function writeHeader(view: DataView, entry: number, segments: number, sectionTable: number, sections: number): void {
    [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1].forEach((byte, i) => {
        view.setUint8(i, byte);
    });
    view.setUint16(16, ET_EXEC, true);
    view.setUint16(18, EM_RISCV, true);
    view.setUint32(20, 1, true);
    put64(view, 24, entry);
    put64(view, 32, HEADER_SIZE);
    put64(view, 40, sectionTable);
    view.setUint32(48, EF_RISCV_RVC, true);
    [HEADER_SIZE, PROGRAM_HEADER_SIZE, segments, SECTION_HEADER_SIZE, sections, sections - 1].forEach((value, i) => {
        view.setUint16(52 + 2 * i, value, true);
    });
}

function writeProgramHeader(view: DataView, at: number, segment: Segment, offset: number): void {
    const { flags } = segment;
    view.setUint32(at, PT_LOAD, true);
    view.setUint32(at + 4, (flags.execute ? PF_X : 0) | (flags.write ? PF_W : 0) | (flags.read ? PF_R : 0), true);
    const { address, bytes, memorySize } = segment;
    [offset, address, address, bytes.length, memorySize, PAGE].forEach((value, i) => {
        put64(view, at + 8 + 8 * i, value);
    });
}

function writeNoteHeader(view: DataView, at: number, { size, align }: OutSection, offset: number): void {
    view.setUint32(at, PT_NOTE, true);
    view.setUint32(at + 4, PF_R, true);
    [offset, 0, 0, size, 0, align].forEach((value, i) => {
        put64(view, at + 8 + 8 * i, value);
    });
}

function writeSectionHeader(view: DataView, at: number, section: OutSection, name: number, offset: number): void {
    view.setUint32(at, name, true);
    view.setUint32(at + 4, section.type, true);
    put64(view, at + 8, section.flags);
    put64(view, at + 16, section.address);
    put64(view, at + 24, offset);
    put64(view, at + 32, section.size);
    view.setUint32(at + 40, section.link ?? 0, true);
    view.setUint32(at + 44, section.info ?? 0, true);
    put64(view, at + 48, section.align);
    put64(view, at + 56, section.entrySize ?? 0);
}

function put64(view: DataView, at: number, value: number): void {
    view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
}

// ---- reading

/** Throws ElfError for a file that is truncated, malformed, made for another machine, or has segments out of range. */
export function readElf(bytes: Uint8Array): ElfFile {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    checkIdentity(bytes, view);
    const entry = get64(view, 24, "entry address");
    const count = view.getUint16(56, true);
    const table = get64(view, 32, "program header offset");
    if (count === 0) throw new ElfError("has no program headers: is it an object file that was never linked?");
    if (view.getUint16(54, true) !== PROGRAM_HEADER_SIZE) throw new ElfError("has program headers of a wrong size");
    needBytes(bytes, table, count * PROGRAM_HEADER_SIZE, "program headers");
    const segments: (Segment & { physical: number })[] = [];
    let dynamic = false;
    for (let i = 0; i < count; i++) {
        dynamic ||= view.getUint32(table + i * PROGRAM_HEADER_SIZE, true) === PT_INTERP;
        const segment = readSegment(bytes, view, table + i * PROGRAM_HEADER_SIZE, i);
        if (segment !== undefined && segment.memorySize > 0) segments.push(segment);
    }
    if (segments.length === 0) throw new ElfError("has no loadable segment");
    const positionIndependent = view.getUint16(16, true) === ET_DYN;
    const flags = view.getUint32(48, true);
    return { entry, dynamic, positionIndependent, flags, segments, symbols: readSymbols(bytes, view) };
}

function checkIdentity(bytes: Uint8Array, view: DataView): void {
    if (bytes.length < 4 || view.getUint32(0, false) !== 0x7f454c46) throw new ElfError("is not an ELF file");
    if (bytes.length < HEADER_SIZE)
        throw new ElfError(`is cut short: ${bytes.length} bytes, an ELF header has ${HEADER_SIZE}`);
    if (bytes[4] !== 2) throw new ElfError("is a 32-bit ELF file; RV64 programs are 64-bit ones");
    if (bytes[5] !== 1) throw new ElfError("is a big-endian ELF file; RISC-V programs are little-endian");
    const machine = view.getUint16(18, true);
    if (machine !== EM_RISCV) throw new ElfError(`is for machine ${machine}, not RISC-V (${EM_RISCV})`);
    const type = view.getUint16(16, true);
    if (type !== ET_EXEC && type !== ET_DYN) throw new ElfError(`is of ELF type ${type}, not an executable`);
}

function needBytes(bytes: Uint8Array, offset: number, length: number, what: string): void {
    if (offset + length <= bytes.length) return;
    throw new ElfError(`is cut short: ${what} end at byte ${offset + length}, the file has ${bytes.length}`);
}

function get64(view: DataView, at: number, what: string): number {
    const value = view.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ElfError(`is malformed: ${what} is 0x${value.toString(16)}`);
    return Number(value);
}

function readSegment(
    bytes: Uint8Array,
    view: DataView,
    at: number,
    index: number,
): (Segment & { physical: number }) | undefined {
    if (view.getUint32(at, true) !== PT_LOAD) return undefined;
    const bits = view.getUint32(at + 4, true);
    const what = `segment ${index}`;
    const [offset = 0, address = 0, physical = 0, fileSize = 0, memorySize = 0] = [8, 16, 24, 32, 40].map((field) => {
        return get64(view, at + field, what);
    });
    if (fileSize > memorySize) throw new ElfError(`is malformed: ${what} has more bytes in the file than in memory`);
    needBytes(bytes, offset, fileSize, `the bytes of ${what}`);
    if (address + memorySize > Number.MAX_SAFE_INTEGER) throw new ElfError(`is malformed: ${what} is out of range`);
    const flags = { read: (bits & PF_R) !== 0, write: (bits & PF_W) !== 0, execute: (bits & PF_X) !== 0 };
    const content = bytes.subarray(offset, offset + fileSize);
    return { name: `segment${index}`, address, physical, bytes: content, memorySize, flags };
}

interface SectionHeader {
    readonly name: number;
    readonly type: number;
    readonly flags: number;
    readonly offset: number;
    readonly size: number;
    readonly link: number;
}

/** Empty when there is no table, or it is damaged. */
function sectionHeaders(bytes: Uint8Array, view: DataView): SectionHeader[] {
    const table = get64(view, 40, "section header offset");
    const count = view.getUint16(60, true);
    if (table === 0 || table + count * SECTION_HEADER_SIZE > bytes.length) return [];
    return Array.from({ length: count }, (_, index) => {
        const at = table + index * SECTION_HEADER_SIZE;
        const field = (offset: number) => get64(view, at + offset, `section ${index}`);
        return {
            name: view.getUint32(at, true),
            type: view.getUint32(at + 4, true),
            flags: field(8),
            offset: field(24),
            size: field(32),
            link: view.getUint32(at + 40, true),
        };
    });
}

/**
 * The bytes of a section of a file that readElf takes. Undefined when the file has no section of this name, or the section is damaged or
 * compressed.
 */
export function readSection(bytes: Uint8Array, name: string): Uint8Array | undefined {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const headers = sectionHeaders(bytes, view);
    const content = ({ offset, size }: SectionHeader) =>
        offset + size > bytes.length ? undefined : bytes.subarray(offset, offset + size);
    const names = headers[view.getUint16(62, true)];
    const texts = names === undefined ? undefined : content(names);
    const wanted = new TextEncoder().encode(`${name}\0`);
    const found = headers.find((header) => wanted.every((byte, i) => texts?.[header.name + i] === byte));
    return found === undefined || found.flags & SHF_COMPRESSED ? undefined : content(found);
}

/** The named symbols of the first symbol table; empty when the table is stripped or damaged. */
function readSymbols(bytes: Uint8Array, view: DataView): ImageSymbol[] {
    const headers = sectionHeaders(bytes, view);
    const symbols = headers.find(({ type, link }) => type === SHT_SYMTAB && link < headers.length);
    const names = symbols && headers[symbols.link];
    if (symbols === undefined || names === undefined) return [];
    if (symbols.offset + symbols.size > bytes.length || names.offset + names.size > bytes.length) return [];
    return symbolsOf(view, symbols, bytes.subarray(names.offset, names.offset + names.size));
}

function symbolsOf(
    view: DataView,
    { offset, size }: { offset: number; size: number },
    names: Uint8Array,
): ImageSymbol[] {
    const symbols: ImageSymbol[] = [];
    for (let at = offset; at + SYMBOL_SIZE <= offset + size; at += SYMBOL_SIZE) {
        const info = view.getUint8(at + 4);
        const type = info & 15;
        const start = view.getUint32(at, true);
        const end = names.indexOf(0, start);
        const name = new TextDecoder().decode(names.subarray(start, end < 0 ? names.length : end));
        if (name === "" || type > 2) continue;
        const kind = type === 2 ? "function" : type === 1 ? "object" : "label";
        const address = Number(view.getBigUint64(at + 8, true));
        symbols.push({ name, address, size: Number(view.getBigUint64(at + 16, true)), kind, global: info >> 4 === 1 });
    }
    return symbols;
}
