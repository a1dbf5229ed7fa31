/** Where files of a bare-metal run are put, and how those are refused that cannot be. */

import { describe, expect, it } from "vitest";
import { GuestImages } from "../../../boot/system/guest-images.ts";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { writeElf } from "../../../toolchain/link/elf.ts";
import { link } from "../../../toolchain/link/link.ts";

const MIB = 2 ** 20;
const RAM = 0x8000_0000;
const raw = (length: number, file = "raw.bin") => ({ file, bytes: new Uint8Array(length).fill(0x13) });

function elf(address: number, positionIndependent = false) {
    const flags = { read: true, write: true, execute: true };
    const segments = [{ name: "ram", address, sections: [".text"], flags }];
    const object = assemble(".globl _start\nnop\n_start: nop\n.globl tohost\ntohost: .dword 0\n", "t.S");
    const bytes = writeElf(link([object], { segments, entry: "_start" }));
    // e_type of a position-independent executable is ET_DYN.
    if (positionIndependent) bytes[16] = 3;
    return { file: "t.elf", bytes };
}

/** An Image of Linux that says how much room it needs. */
function linuxImage(length: number, room: number) {
    const image = raw(length, "Image");
    const view = new DataView(image.bytes.buffer);
    view.setBigUint64(16, BigInt(room), true);
    view.setUint32(56, 0x0543_5352, true);
    return image;
}

describe("a guest's files", () => {
    it("raw firmware is at the beginning of RAM, and the kernel at the next 2 MiB behind it", () => {
        const images = new GuestImages(64 * MIB);
        expect(images.putFirmware(raw(5000)).entry).toBe(RAM);
        expect(images.putKernel(raw(100)).entry).toBe(RAM + 2 * MIB);
        const large = new GuestImages(64 * MIB);
        large.putFirmware(raw(3 * MIB));
        expect(large.putKernel(raw(100)).entry).toBe(RAM + 4 * MIB);
    });

    it("an ELF is where it is linked; a position-independent one that is linked for no RAM is moved there, with its symbols", () => {
        const images = new GuestImages(MIB);
        expect(images.putFirmware(elf(RAM + 0x1000)).entry).toBe(RAM + 0x1004);
        const moved = new GuestImages(MIB).putFirmware(elf(0, true));
        expect([moved.entry, moved.parts[0]?.address]).toEqual([RAM + 4, RAM]);
        expect(moved.symbols.find(({ name }) => name === "tohost")?.address).toBe(RAM + 8);
        expect(() => new GuestImages(MIB).putFirmware(elf(0))).toThrow(/does not fit RAM, 1MiB at 0x80000000/);
    });

    it("the disk is 128 MiB behind the kernel, or half of RAM, or as high as it can be", () => {
        const place = (memory: number, disk: number) => {
            const images = new GuestImages(memory);
            images.putFirmware(raw(100));
            return images.putInitrd(raw(disk, "disk"), images.putKernel(raw(100)).entry) - RAM;
        };
        expect(place(512 * MIB, 100)).toBe(130 * MIB);
        expect(place(64 * MIB, 100)).toBe(34 * MIB);
        expect(place(64 * MIB, 40 * MIB)).toBe(24 * MIB);
    });

    it("the last file is in the highest free room", () => {
        const images = new GuestImages(16 * MIB);
        images.putFirmware(raw(100));
        expect(images.putLast(raw(5000)) - RAM).toBe(16 * MIB - 8192);
        images.putAt({ ...raw(MIB), address: RAM + 14 * MIB });
        expect(images.putLast(raw(2 * MIB)) - RAM).toBe(12 * MIB);
    });

    it("a device tree has room to grow behind it, which nothing else is in", () => {
        const images = new GuestImages(16 * MIB);
        images.putFirmware(raw(100));
        expect(images.putTree(raw(5000)) - RAM).toBe(16 * MIB - 65536 - 8192);
        expect(() => images.putAt({ ...raw(8), address: RAM + 16 * MIB - 8192 })).toThrow(/lies over/);
        const small = new GuestImages(65536);
        expect(small.putTree(raw(5000)) - RAM).toBe(65536 - 8192);
    });

    it("Linux's Image keeps the room that it says it needs", () => {
        const images = new GuestImages(64 * MIB);
        images.putFirmware(raw(100));
        images.putKernel(linuxImage(100, 16 * MIB));
        expect(() => images.putAt({ ...raw(8, "data"), address: RAM + 10 * MIB })).toThrow(
            "data: its segment of 8B at 0x80a00000 lies over 16MiB of Image at 0x80200000; load one elsewhere",
        );
        images.putAt({ ...raw(8), address: RAM + 18 * MIB });
    });

    it.each([
        [[0x1f, 0x8b, 8], /is compressed by gzip; unpack it before/],
        [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], /is compressed by xz/],
        [[], /is empty; give an ELF or a raw image/],
        [[0x7f, 0x45, 0x4c, 0x46, 1], /t\.bin /],
    ])("%j is refused", (bytes, message) => {
        expect(() => new GuestImages(MIB).putFirmware({ file: "t.bin", bytes: Uint8Array.from(bytes) })).toThrow(
            message,
        );
    });

    it("what does not fit is refused, with the file and the room", () => {
        expect(() => new GuestImages(MIB).putFirmware(raw(2 * MIB))).toThrow(
            "raw.bin: its segment of 2MiB at 0x80000000 does not fit RAM, 1MiB at 0x80000000 (see --memory)",
        );
        const images = new GuestImages(MIB);
        images.putFirmware(raw(MIB - 4096));
        expect(() => images.putLast(raw(5000, "disk"))).toThrow(
            /^disk: needs 5000B of RAM beside the other files; give the machine more/,
        );
        expect(() => images.putAt({ ...raw(8), address: 0x1000_0000 })).toThrow(/does not fit RAM/);
    });
});
