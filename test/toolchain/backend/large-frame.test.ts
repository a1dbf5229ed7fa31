import { expect, test } from "vitest";
import { translateWithSummary } from "../../../toolchain/backend/translate.ts";
import { Pair } from "./differential.ts";
import { buildModule, signed, type TestFunction, unsigned } from "./wasm-builder.ts";

/** A function of 12 parameters, most of them on the stack. */
const MANY: TestFunction = {
    params: Array.from({ length: 12 }, () => "i64" as const),
    result: "i64",
    locals: [],
    code: Array.from({ length: 12 }, (_, i) => [
        0x20,
        i,
        0x42,
        ...signed(BigInt(i + 1)),
        0x7e,
        ...(i > 0 ? [0x7c] : []),
    ]).flat(),
};

/** Loads `count` values, calls MANY with the first twelve, and sums all: every value is live across the call. */
function keeper(count: number): TestFunction {
    const code: number[] = [];
    for (let i = 0; i < count; i++) {
        code.push(0x20, 0, 0x29, 0, ...unsigned(i * 8), 0x42, ...signed(BigInt(i)), 0x7c, 0x21, ...unsigned(i + 1));
    }
    for (let i = 0; i < 12; i++) code.push(0x20, ...unsigned(i + 1));
    code.push(0x10, 0);
    for (let i = 0; i < count; i++) code.push(0x20, ...unsigned(i + 1), 0x42, ...signed(BigInt(i * 3 + 1)), 0x7e, 0x7c);
    return { params: ["i32"], result: "i64", locals: Array.from({ length: count }, () => "i64" as const), code };
}

test.each([20, 100, 240, 255, 300, 600])("a frame with %i spilled values works", (count) => {
    const wasm = buildModule([MANY, keeper(count)]);
    const pair = new Pair(wasm);
    const result = pair.call("f1", [8]);
    expect(result?.emulated).toBe(result?.native);
});

test("a function reports its frame size and callees", () => {
    const { functions } = translateWithSummary(buildModule([MANY, keeper(300)]), { name: "test" });
    expect(functions[0]).toMatchObject({ name: "function_0", frameSize: 0, calls: [] });
    expect(functions[1]).toMatchObject({ name: "function_1", calls: ["function_0"] });
    expect(functions[1]?.frameSize).toBeGreaterThan(2048);
});
