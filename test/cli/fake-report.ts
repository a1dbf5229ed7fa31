/** Made-up reports and runs for the tests of the command line: figures are functions of the cluster's number. */

import type { Streams } from "../../boot/cli/output.ts";
import type {
    ClusterReport,
    FalseSharingReport,
    FaultCostReport,
    FaultHow,
    NumaMap,
    NumaStat,
    ProgramReport,
    RunEnd,
    SharedPage,
    StepResult,
    SystemReport,
    SystemRun,
    TrafficReport,
    VsegType,
} from "../../boot/report/report.ts";
import {
    COHERENCE_COUNTS,
    STALL_PARTS,
    type StallPart,
    type TimedHart,
    type TimingFigures,
} from "../../emu/host/timing-figures.ts";
import { DSM_BASE, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";

const NO_FAULTS = { local: 0, throughZ: 0, spurious: 0 };

export function fakeCluster(cxy: number, harts = 2): ClusterReport {
    const stack = { local: 1 + (cxy % 3), throughZ: 0, spurious: 0 };
    const data = cxy === 0 ? { local: 4, throughZ: 0, spurious: 1 } : { local: 0, throughZ: 3, spurious: 0 };
    const frames: Record<VsegType, number> = {
        CODE: 3,
        DATA: 2,
        STACK: 1 + (cxy % 3),
        HEAP: 0,
        REMOTE: 0,
        FILE: 0,
        DSM: 0,
    };
    return {
        cxy,
        harts,
        instructions: 1_234_567 + 1000 * cxy,
        cycles: 2_000_000 + cxy,
        faults: {
            CODE: { local: 3, throughZ: 0, spurious: 0 },
            DATA: data,
            STACK: stack,
            HEAP: NO_FAULTS,
            REMOTE: NO_FAULTS,
            FILE: NO_FAULTS,
            DSM: NO_FAULTS,
        },
        frames,
        freeFrames: 4000 - cxy,
        spills: 0,
        rpcs: { sent: 2 * cxy, served: cxy === 0 ? 12 : 0 },
        dsm: {
            readFaults: 2,
            writeFaults: cxy === 0 ? 1 : 0,
            invalidations: 0,
            revocations: 0,
            diffs: 0,
            drops: 0,
            managed: cxy === 0 ? 7 : 0,
        },
    };
}

export const HELLO: ProgramReport = {
    name: "hello",
    pid: 0x10001,
    cluster: 1,
    nodes: 1,
    exit: { code: 0, signal: null },
    output: "hello from cluster 1\nhello: ok\n",
    dsm: null,
    fault: null,
    refused: [],
};

export const SHARE: ProgramReport = {
    ...HELLO,
    name: "share",
    pid: 2,
    cluster: 0,
    nodes: 4,
    output: Array.from({ length: 12 }, (_, line) => `line ${line}\n`).join(""),
    dsm: { readFaults: 6, writeFaults: 1, invalidations: 1, revocations: 2 },
};

export const CRASHED: ProgramReport = {
    ...HELLO,
    name: "crash",
    pid: 3,
    exit: { code: null, signal: "SIGSEGV" },
    output: "\u001b[31mred\n",
    fault: {
        vaddr: 0n,
        access: "write",
        pc: 0x10044n,
        function: "main",
        file: "userland/programs/crash.ts",
        line: 12,
        thread: 0,
        cluster: 1,
        stackOwner: null,
        calls: null,
    },
};

export function fakeReport(clusters: number, programs: readonly ProgramReport[], harts = 2): SystemReport {
    return {
        clusters: Array.from({ length: clusters }, (_, cxy) => fakeCluster(cxy, harts)),
        programs,
        traffic: null,
        waits: null,
        audit: null,
        falseSharing: null,
        faultCost: [fakeCost("STACK", "local", "trap"), fakeCost("DATA", "throughZ", "userCopy")],
        timing: null,
        numastat: Array.from({ length: clusters }, (_, node) => fakeNumaStat(node)),
        numaMaps: [fakeMap("CODE", 0x10000n, clusters), fakeMap("STACK", 0x3fff_0000n, 1)],
        timeline: { binCycles: 256, rows: [] },
        regions: [],
    };
}

/** Page `i` cost less than the one before, and was written by one node more. */
export function fakeSharing(pages: number): FalseSharingReport {
    const fakePage = (_: unknown, i: number): SharedPage => {
        const [address, truePhases, cycles] = [DSM_BASE + PAGE_SIZE * i, i % 2, 1_000_000 / (i + 1)];
        const counts = { readFaults: i, writeFaults: 10 * i, invalidations: 20 * i, revocations: 30 * i };
        const requests = Array.from({ length: (i % 3) + 1 }, (_, at) => ({
            node: at % 2,
            address: address + 64 * at,
            bytes: 64,
            release: at === 2,
        }));
        const nodes = Array.from({ length: i + 2 }, (_, node) => ({
            node,
            bytes: 8 * (node + 1),
            ranges: Array.from({ length: node + 1 }, (_, at) => ({ from: 800 * at, to: 800 * at + 7 })),
            places: Array.from({ length: node % 5 }, (_, at) => {
                return {
                    function: `src/part/fill${at >> 1}`,
                    file: at === 3 ? null : "src/part.ts",
                    line: 30 + at,
                    pc: 0x10000 + at,
                    times: 9 - at,
                };
            }),
        }));
        return { program: 0, address, requests, phases: i + 1, truePhases, ...counts, cycles, nodes, advice: "align" };
    };
    return { pages: Array.from({ length: pages }, fakePage), trulyShared: pages };
}

function fakeNumaStat(node: number): NumaStat {
    const [numa_hit, numa_miss, numa_foreign] = [100 + node, node % 2, (node + 1) % 2];
    return { node, numa_hit, numa_miss, numa_foreign, interleave_hit: 40, local_node: 60, other_node: 40 + node };
}

function fakeMap(type: VsegType, address: bigint, nodes: number): NumaMap {
    const pages = Array.from({ length: nodes }, (_, node) => ({ node, pages: 2 }));
    return { program: 0, pid: 1, address, policy: "local", type, pages, replicas: pages };
}

function fakeCost(type: VsegType, how: FaultHow, cause: FaultCostReport["cause"]): FaultCostReport {
    const remote = how === "throughZ" ? 700 : 0;
    const at = { rpcOut: remote, queue: 2 * remote, service: 3 * remote };
    const phases = {
        trap: 60,
        vsl: 140,
        ...at,
        frameAllocation: 250,
        fillOrCopy: 5200,
        gpt: 300,
        return: 100,
        telling: 51,
    };
    const cycles = Object.values(phases).reduce((sum, each) => sum + each, 0);
    return { type, how, cause, count: 4, cycles, median: cycles / 4, p99: 2 * cycles, phases };
}

/** Each cluster fetches its own code, and loads data of all others. */
export function fakeTraffic(clusters: number): TrafficReport[] {
    return Array.from({ length: clusters }, (_, source): TrafficReport[] => [
        { source, mode: "user", home: source, kind: "CODE", operation: "ifetch", count: 1_000_000 },
        ...Array.from({ length: clusters }, (_, home): TrafficReport => {
            return { source, mode: "user", home, kind: "DATA", operation: "load", count: 10 * (home + 1) };
        }),
        { source, mode: "user", home: 0, kind: "GPT", operation: "walk", count: 33 },
        { source, mode: "kernel", home: null, kind: "DEVICE", operation: "store", count: 7 },
    ]).flat();
}

/** Figures of fidelity "timing": two harts a cluster, and three links. */
export function fakeTiming(clusters: number): TimingFigures {
    const stall = (scale: number) =>
        Object.fromEntries(STALL_PARTS.map((part, i) => [part, scale * i])) as Record<StallPart, number>;
    const use = (scale: number) => ({ uses: 10 * scale, busy: 400 * scale, waited: 25 * scale, longest: 9 });
    const hart = (index: number): TimedHart => {
        const cluster = Math.floor(index / 2);
        const stalls = { l1i: stall(10), l1d: stall(30 + 10 * cluster), walk: stall(2) };
        const rest = { idle: 1000 * index, device: 20, pause: 160, fence: index, instructions: 4000 };
        const missed = { l1i: 12, l1d: 90 + 5 * cluster, walk: 3 };
        const counts = Object.fromEntries(
            COHERENCE_COUNTS.map((name, i) => [name, 100 * i + index]),
        ) as TimedHart["counts"];
        const cycles = 4000 + 180 + 1001 * index + 36 * (42 + 10 * cluster);
        return { hart: index, cluster, cycles, ...rest, stalls, misses: missed, counts };
    };
    return {
        modelHash: HASH,
        harts: Array.from({ length: 2 * clusters }, (_, index) => hart(index)),
        banks: Array.from({ length: clusters }, (_, cluster) => ({
            cluster,
            port: use(cluster % 5),
            channel: use((cluster + 1) % 3),
        })),
        links: (["east", "south", "ejection"] as const).map((direction, i) => ({
            network: i === 0 ? "requests" : "data",
            cluster: i,
            direction,
            ...use(i + 1),
        })),
        late: 0,
        overflows: 0,
    };
}

export const HASH = "0123456789abcdef".repeat(4);

/** A run that prints a line in each step and ends in the way given; "never" goes on for ever. */
export function fakeRun(report: SystemReport, end: RunEnd | "never", message = "", onStep = (): void => {}): SystemRun {
    let instructions = 0;
    return {
        step: (count, limit): StepResult => {
            onStep();
            instructions = Math.min(limit, instructions + count);
            if (instructions >= limit) return { ended: true, end: "max-instructions", message: "" };
            return end === "never" || instructions < 2 * count ? { ended: false } : { ended: true, end, message };
        },
        finish: () => {},
        instructions: () => instructions,
        cycles: () => 2_000_003,
        clock: () => 2_000_000,
        debuggee: undefined as never,
        snapshot: () => new Uint8Array(),
        restore: () => [],
        report: () => report,
        accountErrors: () => [],
        stateHash: () => HASH,
        jit: () => ({ regions: 0, compiled: 0, instructions: 0 }),
    };
}

/** Streams that keep what they get. */
export function keptStreams(): Streams & { readonly kept: { out: string; err: string } } {
    const kept = { out: "", err: "" };
    const decoder = new TextDecoder();
    return {
        kept,
        out: (data) => {
            kept.out += typeof data === "string" ? data : decoder.decode(data);
        },
        err: (data) => {
            kept.err += data;
        },
        outIsTerminal: false,
        errIsTerminal: false,
        color: false,
        columns: Number.POSITIVE_INFINITY,
    };
}
