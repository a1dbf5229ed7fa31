import { beforeAll, describe, expect, test } from "vitest";
import { compileAssemblyScript } from "../../../boot/build/asc.ts";
import { Pair } from "./differential.ts";
import { Random, randomFunction, randomShape } from "./random-wasm.ts";
import { INTERESTING_FLOATS } from "./random-wasm-float.ts";
import { buildModule, type Type } from "./wasm-builder.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const PROGRAMS = "test/toolchain/backend/guest/programs.ts";

describe("random Wasm gives the same results and memory natively and as RV64", () => {
    const first = Number(process.env["ARCHIPEL_SEED"] ?? 1);

    test.each([
        { what: "integers", types: ["i32", "i64"], count: NIGHTLY ? 5000 : 250 },
        { what: "integers and floats", types: ["i32", "i64", "f32", "f64"], count: NIGHTLY ? 5000 : 250 },
    ] as const)(`$what, seeds from ${first}`, ({ types, count }) => {
        for (let seed = first; seed < first + count; seed++) {
            const random = new Random(seed);
            const shape = randomShape(random, types);
            const functions = shape.functions.map((_, i) => randomFunction(random, shape, i));
            const pair = new Pair(buildModule(functions, shape.globals));
            shape.functions.forEach((fn, i) => {
                const args = fn.params.map((type) => randomArgument(random, type));
                try {
                    const result = pair.call(`f${i}`, args, fn);
                    expect(result?.emulated).toBe(result?.native);
                } catch (cause) {
                    throw new Error(`seed ${seed}, function f${i}: ${cause}`, { cause });
                }
            });
        }
    });
});

function randomArgument(random: Random, type: Type): number | bigint {
    if (type === "i32") return random.next() | 0;
    const wide = BigInt.asIntN(64, (BigInt(random.next()) << 32n) | BigInt(random.next()));
    if (type === "i64") return wide;
    const value = random.below(4) ? Number(wide >> 32n) * 2 ** -random.below(64) : random.pick(INTERESTING_FLOATS);
    return type === "f32" ? Math.fround(value) : value;
}

describe("AssemblyScript programs give the same results natively and as RV64", () => {
    let pair: Pair;

    beforeAll(async () => {
        const { wasm } = await compileAssemblyScript({ entry: PROGRAMS, memoryBase: 1024, name: "test-programs" });
        pair = new Pair(wasm);
    });

    const cases: [string, (number | bigint)[]][] = [
        ["fibonacci", [12]],
        ["call_count", []],
        ["sort", [60, 7]],
        ["sort", [0, 1]],
        ["sieve", [1000]],
        ...[-16, -8, -3, 0, 1, 8, 24].flatMap((d): [string, number[]][] =>
            [0, 1, 31, 40, 64].map((n) => ["copy_overlapping", [d, n]]),
        ),
        ["list_sum", [20]],
        ...[0, 1, 2].map((n): [string, number[]] => ["text_length", [n]]),
        ["divide_all", [-17, 5, -1234567890123n, 97n]],
        ["divide_all", [-2147483648, 3, 5n, -7n]],
        ["many", [1, 2n, 3, 4n, 5, 6n, 7, 8n, 9, 10n, 11]],
        ...[0, 1, 2, 3].map((n): [string, number[]] => ["indirect", [n, -5, 77]]),
        ...Array.from({ length: 15 }, (_, n): [string, number[]] => ["switched", [n - 1]]),
        ...[0, 1, -1, 0x80000000 | 0].map((n): [string, (number | bigint)[]] => ["bits", [n, BigInt(n) * 65537n]]),
        ["atomics", [4096, 0x12345678]],
        ["atomics", [4096, -1]],
        ["pressure", [0x123456789abcdefn, 987654321n]],
    ];

    test.each(cases)("%s(%s)", (name, args) => {
        const result = pair.call(name, args);
        expect(result).toBeDefined();
        expect(result?.emulated).toBe(result?.native);
    });
});
