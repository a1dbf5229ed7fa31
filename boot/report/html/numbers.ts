/** Numbers as a report writes them. */

import { grouped } from "../summary/table.ts";

const SCALES = [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
] as const;

/** At most three digits and a scale, for labels: 12.3k, 0.25. */
export function short(value: number): string {
    const size = Math.abs(value);
    for (const [scale, unit] of SCALES) {
        if (size >= scale * 0.9995) return `${Number((value / scale).toPrecision(3))}${unit}`;
    }
    return String(Number(value.toPrecision(3)));
}

/** Every digit of an integer, with commas; four digits of a fraction. */
export function exact(value: number): string {
    if (!Number.isFinite(value)) return String(value);
    if (Number.isInteger(value)) return value < 0 ? `-${grouped(-value)}` : grouped(value);
    return Math.abs(value) >= 1000 ? grouped(value) : String(Number(value.toPrecision(4)));
}

export function percent(share: number): string {
    return `${Number((100 * share).toPrecision(share >= 0.1 ? 3 : 2))}%`;
}

export function plural(count: number, noun: string): string {
    return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}
