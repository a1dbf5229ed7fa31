/** Compiles emu/core, the emulator's slow paths, to Wasm. The result is cached by content, so only a change costs a second. */

import { CORE_BASE } from "../../emu/state/machine-layout.ts";
import { compileAssemblyScript } from "./asc.ts";
import { packedFile } from "./packed.ts";

/** The most 64 KiB pages that a Wasm memory can have. The machine's own memory has at most so many. */
const MAXIMUM_PAGES = 65536;

/** The bytes of the module that Machine takes as `core`. */
export function compileCore(): Promise<Uint8Array> {
    return compileForMachine("core", "emu/core/index.ts");
}

/** Compiles what imports the memory of a machine and leaves its state alone; `entry` is a path from the package's root. */
export async function compileForMachine(name: string, entry: string): Promise<Uint8Array> {
    const packed = packedFile(`${name}.wasm`);
    if (packed !== undefined) return packed;
    const result = await compileAssemblyScript({
        name,
        entry,
        memoryBase: CORE_BASE,
        importMemory: true,
        unchecked: true,
        extra: ["--sharedMemory", "--initialMemory", "1", "--maximumMemory", String(MAXIMUM_PAGES)],
    });
    return result.wasm;
}
