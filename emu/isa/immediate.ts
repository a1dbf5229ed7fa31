/**
 * How immediates are scattered over an instruction word, written as the manual draws them.
 *
 * A layout pairs instruction bits (from high to low) with the immediate's bits that stand there, for example for the
 * B format: word bits "31:25,11:7" hold immediate bits "12|10:5,4:1|11" (RISC-V unprivileged ISA, 2.3 and 26.2).
 */

export interface Immediate {
    /** Word bit and immediate bit, one pair per bit. */
    readonly bits: readonly (readonly [wordBit: number, immediateBit: number])[];
    readonly signed: boolean;
    /** Number of the highest immediate bit plus one. */
    readonly width: number;
    /** Immediate bits that are always zero (2 for a multiple of 4). */
    readonly scale: number;
}

/** Layout from two lists of bit ranges, for example `immediate("31:25,11:7", "12|10:5,4:1|11", true)`. */
export function immediate(wordBits: string, immediateBits: string, signed: boolean): Immediate {
    const from = expand(wordBits);
    const to = expand(immediateBits);
    if (from.length !== to.length) throw new Error(`immediate layout: ${wordBits} against ${immediateBits}`);
    const bits = from.map((bit, i) => [bit, to[i] as number] as const);
    return { bits, signed, width: Math.max(...to) + 1, scale: Math.min(...to) };
}

function expand(list: string): number[] {
    return list.split(/[,|]/).flatMap((range) => {
        const [high = 0, low = high] = range.split(":").map(Number);
        return Array.from({ length: high - low + 1 }, (_, i) => high - i);
    });
}

/** The immediate held by `word`: signed layouts give a signed number, others 0 or more. */
export function extract(layout: Immediate, word: number): number {
    let value = 0;
    for (const [wordBit, immediateBit] of layout.bits) value |= ((word >>> wordBit) & 1) << immediateBit;
    if (!layout.signed) return value >>> 0;
    const unused = 32 - layout.width;
    return (value << unused) >> unused;
}

/** Can `value` be written in this layout without loss? */
export function fits(layout: Immediate, value: number): boolean {
    if (!Number.isInteger(value) || value % 2 ** layout.scale !== 0) return false;
    if (!layout.signed) return value >= 0 && value < 2 ** layout.width;
    return value >= -(2 ** (layout.width - 1)) && value < 2 ** (layout.width - 1);
}

/** The bits of `value` at their places in a word; the caller has checked `fits`. */
export function insert(layout: Immediate, value: number): number {
    let word = 0;
    for (const [wordBit, immediateBit] of layout.bits) word |= ((value >> immediateBit) & 1) << wordBit;
    return word >>> 0;
}
