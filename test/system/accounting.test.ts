/**
 * Accounting and fidelity of kernel machines (docs/machine.md, "Accesses, counted and timed"): they change no run they only watch, and their counts
 * make sense.
 */

import { beforeAll, describe, expect, it } from "vitest";
import { kindOfFrame, segmentOf } from "../../boot/observe/frame-kinds.ts";
import type { TrafficReport } from "../../boot/report/report.ts";
import * as vseg from "../../kernel/abi/vseg-type.ts";
import { archipel, configFile } from "./harness/cli.ts";
import { type ConfigText, type Outcome, runConfig } from "./harness/run.ts";

const PROGRAMS = [{ path: "hello" }, { path: "threads" }, { path: "sort" }, { path: "share", nodes: 4 }];
const MACHINE = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" } as const;

function boot(machine: object, rest: Partial<ConfigText> & { accounting?: string } = {}): Promise<Outcome> {
    return runConfig({ machine: { ...MACHINE, ...machine }, programs: PROGRAMS, seed: 3, ...rest });
}

function sum(traffic: readonly TrafficReport[] | null, which: Partial<TrafficReport>): number {
    const keys = Object.keys(which) as (keyof TrafficReport)[];
    const rows = (traffic ?? []).filter((row) => keys.every((key) => row[key] === which[key]));
    return rows.reduce((total, { count }) => total + count, 0);
}

describe("a boot with accounting", () => {
    let off: Outcome;
    let on: Outcome;
    beforeAll(async () => {
        off = await boot({});
        on = await boot({}, { accounting: "accesses" });
    });

    it("is the same run, to the hash and the cycle", () => {
        expect(off.report.programs.every(({ exit }) => exit.code === 0)).toBe(true);
        expect([on.hash, on.instructions, on.console]).toEqual([off.hash, off.instructions, off.console]);
        expect(on.report.clusters).toEqual(off.report.clusters);
        expect([off.report.traffic, on.accountErrors]).toEqual([null, []]);
    });

    it("fetches CODE and KCODE from each cluster's own bank only, which is what replication is for", () => {
        const { traffic } = on.report;
        for (const kind of ["CODE", "KCODE"] as const) {
            const fetches = (traffic ?? []).filter((row) => row.kind === kind && row.operation === "ifetch");
            expect(fetches.length).toBe(4);
            for (const { source, home } of fetches) expect(home).toBe(source);
        }
    });

    it("5.0: page walks read tables of the own cluster only, whatever page is meant", () => {
        const walks = (on.report.traffic ?? []).filter(({ operation }) => operation === "walk");
        expect(new Set(walks.map(({ source }) => source)).size).toBe(4);
        for (const { source, home } of walks) expect(home).toBe(source);
    });

    it("attributes every fetch to code, every walk to page tables, and what programs touch to their segments", () => {
        const { traffic } = on.report;
        const fetches = sum(traffic, { operation: "ifetch" });
        const code = ["CODE", "KCODE", "ROM"] as const;
        expect(code.reduce((total, kind) => total + sum(traffic, { kind, operation: "ifetch" }), 0)).toBe(fetches);
        expect(sum(traffic, { kind: "GPT", operation: "walk" })).toBe(sum(traffic, { operation: "walk" }));
        for (const kind of ["DATA", "STACK", "HEAP", "DSM", "KDATA", "KSTACK", "KHEAP", "DEVICE"] as const) {
            expect(sum(traffic, { kind, operation: "store" }), kind).toBeGreaterThan(0);
        }
    });

    it("8.2, 8.3: SHARED is what other clusters access; of KCODE and KDATA all accesses are local", () => {
        const remote = (kind: TrafficReport["kind"]) =>
            (on.report.traffic ?? []).filter(
                (row) => row.kind === kind && row.home !== null && row.home !== row.source,
            );
        expect(new Set(remote("SHARED").map(({ home }) => home)).size).toBe(4);
        for (const kind of ["KCODE", "KDATA"] as const) expect(remote(kind)).toEqual([]);
    });

    it("1.1: local fraction and imbalance of the banks are those of the counted accesses", async () => {
        const config = configFile("balance", { machine: MACHINE, programs: PROGRAMS, seed: 3, accounting: "accesses" });
        const document = JSON.parse((await archipel("boot", config, "--json", "-")).out);
        const rows = (on.report.traffic ?? []).filter(({ home }) => home !== null);
        const total = rows.reduce((all, { count }) => all + count, 0);
        const banks = [0, 1, 2, 3].map((cxy) => sum(rows, { home: cxy }));
        const own = [0, 1, 2, 3].map((cxy) => sum(rows, { source: cxy, home: cxy }));
        const { localFraction, imbalance } = document.balance;
        expect(localFraction.value).toBeCloseTo(own.reduce((all, each) => all + each, 0) / total, 12);
        expect(imbalance.value).toBeCloseTo(Math.max(...banks) / (total / 4), 12);
        expect(imbalance.value).toBeGreaterThan(1);
        const off = JSON.parse((await archipel("boot", config, "--set", "accounting=off", "--json", "-")).out);
        expect([off.balance, off.stateHash]).toEqual([null, document.stateHash]);
    });

    it("counts the same however it is cut", async () => {
        const cut = await runConfig(
            { machine: MACHINE, programs: PROGRAMS, seed: 3, accounting: "accesses" },
            { step: 9973 },
        );
        expect(cut.report.traffic).toEqual(on.report.traffic);
    });
});

describe("a boot with fidelity latency", () => {
    it("gives the same results in more cycles, and the same run however it is cut and counted", async () => {
        const functional = await boot({});
        const whole = await boot({ fidelity: "latency" });
        expect(whole.report.programs.map(({ exit }) => exit)).toEqual(
            functional.report.programs.map(({ exit }) => exit),
        );
        expect(whole.cycles).toBeGreaterThan(1.5 * functional.cycles);
        const cut = await runConfig(
            { machine: { ...MACHINE, fidelity: "latency" }, programs: PROGRAMS, seed: 3, accounting: "accesses" },
            { step: 50_021 },
        );
        expect([cut.hash, cut.cycles, cut.accountErrors]).toEqual([whole.hash, whole.cycles, []]);
    });

    it("longer hops cost more, and a local latency of 0 with no hops is functional", async () => {
        const none = await boot({ fidelity: "latency", localLatency: 0, hopLatency: 0, deviceLatency: 0 });
        expect(none.hash).toBe((await boot({})).hash);
        const [near, far] = [await boot({ fidelity: "latency" }), await boot({ fidelity: "latency", hopLatency: 40 })];
        expect(far.cycles).toBeGreaterThan(near.cycles);
    });
});

it("every kind of frame that the kernel reports has a segment of its own", () => {
    const names = ["CODE", "DATA", "STACK", "HEAP", "REMOTE", "FILE", "DSM", "GPT", "KHEAP", "KSTACK"];
    for (let kind = 0; kind <= vseg.FRAME_THREAD; kind++) expect(segmentOf(kindOfFrame(kind))).toBe(names[kind]);
});
