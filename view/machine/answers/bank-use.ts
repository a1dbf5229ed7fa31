/** Who uses which bank in a stretch of cycles, and what a run has come to. */

import type { ClusterReport } from "../../../boot/report/report.ts";
import { type BankUse, type Questions, type RunFigures, TRAFFIC_PARTS, type TrafficPart } from "../../questions.ts";
import type { KernelSession } from "../kernel-session.ts";
import type { Sample } from "../samples.ts";
import type { Session } from "../session.ts";

export function bankUse(session: Session, { from, to, parts }: Questions["bankUse"]["about"]): BankUse {
    const { all } = session.samples;
    const clusters = session.machine.clusterCount;
    const first = Math.max(
        0,
        all.findLastIndex(({ clock }) => clock <= from),
    );
    const behind = all.findIndex(({ clock }) => clock >= to);
    const shown = all.slice(first, behind < 0 ? undefined : behind + 1);
    const remote = new Float64Array(Math.max(0, shown.length - 1) * clusters);
    for (const [i, sample] of shown.slice(1).entries()) addRemote(remote, i * clusters, shown[i], sample, parts);
    return { clocks: shown.map(({ clock }) => clock), matrix: matrixOf(shown[0], shown.at(-1), parts), remote };
}

function addRemote(
    into: Float64Array,
    at: number,
    before: Sample | undefined,
    after: Sample,
    parts: readonly TrafficPart[],
): void {
    const clusters = after.rows.length;
    for (const [source, row] of after.rows.entries()) {
        const old = before?.rows[source];
        if (old === row) continue;
        for (const part of parts) {
            const offset = TRAFFIC_PARTS.indexOf(part) * clusters;
            for (let bank = 0; bank < clusters; bank++)
                if (bank !== source)
                    into[at + bank] = (into[at + bank] ?? 0) + (row[offset + bank] ?? 0) - (old?.[offset + bank] ?? 0);
        }
    }
}

/** Counts between two samples: [source * clusters + bank]. */
function matrixOf(before: Sample | undefined, after: Sample | undefined, parts: readonly TrafficPart[]): Float64Array {
    const clusters = after?.rows.length ?? 0;
    const matrix = new Float64Array(clusters * clusters);
    for (const [source, row] of (after?.rows ?? []).entries()) {
        const old = before?.rows[source];
        if (old === row) continue;
        for (const part of parts) {
            const offset = TRAFFIC_PARTS.indexOf(part) * clusters;
            for (let bank = 0; bank < clusters; bank++) {
                const at = source * clusters + bank;
                matrix[at] = (matrix[at] ?? 0) + (row[offset + bank] ?? 0) - (old?.[offset + bank] ?? 0);
            }
        }
    }
    return matrix;
}

export function runFigures({ system, clock, ended }: KernelSession): RunFigures {
    const { clusters, traffic } = system.report();
    const remote = clusters.map(() => 0);
    const data = { all: 0, local: 0 };
    const fetches = { all: 0, local: 0 };
    for (const { source, home, operation, count } of traffic ?? []) {
        if (home === null) continue;
        const sums = operation === "ifetch" ? fetches : data;
        sums.all += count;
        if (home === source) sums.local += count;
        else if (operation !== "ifetch") remote[home] = (remote[home] ?? 0) + count;
    }
    const most = remote.reduce((a, b) => Math.max(a, b), 0);
    const sum = (of: (cluster: ClusterReport) => number) => clusters.reduce((total, cluster) => total + of(cluster), 0);
    return {
        clock,
        instructions: system.instructions(),
        ended: ended?.end,
        data,
        fetches,
        hottest: most > 0 ? { bank: remote.indexOf(most), remote: most } : undefined,
        faults: sum(({ faults }) =>
            Object.values(faults).reduce((total, { local, throughZ }) => total + local + throughZ, 0),
        ),
        requests: sum(({ rpcs }) => rpcs.sent),
        dsmFaults: sum(({ dsm }) => dsm.readFaults + dsm.writeFaults),
    };
}
