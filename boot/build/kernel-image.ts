/** The kernel's image: one for all clusters, linked at local addresses (DESIGN 4.1). */

import {
    BOOT_INFO_LOCAL,
    BOOT_INFO_PAGES,
    KCODE_LOCAL,
    KDATA_LOCAL,
    KENTRY_LOCAL,
    PAGE_SIZE,
    SAVE_AREA_LOCAL,
    WINDOW_BASE,
} from "../../kernel/abi/memory-map.ts";
import type { Image } from "../../toolchain/link/image.ts";
import { OBSERVED_FUNCTIONS } from "../audit/kernel-functions.ts";
import { buildGuestImage, type GuestImage } from "./guest-build.ts";

const READ_EXECUTE = { read: true, write: false, execute: true };
const READ_WRITE = { read: true, write: true, execute: false };
/** The smallest bank is 1 MiB; KDATA must leave most of it. */
const KDATA_LIMIT = WINDOW_BASE + 0x80000;

/** `mutants`: the build in which boot_info chooses a bug (kernel/mutant.ts); the auditor's tests want it. */
export function buildKernel(mutants = false): Promise<GuestImage> {
    return buildGuestImage({
        name: mutants ? "kernel-mutants" : "kernel",
        ...(mutants ? { constants: { MUTANTS: 1 } } : {}),
        entries: ["kernel/main.ts"],
        assembly: ["kernel/hal/start.S", "kernel/hal/kentry.S", "kernel/hal/context.S", "kernel/hal/fstate.S"],
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

/** First local address behind the image, page aligned: free frames begin there. */
export function imageEnd(image: Image): number {
    const end = Math.max(...image.segments.map(({ address, memorySize }) => address + memorySize));
    return Math.ceil(end / PAGE_SIZE) * PAGE_SIZE;
}

/**
 * What `kernelText: "single"` shows every hart in bank 0 (vmm-policy 9): kentry's text page and KCODE with its read-only data. The
 * firmware of each cluster writes the same image through its window, so bank 0 gets the one copy, whole before anyone
 * executes it whoever is first; the other banks' pages stay unwritten, and reserved.
 */
export const KERNEL_TEXT = [
    { offset: KENTRY_LOCAL - WINDOW_BASE, sizeBytes: SAVE_AREA_LOCAL - KENTRY_LOCAL },
    { offset: KCODE_LOCAL - WINDOW_BASE, sizeBytes: KDATA_LOCAL - KCODE_LOCAL },
] as const;

/** The last word of boot_info's pages: the firmware's "image is there" flag. */
export const READY_WORD = BOOT_INFO_LOCAL + BOOT_INFO_PAGES * PAGE_SIZE - 8;
