/** The kernel and its programs on machines of fidelity "timing" (docs/spec/timing.md), with caches small enough to be full. */

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import { STALL_PARTS } from "../../emu/host/timing-figures.ts";
import { type ConfigText, type Outcome, type RunOptions, runConfig } from "./harness/run.ts";

const MACHINE = {
    mesh: [2, 2],
    hartsPerCluster: 2,
    bankSize: "4MiB",
    fidelity: "timing",
    l1iSize: "4KiB",
    l1dSize: "4KiB",
    l2Size: "32KiB",
} as const;
const PROGRAMS = [
    ...[{ path: "hello" }, { path: "threads" }, { path: "sort", args: ["500"] }, { path: "family" }, { path: "files" }],
    ...[
        { path: "stress", args: ["2", "10"] },
        { path: "unmap", args: ["8"] },
        { path: "stride", args: ["16", "2"] },
    ],
    ...[
        { path: "share", nodes: 4 },
        { path: "matmul", nodes: 2, args: ["8"] },
    ],
];
const ALL = ["every", "memory", "waits", "contents"] as const;

function boot(machine: object = {}, rest: Partial<ConfigText> = {}, options: RunOptions = {}): Promise<Outcome> {
    return runConfig({ machine: { ...MACHINE, ...machine }, programs: PROGRAMS, seed: 3, ...rest }, options);
}

/** All that a run of the same config and seed must give again. */
function same({ hash, instructions, cycles, console, report }: Outcome): object {
    return { hash, instructions, cycles, console, timing: report.timing };
}

describe("a boot with fidelity timing", () => {
    let whole: Outcome;
    beforeAll(async () => {
        whole = await boot();
    });

    it("1.1 runs each program to its end, and their output is that of functional fidelity", async () => {
        expect([whole.end, whole.message]).toEqual(["halted", ""]);
        const results = ({ report }: Outcome) => report.programs.map(({ name, exit }) => [name, exit.code]);
        expect(results(whole)).toEqual(PROGRAMS.map(({ path }) => [path, 0]));
        for (const { name, output } of whole.report.programs) expect(output, name).toContain(`${name}: ok`);
        expect(results(await boot({ fidelity: "functional" }))).toEqual(results(whole));
    });

    it("1.1 runs the other shipped programs, too, with what they do unless told otherwise", async () => {
        const known = new Set(PROGRAMS.map(({ path }) => path));
        const others = readdirSync(join(packageRoot(), "userland/programs"))
            .map((file) => basename(file, ".ts"))
            .filter((name) => !known.has(name));
        expect(others.length).toBeGreaterThan(8);
        const programs = others.map((path) => ({ path }));
        const { report } = await boot({ bankSize: "8MiB", l2Size: "256KiB" }, { programs }, { limit: 1_000_000_000 });
        expect(report.programs.map(({ name, exit }) => [name, exit.code])).toEqual(others.map((name) => [name, 0]));
        for (const { name, output } of report.programs) expect(output, name).toContain(`${name}: ok`);
    });

    it("1.1, 2.7, 8.5 is the same run under every audit, and every invariant holds", async () => {
        const audited = await boot({}, {}, { audit: ALL });
        expect([audited.end, audited.message]).toEqual(["halted", ""]);
        expect(same(audited)).toEqual(same(whole));
    });

    it("6.1, 8.5 is the same run with accounting, whose sums hold", async () => {
        const counted = await boot({}, { accounting: "accesses" });
        expect(counted.accountErrors).toEqual([]);
        expect(same(counted)).toEqual(same(whole));
    });

    it("2.8, 8.5 is the same run twice, in other steps, and differs by its seed", async () => {
        expect(same(await boot({}, {}, { step: 12_345 }))).toEqual(same(whole));
        const other = await boot({}, { seed: 4 });
        expect(other.end).toBe("halted");
        expect(other.report.timing?.modelHash).not.toBe(whole.report.timing?.modelHash);
    });

    it("5.1, 5.4 cycles are instructions and the parts of stalls, and no calendar was too short", () => {
        const { timing } = whole.report;
        for (const { cycles, instructions, idle, stalls, device, pause, fence } of timing?.harts ?? []) {
            const missed = Object.values(stalls).flatMap((kind) => STALL_PARTS.map((part) => kind[part]));
            const sum = missed.reduce((total, part) => total + part, instructions + idle + device + pause + fence);
            expect(sum).toBe(cycles);
        }
        expect(timing?.harts.length).toBe(8);
        expect([timing?.late, timing?.overflows]).toEqual([0, 0]);
    });

    it("1.3, 4.1 all of the model is met: walks, upgrades, forwards, inclusion, write-backs, links", () => {
        const { timing } = whole.report;
        const sum = (of: (hart: NonNullable<typeof timing>["harts"][number]) => number) =>
            (timing?.harts ?? []).reduce((total, hart) => total + of(hart), 0);
        for (const name of ["upgrades", "forwards", "invalidations", "inclusions", "writeBacks", "yields"] as const)
            expect(
                sum(({ counts }) => counts[name]),
                name,
            ).toBeGreaterThan(50);
        expect(sum(({ misses }) => misses.walk)).toBeGreaterThan(50);
        expect(timing?.links.length).toBeGreaterThan(20);
    });

    it("2.2, 9 runs with turns that end anywhere, and with broadcast and without contention", async () => {
        for (const machine of [
            { scheduler: "instruction" },
            { directoryOverflow: "broadcast", directoryPointers: 1, linkContention: false, lineSize: 32, lookahead: 5 },
        ]) {
            const outcome = await boot(machine, { programs: PROGRAMS.slice(0, 3) });
            expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual([0, 0, 0]);
        }
    });

    it("4.7 kernelText single fetches the kernel of other clusters from bank 0's lines", async () => {
        const programs = PROGRAMS.slice(0, 2);
        const single = await boot({}, { kernel: { kernelText: "single" }, programs });
        const replicated = await boot({}, { programs });
        const far = ({ report }: Outcome) =>
            (report.timing?.harts ?? [])
                .filter(({ cluster }) => cluster > 0)
                .reduce((total, { stalls }) => total + stalls.l1i.hops, 0);
        expect(single.report.programs.map(({ exit }) => exit.code)).toEqual([0, 0]);
        expect(far(single)).toBeGreaterThan(1.3 * far(replicated));
    });
});
