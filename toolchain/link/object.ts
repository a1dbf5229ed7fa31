/** The relocatable object, which the assembler and the backend emit and the linker consumes (docs/compiler.md, "The way"). */

/**
 * Says how a relocated field is filled. The symbol of `pcrel_lo_*` is the label of the `pcrel_hi` (auipc) it belongs to, as in the RISC-V
 * psABI. `absolute*` writes little-endian S + A. `hi20` and `lo12_*` address absolutely (lui + addi/load/store).
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

/** The code from `offset` on comes from `file`:`line`. Both are as the compiler named them, and line counts from 1. */
export interface LineEntry {
    readonly offset: number;
    readonly file: string;
    readonly line: number;
}

/** One function's frame, for unwinding without a frame pointer. Offsets are in bytes from the section's start. */
export interface FrameEntry {
    readonly start: number;
    readonly end: number;
    /** Code from `bodyStart` to `end` has sp lowered by `size`. In code before it sp is as the caller left it. */
    readonly bodyStart: number;
    readonly size: number;
    /** Offset of the saved ra from the lowered sp; -1 when ra stays in the register. */
    readonly raOffset: number;
}

export interface Section {
    /** `.text`, `.rodata`, `.data`, `.bss` or a name of its own such as `.kentry`. */
    readonly name: string;
    readonly kind: "text" | "rodata" | "data" | "bss";
    readonly align: number;
    /** The content; empty for bss. */
    readonly bytes: Uint8Array;
    /** The size in memory in bytes (>= bytes.length). */
    readonly size: number;
    /** The fixed address (Wasm data segments lie where asc put them); undefined when the linker places the section. */
    readonly address?: number;
    readonly relocations: readonly Relocation[];
    readonly lines: readonly LineEntry[];
    readonly frames: readonly FrameEntry[];
}

export interface ObjectSymbol {
    readonly name: string;
    /** The name of the section in the same object, or `*ABS*` for constants. */
    readonly section: string;
    readonly offset: number;
    readonly size: number;
    readonly kind: "function" | "object" | "label";
    /** True when other objects see the symbol. Two global definitions of one name are an error. */
    readonly global: boolean;
}

export interface ObjectFile {
    readonly name: string;
    readonly sections: readonly Section[];
    readonly symbols: readonly ObjectSymbol[];
}
