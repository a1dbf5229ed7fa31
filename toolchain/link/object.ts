/** The relocatable object: what the assembler and the backend emit and the linker consumes (docs/compiler.md, "The way"). */

/**
 * How a relocated field is filled. `pcrel_lo_*` names, as its symbol, the label of the `pcrel_hi` (auipc) it belongs to,
 * as in the RISC-V psABI; `absolute*` writes little-endian S + A; `hi20`/`lo12_*` address absolutely (lui + addi/load/store).
 */
export type RelocationType =
    | "branch" // B-type, S + A - P, +-4 KiB
    | "jal" // J-type, S + A - P, +-1 MiB
    | "call" // auipc + jalr pair at the offset, S + A - P
    | "pcrel_hi"
    | "pcrel_lo_i"
    | "pcrel_lo_s"
    | "hi20"
    | "lo12_i"
    | "lo12_s"
    | "absolute32"
    | "absolute64";

export interface Relocation {
    /** Byte offset in the section. */
    readonly offset: number;
    readonly type: RelocationType;
    readonly symbol: string;
    readonly addend: number;
}

/** From `offset` on, the code comes from `file`:`line` (both as the compiler named them; line counts from 1). */
export interface LineEntry {
    readonly offset: number;
    readonly file: string;
    readonly line: number;
}

/** One function's frame, for unwinding without a frame pointer. Offsets in bytes from the section's start. */
export interface FrameEntry {
    readonly start: number;
    readonly end: number;
    /** Code in [bodyStart, bodyEnd ranges aside) has sp lowered by `size`; before it sp is the caller's. */
    readonly bodyStart: number;
    readonly size: number;
    /** Where ra lies, from the lowered sp; -1 when it stays in the register. */
    readonly raOffset: number;
}

export interface Section {
    /** `.text`, `.rodata`, `.data`, `.bss` or a name of its own such as `.kentry`. */
    readonly name: string;
    readonly kind: "text" | "rodata" | "data" | "bss";
    readonly align: number;
    /** Content; empty for bss. */
    readonly bytes: Uint8Array;
    /** Bytes in memory (>= bytes.length). */
    readonly size: number;
    /** Fixed address (Wasm data segments lie where asc put them); undefined: the linker places it. */
    readonly address?: number;
    readonly relocations: readonly Relocation[];
    readonly lines: readonly LineEntry[];
    readonly frames: readonly FrameEntry[];
}

export interface ObjectSymbol {
    readonly name: string;
    /** Name of the section in the same object; `*ABS*` for constants. */
    readonly section: string;
    readonly offset: number;
    readonly size: number;
    readonly kind: "function" | "object" | "label";
    /** Visible to other objects. Two global definitions of one name are an error. */
    readonly global: boolean;
}

export interface ObjectFile {
    readonly name: string;
    readonly sections: readonly Section[];
    readonly symbols: readonly ObjectSymbol[];
}
