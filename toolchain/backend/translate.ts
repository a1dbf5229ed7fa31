/** Translates a Wasm module to a relocatable RV64 object: the passes in order, one function at a time. */

import type { FrameEntry, LineEntry, ObjectFile, ObjectSymbol, Relocation, Section } from "../link/object.ts";
import { allocateRegisters } from "./allocate.ts";
import { removeUnreachable } from "./control-flow.ts";
import { removeDeadCode } from "./dead-code.ts";
import { destructSsa } from "./destruct.ts";
import { type EncodedFunction, encodeFunction } from "./encode-function.ts";
import { type Frame, layOutFrame } from "./frame.ts";
import type { IrFunction } from "./ir.ts";
import { cleanJumps, duplicateReturns, foldConstantBranches, invertLoops } from "./jumps.ts";
import { moveInvariants } from "./loop-invariants.ts";
import { type LowerOptions, lowerFunction } from "./lower.ts";
import { placeConstants } from "./place-constants.ts";
import { printFunction } from "./print.ts";
import { selectInstructions } from "./select.ts";
import { findLine, readSourceMap, type SourceMap, type WasmLines } from "./source-map.ts";
import { lowerSwitches } from "./switches.ts";
import { GLOBALS_SYMBOL, STATIC_END_FUNCTION, TABLE_SYMBOL } from "./symbols.ts";
import { threadJumps } from "./thread-jumps.ts";
import { numberValues } from "./value-numbering.ts";
import { parseWasm, signatureOf, type WasmFunction, type WasmModule } from "./wasm-parse.ts";

export interface TranslateOptions {
    /** The object's name in messages. */
    readonly name: string;
    readonly sourceMap?: SourceMap;
    /** Address after the last static datum (AscResult.staticEnd). The default is the end of the last data segment. */
    readonly staticEnd?: number;
    /** Import modules that are intrinsics. asc names modules after their file, without folder. The default is hal. */
    readonly intrinsicModules?: readonly string[];
    /** Import modules whose functions are external symbols. The default is asm. */
    readonly externModules?: readonly string[];
    /** False makes floating point an error (the kernel has none). */
    readonly floats?: boolean;
    /** Receives the IR after each pass of each function, for listings. */
    readonly onPass?: (fn: string, pass: string, listing: () => string) => void;
}

/** Frame size and callees of a function, for the worst-case stack depth. */
export interface FunctionSummary {
    readonly name: string;
    readonly frameSize: number;
    readonly calls: readonly string[];
    /** Wasm signatures that the function calls through the table, such as "i32,i64:i32". */
    readonly indirectCalls: readonly string[];
}

export interface Translation {
    readonly object: ObjectFile;
    readonly functions: readonly FunctionSummary[];
    /** Functions in the table, by signature. */
    readonly tableFunctions: ReadonlyMap<string, readonly string[]>;
}

const GLOBAL_SIZE = 8;
const ENTRY_SIZE = 8;
/** A return block up to this length is repeated instead of jumped to, unless its epilogue restores much. */
const LONGEST_RETURN = 3;
const MOST_SAVED_TWICE = 4;
/** One lui serves all globals up to here, the reach of a 12-bit offset. */
const LUI_REACH = 2048;

/** Throws UnsupportedWasm, naming the function, for Wasm that the backend cannot translate. */
export function translate(wasm: Uint8Array, options: TranslateOptions): ObjectFile {
    return translateWithSummary(wasm, options).object;
}

export function translateWithSummary(wasm: Uint8Array, options: TranslateOptions): Translation {
    const module = parseWasm(wasm);
    const lower: LowerOptions = {
        intrinsicModules: options.intrinsicModules ?? ["hal"],
        externModules: options.externModules ?? ["asm"],
        floats: options.floats ?? true,
    };
    const lines = options.sourceMap === undefined ? undefined : readSourceMap(options.sourceMap);
    const text = new TextSection(lines);
    const functions: FunctionSummary[] = [];
    for (const fn of module.functions) {
        if (fn.name === STATIC_END_FUNCTION) continue;
        const compiled = compileFunction(module, fn, lower, options.onPass);
        text.add(fn, compiled.encoded);
        functions.push(compiled.summary);
    }
    const sections: Section[] = [text.section()];
    const symbols: ObjectSymbol[] = [...text.symbols, ...exportSymbols(module, text)];
    addTable(module, sections, symbols);
    addGlobals(module, sections, symbols);
    sections.push(...dataSections(module, options.staticEnd));
    return { object: { name: options.name, sections, symbols }, functions, tableFunctions: tableFunctions(module) };
}

interface Compiled {
    readonly encoded: EncodedFunction;
    readonly summary: FunctionSummary;
}

function compileFunction(
    module: WasmModule,
    source: WasmFunction,
    lower: LowerOptions,
    onPass: TranslateOptions["onPass"],
): Compiled {
    const { fn, ssa } = lowerFunction(module, source, lower);
    const done = (pass: string) => onPass?.(fn.name, pass, () => printFunction(fn));
    removeUnreachable(fn);
    done("lower");
    numberValues(ssa);
    removeUnreachable(fn);
    removeDeadCode(fn);
    threadJumps(ssa);
    removeUnreachable(fn);
    numberValues(ssa);
    removeUnreachable(fn);
    removeDeadCode(fn);
    done("value-numbering");
    moveInvariants(fn);
    done("loop-invariants");
    selectInstructions(ssa);
    lowerSwitches(fn);
    removeDeadCode(fn);
    placeConstants(fn);
    done("select");
    destructSsa(fn);
    done("destruct");
    cleanJumps(fn);
    invertLoops(fn);
    cleanJumps(fn);
    foldConstantBranches(fn);
    cleanJumps(fn);
    done("jumps");
    const allocation = allocateRegisters(fn);
    cleanJumps(fn);
    if (allocation.savedRegisters.length <= MOST_SAVED_TWICE) duplicateReturns(fn, LONGEST_RETURN);
    done("allocate");
    const frame: Frame = layOutFrame(fn, allocation);
    done("frame");
    return { encoded: encodeFunction(fn, frame), summary: summarise(fn, frame.size) };
}

function summarise(fn: IrFunction, frameSize: number): FunctionSummary {
    const calls = new Set<string>();
    const indirect = new Set<string>();
    for (const block of fn.blocks) {
        for (const { op, symbol, signature: type } of block.code) {
            if (op === "call") calls.add(symbol);
            if (op === "callr" && type !== undefined) indirect.add(type);
        }
    }
    return { name: fn.name, frameSize, calls: [...calls], indirectCalls: [...indirect] };
}

function tableFunctions(module: WasmModule): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const index of module.elements.flatMap((segment) => segment.functions)) {
        const fn = module.functions[index - module.importedFunctions.length];
        if (fn === undefined) continue;
        const key = signatureOf(fn.type);
        found.set(key, [...(found.get(key) ?? []), fn.name]);
    }
    return found;
}

// ---- sections

class TextSection {
    readonly symbols: ObjectSymbol[] = [];
    readonly #lines: WasmLines | undefined;
    readonly #pieces: Uint8Array[] = [];
    readonly #relocations: Relocation[] = [];
    readonly #lineEntries: LineEntry[] = [];
    readonly #frames: FrameEntry[] = [];
    #size = 0;

    constructor(lines: WasmLines | undefined) {
        this.#lines = lines;
    }

    add({ name, start }: WasmFunction, piece: EncodedFunction): void {
        const base = this.#size;
        const size = piece.bytes.length;
        this.symbols.push({ name, section: ".text", offset: base, size, kind: "function", global: false });
        for (const relocation of piece.relocations)
            this.#relocations.push({ ...relocation, offset: base + relocation.offset });
        for (const frame of piece.frames) {
            const { start, end, bodyStart } = frame;
            this.#frames.push({ ...frame, start: base + start, end: base + end, bodyStart: base + bodyStart });
        }
        this.#addLines(piece, base, start);
        this.#pieces.push(piece.bytes);
        this.#size += size;
    }

    section(): Section {
        const bytes = new Uint8Array(this.#size);
        let offset = 0;
        for (const piece of this.#pieces) {
            bytes.set(piece, offset);
            offset += piece.length;
        }
        return {
            name: ".text",
            kind: "text",
            align: 4,
            bytes,
            size: this.#size,
            relocations: this.#relocations,
            lines: this.#lineEntries,
            frames: this.#frames,
        };
    }

    /** `start` is the function's start in the Wasm module. A mapping before it belongs to another function. */
    #addLines(piece: EncodedFunction, base: number, start: number): void {
        const lines = this.#lines;
        if (lines === undefined) return;
        let last = -1;
        for (const { offset, at } of piece.origins) {
            let index = findLine(lines, at);
            if (index < 0 || (lines.offsets[index] as number) < start) index++;
            if (index >= lines.offsets.length || index === last) continue;
            last = index;
            const file = lines.files[lines.fileIndexes[index] as number] ?? "?";
            const line = lines.lines[index] as number;
            const previous = this.#lineEntries[this.#lineEntries.length - 1];
            if (previous !== undefined && offset > 0 && previous.file === file && previous.line === line) continue;
            this.#lineEntries.push({ offset: base + offset, file, line });
        }
    }
}

/** Exports are global symbols under their export name, besides the function's own name. */
function exportSymbols(module: WasmModule, text: TextSection): ObjectSymbol[] {
    const symbols: ObjectSymbol[] = [];
    for (const { name, kind, index } of module.exports) {
        const source = module.functions[index - module.importedFunctions.length]?.name;
        const target = text.symbols.find((symbol) => symbol.name === source);
        if (kind === "function" && target !== undefined) symbols.push({ ...target, name, global: true });
    }
    return symbols;
}

function addTable(module: WasmModule, sections: Section[], symbols: ObjectSymbol[]): void {
    const size =
        module.elements.reduce((most, { offset, functions }) => Math.max(most, offset + functions.length), 0) *
        ENTRY_SIZE;
    if (size === 0) return;
    const relocations: Relocation[] = [];
    for (const { offset, functions } of module.elements) {
        functions.forEach((index, i) => {
            const imported = module.importedFunctions[index];
            const symbol = imported?.name ?? module.functions[index - module.importedFunctions.length]?.name ?? "?";
            relocations.push({ offset: (offset + i) * ENTRY_SIZE, type: "absolute64", symbol, addend: 0 });
        });
    }
    const bytes = new Uint8Array(size);
    sections.push({ name: ".rodata", kind: "rodata", align: 8, bytes, size, relocations, lines: [], frames: [] });
    symbols.push({ name: TABLE_SYMBOL, section: ".rodata", offset: 0, size, kind: "object", global: true });
}

/** Aligns the globals so that all of them lie in the reach of one lui, if they are few enough. */
function addGlobals(module: WasmModule, sections: Section[], symbols: ObjectSymbol[]): void {
    const size = module.globals.length * GLOBAL_SIZE;
    if (size === 0) return;
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    module.globals.forEach((global, i) => {
        view.setBigInt64(i * GLOBAL_SIZE, BigInt.asIntN(64, global.initial), true);
        const name = `${GLOBALS_SYMBOL}.${global.name}`;
        if (!global.mutable) return;
        symbols.push({
            name,
            section: ".globals",
            offset: i * GLOBAL_SIZE,
            size: GLOBAL_SIZE,
            kind: "object",
            global: false,
        });
    });
    let align = 16;
    while (align < Math.min(size, LUI_REACH)) align *= 2;
    sections.push({ name: ".globals", kind: "data", align, bytes, size, relocations: [], lines: [], frames: [] });
    symbols.push({ name: GLOBALS_SYMBOL, section: ".globals", offset: 0, size, kind: "object", global: true });
}

/** One section from the first to the last static datum, at the address asc gave it. */
function dataSections(module: WasmModule, staticEnd: number | undefined): Section[] {
    const active = module.data.filter((segment) => segment.offset !== undefined && segment.bytes.length > 0);
    const start = active.reduce((least, { offset }) => Math.min(least, offset as number), Number.POSITIVE_INFINITY);
    const last = active.reduce((most, { offset, bytes }) => Math.max(most, (offset as number) + bytes.length), 0);
    if (last === 0) return [];
    const bytes = new Uint8Array(last - start);
    for (const segment of active) bytes.set(segment.bytes, (segment.offset as number) - start);
    const size = Math.max(last, staticEnd ?? 0) - start;
    return [
        { name: ".data", kind: "data", align: 1, bytes, size, address: start, relocations: [], lines: [], frames: [] },
    ];
}
