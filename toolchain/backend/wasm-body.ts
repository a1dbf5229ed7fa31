/** Decodes one function body to a list of instructions (WebAssembly core specification 5.4). */
import type { FunctionType, ValueType, WasmFunction, WasmModule } from "./wasm-parse.ts";
import { WasmReader } from "./wasm-reader.ts";

export interface WasmInstruction {
    /** Opcode; those behind the prefixes 0xfc and 0xfe are 0xfc00 + n and 0xfe00 + n. */
    readonly op: number;
    /** Byte offset in the module: what the source map is keyed by. */
    readonly at: number;
    /** First immediate: index, label depth, i32 constant, or the offset of a memory access. */
    readonly a: number;
    readonly value?: bigint;
    /** Labels of br_table, the default last. */
    readonly targets?: readonly number[];
    /** Of block, loop and if. */
    readonly blockType?: FunctionType;
}

export class UnsupportedWasm extends Error {
    override name = "UnsupportedWasm";
}

const EMPTY: FunctionType = { params: [], results: [] };
const SHORT_TYPES: Readonly<Record<number, ValueType>> = { 0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64" };

export function decodeBody(module: WasmModule, fn: WasmFunction): WasmInstruction[] {
    const reader = new WasmReader(module.bytes, fn.start);
    const list: WasmInstruction[] = [];
    while (reader.position < fn.end) list.push(decodeOne(module, reader, fn));
    return list;
}

function decodeOne(module: WasmModule, reader: WasmReader, fn: WasmFunction): WasmInstruction {
    const at = reader.position;
    let op = reader.byte();
    if (op === 0xfc || op === 0xfe) op = op * 256 + reader.u32();
    switch (op) {
        case 0x02:
        case 0x03:
        case 0x04:
            return { op, at, a: 0, blockType: blockType(module, reader, fn) };
        case 0x0e: {
            const targets: number[] = [];
            for (let count = reader.u32() + 1; count > 0; count--) targets.push(reader.u32());
            return { op, at, a: 0, targets };
        }
        case 0x11: {
            const a = reader.u32();
            reader.u32();
            return { op, at, a };
        }
        case 0x1c:
            for (let count = reader.u32(); count > 0; count--) reader.byte();
            return { op: 0x1b, at, a: 0 };
        case 0x41:
            return { op, at, a: reader.s32() };
        case 0x42:
            return { op, at, a: 0, value: reader.s64() };
        case 0x43:
            return { op, at, a: 0, value: BigInt.asIntN(32, reader.bits(4)) };
        case 0x44:
            return { op, at, a: 0, value: BigInt.asIntN(64, reader.bits(8)) };
        case 0xfc08:
        case 0xfc0a:
            reader.u32();
            reader.u32();
            return { op, at, a: 0 };
        case 0xfc0b:
        case 0xfe03:
        case 0x3f:
        case 0x40:
            reader.u32();
            return { op, at, a: 0 };
    }
    if ((op >= 0x28 && op <= 0x3e) || (op >= 0xfe00 && op <= 0xfe4e)) {
        reader.u32();
        return { op, at, a: reader.u32() };
    }
    if ((op >= 0x0c && op <= 0x0d) || op === 0x10 || (op >= 0x20 && op <= 0x24)) return { op, at, a: reader.u32() };
    if (hasNoImmediate(op)) return { op, at, a: 0 };
    throw new UnsupportedWasm(`${fn.name}: opcode 0x${op.toString(16)} is not supported by the RV64 backend`);
}

function hasNoImmediate(op: number): boolean {
    if (op <= 0x01 || op === 0x05 || op === 0x0b || op === 0x0f || op === 0x1a || op === 0x1b) return true;
    return (op >= 0x45 && op <= 0xc4) || (op >= 0xfc00 && op <= 0xfc07);
}

function blockType(module: WasmModule, reader: WasmReader, fn: WasmFunction): FunctionType {
    const first = reader.bytes[reader.position] ?? 0;
    if (first === 0x40) {
        reader.position++;
        return EMPTY;
    }
    if (first < 0x40 || first >= 0x80) {
        const type = module.types[reader.s32()];
        if (type === undefined) throw new UnsupportedWasm(`${fn.name}: block type does not exist`);
        return type;
    }
    reader.position++;
    const short = SHORT_TYPES[first];
    if (short === undefined)
        throw new UnsupportedWasm(`${fn.name}: a block of that type is not supported by the RV64 backend`);
    return { params: [], results: [short] };
}
