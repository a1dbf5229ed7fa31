/** Sizes in bytes as people write them: 128MiB, 1GiB, QEMU's 128M and 1G, or a plain number (interface.md 1). */

const UNITS: Readonly<Record<string, number>> = {
    "": 1,
    K: 2 ** 10,
    M: 2 ** 20,
    G: 2 ** 30,
    KiB: 2 ** 10,
    MiB: 2 ** 20,
    GiB: 2 ** 30,
};

/** What a written size looks like; the schema gives it to editors. */
export const SIZE_PATTERN = "^[0-9]+(K|M|G|KiB|MiB|GiB)?$";

/** Bytes, or undefined when `value` is not a size. Zero is a size; negative numbers and fractions are not. */
export function parseSize(value: unknown): number | undefined {
    if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
    if (typeof value !== "string" || !new RegExp(SIZE_PATTERN).test(value)) return undefined;
    const digits = /^[0-9]+/.exec(value)?.[0] ?? "";
    const bytes = Number(digits) * (UNITS[value.slice(digits.length)] ?? Number.NaN);
    return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The exact form where it is short: 1048576 is "1MiB", 98304 is "96KiB", 100 is "100B"; else one decimal, from 10 units on. */
export function formatSize(bytes: number): string {
    for (const unit of ["GiB", "MiB", "KiB"]) {
        const scale = UNITS[unit] ?? 1;
        if (bytes >= scale && bytes % scale === 0 && bytes / scale < 10_000) return `${bytes / scale}${unit}`;
    }
    for (const unit of ["GiB", "MiB", "KiB"]) {
        const scale = UNITS[unit] ?? 1;
        if (bytes >= 10 * scale) return `${(bytes / scale).toFixed(1)}${unit}`;
    }
    return `${bytes}B`;
}
