/**
 * The file of a case: results and flags of every operand tuple in every mode, packed. Results come as differences from the
 * first mode's (others are mostly next to it), in planes of one byte each, then flags; all of it brotli.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import type { FloatCase } from "./cases.ts";
import { modesOf, operandsOf } from "./cases.ts";

export interface Outcome {
    readonly result: bigint;
    readonly flags: number;
}

/** What each tuple gives, mode by mode. */
export type Outcomes = readonly (readonly Outcome[])[];

const RESULT_BYTES = 8;

function fileOf(item: FloatCase): URL {
    return new URL(`vectors/${item.name}.br`, import.meta.url);
}

export function writeVectors(item: FloatCase, outcomes: Outcomes): void {
    const modes = modesOf(item).length;
    const cells = outcomes.length * modes;
    const bytes = new Uint8Array(cells * (RESULT_BYTES + 1));
    outcomes.forEach((row, tuple) => {
        row.forEach(({ result, flags }, mode) => {
            const cell = mode * outcomes.length + tuple;
            const base = mode === 0 ? 0n : (row[0] as Outcome).result;
            const difference = BigInt.asUintN(64, result - base);
            for (let i = 0; i < RESULT_BYTES; i++)
                bytes[i * cells + cell] = Number((difference >> BigInt(8 * i)) & 255n);
            bytes[RESULT_BYTES * cells + cell] = flags;
        });
    });
    const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    writeFileSync(fileOf(item), brotliCompressSync(bytes, { params }));
}

export function readVectors(item: FloatCase): Outcomes {
    const bytes = new Uint8Array(brotliDecompressSync(readFileSync(fileOf(item))));
    const count = operandsOf(item).length;
    const modes = modesOf(item).length;
    const cells = count * modes;
    if (bytes.length !== cells * (RESULT_BYTES + 1)) throw new Error(`${item.name}: vectors of other operands`);
    const differenceAt = (cell: number) => {
        let value = 0n;
        for (let i = RESULT_BYTES - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i * cells + cell] as number);
        return value;
    };
    return Array.from({ length: count }, (_, tuple) =>
        Array.from({ length: modes }, (__, mode) => {
            const cell = mode * count + tuple;
            const base = mode === 0 ? 0n : differenceAt(tuple);
            const result = BigInt.asUintN(64, base + differenceAt(cell));
            return { result, flags: bytes[RESULT_BYTES * cells + cell] as number };
        }),
    );
}

/** What caseProgram stored. */
export function outcomesOf(item: FloatCase, bytes: Uint8Array): Outcomes {
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const modes = modesOf(item).length;
    return Array.from({ length: bytes.length / (16 * modes) }, (_, tuple) =>
        Array.from({ length: modes }, (__, mode) => {
            const at = 16 * (tuple * modes + mode);
            return { result: words.getBigUint64(at, true), flags: Number(words.getBigUint64(at + 8, true)) };
        }),
    );
}
