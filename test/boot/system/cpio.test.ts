/** The initial RAM disk: what a file is called moves nothing in it (docs/machine.md, "Where the kernel lies"). */

import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { NAME_ROOM, writeCpio } from "../../../boot/system/cpio.ts";

const CONTENTS = [0, 1, 15, 16, 17, 4096, 5001].map((size, i) => new Uint8Array(size).fill(i + 1));
const LENGTHS = Array.from({ length: NAME_ROOM - 1 }, (_, i) => i + 1);
const NAMES = LENGTHS.map((length) => "x".repeat(length));

function archiveOf(order: readonly number[], nameOf: (index: number) => string) {
    return writeCpio(order.map((index) => ({ name: nameOf(index), bytes: CONTENTS[index] ?? new Uint8Array() })));
}

it("every content is 16-byte aligned and whole, whatever the names and the order", () => {
    const orders = [CONTENTS.map((_, i) => i), CONTENTS.map((_, i) => CONTENTS.length - 1 - i), [3, 6, 0, 5, 1, 4, 2]];
    for (const order of orders) {
        for (const name of NAMES) {
            const { bytes, offsets } = archiveOf(order, (i) => `${name.slice(1)}${i}`);
            expect(offsets.map((offset) => offset % 16)).toEqual(order.map(() => 0));
            for (const [i, index] of order.entries()) {
                const content = CONTENTS[index] ?? new Uint8Array();
                const offset = offsets[i] ?? 0;
                expect(bytes.subarray(offset, offset + content.length)).toEqual(content);
            }
        }
    }
});

it("names of any length give the same offsets and size", () => {
    const layouts = NAMES.map((name) => {
        const { bytes, offsets } = archiveOf([1, 5, 3], (i) => `${name.slice(1)}${i}`);
        return { size: bytes.length, offsets };
    });
    expect(layouts).toEqual(layouts.map(() => layouts[0]));
});

const missing = spawnSync("cpio", ["--version"]).status !== 0;

it.skipIf(missing)("cpio lists and extracts it", () => {
    const { bytes } = archiveOf([1, 6], (i) => ["", "a", "", "", "", "", "longer-name.elf"][i] ?? "");
    const { status, stdout } = spawnSync("cpio", ["-t", "--quiet"], { input: bytes, encoding: "utf8" });
    expect([status, stdout]).toEqual([0, "a\nlonger-name.elf\n"]);
    const content = spawnSync("cpio", ["-i", "--quiet", "--to-stdout", "longer-name.elf"], { input: bytes });
    expect(new Uint8Array(content.stdout)).toEqual(CONTENTS[6]);
});
