/** The places of a kernel image and its parts in every bank (docs/machine.md, "Where the kernel lies"). */

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

/** The first local address behind the image, page aligned. Free frames begin there. */
export function imageEnd(image: Image): number {
    const end = Math.max(...image.segments.map(({ address, memorySize }) => address + memorySize));
    return Math.ceil(end / PAGE_SIZE) * PAGE_SIZE;
}

/**
 * The parts that `kernelText: "single"` shows every hart in bank 0 (vmm-policy 9): kentry's text page and KCODE with its read-only data.
 * The firmware of each cluster writes the same image through its window. So bank 0 gets the one copy, whole before any hart executes it,
 * whichever is first. The pages of the other banks stay unwritten, and reserved.
 */
export const KERNEL_TEXT = [
    { offset: KENTRY_LOCAL - WINDOW_BASE, sizeBytes: SAVE_AREA_LOCAL - KENTRY_LOCAL },
    { offset: KCODE_LOCAL - WINDOW_BASE, sizeBytes: KDATA_LOCAL - KCODE_LOCAL },
] as const;

/** The last word of boot_info's pages. It is the flag by which the firmware says that the image is there. */
export const READY_WORD = BOOT_INFO_LOCAL + BOOT_INFO_PAGES * PAGE_SIZE - 8;
