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
import { grouped } from "./table.ts";
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
}

/** The summary's text, without the state hash. */
export function renderSummary({ config, totals, report, ending, good, color }: SummaryInput): string {
    const paint = pc.createColors(color);
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
        ...renderMesh({ columns, rows, clusters: report.clusters }),
        "",
        ...renderClusters(report, paint.bold),
        "",
        ...(faultCost.length === 0 ? [] : [...renderFaultCost(faultCost, paint.bold), ""]),
        ...(timing === null ? [] : [...renderTiming(timing, totals.cycles, paint.bold), ""]),
        ...(traffic === null ? [] : placementLines(report, traffic, paint.bold)),
        ...renderPrograms(report.programs, paint.bold),
        "",
        ...(report.falseSharing === null ? [] : [...renderFalseSharing(report, paint.bold), ""]),
        ...renderAudit(report.audit),
        `Result: ${good ? paint.green(ending) : paint.red(ending)}`,
    ];
    return `${lines.join("\n")}\n`;
}

const CHECKED_STACKS =
    "  stacks are checked: a slot has another address in each cluster, so stack addresses differ from a normal run";

/** The placement of frames and accesses. `accounting` asks for it, because a large machine has many rows. */
function placementLines(
    { clusters, programs, numastat, numaMaps }: SystemReport,
    traffic: readonly TrafficReport[],
    header: (line: string) => string,
): string[] {
    const maps = numaMaps.length === 0 ? [] : [...renderNumaMaps(numaMaps, programs, header), ""];
    return [...renderTraffic(traffic, clusters.length, header), "", ...renderNumaStat(numastat, header), "", ...maps];
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
