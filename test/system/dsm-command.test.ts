/** `archipel dsm`, the launcher of sm-dsm.md 1: options, clusters, the log, and how a group's end is told. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXITS } from "../../boot/report/exit-codes.ts";
import { archipel, configFile, errorLines, HOST_TRACE } from "./harness/cli.ts";
import { GUEST_FOLDER, guest, guestOf } from "./harness/guest.ts";

let folder = "";
beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "archipel-dsm-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function hostFile(text: string): string {
    const file = join(folder, "hosts");
    writeFileSync(file, text);
    return file;
}

async function document(...args: string[]) {
    const { code, out, err } = await archipel("dsm", "--json", "-", ...args);
    expect(err).not.toMatch(HOST_TRACE);
    return { code, run: JSON.parse(out), err };
}

/** Prints its arguments but the first, one a line, from every node. */
const ECHO = guestOf(
    "echo",
    `
    .globl main
main:
    mv s5, ra
    addi s0, a1, 8
1:  ld s1, (s0)
    beqz s1, 3f
    mv t0, s1
2:  lbu t1, (t0)
    addi t0, t0, 1
    bnez t1, 2b
    li t1, '\\n'
    sub a2, t0, s1
    la t2, line
    mv a1, t2
4:  lbu t3, (s1)
    sb t3, (t2)
    addi s1, s1, 1
    addi t2, t2, 1
    bltu s1, t0, 4b
    sb t1, -1(t2)
    li a0, 1
    li a7, SYS_WRITE
    ecall
    addi s0, s0, 8
    j 1b
3:  li a0, 0
    jr s5
    .data
line: .zero 256
`,
);

describe("1: the command line", () => {
    it.each([
        [1, [1, 1], 1],
        [4, [2, 2], 1],
        [5, [3, 3], 1],
    ])("-n %i: the smallest square mesh of one hart a cluster, %j", async (nodes, mesh, hartsPerCluster) => {
        const { code, run } = await document("-n", String(nodes), "share");
        expect(code).toBe(EXITS.ok.code);
        expect(run.config.machine).toMatchObject({ mesh, hartsPerCluster });
        expect(run.programs).toMatchObject([
            { name: "share", nodes: { value: nodes }, exit: { code: 0, signal: null } },
        ]);
        expect(run.programs[0].dsm.readFaults.value).toBe(2 * (nodes - 1));
    });

    it("without -n there is one node", async () => {
        expect((await document("share")).run.programs).toMatchObject([{ nodes: { value: 1 } }]);
    });

    it("NODE-OPTIONs reach every node unchanged, whatever they look like", async () => {
        const words = ["-n", "7", "--help", "a b", "", "--", "-v", "$x'\""];
        const { code, run } = await document("-n", "3", join(GUEST_FOLDER, ECHO), ...words);
        expect(code).toBe(EXITS.ok.code);
        const lines: string[] = run.programs[0].output.split("\n").slice(0, -1);
        expect([...lines].sort()).toEqual(words.flatMap((word) => [word, word, word]).sort());
    });

    it("-H: one cluster a line, round robin", async () => {
        const log = join(folder, "hosts.log");
        const { code, run } = await document("-n", "5", "-H", hostFile("3\n1\n 3 \n"), "-l", log, "share");
        expect(code).toBe(EXITS.ok.code);
        expect(run.programs[0]).toMatchObject({ cluster: 3, nodes: { value: 5 } });
        const faults = run.clusters.map((cluster: { dsm: { readFaults: { value: number } } }) => {
            return cluster.dsm.readFaults.value;
        });
        // Nodes 0 to 4 lie in 3, 1, 3, 3, 1; all but node 0 read the first page, all but node 0 the second.
        expect(faults.slice(0, 4)).toEqual([0, 4, 0, 4]);
    });

    it("--config names the machine, --set changes it, and the config's own programs do not run", async () => {
        const config = configFile("dsm-machine.json", { machine: { mesh: [3, 1] }, programs: [{ path: "hello" }] });
        const { code, run } = await document(
            "--config",
            config,
            "--set",
            "machine.hartsPerCluster=3",
            "-n",
            "9",
            "share",
        );
        expect(code).toBe(EXITS.ok.code);
        expect(run.config.machine).toMatchObject({ mesh: [3, 1], hartsPerCluster: 3 });
        expect(run.programs).toHaveLength(1);
    });

    it("-h prints the usage, -v the version", async () => {
        expect(await archipel("dsm", "-h")).toMatchObject({ code: 0, err: "" });
        expect((await archipel("dsm", "-h")).out).toMatch(/^Usage: archipel dsm .*EXECUTABLE NODE-OPTION\.\.\.\n/);
        expect((await archipel("dsm", "-v")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    });
});

describe("1: bad input ends with one clear message each", () => {
    it.each([
        ["0\nx\n-1\n", [':2: "x"; must be', ':3: "-1"; must be']],
        ["", [':1: ""; must be']],
        ["0\n\n1\n", [':2: ""; must be']],
        ["0\n4\n", [":2: 4; must be a cluster of the mesh, 0 to 3"]],
    ])("host file %j", async (text, lines) => {
        const file = hostFile(text);
        const result = await archipel("dsm", "-n", "4", "-H", file, "share");
        expect(result).toMatchObject({ code: EXITS.usage.code, out: "" });
        expect(errorLines(result)).toEqual(lines.map((line) => expect.stringContaining(`${file}${line}`)));
    });

    it("a cluster without harts", async () => {
        const machine = { mesh: [2, 1], clustersWithoutHarts: [1] };
        const config = configFile("dsm-hartless.json", { machine, programs: [] });
        const result = await archipel("dsm", "--config", config, "-H", hostFile("1\n"), "share");
        expect([result.code, errorLines(result)[0]]).toEqual([
            EXITS.usage.code,
            expect.stringMatching(/hosts:1: 1; .* has harts$/),
        ]);
    });

    it("too many nodes for the machine", async () => {
        const config = configFile("dsm-small.json", { machine: { mesh: [1, 1] }, programs: [] });
        const result = await archipel("dsm", "--config", config, "-n", "3", "share");
        expect(result.code).toBe(EXITS.usage.code);
        expect(errorLines(result)).toEqual([expect.stringContaining("must be at most the machine's harts, 2")]);
    });

    it("an executable that is none", async () => {
        const result = await archipel("dsm", "sharre");
        expect([result.code, errorLines(result)]).toEqual([EXITS.input.code, [expect.stringContaining("sharre")]]);
    });
});

describe("1: -l, one line per action of the allocator", () => {
    const LINE = /^cycle=\d+ node=\d+ action=(\w+) page=\d+ from=\d+ to=\d+$/;

    it.each([2, 6])("share on %i nodes: as many of each as the run counts", async (nodes) => {
        const log = join(folder, "share.log");
        const { code } = await archipel("dsm", "-n", String(nodes), "-l", log, "share");
        expect(code).toBe(EXITS.ok.code);
        const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
        const actions = lines.map((line) => LINE.exec(line)?.[1] ?? line);
        const count = (action: string) => actions.filter((each) => each === action).length;
        const names = ["malloc", "read_fault", "write_fault", "invalidate", "revoke", "bcast", "barrier"];
        expect(names.map(count)).toEqual([2, 2 * (nodes - 1), 1, 1, 2, 2, 4]);
        expect(lines[0]).toMatch(/ node=0 action=malloc page=131072 from=0 to=0$/);
    });

    it("a run that fails has its log, too", async () => {
        const log = join(folder, "dead.log");
        const file = join(GUEST_FOLDER, guest("dsm"));
        const result = await archipel("dsm", "-n", "3", "-l", log, file, "touch_nothing");
        expect(result.code).toBe(EXITS.program.code);
        expect(readFileSync(log, "utf8")).toMatch(/action=malloc /);
    });
});

describe("1: if a node dies, the others end with a clear message, and nothing is left", () => {
    it.each(["segfault", "exit_three", "die_faulting"])("%s", async (what) => {
        const file = join(GUEST_FOLDER, guest("dsm"));
        const result = await archipel("dsm", "-n", "4", "--audit", "every", file, what);
        expect(result.code).toBe(EXITS.program.code);
        expect(result.out).toMatch(/ended, because node process 0x\w+ of its group died/);
        expect(errorLines(result)).toEqual([
            expect.stringMatching(/^program .* (was killed by SIGSEGV|exited with 3)/),
        ]);
        expect(result.out).toMatch(/audit: .*all invariants hold/);
    });
});
