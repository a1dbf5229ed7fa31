/** What a process finds at its start: registers, and on the stack argc, argv, environment and auxiliary vector (Linux, RISC-V psABI). */

import { describe, expect, it } from "vitest";
import { ELF_ZONE_BASE, USER_TOP } from "../../kernel/abi/memory-map.ts";
import { bareGuestOf, programSource } from "./harness/guest.ts";
import { runConfig } from "./harness/run.ts";

const PATH = bareGuestOf("start-state", programSource("start-state"));
const MACHINE = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "2MiB" };
const STACK_SIZE = 65536;

interface Start {
    readonly a0: bigint;
    readonly sp: bigint;
    readonly argv: readonly bigint[];
    readonly envp: readonly bigint[];
    readonly auxv: ReadonlyMap<bigint, bigint>;
    /** From sp on. */
    readonly words: readonly bigint[];
}

async function start(args: readonly string[], seed = 1): Promise<Start> {
    const kernel = { vspaceStackSize: `${STACK_SIZE >> 10}KiB` };
    const outcome = await runConfig(
        { machine: MACHINE, kernel, programs: [{ path: PATH, args }], seed },
        { audit: "every" },
    );
    const [program] = outcome.report.programs;
    expect(program?.exit).toEqual({ code: 0, signal: null });
    // Of long outputs the report keeps a part; the console has all.
    const text = outcome.console.match(/^[0-9a-f]{16}\n/gm)?.join("") ?? "";
    const [a0 = 0n, sp = 0n, ...words] = text
        .trim()
        .split("\n")
        .map((line) => BigInt(`0x${line}`));
    const argc = Number(words[0]);
    const end = (from: number) => words.indexOf(0n, from);
    const envs = 1 + argc + 1;
    const auxv = new Map<bigint, bigint>();
    for (let i = end(envs) + 1; i < words.length && words[i] !== 0n; i += 2)
        auxv.set(words[i] as bigint, words[i + 1] as bigint);
    return { a0, sp, argv: words.slice(1, 1 + argc), envp: words.slice(envs, end(envs)), auxv, words };
}

describe("the first stack of a process", () => {
    it("sp is 16-byte aligned, argc is its first word, argv and the environment end with 0, a0 is 0", async () => {
        const { a0, sp, argv, envp, words } = await start(["one", "two"]);
        expect(sp % 16n).toBe(0n);
        expect(a0).toBe(0n);
        expect(words[0]).toBe(3n);
        expect(words[4]).toBe(0n);
        expect(envp).toEqual([]);
        const lengths = argv.map((address, i) => (argv[i + 1] ?? address + 4n) - address);
        expect(lengths).toEqual([BigInt(PATH.length + 1), 4n, 4n]);
    });

    it("the auxiliary vector has what a C library's start reads", async () => {
        const { auxv, argv, sp } = await start([]);
        const [PHDR, PHENT, PHNUM, PAGESZ, ENTRY, HWCAP, CLKTCK, SECURE, RANDOM, EXECFN] = [
            3n,
            4n,
            5n,
            6n,
            9n,
            16n,
            17n,
            23n,
            25n,
            31n,
        ];
        for (const id of [11n, 12n, 13n, 14n]) expect(auxv.get(id)).toBe(0n);
        expect(auxv.get(PAGESZ)).toBe(4096n);
        expect(auxv.get(PHENT)).toBe(56n);
        // The segment, and the note of Archipel's own programs.
        expect(auxv.get(PHNUM)).toBe(2n);
        // Our linker leaves the headers out of the segments.
        expect(auxv.get(PHDR)).toBe(0n);
        expect(auxv.get(ENTRY)).toBe(BigInt(ELF_ZONE_BASE));
        expect(auxv.get(CLKTCK)).toBe(100n);
        expect(auxv.get(SECURE)).toBe(0n);
        expect((auxv.get(HWCAP) ?? 0n) & 0x1105n).toBe(0x1105n);
        expect(auxv.get(EXECFN)).toBe(argv[0]);
        const random = auxv.get(RANDOM) ?? 0n;
        expect(random).toBeGreaterThan(sp);
        expect(random).toBe(BigInt(USER_TOP - 16));
    });

    it("the random bytes are a function of the seed", async () => {
        const bytes = async (seed: number) => (await start([], seed)).words.slice(-2);
        const [first, again, other] = [await bytes(1), await bytes(1), await bytes(2)];
        expect(first).toEqual(again);
        expect(first).not.toEqual(other);
    });

    it("arguments that need several pages are all there", async () => {
        const args = Array.from({ length: 1200 }, (_, i) => String(i % 10));
        const { argv, words } = await start(args);
        expect(words[0]).toBe(1201n);
        expect(argv.slice(2).every((address, i) => address === (argv[i + 1] as bigint) + 2n)).toBe(true);
    });

    it("arguments that leave no stack are refused with E2BIG, and the others run", async () => {
        const args = Array.from({ length: 1200 }, () => "x");
        const programs = [{ path: PATH, args }, { path: PATH }];
        const kernel = { vspaceStackSize: "16KiB" };
        const { report } = await runConfig({ machine: MACHINE, kernel, programs }, { audit: "every" });
        expect(report.programs[0]?.exit).not.toMatchObject({ code: 0 });
        expect(report.programs[1]?.exit).toEqual({ code: 0, signal: null });
    });
});
