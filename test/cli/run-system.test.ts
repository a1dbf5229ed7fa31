/** A system run from its request to streams, JSON and exit code, over made-up machines. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runSystem } from "../../boot/cli/run-system.ts";
import { interruption } from "../../boot/interruption.ts";
import { CommandError } from "../../boot/report/exit-codes.ts";
import type { BootSystem, ProgramReport, RunEnd } from "../../boot/report/report.ts";
import { RUN_SCHEMA } from "../../boot/report/run-schema.ts";
import { parseConfig } from "../../configs/check.ts";
import { HUNG_SECONDS } from "../limits.ts";
import { CRASHED, fakeReport, fakeRun, fakeTraffic, HASH, HELLO, keptStreams, SHARE } from "./fake-report.ts";

let folder = "";
beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "archipel-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(RUN_SCHEMA);
const LOADED = { config: parseConfig("{}", "test"), file: "test", directory: "." };

interface Run {
    readonly code: number;
    readonly out: string;
    readonly err: string;
    // The document is checked against RUN_SCHEMA.
    // biome-ignore lint/suspicious/noExplicitAny: free access to JSON
    readonly document: any;
}

async function run(
    boot: BootSystem,
    options: { timeoutSeconds?: number; maxMemory?: number; json?: string; config?: object; junit?: string } = {},
): Promise<Run> {
    const streams = keptStreams();
    const json = options.json ?? join(folder, "run.json");
    const bounds = { maxInstructions: 1e9, timeoutSeconds: options.timeoutSeconds ?? HUNG_SECONDS };
    const loaded = { ...LOADED, config: parseConfig(JSON.stringify(options.config ?? {}), "test") };
    const { junit } = options;
    const request = { loaded, bounds, maxMemory: options.maxMemory ?? 2 ** 32, engine: {}, json, junit };
    const code = await runSystem(request, boot, streams);
    const text = json === "-" ? streams.kept.out : readFileSync(json, "utf8");
    const document = JSON.parse(text);
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(document.exit.code).toBe(code);
    return { code, ...streams.kept, document };
}

function booting(programs: readonly ProgramReport[], end: RunEnd | "never" = "halted", message = ""): BootSystem {
    return async (_config, hooks) => {
        hooks.onPhase("compile kernel", 0, 2);
        return fakeRun(fakeReport(4, programs), end, message, () =>
            hooks.onConsole(new TextEncoder().encode("kernel line\n")),
        );
    };
}

describe("a run that ends well", () => {
    it("exit 0: console, summary and last the hash on stdout; progress on stderr", async () => {
        const { code, out, err, document } = await run(booting([HELLO, SHARE]));
        expect(code).toBe(0);
        expect(out).toMatch(/^kernel line\n/);
        expect(out).toContain("Result: all well");
        expect(out.endsWith(`\nstate hash: ${HASH}\n`)).toBe(true);
        expect(err).toBe("archipel: compile kernel (1/2)\n");
        expect(document).toMatchObject({ stateHash: HASH, seed: 1, exit: { reason: "ok", message: "" } });
    });

    it("figures carry value and unit; what was never exercised is null", async () => {
        const { document } = await run(booting([HELLO, SHARE]));
        expect(document.clusters[1].faults.DATA.throughZ).toMatchObject({ value: 3, unit: "faults" });
        expect(document.clusters[1].faults.DATA.local.value).toBe(0);
        expect(document.clusters[1].faults.HEAP.local).toBeNull();
        expect(document.clusters[1].frames.HEAP).toBeNull();
        expect(document.programs[0].dsm).toBeNull();
        expect(document.programs[1].dsm.readFaults.value).toBe(6);
    });

    it("without DSM programs the clusters' DSM counters are null", async () => {
        expect((await run(booting([HELLO]))).document.clusters[0].dsm.readFaults).toBeNull();
    });

    it("--json -: stdout is the document and nothing else", async () => {
        const { out, err } = await run(booting([HELLO]), { json: "-" });
        expect(out.startsWith("{")).toBe(true);
        expect(out.endsWith("}\n")).toBe(true);
        expect(err).toContain("Result: all well");
        expect(err.endsWith(`state hash: ${HASH}\n`)).toBe(true);
    });
});

describe("a run of which something is expected", () => {
    const expectations = [
        { value: "/programs/*/exit/code", is: 0 },
        { value: "/clusters/*/dsm/readFaults", sum: 7 },
    ];

    it("exit 1: what it is not, a line each, in the document and in the JUnit file", async () => {
        const junit = join(folder, "junit.xml");
        const { code, err, out, document } = await run(booting([HELLO, SHARE]), {
            config: { expect: expectations },
            junit,
        });
        expect(code).toBe(1);
        const found = document.expect[1].found;
        const line = `expect: /clusters/*/dsm/readFaults is ${found}; must sum to 7`;
        expect(err).toContain(`archipel: error: ${line}\n`);
        expect(out).toContain("Result: the run is not what `expect` says (exit code 1)");
        expect(document.exit).toEqual({ code: 1, reason: "expect", message: line });
        expect(document.expect.map((each: { met: boolean }) => each.met)).toEqual([true, false]);
        const xml = readFileSync(junit, "utf8");
        expect(xml).toContain('tests="5" failures="1"');
        expect(xml).toContain(`<failure message="${line}"/>`);
    });

    it("exit 0 when it is all that; a run that fails otherwise keeps its own exit", async () => {
        const [first] = expectations;
        const good = await run(booting([HELLO]), { config: { expect: [first] } });
        expect([good.code, good.document.expect[0].met]).toEqual([0, true]);
        const bad = await run(booting([HELLO, CRASHED]), { config: { expect: [first] } });
        expect([bad.code, bad.document.exit.reason, bad.document.expect[0].met]).toEqual([1, "program", false]);
        expect((await run(booting([HELLO]))).document.expect).toBeNull();
    });
});

describe("a run with accounting", () => {
    const counted = { ...fakeReport(4, [HELLO]), traffic: fakeTraffic(4) };

    it("has its traffic in the document and in the summary", async () => {
        const { code, out, document } = await run(async () => fakeRun(counted, "halted"));
        expect(code).toBe(0);
        expect(document.traffic).toHaveLength(4 * 7);
        expect(document.traffic[0]).toEqual({
            source: 0,
            mode: "user",
            home: 0,
            kind: "CODE",
            operation: "ifetch",
            count: { value: 1_000_000, unit: "accesses" },
        });
        expect(document.traffic[6]).toMatchObject({ source: 0, home: null, kind: "DEVICE", operation: "store" });
        expect(out).toContain("local_node");
    });

    it("without it both have none", async () => {
        const { out, document } = await run(booting([HELLO]));
        expect(document.traffic).toBeNull();
        expect(out).not.toContain("local_node");
    });

    it("exit 9: counts that differ from what was executed, with a line each", async () => {
        const wrong = "accounting: cluster 2: load accesses counted 5, executed 6";
        const { code, err, document } = await run(async () => {
            return { ...fakeRun(counted, "deadlock"), accountErrors: () => [wrong] };
        });
        expect(code).toBe(9);
        expect(err).toContain(`archipel: error: ${wrong}\narchipel: error: no hart can run\n`);
        expect(document.exit.reason).toBe("violation");
    });
});

describe("a run that does not", () => {
    it("exit 1: a line for each program that failed, with the fault's place", async () => {
        const { code, err, document } = await run(
            booting([HELLO, CRASHED, { ...HELLO, exit: { code: 3, signal: null } }]),
        );
        expect(code).toBe(1);
        expect(err).toContain(
            "archipel: error: program crash was killed by SIGSEGV: write of 0x0000000000000000 at pc",
        );
        expect(err).toContain("archipel: error: program hello exited with 3\n");
        expect(document.programs[1].fault).toMatchObject({ pc: "0x0000000000010044", line: 12, access: "write" });
    });

    it.each([
        ["max-instructions", 4, "--max-instructions 1000000000 reached"],
        ["deadlock", 7, "no hart can run"],
        ["panic", 8, "kernel panic"],
    ] as const)("%s: exit %d, one line, hash and JSON all the same", async (end, exitCode, line) => {
        const { code, out, err, document } = await run(booting([HELLO], end));
        expect(code).toBe(exitCode);
        expect(err).toContain(`archipel: error: ${line}\n`);
        expect(out).toContain("state hash: ");
        expect(document.exit).toEqual({ code: exitCode, reason: end, message: line });
    });

    it("the guest's own message replaces ours", async () => {
        expect((await run(booting([], "panic", "kernel panic: cluster 3: bad frame"))).err).toContain(
            "error: kernel panic: cluster 3",
        );
    });

    it("--timeout: exit 5 and no hash, whose value would mean nothing", async () => {
        const endless: BootSystem = async () => {
            const made = fakeRun(fakeReport(1, []), "never");
            return { ...made, step: () => ({ ended: false }) };
        };
        const { code, out, err, document } = await run(endless, { timeoutSeconds: 0.05 });
        expect(code).toBe(5);
        expect(out).not.toContain("state hash");
        expect(err).toContain("archipel: error: --timeout: not over after 0.05 s\n");
        expect(document.stateHash).toBeNull();
    });

    it("--max-memory: exit 6 before anything is built", async () => {
        const { code, err, document } = await run(booting([HELLO]), { maxMemory: 2 ** 20 });
        expect(code).toBe(6);
        expect(err).toMatch(
            /^archipel: error: the machine needs \S+ \(64MiB of it RAM\), more than --max-memory 1MiB\n$/,
        );
        expect(document.machine).toBeNull();
    });

    it("a bad input file: exit 3", async () => {
        const { code, err } = await run(async () => {
            throw new CommandError("input", "helo: no such program (did you mean hello?)");
        });
        expect([code, err]).toEqual([3, "archipel: error: helo: no such program (did you mean hello?)\n"]);
    });

    it("a bug: exit 70, one line without a stack trace", async () => {
        const { code, err } = await run(async () => {
            throw new TypeError("x is undefined");
        });
        expect(code).toBe(70);
        expect(err).toMatch(/^archipel: error: internal: x is undefined; this is a bug: .*\n$/);
    });

    it("Ctrl-C: exit 130 between two steps", async () => {
        const { code, document } = await run(async () => {
            return fakeRun(fakeReport(1, []), "never", "", () => void interruption.request());
        });
        expect(code).toBe(130);
        expect(document.exit.reason).toBe("interrupted");
        expect(interruption.requested).toBe(false);
    });
});

it("no temporary file is left beside the JSON", () =>
    expect(existsSync(join(folder, `.run.json.${process.pid}.tmp`))).toBe(false));
