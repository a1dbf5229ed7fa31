import { expect, test } from "vitest";
import { compileAssemblyScript } from "../../../boot/build/asc.ts";
import { translate } from "../../../toolchain/backend/translate.ts";
import { buildModule } from "./wasm-builder.ts";

test("the IR of a small loop after each pass is as checked in", async () => {
    const { wasm } = await compileAssemblyScript({
        entry: "test/toolchain/backend/guest/listing.ts",
        memoryBase: 0x40040000,
        name: "test-guest",
    });
    const listings: string[] = [];
    translate(wasm, {
        name: "listing",
        onPass: (fn, pass, listing) => {
            if (fn.endsWith("/sum_array")) listings.push(`== ${pass}\n${listing()}`);
        },
    });
    await expect(`${listings.join("\n\n")}\n`).toMatchFileSnapshot("golden/passes.txt");
});

test.each([
    { code: [0x41, 1, 0x40, 0], message: "memory.grow: linear memory does not grow here" },
    { code: [0x3f, 0], message: "memory.size: linear memory has no size here" },
    {
        code: [0x41, 0, 0x41, 1, 0xfe, 0, 2, 0],
        message: "memory.atomic.notify is not supported by the RV64 backend",
    },
    { code: [0x41, 0, 0xfd, 0x0f, 0x1a], message: "opcode 0xfd0f is not supported by the RV64 backend" },
])("what is refused is told with the function and the instruction: $message", ({ code, message }) => {
    const wasm = buildModule([{ params: [], result: "i32", locals: [], code }]);
    expect(() => translate(wasm, { name: "test" })).toThrow(`function_0: ${message}`);
});

test("unreachable code traps: ebreak", () => {
    const wasm = buildModule([{ params: [], locals: [], code: [0x00] }]);
    const text = translate(wasm, { name: "test" }).sections.find(({ name }) => name === ".text");
    expect(text?.bytes).toEqual(Uint8Array.from([0x02, 0x90]));
});
