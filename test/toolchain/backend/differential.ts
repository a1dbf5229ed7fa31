/** Runs the same Wasm natively in Node and as RV64 code on the oracle, and compares results and memory. */
import { runtimeLibrary } from "../../../toolchain/backend/runtime.ts";
import { translate } from "../../../toolchain/backend/translate.ts";
import { type Image, symbolAddress } from "../../../toolchain/link/image.ts";
import { link } from "../../../toolchain/link/link.ts";
import { type Argument, Oracle } from "./rv64-oracle.ts";
import { floatRegister, floatValue, type Precision } from "./rv64-oracle-float.ts";
import { isFloatType, type Type } from "./wasm-builder.ts";

const TEXT = 0x40004000;
const DATA = 0x50000000;
const STACK_TOP = 0x60000000;
/** Bytes of linear memory that are compared. */
const COMPARED = 65536;
const FA0 = 10;
const BOX = 0xffffffffn;

export function linkWasm(wasm: Uint8Array): Image {
    const object = translate(wasm, { name: "test" });
    return link([object], {
        entry: "__text_start",
        library: runtimeLibrary(),
        segments: [
            { name: "low", address: 0, sections: [".data"], flags: { read: true, write: true, execute: false } },
            {
                name: "text",
                address: TEXT,
                sections: [".text", ".rodata"],
                flags: { read: true, write: false, execute: true },
            },
            { name: "data", address: DATA, sections: [".globals"], flags: { read: true, write: true, execute: false } },
        ],
    });
}

export function loadOracle(image: Image): Oracle {
    const oracle = new Oracle();
    for (const segment of image.segments) oracle.memory.load(segment.address, segment.bytes);
    return oracle;
}

export interface Comparison {
    readonly native: string;
    readonly emulated: string;
    readonly instructions: number;
}

/** Types of a function that has floats. */
export interface Signature {
    readonly params: readonly Type[];
    readonly result?: Type;
}

/** Calls `name` on both sides with the same arguments; linear memory must agree too. */
export class Pair {
    readonly oracle: Oracle;
    readonly #image: Image;
    readonly #exports: WebAssembly.Exports;

    constructor(wasm: Uint8Array, imports: WebAssembly.Imports = {}) {
        this.#image = linkWasm(wasm);
        this.oracle = loadOracle(this.#image);
        const module = new WebAssembly.Module(wasm as BufferSource);
        this.#exports = new WebAssembly.Instance(module, imports).exports;
    }

    /** undefined when Wasm traps: then RV64 may do anything. Without a signature there are no floats. NaNs are all the same. */
    call(name: string, args: readonly (number | bigint)[], signature?: Signature): Comparison | undefined {
        const fn = this.#exports[name] as (...args: (number | bigint)[]) => number | bigint | undefined;
        let native: number | bigint | undefined;
        try {
            native = fn(...args);
        } catch (error) {
            if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return undefined;
            throw error;
        }
        const before = this.oracle.instructions;
        const wide = args.map((arg, i) => argument(arg, signature?.params[i]));
        const integer = this.oracle.call(symbolAddress(this.#image, name), wide, STACK_TOP);
        const emulated = resultText(integer, this.oracle.f[FA0] as bigint, signature?.result);
        const instructions = this.oracle.instructions - before;
        const result = native === undefined ? "" : numberText(native);
        const memory = new Uint8Array((this.#exports["memory"] as WebAssembly.Memory).buffer);
        return {
            native: `${result} ${digest(memory.subarray(0, COMPARED))}`,
            emulated: `${native === undefined ? "" : emulated} ${digest(this.#low(COMPARED))}`,
            instructions,
        };
    }

    #low(length: number): Uint8Array {
        const bytes = new Uint8Array(length);
        for (const [page, content] of this.oracle.memory.pages) {
            if (page * 65536 < length) bytes.set(content.subarray(0, length - page * 65536), page * 65536);
        }
        return bytes;
    }
}

function precisionOf(type: Type): Precision {
    return type === "f32" ? "s" : "d";
}

function argument(value: number | bigint, type: Type | undefined): Argument {
    if (type === undefined || !isFloatType(type)) return BigInt(value);
    return { float: floatRegister(Number(value), precisionOf(type)) };
}

function resultText(integer: bigint, register: bigint, type: Type | undefined): string {
    if (type === undefined || !isFloatType(type)) return String(integer);
    if (type === "f32" && register >> 32n !== BOX) return `not boxed: 0x${register.toString(16)}`;
    return numberText(floatValue(register, precisionOf(type)));
}

function numberText(value: number | bigint): string {
    return Object.is(value, -0) ? "-0" : String(value);
}

/** FNV-1a. */
function digest(bytes: Uint8Array): string {
    let hash = 0x811c9dc5;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
    return (hash >>> 0).toString(16);
}
