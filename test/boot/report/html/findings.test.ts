/** What stands out: each rule of the report speaks of a run that has it, and of none that has not. */

import { describe, expect, it } from "vitest";
import { findings } from "../../../../boot/report/html/findings.ts";
import type { RunFile } from "../../../../boot/report/html/run-file.ts";
import type { SystemReport } from "../../../../boot/report/report.ts";
import { CRASHED, fakeReport, fakeSharing, fakeTiming, HELLO } from "../../../cli/fake-report.ts";
import { fakeTimeline, sampleRun } from "./sample.ts";

const CLUSTERS = 16;

/** A run of which nothing is to be said. */
function quiet(): SystemReport {
    const report = fakeReport(CLUSTERS, [HELLO]);
    const clusters = report.clusters.map((cluster) => ({ ...cluster, rpcs: { sent: 5, served: 5 } }));
    return { ...report, clusters, faultCost: [] };
}

function said(change: Partial<SystemReport>, more: Partial<RunFile> = {}): string[] {
    return findings({ ...sampleRun({ ...quiet(), ...change }), ...more });
}

function traffic(kind: "DATA" | "KDATA", of: (source: number, home: number) => number): Partial<SystemReport> {
    const numbers = Array.from({ length: CLUSTERS }, (_, i) => i);
    const rows = numbers.flatMap((source) =>
        numbers.map((home) => ({
            source,
            mode: "user" as const,
            home,
            kind,
            operation: "load" as const,
            count: of(source, home),
        })),
    );
    return { traffic: rows.filter(({ count }) => count > 0) };
}

function costs(median: number, p99: number, count = 100, cycles = 1_000_000): SystemReport["faultCost"] {
    const [first, second] = fakeReport(1, []).faultCost;
    if (first === undefined || second === undefined) throw new Error("no costs");
    const phases = { ...first.phases, trap: 0, fillOrCopy: cycles };
    return [
        { ...first, count, cycles, median, p99, phases },
        { ...second, count: 1, cycles: 500, median: 500, p99: 500 },
    ];
}

it("nothing is said of a run without any of it", () => expect(said({})).toEqual([]));

describe("what is wrong comes first", () => {
    it("an end that is not good", () => {
        const exit = { code: 7, reason: "deadlock", message: "thread 3 waits" };
        expect(said({ programs: [CRASHED] }, { exit })).toEqual([
            "The run did not end well: thread 3 waits.",
            "1 of 1 program did not end well: crash (SIGSEGV).",
        ]);
    });

    it("calls that were refused", () => {
        const refused = [{ call: "mmap", what: "MAP_GROWSDOWN", errno: "EINVAL", pid: 1 }];
        expect(said({ programs: [{ ...HELLO, refused }] })).toEqual([
            "System calls refused something: mmap (of hello).",
        ]);
    });
});

describe("memory", () => {
    it("programs' data that is mostly elsewhere, and a bank where it meets", () => {
        const hot = traffic("DATA", (source, home) => (source === home ? 50 : home === 3 ? 1000 : 10));
        expect(said(hot).length).toBe(2);
        expect(said(hot)[0]).toMatch(/^Only 4.4% of programs' own data accesses go to the bank/);
        expect(said(hot)[1]).toMatch(
            /^Programs' data accesses to other clusters meet in bank 3: 15k of 17.3k, 13.9 times/,
        );
    });

    it("not data that is at home, nor banks that are used evenly", () => {
        expect(said(traffic("DATA", (source, home) => (source === home ? 1000 : 10)))).toEqual([]);
    });

    it("a bank of the kernel's", () => {
        expect(said(traffic("KDATA", (source, home) => (home === 0 || source === home ? 100 : 1)))).toEqual([
            expect.stringMatching(/^The kernel's data accesses to other clusters meet in bank 0: 1\.5k of /),
        ]);
    });

    it("pages that lie elsewhere because a bank was full", () => {
        const clusters = quiet().clusters.map((cluster) => ({ ...cluster, spills: cluster.cxy === 2 ? 3 : 0 }));
        expect(said({ clusters })).toEqual(["3 pages lie in other banks than their rule names, which were full."]);
    });

    it("pages that are shared falsely", () => {
        expect(said({ falseSharing: fakeSharing(2) })).toEqual([
            "2 pages are shared falsely; the costliest, 0x0000000020000000 of hello, made threads wait 1,000,000 cycles.",
        ]);
    });
});

describe("faults and requests", () => {
    it("a cluster that serves most requests", () => {
        const clusters = quiet().clusters.map((cluster) => {
            return { ...cluster, rpcs: { sent: 5, served: cluster.cxy === 1 ? 100 : 5 } };
        });
        expect(said({ clusters })).toEqual([
            "Cluster 1 serves 100 of 175 RPCs (57.1%); it is the reference cluster of every program.",
        ]);
    });

    it("the kind of fault that costs the most, and its phase", () => {
        expect(said({ faultCost: costs(10_000, 20_000) })).toEqual([
            "STACK local faults cost the most: 1,000,000 cycles in 100 faults, 100% of what all faults cost, 100% of it in phase fillOrCopy.",
        ]);
    });

    it("faults that differ widely, if they are enough to tell", () => {
        expect(said({ faultCost: costs(10_000, 50_000) })).toContain(
            "STACK local faults differ widely: half of them take at most 10k cycles, but the 99th percentile is 50k.",
        );
        expect(said({ faultCost: costs(10_000, 50_000, 10) }).join()).not.toContain("differ widely");
    });

    it("threads that begin one after another", () => {
        expect(said({ timeline: fakeTimeline(CLUSTERS) })).toEqual([
            "Clusters meet their first STACK fault in turn, over 614k of 2M cycles: threads begin one after another.",
        ]);
        const { binCycles, rows } = fakeTimeline(CLUSTERS);
        const mixed = rows.map((row) => ({ ...row, bins: [10 + ((7 * row.cxy) % 16)] }));
        expect(said({ timeline: { binCycles, rows: mixed } })).toEqual([]);
    });

    it("a cluster that does far more than the others", () => {
        const clusters = quiet().clusters.map((cluster) => {
            return { ...cluster, instructions: cluster.cxy === 4 ? 9_000_000 : 1_000_000 };
        });
        expect(said({ clusters })).toEqual([
            "Cluster 4 retires 9M instructions, 6 times the mean of the clusters with harts.",
        ]);
    });
});

describe("timing", () => {
    it("where the cycles of an instruction go", () => {
        expect(said({ timing: fakeTiming(CLUSTERS) })).toContainEqual(
            expect.stringMatching(
                /^An instruction takes \d.* cycles in the mean without idle time; the largest part beside/,
            ),
        );
    });

    it("harts that mostly wait, a bank that is mostly busy", () => {
        const timing = fakeTiming(CLUSTERS);
        const harts = timing.harts.map((hart) => ({
            ...hart,
            cycles: 100 * hart.cycles,
            idle: 99 * hart.cycles + hart.idle,
        }));
        expect(said({ timing: { ...timing, harts } })).toContainEqual(
            expect.stringMatching(/^Harts wait for an interrupt in 99/),
        );
        const busy = { uses: 10, busy: 1_000_000, waited: 9, longest: 3 };
        const banks = timing.banks.map((bank) => (bank.cluster === 5 ? { ...bank, channel: busy } : bank));
        expect(said({ timing: { ...timing, banks } })).toContain(
            "The memory channel of bank 5 is taken in 50% of all cycles.",
        );
    });
});
