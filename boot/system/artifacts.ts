/**
 * What a kernel machine is made of, as bytes and images: built from sources (boot/build/artifacts.ts) or brought along, for a browser
 * has neither files nor compilers.
 */

import type { Image } from "../../toolchain/link/image.ts";
import type { StructLayout } from "../../toolchain/link/layout.ts";

export interface Program {
    /** As the config names it. */
    readonly path: string;
    /** The ELF file that goes into the initrd. */
    readonly elf: Uint8Array;
    /** For names and lines of its addresses. */
    readonly image: Pick<Image, "symbols" | "lines" | "segments">;
}

export interface Artifacts {
    /** Bytes of the compiled emu/core. */
    readonly core: Uint8Array;
    readonly kernel: Image;
    /** Of the kernel's structures. */
    readonly layouts: readonly StructLayout[];
    readonly firmware: Image;
    /** By path. */
    readonly programs: ReadonlyMap<string, Program>;
}
