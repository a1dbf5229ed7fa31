/** The summary of a run: machine, mesh, tables per cluster and per program, and its end. */

import pc from "picocolors";
import type { Config } from "../../../configs/schema/config.ts";
import { formatSize } from "../../../configs/size.ts";
import type { AuditReport, SystemReport, TrafficReport } from "../report.ts";
import type { MachineTotals } from "../run-document.ts";
import { renderClusters } from "./clusters.ts";
import { renderFalseSharing } from "./false-sharing.ts";
import { renderFaultCost } from "./fault-cost.ts";
import { renderMesh } from "./mesh.ts";
import { renderNumaMaps, renderNumaStat } from "./numa.ts";
import { renderPrograms } from "./programs.ts";
import { folded, grouped, type Look } from "./table.ts";
import { renderTiming } from "./timing.ts";
import { renderTraffic } from "./traffic.ts";

export interface SummaryInput {
    readonly config: Config;
    readonly totals: MachineTotals;
    readonly report: SystemReport;
    /** The end of the run in one line. `good` chooses its colour. */
    readonly ending: string;
    readonly good: boolean;
    readonly color: boolean;
    /** Columns of a line. */
    readonly width: number;
    /** All clusters, however many. */
    readonly verbose: boolean;
}

/** Of more clusters a table has the busiest, unless all are asked for. */
const MOST_CLUSTERS = 32;

/** The summary's text, without the state hash. */
export function renderSummary({ config, totals, report, ending, good, color, width, verbose }: SummaryInput): string {
    const paint = pc.createColors(color);
    const mostClusters = verbose ? Number.POSITIVE_INFINITY : MOST_CLUSTERS;
    const look: Look = { width, mostClusters, bold: paint.bold };
    const { mesh, bankSize } = config.machine;
    const [columns, rows] = mesh;
    const { traffic, faultCost, timing } = report;
    const lines = [
        "",
        paint.bold(
            `Machine: ${columns} x ${rows} mesh, ${plural(totals.clusters, "cluster")}, ${plural(totals.harts, "hart")}, ` +
                `${formatSize(bankSize)} per bank, seed ${config.seed}`,
        ),
        `  ${grouped(totals.instructions)} instructions, ${grouped(totals.cycles)} cycles${fidelityText(config)}`,
        ...(config.kernel.checkStacks ? [CHECKED_STACKS] : []),
        "",
        ...renderMesh({ columns, rows, clusters: report.clusters }, look),
        "",
        ...renderClusters(report, look),
        "",
        ...(faultCost.length === 0 ? [] : [...renderFaultCost(faultCost, look), ""]),
        ...(timing === null ? [] : [...renderTiming(timing, totals.cycles, look), ""]),
        ...(traffic === null ? [] : placementLines(report, traffic, look)),
        ...renderPrograms(report.programs, look),
        "",
        ...(report.falseSharing === null ? [] : [...renderFalseSharing(report, look), ""]),
        ...renderAudit(report.audit),
        `Result: ${good ? paint.green(ending) : paint.red(ending)}`,
    ];
    return `${lines.flatMap((line) => folded(line, width)).join("\n")}\n`;
}

const CHECKED_STACKS =
    "  stacks are checked: a slot has another address in each cluster, so stack addresses differ from a normal run";

/** The placement of frames and accesses. `accounting` asks for it, because a large machine has many rows. */
function placementLines(
    { clusters, programs, numastat, numaMaps }: SystemReport,
    traffic: readonly TrafficReport[],
    look: Look,
): string[] {
    const maps = numaMaps.length === 0 ? [] : [...renderNumaMaps(numaMaps, programs, look), ""];
    return [...renderTraffic(traffic, clusters.length, look), "", ...renderNumaStat(numastat, look), "", ...maps];
}

/** Functional cycles need no text, because each instruction takes one. */
function fidelityText({ machine }: Config): string {
    const { fidelity, localLatency, hopLatency } = machine;
    if (fidelity === "functional") return "";
    if (fidelity === "timing") return " (caches, coherence, a mesh and banks that can be full)";
    return ` (each access stalls ${localLatency} + ${hopLatency} a hop, an instruction ${hopLatency} a hop; no caches, no contention)`;
}

function renderAudit(audit: AuditReport | null): string[] {
    if (audit === null) return [];
    const { violation } = audit;
    const result =
        violation === null
            ? "all invariants hold"
            : `${violation.invariant ?? `what ${violation.check} checks`} is broken`;
    return [`audit: ${grouped(audit.checks)} ${audit.checks === 1 ? "check" : "checks"}, ${result}`];
}

function plural(count: number, noun: string): string {
    return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
