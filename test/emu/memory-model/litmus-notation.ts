/**
 * How litmus tests are written: a hart is words with blanks between. Wx1: x = 1. Rx: a load of x. Ax1: an atomic swap that loads x and makes
 * it 1, .aq, .rl or .aqrl behind it. F[w,r]: a fence with these sets. F[tso]: fence.tso. Variables are x, y and z.
 */

export interface Access {
    /** Undefined of a fence. */
    readonly variable: number | undefined;
    readonly reads: boolean;
    readonly writes: boolean;
    readonly value: number;
    /** Of an atomic. */
    readonly releases: boolean;
    /** Of a fence: the pairs of kinds that it orders, as in "wr". */
    readonly orders: readonly string[];
    /** The instruction; a load's result is in t1. */
    readonly asm: string;
}

const FENCE_TSO = ".word 0x8330000f";

export function parse(hart: string): Access[] {
    return hart.split(" ").map((word) => fence(word) ?? access(word));
}

function fence(word: string): Access | undefined {
    const sets = /^F\[(\w+)(?:,(\w+))?\]$/.exec(word);
    if (sets === null) return undefined;
    const [, before = "", after] = sets;
    const orders =
        after === undefined ? ["rr", "rw", "ww"] : [...before].flatMap((a) => [...after].map((b) => `${a}${b}`));
    const asm = after === undefined ? FENCE_TSO : `fence ${before}, ${after}`;
    return { variable: undefined, reads: false, writes: false, value: 0, releases: false, orders, asm };
}

function access(word: string): Access {
    const parts = /^([WRA])([xyz])(\d?)(\.(?:aq|rl|aqrl))?$/.exec(word);
    if (parts === null) throw new Error(`no access: ${word}`);
    const [, kind = "", name = "", digit = "0", suffix = ""] = parts;
    const variable = "xyz".indexOf(name);
    const common = { variable, value: Number(digit), orders: [], reads: kind !== "W", writes: kind !== "R" };
    const place = `${8 * variable}(s1)`;
    const asm = {
        W: `li t2, ${digit}\n sd t2, ${place}`,
        R: `ld t1, ${place}`,
        A: `li t2, ${digit}\n addi t3, s1, ${8 * variable}\n amoswap.d${suffix} t1, t2, (t3)`,
    }[kind] as string;
    return { ...common, releases: suffix.includes("rl"), asm };
}
