/**
 * Malformed input of every kind, field by field and drawn by a seed: whatever it is, the end is one that interface.md 3 names, and
 * never 70, which is a bug of ours.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadProgram } from "../../boot/build/program-image.ts";
import { loadBareMachine } from "../../boot/cli/bare-machine.ts";
import { buildAndBoot } from "../../boot/cli/build-and-boot.ts";
import { describeFailure } from "../../boot/cli/failure.ts";
import { enumerateCells } from "../../boot/cli/sweep/cells.ts";
import { loadExperiment } from "../../boot/cli/sweep/experiment.ts";
import { EXITS } from "../../boot/report/exit-codes.ts";
import { TURN_DEFAULTS } from "../../boot/system/bare-machine.ts";
import { parseConfig } from "../../configs/check.ts";
import { mapRow } from "../../emu/mem/map.ts";
import { assemble } from "../../toolchain/asm/assemble.ts";
import { writeElf } from "../../toolchain/link/elf.ts";
import { link } from "../../toolchain/link/link.ts";
import { HUNG_SECONDS } from "../limits.ts";
import { archipel, errorLines, HOST_TRACE } from "../system/harness/cli.ts";
import { elfOf, guestImage, programSource } from "../system/harness/guest.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const SEED = 20_260_101;

let folder = "";
beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "archipel-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Numbers below n, by a linear congruence (Knuth's MMIX). */
function numbers(seed: number): (n: number) => number {
    let state = BigInt(seed);
    return (n) => {
        state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
        return Number((state >> 33n) % BigInt(n));
    };
}

/** What a failure is to the user; "none" when there was none. Anything nobody foresaw fails here, with what was done. */
async function exitOf(what: string, action: () => unknown): Promise<string> {
    try {
        await action();
        return "none";
    } catch (error) {
        const { exit, lines } = describeFailure(error);
        if (exit === "internal") throw new Error(`${what}: ${lines.join("; ")}`, { cause: error });
        for (const line of lines) expect(line, what).not.toBe("");
        return exit;
    }
}

// ---- ELF files

const PROGRAM = elfOf(guestImage("many-threads", programSource("many-threads")));

/** A bare-metal guest with a symbol table that ends at once. */
function bareGuest(): Uint8Array {
    const text =
        ".globl _start\n_start: li t0, 0x100000\nli t1, 0x5555\nsw t1, 0(t0)\n1: j 1b\n.data\n.balign 8\n.globl tohost\ntohost: .dword 0\n";
    const flags = { read: true, write: true, execute: true };
    const segments = [{ name: "ram", address: mapRow("banks").base, sections: [".text", ".data"], flags }];
    return writeElf(link([assemble(text, "guest.S")], { segments, entry: "_start" }));
}

type Field = readonly [offset: number, width: number];

/** Every field of the ELF header, the program headers and the section headers (System V ABI). */
function fieldsOf(elf: Uint8Array): Field[] {
    const view = new DataView(elf.buffer);
    const sections = Number(view.getBigUint64(40, true));
    const at = (start: number, offsets: readonly number[], widths: readonly number[]) =>
        offsets.map((offset, i): Field => [start + offset, widths[i] ?? 0]);
    const header = at(0, [16, 18, 20, 24, 32, 40, 48, 52, 54, 56, 58, 60, 62], [2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2]);
    const program = (i: number) => at(64 + 56 * i, [0, 4, 8, 16, 24, 32, 40, 48], [4, 4, 8, 8, 8, 8, 8, 8]);
    const section = (i: number) =>
        at(sections + 64 * i, [0, 4, 8, 16, 24, 32, 40, 44, 48, 56], [4, 4, 8, 8, 8, 8, 4, 4, 8, 8]);
    return [
        ...header,
        ...Array.from({ length: view.getUint16(56, true) }, (_, i) => program(i)).flat(),
        ...Array.from({ length: view.getUint16(60, true) }, (_, i) => section(i)).flat(),
    ];
}

const EDGES = [
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    127,
    128,
    255,
    4095,
    4096,
    0x10000,
    0x3fffff,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
];
const VALUES = [
    ...EDGES.map(BigInt),
    2n ** 52n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 63n - 1n,
    2n ** 63n,
    2n ** 64n - 4096n,
    2n ** 64n - 1n,
];

function withField(elf: Uint8Array, [offset, width]: Field, value: bigint): Uint8Array {
    const copy = Uint8Array.from(elf);
    for (let i = 0; i < width; i++) copy[offset + i] = Number((value >> BigInt(8 * i)) & 255n);
    return copy;
}

/** Every field with every value, then random bytes changed. */
function* malformed(elf: Uint8Array, random: number): Generator<readonly [what: string, bytes: Uint8Array]> {
    for (const field of fieldsOf(elf)) {
        for (const value of VALUES) yield [`field at ${field[0]} is ${value}`, withField(elf, field, value)];
    }
    const draw = numbers(SEED);
    for (let i = 0; i < random; i++) {
        const copy = Uint8Array.from(elf);
        for (let changes = 1 + draw(8); changes > 0; changes--) copy[draw(copy.length)] = draw(256);
        yield [`random change ${i}`, copy];
    }
}

describe("an ELF file with any header field at any edge, or with random bytes", () => {
    it("as a program: it can be run, or is a bad input file", async () => {
        const file = join(folder, "program.elf");
        const ends = new Set<string>();
        for (const [what, bytes] of malformed(PROGRAM, NIGHTLY ? 20_000 : 1000)) {
            writeFileSync(file, bytes);
            ends.add(await exitOf(what, () => loadProgram(file, ["/"])));
        }
        expect(ends).toEqual(new Set(["none", "input"]));
    });

    it("as a bare-metal guest: it runs, or is a bad input file", async () => {
        const file = join(folder, "bare.elf");
        const ends = new Set<string>();
        const bounds = { maxInstructions: 2000, timeoutSeconds: HUNG_SECONDS };
        const limits = { bounds, maxMemory: 2 ** 32, engine: {}, json: undefined };
        const request = {
            file,
            mesh: [1, 1] as const,
            harts: 1,
            memory: 2 ** 16,
            seed: 1,
            turns: TURN_DEFAULTS,
            ...limits,
        };
        for (const [what, bytes] of malformed(bareGuest(), NIGHTLY ? 5000 : 200)) {
            writeFileSync(file, bytes);
            const run = async () => (await loadBareMachine(request, () => {})).step(2000, 2000);
            ends.add(await exitOf(what, run));
        }
        expect(ends).toEqual(new Set(["none", "input"]));
    });

    it.each([0, 0x8000_0000, 0x8001_0000, 0x4000_0000])("an empty segment at %i loads nothing", async (address) => {
        const elf = bareGuest();
        const grown = new Uint8Array(elf.length + 112);
        grown.set(elf);
        grown.set(elf.subarray(64, 120), elf.length);
        grown.copyWithin(elf.length + 56, elf.length, elf.length + 56);
        const view = new DataView(grown.buffer);
        view.setBigUint64(32, BigInt(elf.length), true);
        view.setUint16(56, 2, true);
        const second = elf.length + 56;
        for (const [at, value] of [
            [16, address],
            [24, address],
            [32, 0],
            [40, 0],
        ] as const)
            view.setBigUint64(second + at, BigInt(value), true);
        const file = join(folder, "empty.elf");
        writeFileSync(file, grown);
        const { code } = await archipel("boot", "--elf", file, "--memory", "64KiB");
        expect(code).toBe(0);
    });
});

// ---- Configs and experiments

const NASTY = [
    ...["null", "true", "[]", "{}", '""', "0", "-0", "-1", "1.5", "1e308", "1e999", "-1e999", "9007199254740993"],
    ...['"1e3"', '"NaN"', '"128MiB"', '"99999999999GiB"', '"\\u0000"', '"__proto__"', '{"__proto__":1}', "[[1,1]]"],
    `"${"x".repeat(100_000)}"`,
    `${"[".repeat(60)}${"]".repeat(60)}`,
    `${'{"a":'.repeat(60)}1${"}".repeat(60)}`,
    `${"[".repeat(100_000)}`,
    `[${"1,".repeat(5000)}1]`,
];

/** The document with each of its values replaced by each nasty one, as texts: JSON.stringify could not write them. */
function* nastyTexts(document: unknown): Generator<readonly [what: string, text: string]> {
    for (const path of pathsOf(document)) {
        for (const [i, nasty] of NASTY.entries())
            yield [`${path.join("/")} is nasty ${i}`, textWith(document, path, nasty)];
    }
}

function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
    if (typeof value !== "object" || value === null) return [path];
    return [path, ...Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]))];
}

function textWith(value: unknown, [step, ...rest]: readonly string[], nasty: string): string {
    if (step === undefined) return nasty;
    const child = (key: string, each: unknown) => (key === step ? textWith(each, rest, nasty) : JSON.stringify(each));
    if (Array.isArray(value)) return `[${value.map((each, i) => child(String(i), each)).join(",")}]`;
    const entries = Object.entries(value as object).map(([key, each]) => `${JSON.stringify(key)}:${child(key, each)}`);
    return `{${entries.join(",")}}`;
}

const BROKEN = [
    "",
    " ",
    "{",
    "}",
    "[",
    '"',
    "nul",
    "NaN",
    "{}x",
    "{,}",
    '{"a":1,"a":2}',
    '{"a"}',
    "01",
    "+1",
    "1.",
    "\uFEFF",
    "\u0000",
];
const MACHINE = {
    mesh: [1, 1],
    hartsPerCluster: 1,
    bankSize: "1MiB",
    quantum: 1000,
    scheduler: "rounds",
    fidelity: "functional",
};
const CONFIG = {
    machine: { ...MACHINE, clustersWithoutHarts: [], clustersWithoutMemory: [], tlbEntries: 16, tlbWays: 4 },
    kernel: { vspaceStackSize: "64KiB", pthreadMaxNr: 4, heap: "lsb", livelockCycles: 0, rpcJitter: 0 },
    programs: [
        {
            path: "hello",
            args: ["x"],
            cluster: 0,
            nodes: 1,
            hosts: [0],
            threads: 1,
            env: { A: "b" },
            cwd: "/",
            stdin: "a",
        },
    ],
    seed: 1,
    accounting: "off",
};
const EXPERIMENT = {
    title: "t",
    text: "x",
    base: { machine: MACHINE, programs: [{ path: "hello" }] },
    grid: [{ "machine.mesh": [[1, 1]], "machine.quantum": [10] }],
    seeds: [1, 2],
    where: ["machine/quantum > 1 || 2 > 1"],
    metrics: [{ name: "m", value: "sum(/clusters/*/rpcs/sent) / 2", unit: "u" }],
    limits: { timeoutSeconds: 1, maxInstructions: 1000 },
};

describe("a JSON file with any value replaced, or broken text", () => {
    it("as a config: it is one, or each of its faults has a line", async () => {
        const valid: string[] = [];
        for (const [what, text] of [...nastyTexts(CONFIG), ...BROKEN.map((each) => [each, each] as const)]) {
            const end = await exitOf(what, () => parseConfig(text, "config.json"));
            expect(["none", "usage"], what).toContain(end);
            if (end === "none") valid.push(text);
        }
        // Those that are configs make a machine that begins to run, or are refused with a reason; some of them, drawn.
        const draw = numbers(SEED);
        for (let i = 0; i < (NIGHTLY ? valid.length : 12); i++) {
            const text = valid[NIGHTLY ? i : draw(valid.length)] ?? "";
            const config = parseConfig(text, "config.json");
            if (config.machine.mesh[0] * config.machine.mesh[1] * config.machine.bankSize > 2 ** 28) continue;
            const loaded = { config, file: "config.json", directory: folder };
            const hooks = { onConsole: () => {}, onPhase: () => {} };
            const end = await exitOf(text.slice(0, 300), async () =>
                (await buildAndBoot(loaded, hooks)).step(5000, 5000),
            );
            expect(["none", "usage", "input", "maxMemory"], text.slice(0, 300)).toContain(end);
        }
    });

    it("as an experiment: it is one, or each of its faults has a line", async () => {
        const file = join(folder, "experiment.json");
        for (const [what, text] of [...nastyTexts(EXPERIMENT), ...BROKEN.map((each) => [each, each] as const)]) {
            writeFileSync(file, text);
            const end = await exitOf(what, () => enumerateCells(loadExperiment(file)));
            expect(["none", "usage"], what).toContain(end);
        }
    });

    it.each([
        ["plus", `1${"+1".repeat(12_000)}`],
        ["alternatives", `1${" ?? 1".repeat(12_000)}`],
        ["minus", `${"-".repeat(12_000)}1`],
        ["brackets", `${"(".repeat(12_000)}1${")".repeat(12_000)}`],
        ["not", `${"!".repeat(12_000)}true`],
        ["a path", "/a".repeat(12_000)],
        ["conditions", `/a/*${"[a/*".repeat(12_000)}`],
        ["calls", "sum(".repeat(12_000)],
    ])("an expression of 12,000 terms (%s) is one line that names the bound", async (_, value) => {
        const file = join(folder, "long.json");
        writeFileSync(file, JSON.stringify({ ...EXPERIMENT, metrics: [{ name: "m", value }] }));
        const result = await archipel("sweep", file, "--list");
        expect(result.code).toBe(EXITS.usage.code);
        expect(errorLines(result)).toEqual([
            expect.stringMatching(/nested deeper than 64 levels|longer than 1000 terms/),
        ]);
    });
});

// ---- Command lines

const WORDS = [
    ...[
        "boot",
        "sweep",
        "dsm",
        "cc",
        "bench",
        "",
        "-",
        "--",
        "---",
        "-n",
        "-H",
        "-l",
        "-h",
        "--json",
        "--json=",
        "--set",
        "--set=",
    ],
    ...[
        "machine.mesh=[1",
        "machine=1",
        "a.b.c=1",
        "__proto__.x=1",
        "programs.9999999.path=x",
        "=",
        "--seed",
        "-1",
        "1e999",
        "NaN",
    ],
    ...[
        "0x10",
        "--program",
        '"',
        "--program=",
        "--elf",
        "/dev/null",
        "/",
        "--harts",
        "1e9",
        "--memory",
        "1PiB",
        "--timeout",
        "--jobs",
    ],
    ...[
        "--max-instructions",
        "99999999999999999999",
        "--max-memory",
        "0",
        "--cell",
        "--list",
        "--out",
        "/dev/null/x",
        "\u0000",
        "é",
    ],
    ...["--audit", "--engine", "--nodes", "--filter", "nothing of that name", "/no/such/file", "--help", "--version"],
];

it("command lines drawn from words that mean something elsewhere: a code of the table, an error in lines, no trace", async () => {
    const draw = numbers(SEED);
    for (let i = 0; i < (NIGHTLY ? 5000 : 400); i++) {
        const words = Array.from({ length: 1 + draw(5) }, () => WORDS[draw(WORDS.length)] ?? "");
        // So that whatever is a run after all is a short one.
        const args = ["boot", "dsm"].includes(words[0] ?? "")
            ? [words[0] ?? "", "--max-instructions=1000", ...words.slice(1)]
            : words;
        const result = await archipel(...args);
        expect(result.code, JSON.stringify(args)).not.toBe(70);
        expect(result.err, JSON.stringify(args)).not.toMatch(HOST_TRACE);
        if (result.code !== 0) expect(errorLines(result).length, JSON.stringify(args)).toBeGreaterThan(0);
    }
});
