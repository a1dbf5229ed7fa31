/** Reads asc's source maps, which map a Wasm byte offset to file and line (source map revision 3; the "column" is the byte offset). */

export interface SourceMap {
    readonly sources: readonly string[];
    readonly mappings: string;
    readonly sourcesContent?: readonly (string | null)[];
}

/** Parallel arrays, sorted by offset; `line` counts from 1. */
export interface WasmLines {
    readonly files: readonly string[];
    readonly offsets: Int32Array;
    readonly fileIndexes: Int32Array;
    readonly lines: Int32Array;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Decodes the mappings. asc puts everything on the first generated "line". */
export function readSourceMap(map: SourceMap): WasmLines {
    const segments = (map.mappings.split(";")[0] ?? "").split(",").filter((segment) => segment !== "");
    const offsets: number[] = [];
    const fileIndexes: number[] = [];
    const lines: number[] = [];
    let offset = 0;
    let file = 0;
    let line = 0;
    for (const segment of segments) {
        const [offsetDelta = 0, fileDelta, lineDelta = 0] = decodeVlq(segment);
        offset += offsetDelta;
        if (fileDelta === undefined) continue;
        file += fileDelta;
        line += lineDelta;
        offsets.push(offset);
        fileIndexes.push(file);
        lines.push(line + 1);
    }
    return {
        files: map.sources,
        offsets: Int32Array.from(offsets),
        fileIndexes: Int32Array.from(fileIndexes),
        lines: Int32Array.from(lines),
    };
}

/** Index of the last mapping at or before `offset`, or -1. */
export function findLine(map: WasmLines, offset: number): number {
    let low = 0;
    let high = map.offsets.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((map.offsets[middle] as number) <= offset) low = middle + 1;
        else high = middle;
    }
    return low - 1;
}

/** Base-64 VLQ: five bits a digit, the sign in the lowest bit. */
function decodeVlq(segment: string): number[] {
    const values: number[] = [];
    let value = 0;
    let shift = 0;
    for (const character of segment) {
        const digit = DIGITS.indexOf(character);
        value |= (digit & 31) << shift;
        shift += 5;
        if (digit >= 32) continue;
        values.push(value & 1 ? -(value >>> 1) : value >>> 1);
        value = 0;
        shift = 0;
    }
    return values;
}
