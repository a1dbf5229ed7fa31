/**
 * Programs in C and C++ (.cc) for Linux, built with glibc by a stock compiler: each prints here what Linux prints. NAME.txt is what Linux prints,
 * and where this host is Linux with a compiler, that is tested, too. Lines at a program's head say how it is built and run:
 *
 *     // args: 4 x            its arguments
 *     // flags: -fopenmp      further options of the compiler
 *     // config: {"machine": {...}, "kernel": {...}, "seed": 2}
 *     // program: {"env": {...}, "cwd": ".", "stdin": "started.in"}   of the config; files and directories are beside the program
 *     // exit: 3              its exit code; default 0
 *     // signal: SIGSEGV      the signal that ends it
 *     // here: only           it asks for what Linux does not have, so no host is asked
 *     // rules: F8.1, F8.2     the rules of docs/spec that it tests
 */

import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import { runConfig } from "../system/harness/run.ts";

const FOLDER = join(packageRoot(), "test/linux/programs");
const CROSS = "riscv64-linux-gnu-gcc";
/** A program in C, or with .cc in C++. */
const SOURCE = /\.cc?$/;
const HOST = "gcc";
const MACHINE = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "16MiB" };

const has = (compiler: string) => spawnSync(compiler, ["--version"]).status === 0;
const isLinux = process.platform === "linux" && has(HOST);

let scratch = "";
beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "linux-"));
});
afterAll(() => rmSync(scratch, { recursive: true }));

interface Program {
    readonly name: string;
    /** The rules that it tests, if it names some, and its name. */
    readonly title: string;
    readonly source: string;
    readonly expected: string;
    readonly args: readonly string[];
    readonly flags: readonly string[];
    readonly config: { machine?: object; kernel?: object; seed?: number };
    readonly start: { env?: Record<string, string>; cwd?: string; stdin?: string };
    readonly exit: { readonly code: number | null; readonly signal: string | null };
    readonly hereOnly: boolean;
}

function readProgram(file: string): Program {
    const source = join(FOLDER, file);
    const head = new Map(
        [...readFileSync(source, "utf8").matchAll(/^\/\/ (\w+): (.*)$/gm)].map(([, key = "", value = ""]) => [
            key,
            value,
        ]),
    );
    const words = (key: string) => (head.get(key) ?? "").split(" ").filter((word) => word !== "");
    const signal = head.get("signal") ?? null;
    return {
        name: basename(file).replace(SOURCE, ""),
        title: `${head.has("rules") ? `${head.get("rules")}: ` : ""}${basename(file).replace(SOURCE, "")}`,
        source,
        expected: readFileSync(source.replace(SOURCE, ".txt"), "utf8"),
        args: words("args"),
        flags: words("flags"),
        config: JSON.parse(head.get("config") ?? "{}") as Program["config"],
        start: startOf(JSON.parse(head.get("program") ?? "{}") as Program["start"]),
        exit: { code: signal === null ? Number(head.get("exit") ?? 0) : null, signal },
        hereOnly: head.get("here") === "only",
    };
}

function startOf({ env, cwd, stdin }: Program["start"]): Program["start"] {
    return {
        ...(env === undefined ? {} : { env }),
        ...(cwd === undefined ? {} : { cwd: resolve(FOLDER, cwd) }),
        ...(stdin === undefined ? {} : { stdin: resolve(FOLDER, stdin) }),
    };
}

function build(compiler: string, { name, source, flags }: Program): string {
    const output = join(scratch, compiler === CROSS ? name : `${name}-host`);
    const options = ["-O2", "-static", "-pthread", "-Wno-unused-result", ...flags, "-o", output, source];
    const command = source.endsWith(".cc") ? compiler.replace("gcc", "g++") : compiler;
    const { status, stderr } = spawnSync(command, options, { encoding: "utf8", cwd: FOLDER });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    return output;
}

const programs = readdirSync(FOLDER)
    .filter((file) => SOURCE.test(file))
    .map(readProgram);

describe.skipIf(!has(CROSS))("programs for Linux, here", () => {
    it.each(programs)("$title prints what Linux prints, under all audits", async (program) => {
        const path = build(CROSS, program);
        const { machine, ...config } = program.config;
        const { console, report, message } = await runConfig(
            {
                machine: { ...MACHINE, ...machine },
                ...config,
                programs: [{ path, args: program.args, ...program.start }],
            },
            { audit: ["every", "memory", "waits", "contents"], limit: 2_000_000_000 },
        );
        const own = console.replace(/^\[kernel \d+\] .*\n/gm, "");
        expect({ message, own }).toEqual({ message: "", own: program.expected });
        expect(report.programs[0]?.exit).toEqual(program.exit);
    });
});

describe.skipIf(!isLinux)("programs for Linux, on this host", () => {
    it.each(programs.filter(({ hereOnly }) => !hereOnly))("$name prints what its .txt says", (program) => {
        const path = build(HOST, program);
        const { stdin, ...start } = program.start;
        // The standard input is a file, as in a config.
        const file = stdin === undefined ? "ignore" : openSync(stdin, "r");
        const options = { cwd: scratch, ...start, stdio: [file, "pipe", "pipe"] } satisfies SpawnSyncOptions;
        const { stdout, status, signal } = spawnSync(path, program.args, { ...options, encoding: "utf8" });
        if (file !== "ignore") closeSync(file);
        expect(stdout).toBe(program.expected);
        expect({ code: status, signal }).toEqual(program.exit);
    });
});
