import { expect, test } from "vitest";
import { type StackFunction, stackDepth } from "../../../toolchain/link/stack-depth.ts";

const fn = (name: string, frameSize: number, calls: string[], indirectCalls: string[] = []): StackFunction => {
    return { name, frameSize, calls, indirectCalls };
};
const tableFunctions = new Map([["i32:i32", ["handler_small", "handler_large"]]]);

test("the depth is that of the deepest chain, through the table and into assembly", () => {
    const functions = [
        fn("main", 32, ["leaf", "dispatch"]),
        fn("leaf", 500, []),
        fn("dispatch", 16, [], ["i32:i32"]),
        fn("handler_small", 8, []),
        fn("handler_large", 480, ["stub"]),
    ];
    expect(stackDepth(functions, "main", { tableFunctions, external: { stub: 64 } })).toEqual({
        bytes: 32 + 16 + 480 + 64,
        chain: ["main", "dispatch", "handler_large", "stub"],
        unbounded: [],
    });
});

test("recursion needs a stated bound", () => {
    const functions = [fn("main", 16, ["walk"]), fn("walk", 48, ["walk"])];
    expect(stackDepth(functions, "main", { tableFunctions })).toMatchObject({ bytes: 64, unbounded: ["walk"] });
    const bounded = stackDepth(functions, "main", { tableFunctions, recursion: { walk: 3 } });
    expect(bounded).toMatchObject({ bytes: 16 + 3 * 48, unbounded: [] });
});
