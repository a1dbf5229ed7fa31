/**
 * The kernel functions under test, compiled once a test file to a Wasm module that every simulated cluster
 * instantiates.
 */

import { compileAssemblyScript } from "../../../boot/build/asc.ts";
import { KDATA_LOCAL, PAGE_SIZE } from "../../../kernel/abi/memory-map.ts";
import type { StructLayout } from "../../../toolchain/link/layout.ts";

export interface GuestModule {
    readonly module: WebAssembly.Module;
    /** Name of the export that starts an instance: (hart, image end, bytes of the bank). */
    readonly start: string;
    /** First local address behind the static data, page aligned: frames begin there. */
    readonly imageEnd: number;
    readonly layouts: ReadonlyMap<string, StructLayout>;
}

/** Entry file below test/kernel/guest, and the function that starts an instance of it. */
const ENTRIES = { memory: "instance_start", system: "system_start" } as const;

export async function loadGuest(entry: keyof typeof ENTRIES): Promise<GuestModule> {
    const { wasm, layouts, staticEnd } = await compileAssemblyScript({
        name: `kernel-test-${entry}`,
        entry: `test/kernel/guest/${entry}.ts`,
        memoryBase: KDATA_LOCAL,
        importMemory: true,
        importModules: ["hal", "asm"],
    });
    return {
        module: new WebAssembly.Module(new Uint8Array(wasm)),
        start: ENTRIES[entry],
        imageEnd: Math.ceil(staticEnd / PAGE_SIZE) * PAGE_SIZE,
        layouts: new Map(layouts.map((layout) => [layout.name, layout])),
    };
}
