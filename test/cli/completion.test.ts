/** Completion scripts: all commands and options are in them, and the shells that are installed take them. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BOOT_COMMAND } from "../../boot/cli/boot-command.ts";
import { runCommandLine } from "../../boot/cli/command-line.ts";
import { SWEEP_COMMAND } from "../../boot/cli/sweep-command.ts";
import { keptStreams } from "./fake-report.ts";

let folder = "";
beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "archipel-completion-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function script(shell: string): Promise<string> {
    const streams = keptStreams();
    expect(await runCommandLine(["completion", shell], streams)).toBe(0);
    return streams.kept.out;
}

const has = (shell: string) => spawnSync(shell, ["--version"]).status === 0;

describe.each(["bash", "zsh", "fish"])("%s", (shell) => {
    it("knows every command and option", async () => {
        const text = await script(shell);
        for (const { options } of [BOOT_COMMAND, SWEEP_COMMAND]) {
            for (const { name } of options) expect(text).toContain(shell === "fish" ? ` -l ${name} ` : `--${name}`);
        }
        for (const name of ["boot", "sweep", "dsm", "report", "top", "view", "bench", "cc", "completion"])
            expect(text).toMatch(new RegExp(`\\b${name}\\b`));
    });

    it.skipIf(!has(shell))("the shell takes it", async () => {
        const file = join(folder, `completion.${shell}`);
        writeFileSync(file, await script(shell));
        const { status, stderr } = spawnSync(shell, ["-n", file], { encoding: "utf8" });
        expect([status, stderr]).toEqual([0, ""]);
    });
});

it("bash completes commands, options and files", async () => {
    const file = join(folder, "completion.sh");
    writeFileSync(join(folder, "a-config.json"), "{}");
    writeFileSync(file, await script("bash"));
    const complete = (...words: readonly string[]): string[] => {
        const code = `source ${file}; cd ${folder}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _archipel archipel '${words.at(-1)}'; printf '%s\\n' "\${COMPREPLY[@]}"`;
        return spawnSync("bash", ["-c", code], { encoding: "utf8" }).stdout.trim().split("\n");
    };
    expect(complete("archipel", "sw")).toEqual(["sweep"]);
    expect(complete("archipel", "boot", "--jit-t")).toEqual(["--jit-threshold"]);
    expect(complete("archipel", "boot", "a-c")).toEqual(["a-config.json"]);
});

it("an unknown shell is one line", async () => {
    const streams = keptStreams();
    expect(await runCommandLine(["completion", "csh"], streams)).toBe(2);
    expect(streams.kept.err).toBe('archipel: error: SHELL is "csh"; must be one of bash, zsh, fish\n');
});
