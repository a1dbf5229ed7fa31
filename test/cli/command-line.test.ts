/** The command line: help, version, usage errors and their exit code 2. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BENCH_COMMAND } from "../../boot/cli/bench-command.ts";
import { BOOT_COMMAND } from "../../boot/cli/boot-command.ts";
import { runCommandLine } from "../../boot/cli/command-line.ts";
import { DSM_COMMAND } from "../../boot/cli/dsm-command.ts";
import { parseCommandLine } from "../../boot/cli/options.ts";
import { REPORT_COMMAND } from "../../boot/cli/report-command.ts";
import { SWEEP_COMMAND } from "../../boot/cli/sweep-command.ts";
import { EXITS, type ExitName } from "../../boot/report/exit-codes.ts";
import { keptStreams } from "./fake-report.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const streams = keptStreams();
    return { code: await runCommandLine(args, streams), ...streams.kept };
}

describe("--help and --version", () => {
    it.each([BOOT_COMMAND, SWEEP_COMMAND, DSM_COMMAND, REPORT_COMMAND, BENCH_COMMAND])(
        "$name --help lists every option, its default and the exit codes",
        async (command) => {
            const { code, out, err } = await run(command.name, "--help");
            expect([code, err]).toEqual([0, ""]);
            for (const option of command.options) {
                const names = `${option.short === undefined ? "" : `-${option.short}, `}--${option.name}`;
                const line = out.split("\n").find((text) => text.startsWith(`  ${names} `));
                expect(line).toContain(option.help);
                if (option.default !== undefined) expect(line).toContain(`default ${option.default}`);
            }
            const shown = (exit: { code: number; meaning: string }) =>
                out.includes(`${String(exit.code).padStart(3)}  ${exit.meaning}`);
            const own = command.exits ?? (Object.keys(EXITS) as ExitName[]);
            const any = ["ok", "usage", "internal", "output", "interrupted", "closed"];
            for (const [name, exit] of Object.entries(EXITS))
                expect([name, shown(exit)]).toEqual([name, any.includes(name) || own.includes(name as ExitName)]);
            for (const [line] of command.examples) expect(out).toContain(`\n  archipel ${line}\n`);
        },
    );

    it("the exit codes are those of interface.md 3", () => {
        const spec =
            readFileSync(`${ROOT}/docs/spec/interface.md`, "utf8").match(/## 3\. Exit codes\n([^#]*)/)?.[1] ?? "";
        const codes = [...spec.matchAll(/(?:^|; |\n)(\d+) /g)].map((match) => Number(match[1]));
        const ours = Object.values(EXITS).map(({ code }) => code);
        expect(codes.length).toBeGreaterThan(9);
        for (const code of codes) expect(ours).toContain(code);
    });

    it("archipel --help names the commands, --version the version", async () => {
        expect((await run("--help")).out).toMatch(
            / {2}boot .*\n {2}sweep .*\n {2}dsm .*\n {2}report .*\n {2}top .*\n {2}view .*\n {2}bench /,
        );
        expect((await run("--version")).out).toMatch(/^\d+\.\d+\.\d+\n(commit [0-9a-f]{40}(-dirty)?\n)?$/);
        expect((await run("boot", "--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    });
});

/** A command line and the error line it earns. */
const USAGE: readonly (readonly [string[], string])[] = [
    [
        [],
        "a command is missing: one of boot, sweep, dsm, report, top, view, bench, cc, completion; see archipel --help",
    ],
    [["bot"], 'unknown command "bot"; did you mean boot?'],
    [["boot", "--seeed", "1"], "unknown option --seeed; did you mean --seed?"],
    [["boot", "--frobnicate"], "unknown option --frobnicate; see archipel boot --help"],
    [["boot", "-x"], "unknown option -x; see archipel boot --help"],
    [["boot", "--track", "x"], "unknown option --track; did you mean --trace?"],
    [["boot", "a.json", "b.json"], 'unexpected argument "b.json"; see archipel boot --help'],
    [["boot", "--seed"], "--seed needs a value: --seed N"],
    [["boot", "--json", "--elf", "x"], "--json needs a value, found --elf"],
    [["boot", "--help=yes"], "--help takes no value"],
    [["boot", "--timeout", "1", "--timeout", "2"], "--timeout is given twice"],
    [["boot", "--timeout", "soon"], '--timeout is "soon"; must be a number from 0 up'],
    [["boot", "--max-instructions", "1.5"], '--max-instructions is "1.5"; must be an integer from 1 up'],
    [["boot", "--max-memory", "lots"], '--max-memory is "lots"; must be a size (e.g. 128MiB)'],
    [["boot", "--engine", "fast"], '--engine is "fast"; must be one of interpreter, jit, auto'],
    [["boot", "--jit-region", "401"], "--jit-region is 401; must be at most 400"],
    [["boot", "--jit-threshold", "0"], '--jit-threshold is "0"; must be an integer from 1 up'],
    [["boot", "--harts", "2"], "--harts: only with --elf, --trace-commits or --trace-asm"],
    [["boot", "--elf", "x", "--harts", "0"], '--harts is "0"; must be an integer from 1 up'],
    [["boot", "--elf", "x", "--harts", "1025"], "--harts is 1025; must be at most 1024"],
    [
        ["boot", "--elf", "x", "--memory", "5000"],
        "--memory is 5000B; must be a multiple of 4KiB of at least 64KiB (e.g. 128MiB)",
    ],
    [["boot", "--elf", "x", "--set", "a=1"], "--set: not with --elf, which has neither config nor kernel"],
    [
        ["boot", "-bios", "x", "-smp", "3", "--clusters", "2x1"],
        "--harts is 3; must be a multiple of 2 clusters (e.g. 4)",
    ],
    [
        ["boot", "--elf", "x", "--clusters", "2"],
        '--clusters is "2"; must be columns x rows, at most 256 clusters (e.g. 2x2)',
    ],
    [
        ["boot", "--elf", "x", "--clusters", "3x1", "-m", "256M"],
        "--memory is 256MiB; each of 3 clusters must get a power of two of at least 1MiB (e.g. 384MiB)",
    ],
    [
        ["boot", "--elf", "x", "--clusters", "3x1", "-m", "256"],
        "--memory is 256MiB; each of 3 clusters must get a power of two of at least 1MiB (e.g. 384MiB)",
    ],
    [
        ["boot", "--elf", "x", "--memory", "256"],
        "--memory is 256B; must be a multiple of 4KiB of at least 64KiB (e.g. 128MiB)",
    ],
    [
        ["boot", "--elf", "x", "--load", "data"],
        '--load is "data"; must be a file, @ and an address (e.g. data.bin@0x84000000)',
    ],
    [
        ["boot", "--elf", "x", "--dtb", "y.dtb", "--append", "quiet"],
        "--append: not with --dtb; write it into /chosen of y.dtb",
    ],
    [["boot", "-kernel", "x"], "--kernel: only with --elf"],
    [
        ["boot", "--elf", "x", "--drive", "disk.img,rw"],
        '--drive is "disk.img,rw"; must be a file, alone or with ,readonly or ,write (e.g. disk.img,readonly)',
    ],
    [
        ["boot", "--elf", "x", ...Array.from({ length: 8 }, () => ["--drive", "d"]).flat()],
        "--drive is given 8 times; must be at most 7",
    ],
    [["boot", "--elf", "x", "c.json"], "CONFIG and --elf exclude each other"],
    [["boot", "--elf", "x", "--json", "-"], "--json - with --elf: stdout is the UART's; name a file"],
    [["sweep"], "FILE is missing; see archipel sweep --help"],
    [["sweep", "no.json"], "no.json: cannot be read: there is no such file"],
    [["sweep", "x.json", "--list", "--cell", "0"], "--list and --cell exclude each other"],
    [["sweep", "x.json", "--jobs", "0"], '--jobs is "0"; must be an integer from 1 up'],
    [["sweep", "experiments/scaling.json", "--cell", "28"], "--cell is 28; must be from 0 to 27 (see --list)"],
    [["dsm"], "EXECUTABLE is missing; see archipel dsm --help"],
    [["dsm", "-n", "0", "share"], '--nodes is "0"; must be an integer from 1 up'],
    [["dsm", "-n", "1025", "share"], "--nodes is 1025; must be at most 1024"],
    [["dsm", "-n", "2", "-n", "3", "share"], "--nodes is given twice"],
    [["dsm", "-n"], "--nodes needs a value: --nodes N"],
    [["dsm", "-n", "-l", "x"], "--nodes needs a value, found -l"],
    [["dsm", "-q", "share"], "unknown option -q; see archipel dsm --help"],
    [["dsm", "--program", "share"], "unknown option --program; see archipel dsm --help"],
    [["dsm", "-H", "no.hosts", "share"], "--hosts no.hosts: cannot be read: there is no such file"],
    [["boot", "no.json"], "no.json: cannot be read: there is no such file"],
];

describe("usage errors end with 2 and one line", () => {
    it.each(USAGE)("%j", async (args, line) => {
        expect(await run(...args)).toEqual({ code: 2, out: "", err: `archipel: error: ${line}\n` });
    });

    it("several config errors are one line each", async () => {
        const { code, err } = await run("boot", "--set", "machine.quantum=0", "--set", "machine.bankSize=5");
        expect(code).toBe(2);
        expect(err.trimEnd().split("\n")).toEqual([
            expect.stringMatching(
                /^archipel: error: .*default.json: \/machine\/bankSize is 5 \(from the command line\); must be /,
            ),
            expect.stringMatching(
                /^archipel: error: .*default.json: \/machine\/quantum is 0 \(from the command line\); must be /,
            ),
        ]);
    });
});

it.each([
    [["boot", "--json", "/no/such/folder/x"], "--json /no/such/folder/x: cannot be written (ENOENT)"],
    [["boot", "--json", "/"], "--json /: cannot be written (EISDIR)"],
    [["dsm", "-l", "/no/such/folder/x", "share"], "--log /no/such/folder/x: cannot be written (ENOENT)"],
    [["bench", "--json", "/no/such/folder/x"], "--json /no/such/folder/x: cannot be written (ENOENT)"],
    [
        ["sweep", "experiments/scaling.json", "--out", "/dev/null/x"],
        "--out /dev/null/x: cannot be made a folder (ENOTDIR)",
    ],
])("what can be seen to be unwritable ends with 71 and one line before anything runs: %j", async (args, line) => {
    expect(await run(...args)).toEqual({ code: 71, out: "", err: `archipel: error: ${line}\n` });
});

describe("values", () => {
    it("repeatable options keep their order; --option=value works", () => {
        const values = parseCommandLine(BOOT_COMMAND, ["--set", "a=1", "--set=b=2", "c.json", "--seed=7"]);
        expect(values.list("set")).toEqual(["a=1", "b=2"]);
        expect(values.positionals).toEqual(["c.json"]);
        expect(values.text("seed")).toBe("7");
        expect(values.text("timeout")).toBe("600");
    });
});

it("the process ends with the code, without a stack trace", () => {
    const args = ["boot/start.mjs", "boot", "--nope"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
    expect({ status, stdout, stderr }).toEqual({
        status: 2,
        stdout: "",
        stderr: "archipel: error: unknown option --nope; see archipel boot --help\n",
    });
});
