/**
 * Where the files of a bare-metal run lie in RAM: the firmware at its own addresses, or at the beginning of RAM when it has none; a kernel at
 * the first multiple of 2 MiB behind it, where OpenSBI's fw_jump expects it and fw_dynamic is told of it; the initial RAM disk behind the
 * kernel; the device tree in the last room. QEMU's virt machine does the same (hw/riscv/boot.c).
 */

import { formatSize } from "../../configs/size.ts";
import { mapRow } from "../../emu/mem/map.ts";
import { ElfError, type ElfFile, readElf } from "../../toolchain/link/elf.ts";
import type { ImageLine } from "../../toolchain/link/image.ts";
import { readLines } from "../../toolchain/link/read-lines.ts";
import { CommandError } from "../report/exit-codes.ts";

export const RAM_BASE = mapRow("banks").base;
const PAGE = 4096;
const MIB = 1048576;
/** Linux's Image wants it (Documentation/arch/riscv/boot-image-header.rst), and U-Boot is linked for it. */
const KERNEL_ALIGNMENT = 2 * MIB;
/** QEMU keeps this much between a kernel and its initial RAM disk, or half of RAM if that is less. */
const INITRD_DISTANCE = 128 * MIB;

/** The room that a device tree may grow into: this much, in small machines a 64th of RAM. */
const MOST_GROWTH = 65536;
const GROWTH_SHARE = 64;

/** `file` is its name in messages. */
export interface ImageFile {
    readonly file: string;
    readonly bytes: Uint8Array;
}

export interface PlacedFile extends ImageFile {
    readonly address: number;
}

/** A file, or a segment of one, in RAM: `room` bytes, of which the first are `bytes`. */
interface Part extends PlacedFile {
    readonly room: number;
}

/** A program's parts and its entry. */
interface Program {
    readonly entry: number;
    readonly parts: readonly Part[];
    readonly symbols: ElfFile["symbols"];
    /** Of an ELF file with line information; it is read when it is asked for. */
    lines(): readonly ImageLine[];
}

/** RAM as it fills: all that is in it, none over another. */
export class GuestImages {
    readonly #end: number;
    readonly #parts: Part[] = [];

    /** `memory` is in bytes. */
    constructor(memory: number) {
        this.#end = RAM_BASE + memory;
    }

    get parts(): readonly Part[] {
        return this.#parts;
    }

    /** An ELF, or a raw image that begins at its entry, at the beginning of RAM. Throws CommandError("input"), as all of these do. */
    putFirmware(image: ImageFile): Program {
        return this.#putProgram(image, RAM_BASE);
    }

    /** An ELF, or a raw image. Returns its entry. */
    putKernel(image: ImageFile): Program {
        const end = Math.max(...this.#parts.map(({ address, room }) => address + room));
        return this.#putProgram(image, Math.ceil(end / KERNEL_ALIGNMENT) * KERNEL_ALIGNMENT);
    }

    /** Puts the disk `INITRD_DISTANCE` behind the kernel, or as high as it can be. Returns its address. */
    putInitrd({ file, bytes }: ImageFile, kernel: number): number {
        const distance = Math.min(INITRD_DISTANCE, Math.floor((this.#end - RAM_BASE) / 2 / PAGE) * PAGE);
        const wanted = { file, bytes, address: kernel + distance, room: bytes.length };
        const fits = wanted.address + wanted.room <= this.#end && this.#inTheWay(wanted) === undefined;
        return fits ? this.#put(wanted).address : this.putLast({ file, bytes });
    }

    putAt(file: PlacedFile): void {
        this.#put({ ...file, room: file.bytes.length });
    }

    /** Puts a file into the highest free room, from a page's beginning, with `growth` bytes free behind it. Returns its address. */
    putLast({ file, bytes }: ImageFile, growth = 0): number {
        const room = bytes.length + growth;
        let address = down(this.#end - room);
        for (;;) {
            const other = this.#inTheWay({ file, bytes, address, room });
            if (other === undefined || address < RAM_BASE) break;
            address = down(other.address - room);
        }
        if (address < RAM_BASE) {
            const need = `needs ${formatSize(room)} of RAM beside the other files`;
            throw new CommandError("input", `${file}: ${need}; give the machine more (see --memory)`);
        }
        return this.#put({ file, bytes, address, room }).address;
    }

    /** Puts a device tree last, with room behind it: firmware writes more into it where it is (OpenSBI a kilobyte or so a fix-up). */
    putTree(tree: ImageFile): number {
        return this.putLast(tree, Math.min(MOST_GROWTH, (this.#end - RAM_BASE) / GROWTH_SHARE));
    }

    #putProgram(image: ImageFile, address: number): Program {
        const { file, bytes } = image;
        const program = isElf(bytes) ? elfProgram(image, address) : rawProgram(image, address);
        // Parts of one file may lie in any way.
        for (const part of program.parts) this.#check(part);
        this.#parts.push(...program.parts);
        const { entry } = program;
        if (entry >= RAM_BASE && entry < this.#end) return program;
        throw new CommandError("input", `${file}: its entry 0x${entry.toString(16)} is outside RAM`);
    }

    #put(part: Part): Part {
        this.#check(part);
        this.#parts.push(part);
        return part;
    }

    #check(part: Part): void {
        const { file, address, room } = part;
        const where = `${formatSize(room)} at 0x${address.toString(16)}`;
        if (address < RAM_BASE || address + room > this.#end) {
            const ram = `RAM, ${formatSize(this.#end - RAM_BASE)} at 0x${RAM_BASE.toString(16)} (see --memory)`;
            throw new CommandError("input", `${file}: its segment of ${where} does not fit ${ram}`);
        }
        const other = this.#inTheWay(part);
        if (other === undefined) return;
        const there = `${formatSize(other.room)} of ${other.file} at 0x${other.address.toString(16)}`;
        throw new CommandError("input", `${file}: its segment of ${where} lies over ${there}; load one elsewhere`);
    }

    #inTheWay({ address, room }: Part): Part | undefined {
        return this.#parts.find((other) => address < other.address + other.room && other.address < address + room);
    }
}

function down(address: number): number {
    return Math.floor(address / PAGE) * PAGE;
}

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];

function isElf(bytes: Uint8Array): boolean {
    return ELF_MAGIC.every((byte, index) => bytes[index] === byte);
}

/** A position-independent program that is linked for no place in RAM is moved to `address`; all others stay where they are linked. */
function elfProgram({ file, bytes }: ImageFile, address: number): Program {
    const elf = parse(file, bytes);
    const lowest = Math.min(...elf.segments.map(({ physical }) => physical));
    const moved = elf.positionIndependent && lowest < RAM_BASE ? address - lowest : 0;
    const parts = elf.segments.map((segment) => {
        const { physical, memorySize, bytes: content } = withoutHeaders(segment, moved);
        return { file, bytes: content, address: physical + moved, room: memorySize };
    });
    const symbols = elf.symbols.map((symbol) => ({ ...symbol, address: symbol.address + moved }));
    const lines = () => readLines(bytes).map((line) => ({ ...line, address: line.address + moved }));
    return { entry: elf.entry + moved, parts, symbols, lines };
}

function parse(file: string, bytes: Uint8Array): ElfFile {
    try {
        return readElf(bytes);
    } catch (error) {
        if (error instanceof ElfError) throw new CommandError("input", `${file} ${error.message}`);
        throw error;
    }
}

/**
 * GNU ld -Ttext=0x80000000 puts the ELF headers into a page before the text, and no machine has this page. The headers are no part of the
 * program, and QEMU drops them too.
 */
function withoutHeaders(segment: ElfFile["segments"][number], moved: number): ElfFile["segments"][number] {
    const below = RAM_BASE - segment.physical;
    if (moved !== 0 || !isElf(segment.bytes) || below <= 0 || below > segment.bytes.length) return segment;
    const { address, memorySize, bytes } = segment;
    const part = { address: address + below, physical: RAM_BASE, memorySize: memorySize - below };
    return { ...segment, ...part, bytes: bytes.subarray(below) };
}

/** What cannot be code at all, by its first bytes, with the advice. */
const NOT_RAW: readonly (readonly [magic: readonly number[], advice: string])[] = [
    [[0x1f, 0x8b], "is compressed by gzip; unpack it before (gzip -d)"],
    [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "is compressed by xz; unpack it before (xz -d)"],
    [[0x28, 0xb5, 0x2f, 0xfd], "is compressed by zstd; unpack it before (zstd -d)"],
    [[0x4d, 0x5a, 0, 0, 0x7a, 0x69, 0x6d, 0x67], "is a compressed EFI image; give the Image within"],
];

function rawProgram({ file, bytes }: ImageFile, address: number): Program {
    if (bytes.length === 0) throw new CommandError("input", `${file}: is empty; give an ELF or a raw image`);
    for (const [magic, advice] of NOT_RAW) {
        if (magic.every((byte, index) => bytes[index] === byte)) throw new CommandError("input", `${file} ${advice}`);
    }
    return { entry: address, parts: [{ file, bytes, address, room: rawRoom(bytes) }], symbols: [], lines: () => [] };
}

/** Linux's Image says how much it needs, its zeroed data included (boot-image-header.rst): image_size at 16, "RSC\x05" at 56. */
const IMAGE_SIZE_AT = 16;
const IMAGE_MAGIC_AT = 56;
const IMAGE_MAGIC = 0x0543_5352;
const IMAGE_HEADER_BYTES = 64;

function rawRoom(bytes: Uint8Array): number {
    if (bytes.length < IMAGE_HEADER_BYTES) return bytes.length;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint32(IMAGE_MAGIC_AT, true) !== IMAGE_MAGIC) return bytes.length;
    return Math.max(bytes.length, Number(view.getBigUint64(IMAGE_SIZE_AT, true)));
}
