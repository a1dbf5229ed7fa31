/** The document of --json (interface.md 4). A figure is {value, unit, description}; what was never exercised is null. */

import type { Config } from "../../configs/schema/config.ts";
import { STATE_FORMAT } from "../../emu/host/state-hash.ts";
import { balanceOf } from "./balance.ts";
import { type Exercised, exercised } from "./exercised.ts";
import { EXITS, type ExitName } from "./exit-codes.ts";
import { type Figure, figure, hex } from "./figure.ts";
import {
    type AuditReport,
    type ClusterReport,
    type DsmCounts,
    type FaultCostReport,
    PHASES,
    type Phase,
    type ProgramFault,
    type ProgramReport,
    type SystemReport,
    type TrafficReport,
    VSEG_TYPES,
} from "./report.ts";
import { numaMapDocument, numaStatDocument } from "./run-document-numa.ts";
import { sharedPageDocument, trueSharingDocument } from "./run-document-sharing.ts";

export interface MachineTotals {
    readonly clusters: number;
    readonly harts: number;
    readonly instructions: number;
    readonly cycles: number;
}

export interface RunFacts {
    readonly exit: ExitName;
    /** Differs from the table's code only for a bare-metal guest, which chooses its own. */
    readonly code: number;
    readonly message: string;
    /** Null after --timeout and when no machine ran. */
    readonly stateHash: string | null;
    readonly seed: number;
    readonly engine: string;
    /** Null with --elf. */
    readonly config: Config | null;
    /** Null when no machine ran. */
    readonly totals: MachineTotals | null;
    /** Null with --elf and when no machine ran. */
    readonly report: SystemReport | null;
}

/** The whole document, ready for JSON.stringify. */
export function runDocument(facts: RunFacts): object {
    const { report, totals } = facts;
    const used = report === null ? null : exercised(report);
    const programs = report?.programs ?? [];
    return {
        format: "archipel-run/1",
        exit: { code: facts.code, reason: EXITS[facts.exit].reason, message: facts.message },
        stateHash: facts.stateHash,
        stateFormat: facts.stateHash === null ? null : STATE_FORMAT,
        seed: facts.seed,
        engine: facts.engine,
        config: facts.config,
        machine: totals === null ? null : machineDocument(totals),
        clusters:
            report === null || used === null ? [] : report.clusters.map((cluster) => clusterDocument(cluster, used)),
        programs: programs.map(programDocument),
        traffic: report === null || report.traffic === null ? null : report.traffic.map(trafficDocument),
        falseSharing: report?.falseSharing?.pages.map((page) => sharedPageDocument(page, programs)) ?? null,
        trueSharing: report?.falseSharing ? trueSharingDocument(report.falseSharing) : null,
        waits: report?.waits ?? null,
        audit: report === null || report.audit === null ? null : auditDocument(report.audit),
        stackAddresses: facts.config === null ? null : facts.config.kernel.checkStacks ? "unique" : "repeated",
        balance: report?.traffic ? balanceDocument(report.traffic, report.clusters.length) : null,
        faultCost: report === null ? null : report.faultCost.map(faultCostDocument),
        numastat: report === null ? null : report.numastat.map(numaStatDocument),
        numaMaps: report === null ? null : report.numaMaps.map((map) => numaMapDocument(map, programs)),
    };
}

function auditDocument({ mode, checks, violation }: AuditReport): object {
    const description = "kernel exits, ends of processes and of the run at which invariants were checked";
    return { mode, checks: figure(checks, "checks", description), violation };
}

function machineDocument({ clusters, harts, instructions, cycles }: MachineTotals): object {
    return {
        clusters: figure(clusters, "clusters", "clusters of the mesh"),
        harts: figure(harts, "harts", "harts of the machine"),
        instructions: figure(instructions, "instructions", "instructions retired by all harts"),
        cycles: figure(cycles, "cycles", "furthest hart clock, idle and stalls included"),
    };
}

function clusterDocument(cluster: ClusterReport, used: Exercised): object {
    return {
        cxy: cluster.cxy,
        harts: figure(cluster.harts, "harts", "harts of the cluster"),
        instructions: figure(cluster.instructions, "instructions", "instructions retired by the cluster's harts"),
        cycles: figure(cluster.cycles, "cycles", "furthest clock of the cluster's harts"),
        faults: Object.fromEntries(VSEG_TYPES.map((type) => [type, faultsDocument(cluster, type, used)])),
        frames: framesDocument(cluster, used),
        spills: used.spills
            ? figure(cluster.spills, "frames", "frames found elsewhere because the bank was full")
            : null,
        rpcs: {
            sent: used.rpcs ? figure(cluster.rpcs.sent, "requests", "RPCs sent to other clusters") : null,
            served: used.rpcs ? figure(cluster.rpcs.served, "requests", "RPCs served for other clusters") : null,
        },
        dsm: {
            ...dsmDocument(used.dsm ? cluster.dsm : null),
            diffs: used.release ? figure(cluster.dsm.diffs, "pages", "written copies sent to reference copies") : null,
            drops: used.release ? figure(cluster.dsm.drops, "pages", "copies given up for their age") : null,
            managed: used.dsm
                ? figure(cluster.dsm.managed, "faults", "DSM faults of any node that managers in the cluster served")
                : null,
        },
    };
}

function faultsDocument(cluster: ClusterReport, type: (typeof VSEG_TYPES)[number], used: Exercised): object {
    const { local, throughZ, spurious } = cluster.faults[type];
    const count = (value: number, text: string): Figure | null =>
        used.faults[type] ? figure(value, "faults", `${type} page faults ${text}`) : null;
    return {
        local: count(local, "resolved within the cluster"),
        throughZ: count(throughZ, "resolved through the reference cluster Z"),
        spurious: count(spurious, "whose entry another thread had just set"),
    };
}

function framesDocument(cluster: ClusterReport, used: Exercised): object {
    const counts = VSEG_TYPES.map((type) => {
        const description = `frames of the bank given to ${type} vsegs during the run`;
        return [type, used.frames[type] ? figure(cluster.frames[type], "frames", description) : null];
    });
    return { ...Object.fromEntries(counts), free: figure(cluster.freeFrames, "frames", "frames free at the end") };
}

function dsmDocument(dsm: DsmCounts | null): object {
    const count = (value: number | undefined, unit: string, description: string): Figure | null =>
        value === undefined ? null : figure(value, unit, description);
    return {
        readFaults: count(dsm?.readFaults, "faults", "DSM read faults (RF)"),
        writeFaults: count(dsm?.writeFaults, "faults", "DSM write faults (WF)"),
        invalidations: count(dsm?.invalidations, "messages", "write_invalidate (INV)"),
        revocations: count(dsm?.revocations, "messages", "write_permission_revoke (REVOKE)"),
    };
}

function trafficDocument({ source, home, kind, operation, count }: TrafficReport): object {
    return { source, home, kind, operation, count: figure(count, "accesses", DESCRIPTIONS[operation]) };
}

function balanceDocument(traffic: readonly TrafficReport[], clusters: number): object | null {
    const found = balanceOf(traffic, clusters);
    if (found === null) return null;
    const { local, total, imbalance } = found;
    return {
        localFraction: figure(local / total, "1", "accesses to banks that went to the hart's own"),
        imbalance: figure(imbalance, "1", "accesses of the busiest bank over the mean of all banks"),
    };
}

const PHASE_DESCRIPTIONS: Readonly<Record<Phase, string>> = {
    trap: "from the trap until the kernel looks up the vseg",
    vsl: "lookup of the vseg in VSL(P,K), its registration and the check of rights",
    rpcOut: "requests to Z (a vseg's, an entry's), until they are in Z's FIFO",
    queue: "requests in Z's FIFO, until a server takes them",
    service: "the server at Z, without frame allocation and filling; the DSM protocol",
    frameAllocation: "allocation of the frame in its bank, requests for it included",
    fillOrCopy: "zeroing, filling from the file, copying of the page",
    gpt: "reading, marking and setting the entry in GPT(P,K), waiting for another fault on it",
    return: "the answers' way back from Z, and the way to user mode",
};

function faultCostDocument({ type, how, cause, count, cycles, phases }: FaultCostReport): object {
    const cost = (value: number, what: string): object => ({
        total: figure(value, "cycles", `${what}; all these faults`),
        mean: figure(value / count, "cycles per fault", `${what}; mean`),
    });
    return {
        type,
        how,
        cause,
        count: figure(count, "faults", "resolved page faults of this kind"),
        ...cost(cycles, "the whole fault; the phases sum to it"),
        phases: Object.fromEntries(PHASES.map((phase) => [phase, cost(phases[phase], PHASE_DESCRIPTIONS[phase])])),
    };
}

const DESCRIPTIONS: Readonly<Record<TrafficReport["operation"], string>> = {
    ifetch: "instructions fetched",
    load: "loads",
    store: "stores",
    amo: "atomic accesses (lr, sc, AMOs)",
    walk: "page table entries read by page walks",
};

function programDocument(program: ProgramReport): object {
    return {
        name: program.name,
        pid: program.pid,
        cluster: program.cluster,
        nodes: figure(program.nodes, "processes", "node processes"),
        exit: { code: program.exit.code, signal: program.exit.signal },
        output: program.output,
        dsm: program.dsm === null ? null : dsmDocument(program.dsm),
        fault: program.fault === null ? null : faultDocument(program.fault),
    };
}

/** Addresses are ids: 64-bit hex strings. */
function faultDocument(fault: ProgramFault): object {
    return { ...fault, vaddr: hex(fault.vaddr), pc: hex(fault.pc) };
}
