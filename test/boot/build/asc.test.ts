import { describe, expect, test } from "vitest";
import { type AscResult, compileAssemblyScript } from "../../../boot/build/asc.ts";
import { KDATA_LOCAL } from "../../../kernel/abi/memory-map.ts";
import { CompileError } from "../../../toolchain/backend/compile-error.ts";
import { translate } from "../../../toolchain/backend/translate.ts";
import { parseWasm } from "../../../toolchain/backend/wasm-parse.ts";

function compile(file: string, more: Partial<Parameters<typeof compileAssemblyScript>[0]> = {}): Promise<AscResult> {
    return compileAssemblyScript({
        entry: `test/toolchain/backend/guest/${file}`,
        memoryBase: KDATA_LOCAL,
        name: "test-asc",
        ...more,
    });
}

async function messageOf(action: () => Promise<unknown>): Promise<string> {
    try {
        await action();
    } catch (error) {
        if (error instanceof Error) return error.message;
    }
    return "no error";
}

describe("compileAssemblyScript", () => {
    test("puts static data at the memory base, which is written in decimal", async () => {
        const { wasm, staticEnd } = await compile("programs.ts");
        const offsets = parseWasm(wasm).data.map(({ offset }) => offset ?? 0);
        expect(Math.min(...offsets)).toBeGreaterThanOrEqual(KDATA_LOCAL);
        expect(staticEnd).toBeGreaterThan(KDATA_LOCAL);
    });

    test("turns cstr() into UTF-8 and a NUL", async () => {
        const { wasm } = await compile("programs.ts");
        const text = parseWasm(wasm).data.map(({ bytes }) => new TextDecoder().decode(bytes));
        expect(text.join("|")).toContain("héllo 🏝");
    });

    test("gives the layouts of unmanaged classes", async () => {
        const { layouts } = await compile("programs.ts");
        expect(layouts.find(({ name }) => name === "node_t")).toMatchObject({
            size: 16,
            fields: [
                { name: "next", offset: 0, size: 4 },
                { name: "key", offset: 4, size: 4, type: "u32" },
                { name: "value", offset: 8, size: 8, type: "u64" },
            ],
        });
    });
});

describe("a build that breaks a rule says which", () => {
    const cases: [string, string | RegExp][] = [
        ["bad-start.ts", "has a start function"],
        ["bad-managed.ts", "allocates managed objects"],
        [
            "bad-struct.ts",
            "class loose_t (test/toolchain/backend/guest/bad-struct) has 12 bytes but alignment 8: add 4 bytes of padding",
        ],
        ["bad-syntax.ts", /does not compile:[\s\S]*Cannot find name 'missing'[\s\S]*bad-syntax.ts\(2,12\)/],
        ["absent.ts", "no such source file"],
    ];

    test.each(cases)("%s", async (file, message) => {
        const text = await messageOf(() => compile(file));
        expect(text).toMatch(message);
        await expect(compile(file)).rejects.toBeInstanceOf(CompileError);
    });

    test("an import that is not allowed", async () => {
        const text = await messageOf(() => compile("intrinsics.ts", { importModules: ["asm"] }));
        expect(text).toContain("imports hal.csr_read; allowed modules are asm");
    });
});

describe("what the backend cannot translate is an error that names the function", () => {
    test.each([
        ["bad-float.ts", /guest\/bad-float\/half: .*floating point/],
        ["bad-csr.ts", /guest\/bad-csr\/read_any: the CSR number .* must be a compile-time constant/],
    ])("%s", async (file, message) => {
        const { wasm } = await compile(file);
        expect(() => translate(wasm, { name: "test", floats: false })).toThrow(message);
    });
});
