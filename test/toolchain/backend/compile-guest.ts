/** Compiles a test program to a linked image. */

import { compileAssemblyScript } from "../../../boot/build/asc.ts";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { runtimeLibrary } from "../../../toolchain/backend/runtime.ts";
import { translateWithSummary } from "../../../toolchain/backend/translate.ts";
import type { Image } from "../../../toolchain/link/image.ts";
import { link } from "../../../toolchain/link/link.ts";

const MEMORY_BASE = 0x40040000;
const ASSEMBLY = `
.globl assembly_double
.type assembly_double, @function
assembly_double:
    add a0, a0, a0
    ret
`;

export async function compileGuest(file: string): Promise<Image> {
    const compiled = await compileAssemblyScript({
        entry: `test/toolchain/backend/guest/${file}`,
        memoryBase: MEMORY_BASE,
        name: "test-guest",
    });
    const { sourceMap, staticEnd } = compiled;
    const { object } = translateWithSummary(compiled.wasm, { name: file, sourceMap, staticEnd });
    return link([assemble(ASSEMBLY, "assembly.S", { rvc: true }), object], {
        entry: "__text_start",
        library: runtimeLibrary(),
        segments: [
            {
                name: "text",
                address: 0x40004000,
                sections: [".text", ".rodata"],
                limit: MEMORY_BASE,
                flags: { read: true, write: false, execute: true },
            },
            {
                name: "data",
                address: MEMORY_BASE,
                sections: [".data", ".globals", ".bss"],
                flags: { read: true, write: true, execute: false },
            },
        ],
    });
}
