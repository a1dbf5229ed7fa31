/** An ELF file for `boot --elf`, from an assembly text whose entry is _start. */

import { assemble } from "../../toolchain/asm/assemble.ts";
import { writeElf } from "../../toolchain/link/elf.ts";
import { link } from "../../toolchain/link/link.ts";

export function bareElf(text: string): Uint8Array {
    const object = assemble(text, "guest.S", { rvc: true });
    const image = link([object], {
        entry: "_start",
        segments: [
            {
                name: "all",
                address: 0x8000_0000,
                sections: [".text", ".rodata", ".data", ".bss"],
                limit: 0x8010_0000,
                flags: { read: true, write: true, execute: true },
            },
        ],
    });
    return writeElf(image);
}
