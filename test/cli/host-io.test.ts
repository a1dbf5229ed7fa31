/** The process and its host: streams and files that cannot be written, signals, temporary files, colours (interface.md 2). */

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wantsColor } from "../../boot/cli/output.ts";
import { packageRoot } from "../../boot/package-root.ts";
import { mapRow } from "../../emu/mem/map.ts";
import { assemble } from "../../toolchain/asm/assemble.ts";
import { writeElf } from "../../toolchain/link/elf.ts";
import { link } from "../../toolchain/link/link.ts";

let folder = "";
beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "archipel-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const SMALL = ["--set", "machine.mesh=[1,1]", "--set", "machine.bankSize=1MiB"];
const HELLO = ["boot", "--program", "hello", ...SMALL];

interface Ended {
    readonly code: number | null;
    readonly out: string;
    readonly errors: readonly string[];
}

interface Started {
    readonly child: ChildProcess;
    readonly ended: Promise<Ended>;
    /** Resolves once stderr has shown the text, or at the end. */
    shows(text: string): Promise<void>;
}

/** The command line as users start it. `stdio`: of stdin and stdout, a file descriptor or "pipe". */
function start(
    args: readonly string[],
    env: object = {},
    stdio: readonly ("ignore" | "pipe" | number)[] = [],
): Started {
    const [input = "ignore", output = "pipe"] = stdio;
    const child = spawn(process.execPath, ["boot/start.mjs", ...args], {
        cwd: packageRoot(),
        env: { ...process.env, ...env },
        stdio: [input, output, "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        out += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        err += text;
    });
    const lines = () => err.split("\n").flatMap((line) => line.match(/^archipel: error: (.*)$/)?.[1] ?? []);
    const ended = new Promise<Ended>((resolve) => {
        child.on("close", (code) => resolve({ code, out, errors: lines() }));
    });
    const shows = (text: string) =>
        new Promise<void>((resolve) => {
            child.stderr?.on("data", () => err.includes(text) && resolve());
            child.on("close", () => resolve());
        });
    return { child, ended, shows };
}

function documentOf(file: string): { exit: { code: number; reason: string }; stateHash: string | null } {
    return JSON.parse(readFileSync(file, "utf8"));
}

describe("what cannot be written", () => {
    it("stdout on a full disk: one line, exit 71, and --json says so", async () => {
        const full = openSync("/dev/full", "w");
        const json = join(folder, "full.json");
        const { code, errors } = await start([...HELLO, "--json", json], {}, ["ignore", full]).ended;
        closeSync(full);
        expect([code, errors]).toEqual([71, ["stdout: cannot be written (ENOSPC)"]]);
        expect(documentOf(json).exit).toMatchObject({ code: 71, reason: "output" });
    });

    it("--json on a full disk: the state hash is there, then one line and exit 71", async () => {
        const { code, out, errors } = await start([...HELLO, "--json", "/dev/full"]).ended;
        expect([code, errors]).toEqual([71, ["--json /dev/full: cannot be written (ENOSPC)"]]);
        expect(out).toMatch(/\nstate hash: [0-9a-f]{64}\n$/);
    });

    it("the DSM log on a full disk: one line and exit 71", async () => {
        const { code, errors } = await start(["dsm", "-n", "2", "-l", "/dev/full", "share"]).ended;
        expect([code, errors]).toEqual([71, ["--log /dev/full: cannot be written (ENOSPC)"]]);
    });

    it("stdout whose reader goes away: no word, exit 141, and --json says so", async () => {
        const json = join(folder, "closed.json");
        const { child, ended } = start([...HELLO, "--json", json]);
        child.stdout?.once("data", () => child.stdout?.destroy());
        child.stdout?.destroy();
        const { code, errors } = await ended;
        expect([code, errors]).toEqual([141, []]);
        expect(documentOf(json).exit).toMatchObject({ code: 141, reason: "closed" });
    });
});

it("a stdin that cannot be read is a bad input file", async () => {
    const input = openSync("/", "r");
    const { code, errors } = await start(["boot", "--elf", endlessGuest()], {}, [input]).ended;
    closeSync(input);
    expect([code, errors]).toEqual([3, ["stdin: cannot be read: it is a directory"]]);
});

/** A bare-metal guest that says so and then runs for ever. */
function endlessGuest(): string {
    const text = ".globl _start\n_start: li t0, 0x10000000\nli t1, 'A'\nsb t1, 0(t0)\n1: j 1b\n";
    const flags = { read: true, write: false, execute: true };
    const segments = [{ name: "ram", address: mapRow("banks").base, sections: [".text"], flags }];
    const file = join(folder, "endless.elf");
    writeFileSync(file, writeElf(link([assemble(text, "guest.S")], { segments, entry: "_start" })));
    return file;
}

describe("a signal", () => {
    it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
        "%s while the kernel is compiled: exit 130, --json, no child process and no temporary file is left",
        async (signal) => {
            const [cache, scratch, json] = ["cache", "scratch", "run.json"].map((name) => join(folder, signal + name));
            for (const each of [cache, scratch]) mkdirSync(each as string);
            const env = { ARCHIPEL_CACHE: cache, TMPDIR: scratch };
            const { child, ended, shows } = start([...HELLO, "--json", json as string], env);
            await shows("archipel: kernel");
            child.kill(signal);
            const { code, errors } = await ended;
            expect([code, errors]).toEqual([130, ["interrupted"]]);
            expect(documentOf(json as string)).toMatchObject({
                exit: { code: 130, reason: "interrupted" },
                stateHash: null,
            });
            expect(readdirSync(scratch as string).filter((name) => name.startsWith("archipel"))).toEqual([]);
            expect(commandLines().filter((line) => line.includes(scratch as string))).toEqual([]);
        },
    );

    it("while a guest runs: exit 130 between two steps, and --json", async () => {
        const json = join(folder, "running.json");
        const { child, ended } = start(["boot", "--elf", endlessGuest(), "--json", json]);
        child.stdout?.once("data", () => child.kill("SIGHUP"));
        expect([(await ended).code, documentOf(json).exit.reason]).toEqual([130, "interrupted"]);
    });
});

/** Of all processes; none where the host has no /proc. */
function commandLines(): string[] {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid) => {
        try {
            return [readFileSync(`/proc/${pid}/cmdline`, "utf8")];
        } catch {
            return []; // It has ended.
        }
    });
}

it("colours are for terminals, and for nobody who set NO_COLOR", () => {
    expect([{}, { NO_COLOR: "" }, { NO_COLOR: "1" }].map((env) => wantsColor(true, env))).toEqual([true, true, false]);
    expect(wantsColor(false, {})).toBe(false);
    expect(
        [{ FORCE_COLOR: "1" }, { FORCE_COLOR: "0" }, { FORCE_COLOR: "1", NO_COLOR: "1" }].map((env) =>
            wantsColor(false, env),
        ),
    ).toEqual([true, false, false]);
});
