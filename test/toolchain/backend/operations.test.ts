/** The table of the IR's operations: its columns agree with each other, with RV64's own table, and with what lowering makes. */
import { describe, expect, test } from "vitest";
import { INSTRUCTIONS } from "../../../emu/isa/table.ts";
import { FIRST_VIRTUAL, isFloatValue } from "../../../toolchain/backend/ir.ts";
import { lowerFunction } from "../../../toolchain/backend/lower.ts";
import {
    BRANCHES,
    type Branch,
    evaluate,
    OPERATIONS,
    type Operation,
    type OperationRow,
} from "../../../toolchain/backend/operations.ts";
import { parseWasm } from "../../../toolchain/backend/wasm-parse.ts";
import { Random, randomFunction, randomShape } from "./random-wasm.ts";
import { buildModule } from "./wasm-builder.ts";

const ROWS = Object.entries(OPERATIONS) as [Operation, OperationRow][];
const BINARY = ROWS.filter(([, { fold, operands }]) => fold !== undefined && operands.length === 2);
const VALUES = [0n, 1n, -1n, 2n, 31n, 32n, 33n, 63n, 64n, 0x7fffffffn, -0x80000000n, 0x123456789abcdefn, -(2n ** 63n)];
const PAIRS = VALUES.flatMap((a) => VALUES.map((b) => [a, b] as const));
/** Forms of which the operation is the instruction itself. */
const INSTRUCTION_FORMS = ["amo", "arithmetic", "load", "store", "system", "systemCall", "upper"];

describe("operations", () => {
    test("those that are encoded under their own name are instructions of RV64GC", () => {
        const known = new Set(INSTRUCTIONS.map(({ name }) => name));
        const own = ROWS.filter(([, { form }]) => INSTRUCTION_FORMS.includes(form)).map(([name]) => name);
        expect(own.filter((name) => !known.has(name))).toEqual([]);
    });

    test.each(BINARY)("%s commutes exactly if its fold does", (name, { commutes = false }) => {
        const symmetric = PAIRS.every(([a, b]) => evaluate(name, a, b) === evaluate(name, b, a));
        expect(symmetric).toBe(commutes);
    });

    test.each(BINARY.filter(([, { same }]) => same !== undefined))(
        "%s of a value and itself is a constant",
        (name, { same }) => {
            for (const value of VALUES) expect(evaluate(name, value, value)).toBe(same);
        },
    );

    test.each(ROWS.filter(([, row]) => row.narrow !== undefined))("%s narrows to its low word", (name, { narrow }) => {
        for (const [a, b] of PAIRS) {
            const wide = evaluate(name, a, b) ?? 0n;
            expect(evaluate(narrow as Operation, a, b)).toBe(BigInt.asIntN(32, wide));
        }
    });

    test.each(ROWS.filter(([, { fold }]) => fold !== undefined))(
        "%s reads and gives no more than its classes",
        (name, row) => {
            const { operands, result } = row;
            const classes = operands === "any" ? [] : operands;
            for (const [a, b] of PAIRS) {
                const value = evaluate(name, a, classes.length === 1 ? undefined : b) as bigint;
                expect(value).toBe(BigInt.asIntN(64, value));
                if (result === "word") expect(value).toBe(BigInt.asIntN(32, value));
                if (result === "flag") expect([0n, 1n]).toContain(value);
                const cut = [a, b].map((operand, i) => BigInt.asIntN(WIDTHS[classes[i] ?? "integer"], operand));
                expect(evaluate(name, cut[0] as bigint, classes.length === 1 ? undefined : cut[1])).toBe(value);
            }
        },
    );

    test.each(Object.entries(BRANCHES))(
        "%s has an inverse that holds when it does not",
        (branch, { compare, inverse }) => {
            expect(BRANCHES[inverse].inverse).toBe(branch as Branch);
            for (const [a, b] of PAIRS)
                expect(evaluate(BRANCHES[inverse].compare, a, b)).not.toBe(evaluate(compare, a, b));
        },
    );
});

/** Bits of an operand that are read; of an amount 6, which is less than a word. */
const WIDTHS = { integer: 64, float: 64, word: 32, half: 16, byte: 8, amount: 7 } as const;

test.each([1, 2, 3])(
    "what lowering makes of random functions has the operands and results of the table (seed %d)",
    (seed) => {
        const random = new Random(seed * 1000);
        for (let i = 0; i < 20; i++) {
            const shape = randomShape(random, ["i32", "i64", "f32", "f64"]);
            const functions = shape.functions.map((_, index) => randomFunction(random, shape, index));
            const module = parseWasm(buildModule(functions, shape.globals));
            const options = { intrinsicModules: [], externModules: [], floats: true };
            for (const source of module.functions) {
                const { fn } = lowerFunction(module, source, options);
                const isFloat = (value: number) => isFloatValue(fn, value);
                for (const { op, d, args } of fn.blocks.flatMap(({ code }) => code)) {
                    const { operands, result } = OPERATIONS[op];
                    if (operands !== "any")
                        expect([op, args.map(isFloat)]).toEqual([op, operands.map((o) => o === "float")]);
                    expect([op, d >= FIRST_VIRTUAL]).toEqual([
                        op,
                        result === "any" ? d >= FIRST_VIRTUAL : result !== "none",
                    ]);
                    if (result !== "any" && result !== "none")
                        expect([op, isFloat(d)]).toEqual([op, result === "float"]);
                }
            }
        }
    },
);
