/**
 * The document of --json (interface.md 4). A figure is {value, unit}, and what it counts stands in the schema
 * (run-schema.ts). A figure that was never exercised is null.
 */

import type { Config } from "../../configs/schema/config.ts";
import type { EngineName } from "../../emu/host/machine-options.ts";
import { STATE_FORMAT } from "../../emu/host/state-hash.ts";
import type { MachineJit } from "../../emu/machine.ts";
import { balanceOf } from "./balance.ts";
import { type Exercised, exercised } from "./exercised.ts";
import { EXITS, type ExitName } from "./exit-codes.ts";
import type { Expected } from "./expect.ts";
import { type Figure, figure, hex } from "./figure.ts";
import { CLUSTER_METRICS, DSM_METRICS, type Metric } from "./metrics.ts";
import type { RegionReport } from "./region-report.ts";
import {
    type AuditReport,
    type ClusterReport,
    type DsmCounts,
    type FaultCostReport,
    PHASES,
    type ProgramFault,
    type ProgramReport,
    type SystemReport,
    type TrafficReport,
} from "./report.ts";
import { numaMapDocument, numaStatDocument } from "./run-document-numa.ts";
import { sharedPageDocument, trueSharingDocument } from "./run-document-sharing.ts";
import { timingDocument } from "./run-document-timing.ts";

export interface MachineTotals {
    readonly clusters: number;
    readonly harts: number;
    readonly instructions: number;
    readonly cycles: number;
}

export interface RunFacts {
    readonly exit: ExitName;
    /** Differs from the table's code only for a bare-metal guest, which chooses its own code. */
    readonly code: number;
    readonly message: string;
    /** Null after --timeout and when no machine ran. */
    readonly stateHash: string | null;
    readonly seed: number;
    /** As it was asked for. */
    readonly engine: EngineName;
    /** Null when no machine ran. */
    readonly jit: MachineJit | null;
    /** Null with --elf. */
    readonly config: Config | null;
    /** Null when no machine ran. */
    readonly totals: MachineTotals | null;
    /** Null with --elf and when no machine ran. */
    readonly report: SystemReport | null;
}

/** What a whole document has of the config's expectations, too. */
export interface WholeFacts extends RunFacts {
    readonly expect: readonly Expected[] | null;
}

/** The whole document, ready for JSON.stringify. */
export function runDocument(facts: WholeFacts): object {
    return { ...factsDocument(facts), expect: facts.expect?.map(expectedDocument) ?? null };
}

function expectedDocument({ value, test, expected, found, met }: Expected): object {
    return { value, [test]: expected, found: found ?? null, met };
}

/** The document as far as it does not depend on what is expected of it. */
export function factsDocument(facts: RunFacts): object {
    const { report, totals } = facts;
    const used = report === null ? null : exercised(report);
    const programs = report?.programs ?? [];
    return {
        format: "archipel-run/2",
        exit: { code: facts.code, reason: EXITS[facts.exit].reason, message: facts.message },
        stateHash: facts.stateHash,
        stateFormat: facts.stateHash === null ? null : STATE_FORMAT,
        seed: facts.seed,
        engine: facts.engine,
        jit: facts.jit && jitDocument(facts.jit),
        config: facts.config,
        machine: totals === null ? null : machineDocument(totals),
        clusters:
            report === null || used === null ? [] : report.clusters.map((cluster) => clusterDocument(cluster, used)),
        programs: programs.map(programDocument),
        traffic: report === null || report.traffic === null ? null : report.traffic.map(trafficDocument),
        falseSharing: report?.falseSharing?.pages.map((page) => sharedPageDocument(page, programs)) ?? null,
        trueSharing: report?.falseSharing ? trueSharingDocument(report.falseSharing) : null,
        timing: report?.timing ? timingDocument(report.timing, totals?.cycles ?? 0) : null,
        waits: report?.waits ?? null,
        audit: report === null || report.audit === null ? null : auditDocument(report.audit),
        stackAddresses: facts.config === null ? null : facts.config.kernel.checkStacks ? "unique" : "repeated",
        balance: report?.traffic ? balanceDocument(report.traffic, report.clusters.length) : null,
        faultCost: report === null ? null : report.faultCost.map(faultCostDocument),
        timeline: report?.timeline ?? null,
        regions: report === null ? null : report.regions.map((region) => regionDocument(region, programs)),
        numastat: report === null ? null : report.numastat.map(numaStatDocument),
        numaMaps: report === null ? null : report.numaMaps.map((map) => numaMapDocument(map, programs)),
    };
}

function regionDocument(region: RegionReport, programs: readonly ProgramReport[]): object {
    const { program, name, entered, instructions, cycles, clusters } = region;
    const used = exercised({ clusters, programs });
    const traffic = region.traffic && [...region.traffic.values()].filter(({ count }) => count > 0);
    return {
        program: programs[program]?.name ?? "",
        name,
        entered: figure(entered, "times"),
        machine: { instructions: figure(instructions, "instructions"), cycles: figure(cycles, "cycles") },
        clusters: clusters.map((cluster) => clusterDocument(cluster, used)),
        traffic: traffic?.map(trafficDocument) ?? null,
        balance: traffic && balanceDocument(traffic, clusters.length),
        faultCost: [...region.faultCost.values()].filter(({ count }) => count > 0).map(costDocument),
    };
}

function jitDocument({ regions, compiled, instructions }: MachineJit): object {
    return {
        regions: figure(regions, "regions"),
        compiled: figure(compiled, "instructions"),
        instructions: figure(instructions, "instructions"),
    };
}

function auditDocument({ mode, checks, violation }: AuditReport): object {
    return { mode, checks: figure(checks, "checks"), violation };
}

function machineDocument({ clusters, harts, instructions, cycles }: MachineTotals): object {
    return {
        clusters: figure(clusters, "clusters"),
        harts: figure(harts, "harts"),
        instructions: figure(instructions, "instructions"),
        cycles: figure(cycles, "cycles"),
    };
}

function clusterDocument(cluster: ClusterReport, used: Exercised): object {
    const document: Nested = {};
    for (const { path, unit, of, used: counts } of CLUSTER_METRICS) {
        const value = (counts?.(used) ?? true) ? figure(of(cluster), unit) : null;
        place(document, path, value);
    }
    return { cxy: cluster.cxy, ...document };
}

type Nested = { [name: string]: Nested | Figure | null };

function place(document: Nested, [name, ...rest]: Metric["path"], value: Figure | null): void {
    const [next, ...others] = rest;
    if (next === undefined) {
        document[name] = value;
        return;
    }
    const inner = (document[name] ?? {}) as Nested;
    document[name] = inner;
    place(inner, [next, ...others], value);
}

function dsmDocument(dsm: DsmCounts): object {
    return Object.fromEntries(DSM_METRICS.map(({ key, unit }) => [key, figure(dsm[key], unit)]));
}

function trafficDocument({ source, mode, home, kind, operation, count }: TrafficReport): object {
    return { source, mode, home, kind, operation, count: figure(count, "accesses") };
}

function balanceDocument(traffic: readonly TrafficReport[], clusters: number): object | null {
    const found = balanceOf(traffic, clusters);
    if (found === null) return null;
    const { local, total, imbalance } = found;
    const fraction = (which: (row: TrafficReport) => boolean) => {
        const part = balanceOf(traffic.filter(which), clusters);
        return part === null ? null : figure(part.local / part.total, "1");
    };
    const isFetch = ({ operation }: TrafficReport) => operation === "ifetch";
    const isUser = ({ mode }: TrafficReport) => mode === "user";
    return {
        localFraction: figure(local / total, "1"),
        imbalance: figure(imbalance, "1"),
        localData: fraction((row) => !isFetch(row)),
        localFetches: fraction(isFetch),
        userData: fraction((row) => isUser(row) && !isFetch(row)),
        userFetches: fraction((row) => isUser(row) && isFetch(row)),
        kernelData: fraction((row) => !isUser(row) && !isFetch(row)),
        kernelFetches: fraction((row) => !isUser(row) && isFetch(row)),
    };
}

function faultCostDocument(cost: FaultCostReport): object {
    const { phases, ...rest } = costDocument(cost);
    return {
        ...rest,
        median: figure(cost.median, "cycles"),
        p99: figure(cost.p99, "cycles"),
        phases,
    };
}

function costDocument({ type, how, cause, count, cycles, phases }: Omit<FaultCostReport, "median" | "p99">) {
    const cost = (value: number): object => ({
        total: figure(value, "cycles"),
        mean: figure(value / count, "cycles per fault"),
    });
    return {
        type,
        how,
        cause,
        count: figure(count, "faults"),
        ...cost(cycles),
        phases: Object.fromEntries(PHASES.map((phase) => [phase, cost(phases[phase])])),
    };
}

function programDocument(program: ProgramReport): object {
    return {
        name: program.name,
        pid: program.pid,
        cluster: program.cluster,
        nodes: figure(program.nodes, "processes"),
        exit: { code: program.exit.code, signal: program.exit.signal },
        output: program.output,
        dsm: program.dsm === null ? null : dsmDocument(program.dsm),
        fault: program.fault === null ? null : faultDocument(program.fault),
        refused: program.refused,
    };
}

/** Addresses are ids, that is 64-bit hex strings. */
function faultDocument(fault: ProgramFault): object {
    const calls = fault.calls?.map((call) => ({ ...call, pc: hex(call.pc) })) ?? null;
    return { ...fault, vaddr: fault.vaddr === null ? null : hex(fault.vaddr), pc: hex(fault.pc), calls };
}
