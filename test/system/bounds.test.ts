/** Programs without an end: the run's bounds end them, each with its own exit code (interface.md 3). */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { archipel, archipelProcess, configFile, errorLines, HOST_TRACE } from "./harness/cli.ts";
import { GUEST_FOLDER, guest } from "./harness/guest.ts";

const MACHINE = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "2MiB" };
const HASH_LINE = /state hash: [0-9a-f]{64}\n$/;

function config(path: string): string {
    return configFile("bounds", {
        machine: MACHINE,
        programs: [
            { path, cluster: 0 },
            { path: "hello", cluster: 1 },
        ],
    });
}

it("--max-instructions: exit 4, the other program's result is there, the hash is the last line, twice the same", async () => {
    const file = config(guest("spin"));
    const first = await archipel("boot", file, "--max-instructions", "3000000");
    expect(first.code).toBe(4);
    expect(errorLines(first)).toEqual([expect.stringMatching(/--max-instructions 3000000/)]);
    expect(first.out).toContain("hello: ok");
    expect(first.out).toContain("not ended");
    expect(first.out).toMatch(HASH_LINE);
    expect(await archipel("boot", file, "--max-instructions", "3000000")).toEqual(first);
});

it("--timeout: exit 5, --json is whole, and there is no hash (interface.md 2)", () => {
    const json = join(GUEST_FOLDER, `timeout-${process.pid}.json`);
    const result = archipelProcess("boot", config(guest("spin")), "--timeout", "1", "--json", json);
    expect(result.code).toBe(5);
    expect(errorLines(result)).toEqual([expect.stringMatching(/--timeout: not over after 1 s/)]);
    expect(result.err).not.toMatch(HOST_TRACE);
    expect(result.out).not.toContain("state hash");
    const document = JSON.parse(readFileSync(json, "utf8"));
    rmSync(json);
    expect(document).toMatchObject({ format: "archipel-run/2", exit: { code: 5, reason: "timeout" }, stateHash: null });
    // How far the other program came is the host's affair.
    expect(document.programs).toHaveLength(2);
    expect(document.programs[0].exit).toEqual({ code: null, signal: null });
});

it("a program that waits for nobody: a deadlock, exit 7, with what waits where", async () => {
    const result = await archipel("boot", config(guest("sleeper")));
    expect(result.code).toBe(7);
    expect(errorLines(result)).toEqual([expect.stringMatching(/every hart waits .* hart 0 at 0x/)]);
    expect(result.out).toContain("hello: ok");
    expect(result.out).toMatch(HASH_LINE);
});

it("an exit code that is not 0: exit 1, and the line that says which program", async () => {
    const file = configFile("args", { machine: MACHINE, programs: [{ path: guest("faults"), args: ["no-such"] }] });
    const result = await archipel("boot", file);
    expect(result.code).toBe(1);
    expect(errorLines(result)).toEqual([expect.stringMatching(/^program faults-\w+\.elf exited with 98$/)]);
});

it("a killed program: exit 1, one line; --json names address, access, pc, function, file, line, thread and cluster", async () => {
    const path = guest("faults");
    const programs = [{ path, args: ["read_bank", "1"], cluster: 0 }, { path: "hello" }];
    const json = join(GUEST_FOLDER, `fault-${process.pid}.json`);
    const result = await archipel("boot", configFile("fault", { machine: MACHINE, programs }), "--json", json);
    const document = JSON.parse(readFileSync(json, "utf8"));
    rmSync(json);
    expect(result.code).toBe(1);
    expect(errorLines(result)).toEqual([
        expect.stringMatching(/was killed by SIGSEGV: read of 0x0{8}80000000 .*cluster 1$/),
    ]);
    expect(document.exit.reason).toBe("program");
    expect(document.programs[0]).toMatchObject({
        name: path,
        exit: { code: null, signal: "SIGSEGV" },
        fault: {
            vaddr: "0x0000000080000000",
            access: "read",
            function: "read_bank",
            file: "faults.S",
            line: 99,
            cluster: 1,
        },
    });
    expect(document.programs[0].fault.pc).toMatch(/^0x0{11}10[0-9a-f]{3}$/);
    expect(document.programs[0].fault.thread >> 16).toBe(1);
    expect(document.programs[1]).toMatchObject({ exit: { code: 0, signal: null }, fault: null });
});
