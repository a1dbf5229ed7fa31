/** The state hash is made of named parts (docs/spec/turns.md, section 7). */

/** A part of the state; `bytes` may be a window on it. Without `reset` it is all zeros after reset. */
export interface StatePart {
    /** ASCII, such as hart/3/mepc. */
    readonly name: string;
    readonly bytes: Uint8Array;
    readonly reset?: Uint8Array | undefined;
}
