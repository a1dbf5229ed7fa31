/** Floats: the same Wasm natively in Node and as RV64 code on the emulator, bit for bit (NaNs made one by the guest). */
import { describe, expect, it } from "vitest";
import { compileAssemblyScript } from "../../../boot/build/asc.ts";
import type { Machine } from "../../../emu/machine.ts";
import { runtimeLibrary } from "../../../toolchain/backend/runtime.ts";
import { translate } from "../../../toolchain/backend/translate.ts";
import { type Image, symbolAddress } from "../../../toolchain/link/image.ts";
import { link } from "../../../toolchain/link/link.ts";
import { machine } from "../../emu/engine/guest.ts";
import { type Tuple, tuples } from "../../emu/float/operands.ts";
import { buildModule } from "./wasm-builder.ts";

const TEXT = 0x40001000;
const MEMORY_BASE = 0x40040000;
const STACK_TOP = 0x400f0000n;
const [RA, SP, A0] = [1, 2, 10];
const MIB = 1048576;
const MOST_INSTRUCTIONS = 6000;

const compiled = await compileAssemblyScript({
    entry: "test/toolchain/backend/guest/floats.ts",
    memoryBase: MEMORY_BASE,
    name: "float-guest",
});
const EXTEND = 0xad;
/** Conversions that trap, from raw bits: asc makes only those that saturate. */
const TRAPPING = buildModule(
    [0xaa, 0xab, 0xb0, 0xb1, 0xa8, 0xa9, 0xae, 0xaf].map((op, i) => ({
        params: ["i64"],
        result: "i64",
        locals: [],
        code: [0x20, 0, ...(i < 4 ? [0xbf] : [0xa7, 0xbe]), op, ...(op < 0xae ? [EXTEND] : [])],
    })),
);

function linked(wasm: Uint8Array, staticEnd?: number): Image {
    const object = translate(wasm, { name: "floats", ...(staticEnd === undefined ? {} : { staticEnd }) });
    return link([object], {
        entry: "__text_start",
        library: runtimeLibrary(),
        segments: [
            {
                name: "text",
                address: TEXT,
                sections: [".text", ".rodata"],
                flags: { read: true, write: false, execute: true },
            },
            {
                name: "data",
                address: MEMORY_BASE,
                sections: [".data", ".globals"],
                flags: { read: true, write: true, execute: false },
            },
        ],
    });
}

/** A machine with the code in its local window; calls return to an ebreak that nothing handles. */
class Emulated {
    readonly #machine: Machine = machine({ localWindow: true, bankSize: 2 * MIB });

    readonly #image: Image;

    constructor(image: Image) {
        this.#image = image;
        for (const { address, bytes } of image.segments) this.#machine.writePhysical(address + 0x40000000, bytes);
        this.#machine.hart(0).setCsr("mstatus", 0x2000n);
    }

    call(name: string, args: Tuple): bigint | "trap" {
        const hart = this.#machine.hart(0);
        hart.pc = BigInt(symbolAddress(this.#image, name));
        hart.setX(RA, BigInt(TEXT - 16));
        hart.setX(SP, STACK_TOP);
        hart.setCsr("mcause", 0n);
        hart.setCsr("mtvec", BigInt(TEXT - 32));
        args.forEach((arg, i) => {
            hart.setX(A0 + i, arg);
        });
        // jump-to-self at both ends
        for (const at of [TEXT - 16, TEXT - 32])
            this.#machine.writePhysical(at + 0x40000000, Uint8Array.of(0x6f, 0, 0, 0));
        this.#machine.run({ maxInstructions: MOST_INSTRUCTIONS });
        return hart.csr("mcause") === 0n ? hart.x(A0) : "trap";
    }
}

const imports = {
    env: { memory: new WebAssembly.Memory({ initial: 0x4010, maximum: 65536, shared: true }) },
};
type Exports = Record<string, (...args: (number | bigint)[]) => bigint>;

class Pair {
    readonly #emulated: Emulated;
    readonly #exports: Exports;

    constructor(wasm: Uint8Array, staticEnd?: number) {
        this.#emulated = new Emulated(linked(wasm, staticEnd));
        const module = new WebAssembly.Module(wasm as BufferSource);
        this.#exports = new WebAssembly.Instance(module, imports).exports as Exports;
    }

    compare(name: string, args: readonly (number | bigint)[]): void {
        const wide = args.map((arg) => BigInt.asUintN(64, BigInt(arg)));
        const ours = this.#emulated.call(name, wide);
        const theirs = this.#native(name, args);
        if (ours !== theirs) expect(ours, `${name} ${wide.map((arg) => arg.toString(16)).join(" ")}`).toBe(theirs);
    }

    #native(name: string, args: readonly (number | bigint)[]): bigint | "trap" {
        try {
            return BigInt.asUintN(64, (this.#exports[name] as Exports[string])(...args));
        } catch (error) {
            if (error instanceof WebAssembly.RuntimeError) return "trap";
            throw error;
        }
    }
}

/** Some of the operands of the float vectors, with their order kept. */
function some(kind: "s" | "d", operands: 1 | 2, step: number): Tuple[] {
    return tuples(operands === 1 ? [kind] : [kind, kind], 5).filter((_, i) => i % step === 0);
}

const guest = new Pair(compiled.wasm, compiled.staticEnd);
const trapping = new Pair(TRAPPING);

describe("floats of Wasm and of the backend agree", () => {
    it.each(["double", "single"] as const)("on each operation of %s precision", (precision) => {
        const kind = precision === "double" ? "d" : "s";
        for (let operation = 0; operation < 24; operation++) {
            const list = operation < 7 || operation === 14 ? some(kind, 2, 7) : some(kind, 1, 1);
            for (const [a = 0n, b = 0n] of list) guest.compare(`${precision}_operation`, [operation, a, b]);
        }
    });

    it("on conversions that trap", () => {
        for (let operation = 0; operation < 8; operation++) {
            for (const [a = 0n] of some(operation < 4 ? "d" : "s", 1, 2)) trapping.compare(`f${operation}`, [a]);
        }
    });

    it("on calls with more floats and integers than registers", () => {
        for (const [a = 0n, b = 0n] of some("d", 2, 29)) guest.compare("calls", [a, b]);
    });

    it("when more floats are live than there are registers", () => {
        for (const [a = 0n] of some("d", 1, 5)) guest.compare("pressure", [a, Number(a & 15n)]);
    });

    it("on globals, memory, selects and calls through the table", () => {
        for (const [a = 0n, b = 0n] of some("d", 2, 29)) guest.compare("state", [a, b]);
    });
});
