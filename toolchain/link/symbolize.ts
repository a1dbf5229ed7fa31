/** Maps addresses to names: the function that a pc lies in, and its source line. */
import type { Image, ImageLine, ImageSymbol, Segment } from "./image.ts";

export interface Location {
    readonly function: string;
    /** Bytes from the function's start. */
    readonly offset: number;
    /** Undefined where the code has no line information (assembly without it). */
    readonly file?: string;
    readonly line?: number;
}

export class Symbolizer {
    readonly #functions: readonly ImageSymbol[];
    readonly #lines: readonly ImageLine[];

    /** Undefined when any address may be code. */
    readonly #code: readonly Segment[] | undefined;

    constructor(image: Pick<Image, "symbols" | "lines"> & Partial<Pick<Image, "segments">>) {
        this.#code = image.segments?.filter(({ flags }) => flags.execute);
        const code = image.symbols.filter(({ kind }) => kind === "function");
        this.#functions = preferExports(code.length > 0 ? code : image.symbols);
        this.#lines = image.lines;
    }

    /** Undefined when no function covers the pc. */
    locate(pc: number): Location | undefined {
        if (this.#code?.every(({ address, memorySize }) => pc < address || pc >= address + memorySize))
            return undefined;
        const symbol = lastAtOrBefore(this.#functions, pc);
        if (symbol === undefined || (symbol.size > 0 && pc >= symbol.address + symbol.size)) return undefined;
        const found = { function: symbol.name, offset: pc - symbol.address };
        const line = lastAtOrBefore(this.#lines, pc);
        if (line === undefined || line.address < symbol.address) return found;
        return { ...found, file: line.file, line: line.line };
    }

    /** The location as `function (file:line)`, for panics and traces. */
    describe(pc: number): string {
        const found = this.locate(pc);
        if (found === undefined) return `0x${pc.toString(16)}`;
        const place = found.file === undefined ? `+0x${found.offset.toString(16)}` : `(${found.file}:${found.line})`;
        return `${found.function} ${place}`;
    }
}

/** One symbol an address, sorted. It has the longest name, which has the path of the source. */
function preferExports(symbols: readonly ImageSymbol[]): ImageSymbol[] {
    const best = new Map<number, ImageSymbol>();
    for (const symbol of symbols) {
        const old = best.get(symbol.address);
        if (old === undefined || symbol.name.length > old.name.length) best.set(symbol.address, symbol);
    }
    return [...best.values()].sort((a, b) => a.address - b.address);
}

function lastAtOrBefore<T extends { readonly address: number }>(list: readonly T[], address: number): T | undefined {
    let low = 0;
    let high = list.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((list[middle] as T).address <= address) low = middle + 1;
        else high = middle;
    }
    return list[low - 1];
}
