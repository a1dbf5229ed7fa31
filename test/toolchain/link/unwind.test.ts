import { beforeAll, describe, expect, test } from "vitest";
import { type Image, symbolAddress } from "../../../toolchain/link/image.ts";
import { Symbolizer } from "../../../toolchain/link/symbolize.ts";
import { unwind } from "../../../toolchain/link/unwind.ts";
import { compileGuest } from "../backend/compile-guest.ts";
import { linkWasm, loadOracle } from "../backend/differential.ts";
import { Random, randomFunction, randomShape } from "../backend/random-wasm.ts";
import { buildModule } from "../backend/wasm-builder.ts";

const STACK_TOP = 0x60000000;
const RETURN = 0xfff0;

describe("a stopped program", () => {
    let image: Image;
    let symbolizer: Symbolizer;

    beforeAll(async () => {
        image = await compileGuest("programs.ts");
        symbolizer = new Symbolizer(image);
    });

    /** The chain of functions at every instruction of fibonacci(4). */
    function backtraces(): string[][] {
        const oracle = loadOracle(image);
        const found: string[][] = [];
        oracle.x[1] = BigInt(RETURN);
        oracle.x[2] = BigInt(STACK_TOP);
        oracle.x[10] = 4n;
        oracle.pc = symbolAddress(image, "fibonacci");
        while (oracle.pc !== RETURN) {
            const start = { pc: oracle.pc, sp: Number(oracle.x[2]), ra: Number(oracle.x[1]) };
            const read = (address: number) => Number(oracle.memory.read(address, 8));
            const trace = unwind(image.frames, start, read);
            found.push(trace.map((pc) => (pc === RETURN ? "end" : (symbolizer.locate(pc)?.function ?? "?"))));
            oracle.step();
        }
        return found;
    }

    test("has a backtrace that ends at the caller, at every instruction", () => {
        const name = "test/toolchain/backend/guest/programs/fibonacci";
        for (const trace of backtraces()) {
            expect(trace[trace.length - 1]).toBe("end");
            expect(new Set(trace.slice(0, -1))).toEqual(new Set([name]));
        }
        expect(Math.max(...backtraces().map((trace) => trace.length))).toBe(5);
    });

    test("has one in random programs too, whatever their frames and early returns", () => {
        for (let seed = 1; seed <= 40; seed++) {
            const random = new Random(seed);
            const shape = randomShape(random);
            const functions = shape.functions.map((_, i) => randomFunction(random, shape, i));
            const linked = linkWasm(buildModule(functions, shape.globals));
            const args = shape.functions[shape.functions.length - 1]?.params.map(() => BigInt(random.below(100))) ?? [];
            const oracle = loadOracle(linked);
            oracle.onStep = () => {
                const start = { pc: oracle.pc, sp: Number(oracle.x[2]), ra: Number(oracle.x[1]) };
                if (linked.frames.every(({ start: from, end }) => oracle.pc < from || oracle.pc >= end)) return;
                const trace = unwind(linked.frames, start, (address) => Number(oracle.memory.read(address, 8)));
                expect(trace[trace.length - 1], `seed ${seed}, pc 0x${oracle.pc.toString(16)}`).toBe(RETURN);
            };
            oracle.call(symbolAddress(linked, `f${shape.functions.length - 1}`), args, STACK_TOP);
        }
    });

    test("is described by function, file and line", () => {
        const text = symbolizer.describe(symbolAddress(image, "fibonacci") + 2);
        expect(text).toMatch(
            /^test\/toolchain\/backend\/guest\/programs\/fibonacci \(test\/toolchain\/backend\/guest\/programs.ts:\d+\)$/,
        );
        expect(symbolizer.describe(0x123)).toBe("0x123");
    });
});
