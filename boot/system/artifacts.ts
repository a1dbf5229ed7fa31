/**
 * The parts of a kernel machine, as bytes and images. They are built from sources (boot/build/artifacts.ts) or brought along, because a
 * browser has neither files nor compilers.
 */

import type { Image } from "../../toolchain/link/image.ts";
import type { StructLayout } from "../../toolchain/link/layout.ts";

export interface Program {
    /** The path as the config names it. */
    readonly path: string;
    /** The ELF file that goes into the initrd. */
    readonly elf: Uint8Array;
    /** The image gives names and lines of the program's addresses. */
    readonly image: Pick<Image, "symbols" | "lines" | "segments">;
}

export interface Artifacts {
    /** The bytes of the compiled emu/core. */
    readonly core: Uint8Array;
    readonly kernel: Image;
    /** The layouts of the kernel's structures. */
    readonly layouts: readonly StructLayout[];
    readonly firmware: Image;
    /** The programs, by path. */
    readonly programs: ReadonlyMap<string, Program>;
    /** The files that are programs' standard input, by the path that the config names. */
    readonly inputs: ReadonlyMap<string, Uint8Array>;
}
