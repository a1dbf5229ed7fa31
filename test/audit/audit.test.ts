/** --audit: the kernel keeps its invariants, being watched changes nothing, and the command tells what was checked. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as facts from "../../boot/audit/kernel-facts.ts";
import { OBSERVED_FUNCTIONS } from "../../boot/audit/kernel-functions.ts";
import { buildKernel } from "../../boot/build/kernel-image.ts";
import { buildAndBoot } from "../../boot/cli/build-and-boot.ts";
import { packageRoot } from "../../boot/package-root.ts";
import type { AuditName } from "../../boot/report/violation.ts";
import { parseConfig } from "../../configs/check.ts";
import * as thread from "../../kernel/abi/thread.ts";
import { archipel, configFile } from "../system/harness/cli.ts";
import { GUEST_FOLDER, guest } from "../system/harness/guest.ts";
import { type ConfigText, runConfig } from "../system/harness/run.ts";

const LIMIT = 60_000_000;

async function audited(text: ConfigText, audit: AuditName | readonly AuditName[] | undefined) {
    const config = parseConfig(JSON.stringify(text), "test");
    const loaded = { config, file: "test", directory: GUEST_FOLDER };
    const run = await buildAndBoot(loaded, { onConsole: () => {}, onPhase: () => {}, audit });
    for (;;) {
        const result = run.step(1_000_000, LIMIT);
        if (!result.ended) continue;
        const { audit: told, programs } = run.report();
        const codes = programs.map(({ exit }) => exit.code);
        const figures = { hash: run.stateHash(), cycles: run.cycles(), instructions: run.instructions() };
        return { end: result.end, message: result.message, audit: told, codes, figures };
    }
}

function programsFor(harts: number): object[] {
    const [share, matmul] = [Math.min(3, harts), Math.min(4, harts)];
    const dsm = [
        { path: "share", nodes: share },
        { path: "matmul", nodes: matmul },
    ];
    return [{ path: "hello" }, { path: "threads" }, { path: "sort" }, ...(harts > 1 ? dsm : [])];
}

const HOLDS = { end: "halted", message: "", audit: { violation: null } };
const OBSERVED = ["memory", "waits", "contents"] as const;
const SHAPES = [
    [1, 1, 1],
    [1, 1, 3],
    [2, 1, 2],
    [3, 1, 1],
    [2, 2, 3],
] as const;

describe("--audit every", () => {
    it.each(SHAPES)("all invariants hold on %i x %i clusters of %i harts", async (x, y, hartsPerCluster) => {
        const machine = { mesh: [x, y], hartsPerCluster, bankSize: "4MiB" };
        const programs = programsFor(x * y * hartsPerCluster);
        const outcome = await audited({ machine, programs, seed: x + hartsPerCluster }, "every");
        expect(outcome).toMatchObject({ ...HOLDS, codes: programs.map(() => 0) });
        expect(outcome.audit?.checks).toBeGreaterThan(10);
    });

    it.each(["replicas", "counter", "barriers", "small_requests"])("all hold while nodes %s", async (what) => {
        const machine = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB", scheduler: "instruction" };
        const programs = [{ path: guest("dsm"), args: [what], nodes: 3 }];
        const outcome = await audited({ machine, programs }, "every");
        expect(outcome).toMatchObject({ end: "halted", message: "", codes: [0], audit: { violation: null } });
    });

    it("all hold when threads end in every way, and a node dies", async () => {
        const machine = { mesh: [2, 1], hartsPerCluster: 2, bankSize: "4MiB" };
        const threads = ["main_ends", "killed", "values", "create_many"].map((what) => ({
            path: guest("threads"),
            args: [what],
        }));
        const programs = [...threads, { path: guest("dsm"), args: ["die_faulting"], nodes: 3 }];
        expect(await audited({ machine, programs }, "every")).toMatchObject({ end: "halted", message: "" });
    });
});

describe("--audit end", () => {
    it("all invariants hold on 16 clusters", async () => {
        const machine = { mesh: [4, 4], hartsPerCluster: 1, bankSize: "4MiB" };
        const outcome = await audited({ machine, programs: programsFor(16) }, "end");
        expect(outcome).toMatchObject(HOLDS);
        // each process, and the end of the run with what is left
        expect(outcome.audit?.checks).toBeGreaterThanOrEqual(11);
    });

    it("looks at a run that is cut short, too", async () => {
        const machine = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "4MiB" };
        const { audit } = await audited({ machine, programs: [{ path: guest("spin") }] }, "end");
        expect(audit).toMatchObject({ mode: "end", violation: null });
    });
});

describe("--audit memory,waits,contents", () => {
    const KERNELS = [
        {},
        { protocol: "direct" },
        { gpt: "eager" },
        { gpt: "reference" },
        { registration: "lazy", code: "reference" },
        { kernelText: "single" },
        { dsmConsistency: "release" },
        { dsmManager: "dynamic", rpcJitter: 3 },
    ];

    it.each(KERNELS)("nothing is wrong with a kernel of %j", async (kernel) => {
        const machine = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };
        const programs = [...programsFor(8), { path: "family" }, { path: "files" }];
        const outcome = await audited({ machine, kernel, programs }, OBSERVED);
        expect(outcome).toMatchObject({ ...HOLDS, codes: programs.map(() => 0) });
        expect(outcome.audit?.checks).toBeGreaterThan(1000);
    });

    it("nothing is wrong where one bank is managed from another cluster, harts count accesses and turns end anywhere", async () => {
        const machine = {
            mesh: [3, 1],
            hartsPerCluster: 2,
            bankSize: "4MiB",
            clustersWithoutHarts: [1],
            scheduler: "instruction",
            fidelity: "latency",
        };
        const programs = [{ path: "threads" }, { path: "sort" }, { path: guest("exec"), args: ["3", "3"] }];
        const outcome = await audited({ machine, programs, accounting: "accesses" }, OBSERVED);
        expect(outcome).toMatchObject({ ...HOLDS, codes: [0, 0, 0] });
    });
});

describe("being watched", () => {
    const LISTS = [["every"], ["end"], ["memory"], ["waits"], ["contents"], ["every", ...OBSERVED]] as const;

    it("changes neither hash nor cycles nor instructions, whatever is audited", async () => {
        const text = { machine: { mesh: [2, 1], hartsPerCluster: 2, bankSize: "4MiB" }, programs: programsFor(4) };
        const plain = await audited(text, undefined);
        for (const list of LISTS) expect([list, (await audited(text, list)).figures]).toEqual([list, plain.figures]);
        expect((await runConfig(text)).hash).toBe(plain.figures.hash);
    });

    it("changes nothing with latencies and counted accesses either, at any end of a turn", async () => {
        const machine = {
            mesh: [2, 1],
            hartsPerCluster: 2,
            bankSize: "4MiB",
            scheduler: "instruction",
            fidelity: "latency",
        };
        const text = { machine, programs: programsFor(4), accounting: "accesses" };
        const plain = await audited(text, undefined);
        expect((await audited(text, OBSERVED)).figures).toEqual(plain.figures);
    });

    it("2.7 changes nothing where turns end at conflicts, which accesses that are watched are, too", async () => {
        const machine = { mesh: [2, 1], hartsPerCluster: 2, bankSize: "4MiB", scheduler: "conflicts" };
        const text = { machine, programs: programsFor(4) };
        const plain = await audited(text, undefined);
        const all = await audited(text, ["every", ...OBSERVED]);
        expect([all.end, all.message, all.figures]).toEqual(["halted", "", plain.figures]);
        expect((await runConfig({ ...text, accounting: "accesses" })).hash).toBe(plain.figures.hash);
    });

    it("5.9: functions that audits listen to stand in the image, which is built the same for every run", async () => {
        const names = new Set((await buildKernel()).image.symbols.map(({ name }) => name));
        expect(OBSERVED_FUNCTIONS.filter((name) => !names.has(name))).toEqual([]);
    });
});

describe("the command", () => {
    const config = () => {
        const machine = { mesh: [1, 1], hartsPerCluster: 1, bankSize: "4MiB" };
        return configFile("audit", { machine, programs: [{ path: "hello" }] });
    };

    it("--audit adds a line to the summary and a field to the document", async () => {
        const { code, out } = await archipel("boot", config(), "--audit", "every");
        expect(code).toBe(0);
        expect(out).toMatch(/^audit: [0-9,]+ checks, all invariants hold$/m);
        const json = JSON.parse((await archipel("boot", config(), "--audit", "end", "--json", "-")).out);
        expect(json.audit).toMatchObject({ mode: "end", checks: { unit: "checks" }, violation: null });
    });

    it("without it there is neither", async () => {
        const { out } = await archipel("boot", config(), "--json", "-");
        expect(JSON.parse(out).audit).toBeNull();
    });

    it("--audit sometimes is a usage error", async () => {
        const { code, err } = await archipel("boot", config(), "--audit", "sometimes");
        const names = "every, end, memory, waits, contents, all";
        expect([code, err]).toEqual([2, `archipel: error: --audit: "sometimes" is none of ${names}\n`]);
    });

    it("--audit all is every, memory, waits and contents, each told once", async () => {
        const json = JSON.parse((await archipel("boot", config(), "--audit", "waits,all", "--json", "-")).out);
        expect(json.audit).toMatchObject({ mode: "every,memory,waits,contents", violation: null });
    });
});

describe("what the auditor knows of the kernel", () => {
    const source = (file: string) => readFileSync(join(packageRoot(), "kernel", file), "utf8");
    /** The constants of a kernel's file, by name; those that are a number, or one shifted. */
    const constants = (file: string): Map<string, number> =>
        new Map(
            [...source(file).matchAll(/^(?:export )?const (\w+): \w+ = (0x[0-9a-f]+|\d+)(?: << (\d+))?;/gm)].map(
                ([, name = "", value, shift = "0"]) => [name, Number(value) * 2 ** Number(shift)],
            ),
        );

    it.each([
        ["hal/pte.ts", /^PTE_[VRWX]$/],
        ["mm/process-table.ts", /^PROCESS_/],
        ["dsm/region.ts", /^ENTRY_RELEASE$/],
    ] as const)("is what the kernel says, by the same names: %s", (file, names) => {
        const known = Object.entries(facts).filter(([name]) => names.test(name));
        const said = constants(file);
        expect(known.length).toBeGreaterThan(0);
        expect(known.map(([name]) => [name, said.get(name)])).toEqual(known);
    });

    it("is what the kernel says, by names of its own", () => {
        expect(constants("mm/ppm.ts").get("FREE")).toBe(facts.PAGE_FREE);
        expect(constants("mm/ppm.ts").get("ALLOCATED")).toBe(facts.PAGE_ALLOCATED);
        expect(2 ** (constants("sched/thread.ts").get("THREAD_BLOCK_ORDER") ?? 0)).toBe(facts.THREAD_BLOCK_FRAMES);
        expect(2 ** (constants("mm/kcm.ts").get("SMALLEST") ?? 0)).toBe(facts.SMALLEST_OBJECT);
        expect(constants("dsm/table.ts").get("ENTRIES")).toBe(facts.DSM_TABLE_ENTRIES);
        expect(constants("mm/gpt.ts").get("ENTRIES")).toBe(facts.TABLE_ENTRIES);
        expect(constants("fs/cache.ts").get("TABLES")).toBe(facts.FILE_TABLES);
        expect(constants("fs/cache.ts").get("TABLE_PAGES")).toBe(facts.FILE_TABLE_PAGES);
        const levels = [...constants("rpc/levels.ts")].filter(([name]) => name.startsWith("LEVEL_"));
        expect(levels).toEqual(facts.LEVEL_NAMES.map((name, level) => [`LEVEL_${name}`, level]));
    });

    it("has a word for everything that a thread can sleep on, in the reports of deadlocks", () => {
        const waits = readFileSync(join(packageRoot(), "boot/observe/kernel-waits.ts"), "utf8");
        // Requests and work have places of their own; the last two are no waits.
        const others = ["BLOCKED_RPC", "BLOCKED_EVENT", "BLOCKED_DEAD", "BLOCKED_BY_USER"];
        const sleeps = Object.keys(thread).filter((name) => name.startsWith("BLOCKED_") && !others.includes(name));
        expect(sleeps.filter((name) => !waits.includes(`[${name}]:`))).toEqual([]);
    });
});
