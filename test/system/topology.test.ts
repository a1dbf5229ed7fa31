/** Clusters without harts and clusters without memory (vmm-policy 8.4), and what they mean for the other rules. */

import { beforeAll, describe, expect, it } from "vitest";
import { EXITS } from "../../boot/report/exit-codes.ts";
import { EINVAL, ESRCH } from "../../kernel/abi/errno.ts";
import { PROBE_FAULT, PROBE_FRAME, PROBE_RPC_SENT } from "../../kernel/abi/event.ts";
import { FAULT_LOCAL } from "../../kernel/abi/fault.ts";
import { BANK_BASE, PAGE_SIZE, WINDOW_BASE } from "../../kernel/abi/memory-map.ts";
import { RPC_FRAME_ALLOC } from "../../kernel/abi/rpc-ops.ts";
import { VSEG_HEAP } from "../../kernel/abi/vseg-type.ts";
import { archipel, configFile, errorLines } from "./harness/cli.ts";
import { guestOf } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, programAt, reported, runConfig } from "./harness/run.ts";

/**
 *     0   1   2*      * no harts      ** no memory either
 *     3   4** 5
 */
const SIX = {
    mesh: [3, 2],
    hartsPerCluster: 2,
    bankSize: "2MiB",
    clustersWithoutHarts: [2, 4],
    clustersWithoutMemory: [4],
} as const;
const WITH_MEMORY = [0, 1, 2, 3, 5];

/** In order of the records: vpn of each HEAP page that a fault filled, and the cluster of its frame. */
function heapPages({ records }: Outcome): { vpn: number; home: number }[] {
    const found: { vpn: number; home: number }[] = [];
    let home = -1;
    for (const { words } of records) {
        const [event, a = 0, , c = 0, , e = 0] = words;
        if (event === PROBE_FRAME && (c & 255) === VSEG_HEAP && e === 1) home = a;
        if (event === PROBE_FAULT && words[2] === VSEG_HEAP && words[5] === FAULT_LOCAL)
            found.push({ vpn: Math.floor(c / PAGE_SIZE), home });
    }
    return found;
}

describe("8.4: every shipped program on a machine with all kinds of clusters", () => {
    const programs = [
        { path: "hello" },
        { path: "threads", threads: 7 },
        { path: "sort" },
        { path: "share", nodes: 5 },
        { path: "matmul", nodes: 4 },
        { path: "family" },
        { path: "files" },
        { path: "stress", args: ["3", "40"] },
        { path: "unmap", args: ["24"] },
        { path: "heat" },
        { path: "stride", args: ["64", "3"] },
    ];
    const policies = [
        {},
        { heap: "skew", gpt: "eager" },
        { heap: "prime", gpt: "reference" },
        { heap: "xor", data: "xor" },
    ];

    it.each(policies)("runs, keeps every invariant and gives every frame back (%j)", async (kernel) => {
        const machine = { ...SIX, bankSize: "4MiB" };
        const outcome = await runConfig({ machine, kernel, programs }, { audit: "every" });
        expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
        expect(outcome.report.programs.map(({ name, exit }) => [name, exit.code])).toEqual(
            programs.map(({ path }) => [path, 0]),
        );
        expect(framesKept(outcome).map((kept, cxy) => (cxy === 4 ? 0 : kept))).toEqual(nothingLeft(outcome));
    });
});

describe("placement", () => {
    let outcome: Outcome;
    beforeAll(async () => {
        outcome = await runConfig({ machine: SIX, programs: [{ path: "unmap", args: ["40", "1"], cluster: 0 }] });
        expect(outcome.report.programs[0]?.exit.code).toBe(0);
    });

    it("2.3: a distributed page lies in cluster VPN mod C, C counting those with memory in their order", () => {
        const pages = heapPages(outcome);
        expect(pages.length).toBeGreaterThanOrEqual(40);
        for (const { vpn, home } of pages) expect(home).toBe(WITH_MEMORY[vpn % WITH_MEMORY.length]);
    });

    it("2.3, 8.4: numa_maps names those with memory, and only those", () => {
        const heap = outcome.report.numaMaps.filter(({ type }) => type === "HEAP");
        expect(new Set(heap.map(({ policy }) => policy))).toEqual(new Set(["interleave:0-3,5"]));
    });

    it("8.4: a bank without harts is managed by the nearest instance that has harts: cluster 2's by 1", () => {
        const asked = outcome.records.filter(
            ({ words }) => words[0] === PROBE_RPC_SENT && words[2] === RPC_FRAME_ALLOC,
        );
        const inBank = (cxy: number) => heapPages(outcome).filter(({ home }) => home === cxy).length;
        const servedBy = (cxy: number) => asked.filter(({ words }) => words[3] === cxy).length;
        expect(servedBy(1)).toBeGreaterThanOrEqual(inBank(1) + inBank(2));
        expect([servedBy(2), servedBy(4)]).toEqual([0, 0]);
    });

    it("8.4: a cluster without harts runs nothing, one without memory has no frame", () => {
        const { clusters } = outcome.report;
        expect(clusters.map(({ harts }) => harts)).toEqual([2, 2, 0, 2, 0, 2]);
        expect([clusters[2], clusters[4]].map((each) => [each?.instructions, each?.cycles])).toEqual([
            [0, 0],
            [0, 0],
        ]);
        expect(clusters[2]?.frames.HEAP).toBeGreaterThan(0);
        expect(clusters[4]?.freeFrames).toBe(0);
        expect(clusters[2]?.freeFrames).toBe(512);
    });

    it("5.7: a full bank spills into the nearest bank with room, also one without harts", async () => {
        const machine = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "2MiB", clustersWithoutHarts: [1] };
        const programs = [{ path: "unmap", args: ["450", "1", "0"] }];
        const { report, end } = await runConfig({ machine, programs });
        expect([end, report.programs[0]?.exit.code]).toEqual(["halted", 0]);
        expect(report.clusters[1]?.frames.REMOTE).toBeGreaterThan(0);
        expect(report.clusters[0]?.spills).toBe(report.clusters[1]?.frames.REMOTE);
    });
});

describe("calls that name a cluster", () => {
    it("7.5, 3: no thread, child or process is in a cluster without harts, no REMOTE vseg where no memory is", async () => {
        const call = (label: string, number: string, a0: string, a2 = "0") => `
            li a0, ${a0}
            li a1, ${number === "SYS_REMOTE_MALLOC" ? a2 : "0"}
            li a2, ${a2}
            li a7, ${number}
            ecall
            mv a1, a0
            la a0, ${label}
            call report`;
        const calls = [
            ["thread_in_2", "SYS_THREAD_CREATE", "0x10000", "2"],
            ["fork_in_4", "SYS_PLACE_FORK", "4"],
            ["remote_in_4", "SYS_REMOTE_MALLOC", "4096", "4"],
            ["kill_in_2", "SYS_KILL", "0x20001"],
            ["join_in_2", "SYS_THREAD_JOIN", "0x20001"],
            ["info_0", "SYS_CLUSTER_INFO", "0"],
            ["info_2", "SYS_CLUSTER_INFO", "2"],
            ["info_4", "SYS_CLUSTER_INFO", "4"],
            ["info_6", "SYS_CLUSTER_INFO", "6"],
        ] as const;
        const names = calls.map(([label]) => `${label}: .asciz "${label}"`).join("\n");
        const body = calls.map(([label, number, a0, a2]) => call(label, number, a0, a2)).join("\n");
        const source = `
            .text
            .globl main
        main: ${body}
            li a0, 0
            j exit_group
            .section .rodata
            ${names}`;
        const outcome = await runConfig({ machine: SIX, programs: [{ path: guestOf("where", source) }] });
        const { info_0, info_2, info_4, info_6, ...others } = reported(programAt(outcome, 0));
        expect([info_0, info_2, info_4, info_6]).toEqual([[0x10002], [0x10000], [0], [-EINVAL]]);
        expect(others).toEqual({
            thread_in_2: [-EINVAL],
            fork_in_4: [-EINVAL],
            remote_in_4: [-EINVAL],
            kill_in_2: [-ESRCH],
            join_in_2: [-ESRCH],
        });
    });
});

describe("the machine", () => {
    it("has no memory in a missing bank, neither for harts nor for the host", async () => {
        let tried = false;
        const missing = BANK_BASE + 4 * 2 ** 21;
        const betweenSteps = (machine: { readPhysical(at: number, length: number): Uint8Array }) => {
            tried = true;
            expect(() => machine.readPhysical(missing, 8)).toThrow(RangeError);
            expect(machine.readPhysical(missing - 8, 8).length).toBe(8);
            expect(machine.readPhysical(WINDOW_BASE, 8).length).toBe(8);
        };
        await runConfig({ machine: SIX, programs: [{ path: "hello" }] }, { betweenSteps, step: 10_000 });
        expect(tried).toBe(true);
    });

    it("shows itself in summary and document", async () => {
        const file = configFile("topology", { machine: SIX, programs: [{ path: "hello" }] });
        const { out } = await archipel("boot", file);
        expect(out).toContain("| no harts  |");
        const { out: json } = await archipel("boot", file, "--json", "-");
        expect(JSON.parse(json).clusters.map((each: { harts: { value: number } }) => each.harts.value)).toEqual([
            2, 2, 0, 2, 0, 2,
        ]);
    });

    it("8.4: memory is a condition for harts: an error that says what to write", async () => {
        const machine = { ...SIX, clustersWithoutHarts: [2] };
        const result = await archipel("boot", configFile("no-bank", { machine, programs: [] }));
        expect(result.code).toBe(EXITS.usage.code);
        expect(errorLines(result)[0]).toMatch(
            /\/machine\/clustersWithoutHarts is \[2\]; must name the clusters without memory too: their harts would have no bank \(4\) \(e\.g\. \[2,4\]\)$/,
        );
    });
});
