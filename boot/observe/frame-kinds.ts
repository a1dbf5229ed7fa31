/**
 * The kinds of frames by which traffic is reported (docs/machine.md, "Accesses, counted and timed"), and how the kernel's frames get them.
 */

import { KIND_DEVICE, KIND_OTHER, KIND_ROM } from "../../emu/host/accounts.ts";
import {
    BANK_BASE,
    KCODE_LOCAL,
    KDATA_LOCAL,
    PAGE_SIZE,
    SAVE_AREA_LOCAL,
    SHARED_LOCAL,
    WINDOW_BASE,
} from "../../kernel/abi/memory-map.ts";
import { FRAME_GPT, FRAME_KERNEL, FRAME_THREAD, VSEG_TYPES } from "../../kernel/abi/vseg-type.ts";
import type { Segment } from "../report/report.ts";

/** The index is the kind of a tagged frame. Vseg types come first, in the order of kernel/abi/vseg-type.ts. */
const SEGMENT_OF_KIND: readonly Segment[] = [
    "OTHER",
    "CODE",
    "DATA",
    "STACK",
    "HEAP",
    "REMOTE",
    "FILE",
    "DSM",
    "GPT",
    "KCODE",
    "KDATA",
    "KSTACK",
    "KHEAP",
    "SHARED",
];
const KIND_GPT = SEGMENT_OF_KIND.indexOf("GPT");
const KIND_KCODE = SEGMENT_OF_KIND.indexOf("KCODE");
const KIND_KDATA = SEGMENT_OF_KIND.indexOf("KDATA");
const KIND_KSTACK = SEGMENT_OF_KIND.indexOf("KSTACK");
const KIND_SHARED = SEGMENT_OF_KIND.indexOf("SHARED");
const KIND_KHEAP = SEGMENT_OF_KIND.indexOf("KHEAP");

export function segmentOf(kind: number): Segment {
    if (kind === KIND_ROM) return "ROM";
    if (kind === KIND_DEVICE) return "DEVICE";
    return SEGMENT_OF_KIND[kind] ?? "OTHER";
}

/** The kind of a frame that the kernel has allocated as `frameKind` (PROBE_FRAME, kernel/abi/vseg-type.ts). */
export function kindOfFrame(frameKind: number): number {
    switch (frameKind) {
        case FRAME_GPT:
            return KIND_GPT;
        case FRAME_KERNEL:
            return KIND_KHEAP;
        case FRAME_THREAD:
            return KIND_KSTACK;
        default:
            return frameKind < VSEG_TYPES ? frameKind + 1 : KIND_OTHER;
    }
}

export const KIND_FREED = KIND_OTHER;

/** The part of a machine that keeps the kinds of frames. */
export interface FrameTags {
    readonly clusterCount: number;
    readonly options: { readonly bankSize: number };
    tagFrame(ppn: number, kind: number): void;
}

/**
 * Tags the frames that the kernel image brings, in every bank. Behind its code all frames are KDATA until the kernel allocates them: static
 * data, then the page table of the PPM. No code touches free frames. `medium` is where initrd and program table begin, which stay OTHER.
 */
export function tagImage(machine: FrameTags, medium: number): void {
    const { bankSize } = machine.options;
    for (let cxy = 0; cxy < machine.clusterCount; cxy++) {
        const bank = BANK_BASE + cxy * bankSize;
        for (
            let offset = 0;
            offset < bankSize && bank + offset < (cxy === 0 ? medium : Infinity);
            offset += PAGE_SIZE
        ) {
            machine.tagFrame((bank + offset) / PAGE_SIZE, kindOfImage(WINDOW_BASE + offset));
        }
    }
}

/** kentry's text and the kernel's segment "text" are code (kernel-image.ts). SHARED lies between them (kernel/hal/shared.ts). */
function kindOfImage(local: number): number {
    if (local >= SHARED_LOCAL && local < KCODE_LOCAL) return KIND_SHARED;
    const isCode = local < SAVE_AREA_LOCAL || (local >= KCODE_LOCAL && local < KDATA_LOCAL);
    return isCode ? KIND_KCODE : KIND_KDATA;
}
