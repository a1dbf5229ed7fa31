/** Places of a lens: `*kmem+24` is where the pointer leads that lies 24 bytes behind the symbol kmem. */

export interface Place {
    readonly symbol: string;
    readonly offset: number;
    /** Pointers that are followed, one after the other. */
    readonly follows: number;
}

/** Undefined for a text that is none. */
export function parsePlace(text: string): Place | undefined {
    const match = /^(\**)([A-Za-z_.$][\w.$]*)(?:([+-])(0x[0-9a-fA-F]{1,8}|[0-9]{1,9}))?$/.exec(text);
    if (match === null) return undefined;
    const [, stars = "", symbol = "", sign = "+", offset = "0"] = match;
    return { symbol, offset: (sign === "-" ? -1 : 1) * Number(offset), follows: stars.length };
}
