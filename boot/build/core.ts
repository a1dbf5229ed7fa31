/** Compiles emu/core, the emulator's slow paths, to Wasm: cached by content, so only a change costs a second. */

import { CORE_BASE } from "../../emu/state/machine-layout.ts";
import { compileAssemblyScript } from "./asc.ts";

/** Most 64 KiB pages a Wasm memory can have; the machine's own memory is at most that. */
const MAXIMUM_PAGES = 65536;

/** Bytes of the module that Machine takes as `core`. */
export async function compileCore(): Promise<Uint8Array> {
    const result = await compileAssemblyScript({
        name: "core",
        entry: "emu/core/index.ts",
        memoryBase: CORE_BASE,
        importMemory: true,
        unchecked: true,
        extra: ["--sharedMemory", "--initialMemory", "1", "--maximumMemory", String(MAXIMUM_PAGES)],
    });
    return result.wasm;
}
