/** The ROMs of a kernel machine: the reset vector, and the firmware with the kernel image it copies (docs/kernel.md, "Start"). */

import { mapRow } from "../../emu/mem/map.ts";
import { ROM_BASE } from "../../kernel/abi/memory-map.ts";
import { assemble } from "../../toolchain/asm/assemble.ts";
import { type Image, symbolAddress } from "../../toolchain/link/image.ts";
import { MOST_SEGMENTS, PARAMETERS, SEGMENT } from "../abi/firmware-parameters.ts";
import { writeWords } from "../abi/words.ts";

/** A piece of memory that the firmware copies from ROM to the same local address in every bank. */
export interface CopiedSegment {
    readonly address: number;
    readonly bytes: Uint8Array;
}

export interface FirmwareOptions {
    readonly hartsPerCluster: number;
    readonly kernelEntry: number;
    /** The local address of a word that is 0 at reset. It tells a cluster's other harts that the image is there. */
    readonly readyWord: number;
    readonly segments: readonly CopiedSegment[];
}

/** The content of the reset ROM: a jump to the firmware. */
export function resetRom(): Uint8Array {
    const object = assemble(`lui t0, ${ROM_BASE >>> 12}\njr t0\n`, "reset vector");
    return object.sections[0]?.bytes ?? new Uint8Array();
}

/** The content of the firmware ROM, from the firmware's image (boot/build/firmware.ts). Throws when the kernel image does not fit. */
export function firmwareRom(image: Image, options: FirmwareOptions): Uint8Array {
    const code = image.segments[0]?.bytes ?? new Uint8Array();
    const rom = new Uint8Array(mapRow("firmwareRom").sizeBytes);
    rom.set(code);
    const { segments: copied } = options;
    if (copied.length > MOST_SEGMENTS)
        throw new Error(`firmware: ${copied.length} segments, room for ${MOST_SEGMENTS}`);
    const at = symbolAddress(image, "parameters") - ROM_BASE;
    const parameters = rom.subarray(at, at + PARAMETERS.size);
    const { hartsPerCluster: HARTS, kernelEntry: ENTRY, readyWord: READY } = options;
    writeWords(parameters, PARAMETERS, { HARTS, ENTRY, READY, SEGMENTS: copied.length });
    let free = align8(code.length);
    for (const [i, { address, bytes }] of copied.entries()) {
        if (free + bytes.length > rom.length) throw new Error("firmware: the kernel image does not fit into the ROM");
        rom.set(bytes, free);
        const row = parameters.subarray(PARAMETERS.offsets.SEGMENT + i * SEGMENT.size);
        writeWords(row, SEGMENT, { FROM: ROM_BASE + free, TO: address, BYTES: align8(bytes.length) });
        free = align8(free + bytes.length);
    }
    return rom;
}

function align8(value: number): number {
    return (value + 7) & ~7;
}
