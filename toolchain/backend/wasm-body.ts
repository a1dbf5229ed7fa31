/** Decodes one function body to a list of instructions (WebAssembly core specification 5.4). */
import { describeOpcode, isPrefix, OPCODES, type OpcodeName, opcodeName } from "../../emu/wasm/opcodes.ts";
import { EMPTY_BLOCK } from "../../emu/wasm/types.ts";
import { type FunctionType, valueTypeOf, type WasmFunction, type WasmModule } from "./wasm-parse.ts";
import { WasmReader } from "./wasm-reader.ts";

export interface WasmInstruction {
    readonly op: OpcodeName;
    /** Byte offset in the module, which is the key of the source map. */
    readonly at: number;
    /** The first index (for a label its depth), the i32 constant, or the offset of a memory access; 0 if there is none. */
    readonly a: number;
    /** The number of any other constant, or the bits of a float, sign-extended. */
    readonly value?: bigint;
    /** The labels of br_table, the default last. */
    readonly targets?: readonly number[];
    /** The type of block, loop and if. */
    readonly blockType?: FunctionType;
}

export class UnsupportedWasm extends Error {
    override name = "UnsupportedWasm";
}

const EMPTY: FunctionType = { params: [], results: [] };

export function decodeBody(module: WasmModule, fn: WasmFunction): WasmInstruction[] {
    const reader = new WasmReader(module.bytes, fn.start);
    const list: WasmInstruction[] = [];
    while (reader.position < fn.end) list.push(decodeOne(module, reader, fn));
    return list;
}

function decodeOne(module: WasmModule, reader: WasmReader, fn: WasmFunction): WasmInstruction {
    const at = reader.position;
    const op = readOpcode(reader, fn);
    const [, immediate = "none"] = OPCODES[op];
    switch (immediate) {
        case "none":
            return { op, at, a: 0 };
        case "access":
            reader.u32();
            return { op, at, a: reader.u32() };
        case "blockType":
            return { op, at, a: 0, blockType: blockType(module, reader, fn) };
        case "index":
            return { op, at, a: reader.u32() };
        case "indexes": {
            const a = reader.u32();
            reader.u32();
            return { op, at, a };
        }
        case "labels": {
            const targets: number[] = [];
            for (let count = reader.u32() + 1; count > 0; count--) targets.push(reader.u32());
            return { op, at, a: 0, targets };
        }
        case "types":
            for (let count = reader.u32(); count > 0; count--) reader.byte();
            return { op, at, a: 0 };
        case "i32":
            return { op, at, a: reader.s32() };
        case "i64":
            return { op, at, a: 0, value: reader.s64() };
        case "f32":
            return { op, at, a: 0, value: BigInt.asIntN(32, reader.bits(4)) };
        case "f64":
            return { op, at, a: 0, value: BigInt.asIntN(64, reader.bits(8)) };
        default:
            return immediate satisfies never;
    }
}

function readOpcode(reader: WasmReader, fn: WasmFunction): OpcodeName {
    const first = reader.byte();
    const code = isPrefix(first) ? first * 256 + reader.u32() : first;
    const name = opcodeName(code);
    if (name !== undefined) return name;
    throw new UnsupportedWasm(`${fn.name}: ${describeOpcode(code)} is not supported by the RV64 backend`);
}

function blockType(module: WasmModule, reader: WasmReader, fn: WasmFunction): FunctionType {
    const first = reader.bytes[reader.position] ?? 0;
    if (first === EMPTY_BLOCK) {
        reader.position++;
        return EMPTY;
    }
    if (first < EMPTY_BLOCK || first >= 0x80) {
        const type = module.types[reader.s32()];
        if (type === undefined) throw new UnsupportedWasm(`${fn.name}: block type does not exist`);
        return type;
    }
    reader.position++;
    const short = valueTypeOf(first);
    if (short === "v128" || short === "ref")
        throw new UnsupportedWasm(`${fn.name}: a block of type ${short} is not supported by the RV64 backend`);
    return { params: [], results: [short] };
}
