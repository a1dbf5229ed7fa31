/** Runs the same Wasm natively in Node and as RV64 code on the oracle, and compares results and memory. */
import { runtimeLibrary } from "../../../boot/backend/runtime.ts";
import { translate } from "../../../boot/backend/translate.ts";
import { type Image, symbolAddress } from "../../../boot/link/image.ts";
import { link } from "../../../boot/link/link.ts";
import { Oracle } from "./rv64-oracle.ts";

const TEXT = 0x40004000;
const DATA = 0x50000000;
const STACK_TOP = 0x60000000;

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

/** Calls `name` on both sides with the same arguments, on fresh instances; linear memory [0, compared) must agree too. */
export class Pair {
    readonly oracle: Oracle;
    private readonly image: Image;
    private readonly exports: WebAssembly.Exports;

    constructor(wasm: Uint8Array, imports: WebAssembly.Imports = {}) {
        this.image = linkWasm(wasm);
        this.oracle = loadOracle(this.image);
        const module = new WebAssembly.Module(wasm as BufferSource);
        this.exports = new WebAssembly.Instance(module, imports).exports;
    }

    /** undefined when Wasm traps: then RV64 may do anything. */
    call(name: string, args: readonly (number | bigint)[], compared = 65536): Comparison | undefined {
        const fn = this.exports[name] as (...args: (number | bigint)[]) => number | bigint | undefined;
        let native: number | bigint | undefined;
        try {
            native = fn(...args);
        } catch (error) {
            if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return undefined;
            throw error;
        }
        const before = this.oracle.instructions;
        const wide = args.map((arg) => BigInt(arg));
        const emulated = this.oracle.call(symbolAddress(this.image, name), wide, STACK_TOP);
        const instructions = this.oracle.instructions - before;
        const result = native === undefined ? "" : String(native);
        const memory = new Uint8Array((this.exports["memory"] as WebAssembly.Memory).buffer);
        return {
            native: `${result} ${digest(memory.subarray(0, compared))}`,
            emulated: `${native === undefined ? "" : emulated} ${digest(this.low(compared))}`,
            instructions,
        };
    }

    private low(length: number): Uint8Array {
        const bytes = new Uint8Array(length);
        for (const [page, content] of this.oracle.memory.pages) {
            if (page * 65536 < length) bytes.set(content.subarray(0, length - page * 65536), page * 65536);
        }
        return bytes;
    }
}

/** FNV-1a. */
function digest(bytes: Uint8Array): string {
    let hash = 0x811c9dc5;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
    return (hash >>> 0).toString(16);
}
