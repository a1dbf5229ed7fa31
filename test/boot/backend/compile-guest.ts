/** Compiles a test program to a linked image. */
import { assemble } from "../../../boot/asm/assemble.ts";
import { compileAssemblyScript } from "../../../boot/backend/asc.ts";
import { runtimeLibrary } from "../../../boot/backend/runtime.ts";
import { translateWithSummary } from "../../../boot/backend/translate.ts";
import type { Image } from "../../../boot/link/image.ts";
import { link } from "../../../boot/link/link.ts";

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
        entry: `test/boot/backend/guest/${file}`,
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
