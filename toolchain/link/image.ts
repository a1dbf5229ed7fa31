/** The linked program, which the ELF writer, the loader and the debugger's helpers read. */

export interface SegmentFlags {
    readonly read: boolean;
    readonly write: boolean;
    readonly execute: boolean;
}

export interface Segment {
    readonly name: string;
    readonly address: number;
    /** The content. Memory beyond it up to memorySize is zero. */
    readonly bytes: Uint8Array;
    readonly memorySize: number;
    readonly flags: SegmentFlags;
}

export interface ImageSymbol {
    readonly name: string;
    readonly address: number;
    readonly size: number;
    readonly kind: "function" | "object" | "label";
    readonly global: boolean;
}

/** From `address` on, code comes from file:line. */
export interface ImageLine {
    readonly address: number;
    readonly file: string;
    readonly line: number;
}

/** Is the FrameEntry of object.ts with addresses. */
export interface ImageFrame {
    readonly start: number;
    readonly end: number;
    readonly bodyStart: number;
    readonly size: number;
    readonly raOffset: number;
}

export interface Image {
    readonly entry: number;
    /** Sorted by address. */
    readonly segments: readonly Segment[];
    readonly symbols: readonly ImageSymbol[];
    /** Sorted by address. */
    readonly lines: readonly ImageLine[];
    /** Sorted by start, disjoint. */
    readonly frames: readonly ImageFrame[];
}

/** The address of a symbol. Throws when there is none. */
export function symbolAddress(image: Image, name: string): number {
    const symbol = image.symbols.find((candidate) => candidate.name === name);
    if (symbol === undefined) throw new Error(`the image has no symbol ${name}`);
    return symbol.address;
}
