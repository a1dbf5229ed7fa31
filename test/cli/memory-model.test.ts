/** The memory model from outside (docs/spec/memory-model.md 1.1, 1.4): options, and what is refused. */

import { expect, it } from "vitest";
import { BOOT_COMMAND, type BootParts, bootCommand } from "../../boot/cli/boot-command.ts";
import { parseCommandLine } from "../../boot/cli/options.ts";
import type { ElfRequest } from "../../boot/cli/run-elf.ts";
import { EXITS } from "../../boot/report/exit-codes.ts";
import { keptStreams } from "./fake-report.ts";

/** The exit code, the first error, and what a machine was asked for; no machine is made. */
async function boot(...args: string[]) {
    let turns: ElfRequest["turns"] | undefined;
    const parts: BootParts = {
        loadBootSystem: async () => () => Promise.reject(new Error("it would boot")),
        loadMakeBareMachine: async () => async (request) => {
            turns = request.turns;
            throw new Error("it would run");
        },
    };
    const streams = keptStreams();
    let code: number | undefined;
    let error = "";
    try {
        code = await bootCommand(parseCommandLine(BOOT_COMMAND, args), parts, streams);
        error = streams.kept.err.split("\n")[0] ?? "";
    } catch (thrown) {
        error = (thrown as Error).message;
    }
    return { code, error, turns };
}

const CONFIG = "configs/one-cluster.json";

it.each([
    [
        ["--set", "machine.memoryModel=rvwmo"],
        `${CONFIG}: /machine/memoryModel is "rvwmo" (from the command line); must be "sc", "tso" or "pso" (e.g. "pso")`,
    ],
    [
        ["--set", "machine.storeBuffer=65"],
        `${CONFIG}: /machine/storeBuffer is 65 (from the command line); must be an integer from 1 to 64 (e.g. 8)`,
    ],
    [
        ["--memory-model", "tso", "--set", "machine.fidelity=timing"],
        `${CONFIG}: /machine/memoryModel is "tso" (from the command line); must be "sc" with fidelity "timing", whose model has no store buffers (e.g. "sc")`,
    ],
    [
        ["--memory-model", "pso", "--engine", "jit"],
        `${CONFIG}: /machine/memoryModel is "pso"; must be "sc" with --engine jit, which has no store buffers (or --engine auto)`,
    ],
    [
        ["--memory-model", "pso", "--audit", "all"],
        `${CONFIG}: /machine/memoryModel is "pso"; must be "sc" with --audit memory and contents, which look into turns (or --audit every,waits)`,
    ],
])("1.1, 1.4 boot CONFIG %j is refused in one line", async (args, message) => {
    const { code, error } = await boot(CONFIG, ...args);
    expect(error.replace("archipel: error: ", "")).toBe(message);
    expect([undefined, EXITS.usage.code]).toContain(code);
});

it.each([
    [["--memory-model", "tso", "--engine", "jit"], "--memory-model is tso; must be sc with --engine jit"],
    [["--store-buffer", "65"], "--store-buffer is 65; must be at most 64"],
    [["--memory-model", "weak"], "--memory-model"],
])("1.1, 1.4 boot --elf %j is refused", async (args, message) => {
    expect((await boot("--elf", "x.elf", ...args)).error).toContain(message);
});

it("1.1 boot --elf has a config's defaults, and the options", async () => {
    expect((await boot("--elf", "x.elf")).turns).toMatchObject({ memoryModel: "sc", storeBuffer: 8 });
    const args = ["--memory-model", "pso", "--store-buffer", "3"];
    expect((await boot("--elf", "x.elf", ...args)).turns).toMatchObject({ memoryModel: "pso", storeBuffer: 3 });
});
