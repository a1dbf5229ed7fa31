/** --gdb and --emit-elf with GDB itself (interface.md 9): what docs/debugging.md shows. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import { HUNG_MS } from "../limits.ts";
import { archipel, configFile, errorLines } from "./harness/cli.ts";

const GDB = "gdb-multiarch";
const missing = spawnSync(GDB, ["--version"]).status !== 0;
const folder = mkdtempSync(join(tmpdir(), "archipel-gdb-"));
afterAll(() => rmSync(folder, { recursive: true }));

const CONFIG = configFile("gdb.json", {
    machine: { mesh: [2, 1], hartsPerCluster: 2, bankSize: "4MiB" },
    programs: [{ path: "hello" }],
});

interface Done {
    readonly gdb: string;
    readonly out: string;
    readonly code: number | null;
}

function text(child: ChildProcess, stream: "stdout" | "stderr"): { readonly text: string } {
    const kept = { text: "" };
    child[stream]?.on("data", (bytes) => {
        kept.text += String(bytes);
    });
    return kept;
}

function over(child: ChildProcess): Promise<number | null> {
    return new Promise((resolve) => child.once("close", resolve));
}

/** Starts a run that waits for GDB, and GDB with the commands. */
async function debug(where: string, args: readonly string[], commands: readonly string[]): Promise<Done> {
    const run = spawn(process.execPath, [join(packageRoot(), "boot/start.mjs"), "boot", "--gdb", where, ...args], {
        timeout: HUNG_MS,
    });
    const [out, err] = [text(run, "stdout"), text(run, "stderr")];
    const ended = over(run);
    const listening = () => /gdb: listening on (?:unix:)?(\S+)/.exec(err.text)?.[1];
    while (listening() === undefined && run.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    const at = where.startsWith("unix:") ? listening() : `127.0.0.1:${listening()}`;
    const setup = ["set confirm off", "set architecture riscv:rv64", `target remote ${at}`, "set schedule-multiple on"];
    const gdb = spawn(GDB, ["-nx", "-q", "-batch", ...[...setup, ...commands].flatMap((command) => ["-ex", command])], {
        timeout: HUNG_MS,
    });
    const said = [text(gdb, "stdout"), text(gdb, "stderr")] as const;
    await over(gdb);
    const code = await ended;
    return { gdb: said.map((each) => each.text).join(""), out: out.text, code };
}

const hashOf = (out: string) => out.trimEnd().split("\n").at(-1);

describe.skipIf(missing)(`with ${GDB}`, () => {
    it("a session that only looks leaves the hash as it is: lines, steps, breakpoints, watchpoints, back and forth", async () => {
        const plain = await archipel("boot", CONFIG, "--emit-elf", folder);
        expect(readdirSync(folder).sort()).toEqual(["hello.elf", "kernel.elf"]);
        const done = await debug(
            "0",
            [CONFIG],
            [
                `file ${join(folder, "kernel.elf")}`,
                "break kernel/main/kernel_main",
                "continue",
                "backtrace 1",
                "stepi",
                "reverse-stepi",
                "print/x $priv",
                "continue",
                "reverse-continue",
                "info threads",
                "monitor info harts",
                "monitor info frames",
                "delete",
                "watch -l *(long*)($sp-8)",
                "continue",
                "reverse-continue",
                "delete",
                "detach",
            ],
        );
        expect(done.gdb).toMatch(/hit Breakpoint 1, (kernel\/main\/)?kernel_main \(\) at kernel\/main\.ts:\d+/);
        expect(done.gdb).toContain("= 0x1");
        expect(done.gdb).toMatch(/Thread 2\.3 \(hart 2, /);
        expect(done.gdb).toContain("hart 3, cluster 1: machine");
        expect(done.gdb).toContain("cluster 1: ");
        expect(done.gdb).toContain("Hardware watchpoint 2");
        expect(done.gdb).not.toMatch(/Remote failure|Ignoring packet error|internal-error/);
        expect([done.code, hashOf(done.out)]).toEqual([0, hashOf(plain.out)]);
    });

    it("a program by its lines, on a socket of its own, and the end of the run", async () => {
        const plain = await archipel("boot", CONFIG, "--emit-elf", folder);
        const done = await debug(
            `unix:${join(folder, "socket")}`,
            [CONFIG],
            [
                `file ${join(folder, "hello.elf")}`,
                "break userland/programs/hello/main",
                "continue",
                "info symbol $pc",
                "monitor info vsl 1",
                "monitor info gpt 1 0",
                "monitor info vsl 99",
                "monitor info gpt 1",
                "delete",
                "continue",
                "reverse-stepi",
                "continue",
                "continue",
            ],
        );
        expect(done.gdb).toMatch(/hit Breakpoint 1, .*main \(\) at userland\//);
        expect(done.gdb).toMatch(
            /cluster 0 \(Z\): \d+ vsegs, by page\n(?: {2}.*\n)* {2}CODE +0x10 to 0x[0-9a-f]+ r-x\n/,
        );
        expect(done.gdb).toMatch(
            /cluster 0 \(Z\): root frame 0x[0-9a-f]+, \d+ entries\n(?: {2}.*\n)* {2}page 0x10: frame 0x[0-9a-f]+, bank 0, vr-xu/,
        );
        expect(done.gdb).toContain("no process 99 in any cluster");
        expect(done.gdb).toContain("info gpt needs PID CXY, as numbers");
        expect(done.gdb).toContain("the run has ended: halted");
        expect(done.gdb).toContain("exited normally");
        expect([done.code, hashOf(done.out)]).toEqual([0, hashOf(plain.out)]);
    });

    it("a thread alone does not run, and GDB says why", async () => {
        const done = await debug(
            "0",
            [CONFIG],
            ["set schedule-multiple off", "set scheduler-locking on", "continue", "kill"],
        );
        expect(done.gdb).toContain("the harts of this machine run by one schedule");
        expect(done.code).toBe(130);
    });
});

describe("command lines that are refused", () => {
    it.each([
        [["--gdb", "x"], 2, '--gdb is "x"; must be a port from 0 to 65535, or unix:PATH'],
        [["--gdb", "65536"], 2, '--gdb is "65536"; must be a port from 0 to 65535, or unix:PATH'],
        [
            ["--gdb", "0", "--audit", "all"],
            2,
            "--audit and --gdb exclude each other: the debugger may go back in the run",
        ],
        [
            ["--gdb", "unix:/nowhere/at/all"],
            71,
            expect.stringMatching(/^--gdb unix:\/nowhere\/at\/all: cannot be listened on \((EACCES|ENOENT)\)$/),
        ],
    ] as const)("%j", async (options, code, line) => {
        const result = await archipel("boot", CONFIG, ...options);
        expect([result.code, errorLines(result)]).toEqual([code, [line]]);
    });
});
