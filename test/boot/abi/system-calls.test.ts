/** The rows of system calls (boot/abi/system-calls.ts), beside the numbers of Linux's header as the compiler has it. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MISSING_CALLS } from "../../../boot/abi/calls/missing.ts";
import { CALLS, refusalName, refusalOf, unknownCall } from "../../../boot/abi/system-calls.ts";
import { packageRoot } from "../../../boot/package-root.ts";
import * as refusals from "../../../kernel/abi/refusals.ts";

/** Archipel's own numbers begin here. */
const OWN = 1024;

describe("the rows of system calls", () => {
    it("have each number once, and every number of Linux for riscv64 up to that of fchmodat2", () => {
        const numbers = [...CALLS.map(([, { number }]) => number), ...Object.values(MISSING_CALLS)];
        expect(new Set(numbers).size).toBe(numbers.length);
        const gaps = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
        // Numbers that no call of riscv64 has (asm-generic/unistd.h).
        const unused = [38, ...gaps(244, 258), ...gaps(295, 424)];
        const linux = gaps(0, 453).filter((number) => !unused.includes(number));
        expect(linux.filter((number) => !numbers.includes(number))).toEqual([]);
        expect(unused.filter((number) => numbers.includes(number))).toEqual([]);
        expect(numbers.filter((number) => number > 452 && number < OWN)).toEqual([]);
    });

    it("name files of tests that are there", () => {
        const files = CALLS.flatMap(([, { tests }]) => tests.map((test) => `test/${test}.test.ts`));
        expect(files.filter((file) => !existsSync(join(packageRoot(), file)))).toEqual([]);
        expect(CALLS.filter(([, { tests }]) => tests.length === 0).map(([name]) => name)).toEqual([]);
    });

    it("give each refusal a word that names it and holds its errno", () => {
        for (const [name, code] of Object.entries(refusals)) {
            const { call, what } = refusalOf(code);
            expect(name).toBe(refusalName(call, what ?? ""));
        }
    });

    it("name a call that is not there, if Linux has it", () => {
        expect(unknownCall(425)).toEqual({ call: "io_uring_setup", what: null, errno: "ENOSYS" });
        expect(unknownCall(999)).toEqual({ call: "system call 999", what: null, errno: "ENOSYS" });
    });
});
