/** The table of opcodes against binaryen, which decodes the same bytes on its own, and V8, which checks what must follow each. */
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { type Immediate, OPCODES, type OpcodeName, opcodeName, opcodeText } from "../../../emu/wasm/opcodes.ts";
import { decodeBody } from "../../../toolchain/backend/wasm-body.ts";
import { parseWasm } from "../../../toolchain/backend/wasm-parse.ts";
import { buildModule, type Type, unsigned } from "../../toolchain/backend/wasm-builder.ts";

interface Binaryen {
    readonly Features: { readonly All: number };
    readBinary(wasm: Uint8Array, features: number): { emitText(): string; dispose(): void };
    parseText(text: string): { setFeatures(features: number): void; emitBinary(): Uint8Array; dispose(): void };
}

const ofAssemblyScript = createRequire(createRequire(import.meta.url).resolve("assemblyscript/package.json"));
const { default: binaryen } = (await import(ofAssemblyScript.resolve("binaryen"))) as { default: Binaryen };

const TYPES = ["i32", "i64", "f32", "f64"] as const;
const NAMES = Object.keys(OPCODES) as OpcodeName[];
const MOST_OPERANDS = 3;

/** Lists of up to three types, the short ones first. */
const OPERANDS = (() => {
    const lists: Type[][] = [[]];
    for (const list of lists) if (list.length < MOST_OPERANDS) for (const type of TYPES) lists.push([...list, type]);
    return lists;
})();

/** The bytes of an opcode. */
function bytesOf(name: OpcodeName): number[] {
    const [code] = OPCODES[name];
    return code > 0xff ? [code >> 8, ...unsigned(code & 0xff)] : [code];
}

/** A valid module whose one function has parameters as operands, `code`, and what it leaves as result. */
function moduleAround(code: readonly number[]): Uint8Array | undefined {
    for (const params of OPERANDS) {
        const get = params.flatMap((_, i) => [...bytesOf("localGet"), i]);
        for (const result of [undefined, ...TYPES]) {
            const type = result === undefined ? { params } : { params, result };
            const wasm = buildModule([{ ...type, locals: [], code: [...get, ...code] }]);
            if (WebAssembly.validate(wasm as BufferSource)) return wasm;
        }
    }
    return undefined;
}

/** The text of the first function's body, as binaryen reads the module. */
function textOf(wasm: Uint8Array): string {
    const module = binaryen.readBinary(wasm, binaryen.Features.All);
    const text = module.emitText();
    module.dispose();
    return text.slice(text.indexOf("(func $"));
}

/** The names that the toolchain's decoder gives. */
function decoded(wasm: Uint8Array): OpcodeName[] {
    const module = parseWasm(wasm);
    const [fn] = module.functions;
    return fn === undefined ? [] : decodeBody(module, fn).map(({ op }) => op);
}

/** Does the text use the instruction, and not one whose name begins alike? */
function uses(text: string, name: OpcodeName): boolean {
    return text.split(/[\s()]+/).includes(opcodeText(name));
}

const plain = NAMES.filter((name) => OPCODES[name][1] === undefined);
const accesses = NAMES.filter((name) => OPCODES[name][1] === "access");
/** Have no meaning, or no operand, outside of what the text of blocks gives them below. */
const STRUCTURE: readonly OpcodeName[] = ["else", "end", "nop", "refIsNull"];
const simple = plain.filter((name) => !STRUCTURE.includes(name));

test.each(simple)("binaryen reads the opcode of %s under that name, and nothing follows it", (name) => {
    const wasm = moduleAround(bytesOf(name));
    if (wasm === undefined) throw new Error(`${name}: V8 takes it with no operands`);
    expect(decoded(wasm)).toContain(name);
    expect(uses(textOf(wasm), name)).toBe(true);
});

/** V8 takes an atomic access only with its natural alignment, others with any up to it. */
function accessModule(name: OpcodeName): Uint8Array | undefined {
    const exponents = name.toLowerCase().includes("atomic") ? [0, 1, 2, 3] : [0];
    return exponents.map((align) => moduleAround([...bytesOf(name), align, 16])).find((wasm) => wasm !== undefined);
}

test.each(accesses)("binaryen reads the opcode of %s under that name, alignment and offset follow", (name) => {
    const wasm = accessModule(name);
    if (wasm === undefined) throw new Error(`${name}: V8 takes it with no operands`);
    expect(decoded(wasm)).toContain(name);
    const text = textOf(wasm);
    expect(uses(text, name)).toBe(true);
    expect(text).toContain("offset=16");
});

/** A use of every other instruction; binaryen writes the bytes, the toolchain reads them. */
const OTHERS: Readonly<Record<Exclude<Immediate, "none" | "access">, string>> = {
    blockType: `(block $out (br_if $out (local.get 0)) (nop)) (loop nop) (drop (ref.is_null (ref.null func)))
        (if (local.get 0) (then nop) (else (local.set 0 (i32.const 1))))`,
    f32: "(global.set $f (f32.const 1.5))",
    f64: "(global.set $d (f64.const 1.5))",
    i32: "(local.set 0 (i32.const -5))",
    i64: "(global.set $l (i64.const -5))",
    index: `(block $out (br_if $out (local.get 0)) (br $out)) (call $g) (local.set 0 (local.tee 0 (local.get 0)))
        (global.set $i (global.get $i)) (drop (memory.grow (memory.size))) (table.set 0 (i32.const 0) (table.get 0 (i32.const 0)))
        (drop (ref.is_null (ref.null func))) (drop (ref.func $g)) (data.drop 0) (elem.drop 0) (atomic.fence)
        (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)) (drop (table.grow 0 (ref.null func) (i32.const 0)))
        (drop (table.size 0)) (table.fill 0 (i32.const 0) (ref.null func) (i32.const 0))
        (block $other (return_call $g))`,
    indexes: `(call_indirect (type $t) (i32.const 0)) (memory.copy (i32.const 0) (i32.const 0) (i32.const 0))
        (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 0)) (table.init 0 0 (i32.const 0) (i32.const 0) (i32.const 0))
        (table.copy (i32.const 0) (i32.const 0) (i32.const 0)) (return_call_indirect (type $t) (i32.const 0))`,
    labels: "(block $a (block $b (br_table $a $b (local.get 0))))",
    types: "(drop (select (result funcref) (ref.null func) (ref.func $g) (local.get 0)))",
};

function kindOf(name: OpcodeName): Immediate | undefined {
    return STRUCTURE.includes(name) ? "blockType" : OPCODES[name][1];
}

test.each(Object.entries(OTHERS))("the decoder reads binaryen's bytes of instructions followed by %s", (kind, text) => {
    const module = binaryen.parseText(`(module
        (type $t (func)) (memory 1 1) (data "x") (table 1 funcref) (elem func $g)
        (global $i (mut i32) (i32.const 0)) (global $l (mut i64) (i64.const 0))
        (global $f (mut f32) (f32.const 0)) (global $d (mut f64) (f64.const 0))
        (func $f (export "f") (param i32) ${text})
        (func $g (type $t)))`);
    module.setFeatures(binaryen.Features.All);
    const found = new Set(decoded(module.emitBinary()));
    module.dispose();
    const missing = NAMES.filter((name) => kindOf(name) === kind && !found.has(name));
    expect(missing).toEqual([]);
});

test("each opcode has one name", () => {
    for (const name of NAMES) expect(opcodeName(OPCODES[name][0])).toBe(name);
});
