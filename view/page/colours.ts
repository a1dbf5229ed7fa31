/** Colours: one for each use of a frame, one for each process, and those of the page's two themes. */

import { segmentOf } from "../../boot/observe/frame-kinds.ts";
import type { Segment } from "../../boot/report/report.ts";

type Rgb = readonly [red: number, green: number, blue: number];

/** Told apart by people who see red and green alike, too: types of vsegs are saturated, the kernel's frames are greys. */
const SEGMENTS: Readonly<Record<Segment, Rgb>> = {
    CODE: [0, 114, 178],
    DATA: [230, 159, 0],
    STACK: [0, 158, 115],
    HEAP: [213, 94, 0],
    REMOTE: [86, 180, 233],
    FILE: [150, 120, 60],
    DSM: [204, 90, 160],
    GPT: [240, 228, 66],
    KCODE: [96, 96, 110],
    KDATA: [126, 126, 140],
    KSTACK: [100, 130, 120],
    KHEAP: [150, 150, 165],
    SHARED: [180, 180, 190],
    OTHER: [120, 110, 100],
    ROM: [80, 80, 80],
    DEVICE: [80, 80, 80],
};
/** Those that the legend shows, in its order. */
export const SHOWN_SEGMENTS: readonly Segment[] = [
    ...(["CODE", "DATA", "STACK", "HEAP", "REMOTE", "FILE", "DSM", "GPT"] as const),
    ...(["KCODE", "KDATA", "KSTACK", "KHEAP", "OTHER"] as const),
];

export function segmentRgb(segment: Segment): Rgb {
    return SEGMENTS[segment];
}

/** Of a kind of frame, as boot/observe/frame-kinds.ts numbers them. */
export function kindRgb(kind: number): Rgb {
    return SEGMENTS[segmentOf(kind)];
}

export function css([red, green, blue]: Rgb): string {
    return `rgb(${red} ${green} ${blue})`;
}

/** A hue a process: neighbours in the order of processes are far from each other. */
export function processRgb(index: number): Rgb {
    const hue = (index * 137.508) % 360;
    const part = (offset: number) => {
        const k = (offset + hue / 30) % 12;
        return Math.round(255 * (0.6 - 0.36 * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
    };
    return [part(0), part(8), part(4)];
}

/** A colour of the theme, by the name of its property in style.css. */
export function themed(name: "ink" | "soft" | "line" | "card" | "page" | "accent" | "free"): string {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
