/** The utils zone: args and envs have the sizes that the config says (vmm-policy 6.1). */

import { expect, it } from "vitest";
import { EXITS } from "../../boot/report/exit-codes.ts";
import { E2BIG } from "../../kernel/abi/errno.ts";
import { archipel, configFile, errorLines } from "./harness/cli.ts";
import { guest } from "./harness/guest.ts";
import { programAt, reported, runConfig } from "./harness/run.ts";

const MACHINE = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "2MiB" };

/** What comes of an exec with strings of so many bytes. */
async function exec(argument: number, variable: number, kernel: object): Promise<string> {
    const program = { path: guest("exec"), args: [String(argument), String(variable)] };
    const outcome = await runConfig(
        { machine: MACHINE, kernel, programs: [program, { path: "hello" }] },
        { audit: "every" },
    );
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    const { output } = programAt(outcome, 0);
    return output.includes("hello: ok") ? "hello" : String(reported(programAt(outcome, 0)).execve?.[0]);
}

it.each([
    [5000, 10, {}, "hello"],
    [5000, 10, { vspaceArgsSize: "4KiB" }, `${-E2BIG}`],
    [10, 5000, { vspaceArgsSize: "4KiB" }, "hello"],
    [10, 5000, { vspaceEnvsSize: "4KiB" }, `${-E2BIG}`],
    [8000, 5000, { vspaceArgsSize: "40KiB", vspaceEnvsSize: "8KiB" }, "hello"],
])(
    "6.1: exec with an argument of %i bytes, an environment of %i, under %j gives %s",
    async (argument, variable, kernel, result) => {
        expect(await exec(argument, variable, kernel)).toBe(result);
    },
);

it("6.1: a program of the config whose arguments do not fit is an error of the config", async () => {
    const programs = [{ path: "hello", args: ["a".repeat(5000)] }];
    const kernel = { vspaceArgsSize: "4KiB" };
    const result = await archipel("boot", configFile("long-args", { machine: MACHINE, kernel, programs }));
    expect(result.code).toBe(EXITS.usage.code);
    expect(errorLines(result)).toEqual([
        "program hello: its arguments take 5039 bytes; must be at most 4096 (kernel.vspaceArgsSize)",
    ]);
    const fits = configFile("fitting-args", { machine: MACHINE, programs });
    expect((await archipel("boot", fits)).code).toBe(EXITS.ok.code);
});
