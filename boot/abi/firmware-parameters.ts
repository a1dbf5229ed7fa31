/** What the host leaves behind the firmware in ROM (boot/system/rom.ts), read by boot/build/firmware.S: the tables of boot/build/layout.S. */

import { block, type Fields, layOut, u64, value } from "../../emu/state/layout.ts";

/** A piece of memory that the firmware copies from ROM to the same local address in every bank. */
export const SEGMENT_FIELDS = {
    FROM: u64("Address in ROM, local address in the bank, and bytes, a multiple of 8."),
    TO: u64(),
    BYTES: u64(),
} as const satisfies Fields;

export const SEGMENT = layOut(SEGMENT_FIELDS);

export const MOST_SEGMENTS = 4;

export const PARAMETER_FIELDS = {
    HARTS: u64("Harts of a cluster."),
    ENTRY: u64("Where the kernel begins."),
    READY: u64("Local address of the word that tells a cluster's other harts that the image is there."),
    SEGMENTS: u64("How many segments follow, and the segments."),
    SEGMENT: block(SEGMENT.size, undefined, { count: MOST_SEGMENTS, align: 8 }),
} as const satisfies Fields;

export const PARAMETERS = layOut(PARAMETER_FIELDS);

export const PARAMETER_VALUES = {
    SEGMENT_SIZE: value(SEGMENT.size),
    PARAMETERS_SIZE: value(PARAMETERS.size),
} as const;
