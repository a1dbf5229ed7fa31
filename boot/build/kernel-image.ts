/** The kernel's image: one for all clusters, linked at local addresses (docs/machine.md, "Where the kernel lies"). */

import { tmpdir } from "node:os";
import { join } from "node:path";
import { KCODE_LOCAL, KDATA_LOCAL, KENTRY_LOCAL, SAVE_AREA_LOCAL, WINDOW_BASE } from "../../kernel/abi/memory-map.ts";
import { OBSERVED_FUNCTIONS } from "../audit/kernel-functions.ts";
import { scratchFolder } from "../interruption.ts";
import { buildGuestImage, type GuestImage, type GuestSource } from "./guest-build.ts";
import { writeMutantKernel } from "./mutants.ts";

const READ_EXECUTE = { read: true, write: false, execute: true };
const READ_WRITE = { read: true, write: true, execute: false };
/** The smallest bank is 1 MiB, and KDATA must leave most of it. */
const KDATA_LIMIT = WINDOW_BASE + 0x80000;

/** `mutants` selects the build in which boot_info chooses a bug (mutants.ts). The tests of the checks that find bugs use it. */
export async function buildKernel(mutants = false): Promise<GuestImage> {
    if (!mutants) return buildFrom({ name: "kernel" });
    const scratch = scratchFolder(join(tmpdir(), "archipel-mutants-"));
    try {
        writeMutantKernel(scratch.path);
        return await buildFrom({ name: "kernel-mutants", root: scratch.path });
    } finally {
        scratch.remove();
    }
}

function buildFrom(source: Pick<GuestSource, "name" | "root">): Promise<GuestImage> {
    return buildGuestImage({
        ...source,
        entries: ["kernel/main.ts"],
        assembly: ["kernel/hal/start.S", "kernel/hal/kentry.S", "kernel/hal/context.S", "kernel/hal/fstate.S"],
        includes: ["kernel/hal/layout.S"],
        memoryBase: KDATA_LOCAL,
        noInline: OBSERVED_FUNCTIONS,
        floats: false,
        script: {
            entry: "kernel_entry",
            segments: [
                {
                    name: "kentry",
                    address: KENTRY_LOCAL,
                    sections: [".kentry"],
                    limit: SAVE_AREA_LOCAL,
                    flags: READ_EXECUTE,
                },
                {
                    name: "text",
                    address: KCODE_LOCAL,
                    sections: [".text", ".rodata"],
                    limit: KDATA_LOCAL,
                    flags: READ_EXECUTE,
                },
                {
                    name: "data",
                    address: KDATA_LOCAL,
                    sections: [".data", ".globals", ".bss"],
                    limit: KDATA_LIMIT,
                    flags: READ_WRITE,
                },
            ],
        },
    });
}
