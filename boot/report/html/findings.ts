/**
 * What stands out of a run, in sentences. Each rule looks at one thing, has one bound, and says the figures that it goes by; a rule that finds
 * nothing says nothing. The order is that of the table: what is wrong comes first.
 */

import { sampleRankCorrelation } from "simple-statistics";
import { PHASES } from "../report.ts";
import { partName, partOf, STACK_PARTS } from "./cycle-stack.ts";
import { faultName } from "./fault-cost.ts";
import { exact, percent, plural, short } from "./numbers.ts";
import { amountOf, type RunFile } from "./run-file.ts";
import { exitOf } from "./tables.ts";
import { matrixOf, TRAFFIC_PARTS } from "./traffic.ts";

/** The sentences of one rule. */
type Rule = (run: RunFile) => readonly string[];

/** Bounds of the rules. */
const UNEVEN = 2;
const MUCH = 0.25;
const MOST = 0.5;
const IN_TURN = 0.95;

export function findings(run: RunFile): string[] {
    return RULES.flatMap((rule) => rule(run));
}

const RULES: readonly Rule[] = [
    ending,
    failures,
    refusals,
    ownData,
    hotBank,
    server,
    costliest,
    spread,
    inTurn,
    spills,
    sharing,
    idle,
    stalls,
    busyBank,
    unevenWork,
];

function ending({ exit, audit }: RunFile): string[] {
    const violation = audit?.violation?.text;
    if (violation !== undefined) return [`The audit found a violation: ${violation}.`];
    if (exit.code === 0) return [];
    return [`The run did not end well: ${exit.message === "" ? exit.reason : exit.message}.`];
}

function failures({ programs }: RunFile): string[] {
    const failed = programs.filter(({ exit }) => exit.code !== 0);
    if (failed.length === 0) return [];
    const named = failed.slice(0, 3).map((program) => `${program.name} (${exitOf(program)})`);
    const more = failed.length > 3 ? ` and ${failed.length - 3} more` : "";
    return [`${failed.length} of ${plural(programs.length, "program")} did not end well: ${named.join(", ")}${more}.`];
}

function refusals({ programs }: RunFile): string[] {
    const asked = programs.filter(({ refused }) => refused.length > 0);
    if (asked.length === 0) return [];
    const calls = [...new Set(asked.flatMap(({ refused }) => refused.map(({ call }) => call)))];
    return [`System calls refused something: ${calls.join(", ")} (of ${asked.map(({ name }) => name).join(", ")}).`];
}

/** Programs' data is told apart from all accesses, most of which are fetches. */
function ownData(run: RunFile): string[] {
    const [data] = TRAFFIC_PARTS;
    const matrix = data === undefined ? undefined : matrixOf(run, data);
    if (matrix === undefined) return [];
    const share = matrix.local / matrix.total;
    if (share >= MOST || run.clusters.length < 2) return [];
    return [
        `Only ${percent(share)} of programs' own data accesses go to the bank of their cluster (${short(matrix.total - matrix.local)} of ${short(matrix.total)} go elsewhere).`,
    ];
}

function hotBank(run: RunFile): string[] {
    return TRAFFIC_PARTS.slice(0, 2).flatMap((part) => {
        const matrix = matrixOf(run, part);
        if (matrix === undefined) return [];
        const sum = matrix.remote.reduce((a, b) => a + b, 0);
        const most = Math.max(...matrix.remote);
        const ratio = (most * matrix.remote.length) / sum;
        if (!(ratio >= UNEVEN)) return [];
        const whose = part.id === "traffic-kernel" ? "The kernel's" : "Programs'";
        const bank = matrix.remote.indexOf(most);
        return [
            `${whose} data accesses to other clusters meet in bank ${bank}: ${short(most)} of ${short(sum)}, ${short(ratio)} times the mean of all banks.`,
        ];
    });
}

function server({ clusters, programs }: RunFile): string[] {
    const served = clusters.map(({ rpcs }) => amountOf(rpcs.served));
    const sum = served.reduce((a, b) => a + b, 0);
    const most = Math.max(0, ...served);
    if (sum === 0 || most / sum < MUCH || most * clusters.length < UNEVEN * sum) return [];
    const cluster = clusters[served.indexOf(most)]?.cxy ?? 0;
    const of = programs.filter((program) => program.cluster === cluster).length;
    const which = of === programs.length ? "every program" : `${of} of ${plural(programs.length, "program")}`;
    const why = of === 0 ? "" : `; it is the reference cluster of ${which}`;
    return [`Cluster ${cluster} serves ${exact(most)} of ${exact(sum)} RPCs (${percent(most / sum)})${why}.`];
}

function costliest({ faultCost }: RunFile): string[] {
    const rows = faultCost ?? [];
    const sum = rows.reduce((all, { total }) => all + total.value, 0);
    const worst = [...rows].sort((a, b) => b.total.value - a.total.value)[0];
    if (worst === undefined || rows.length < 2 || worst.total.value < MUCH * sum) return [];
    const total = worst.total.value;
    const phase = [...PHASES].sort((a, b) => worst.phases[b].total.value - worst.phases[a].total.value)[0] ?? "trap";
    const share = worst.phases[phase].total.value / total;
    return [
        `${faultName(worst)} faults cost the most: ${exact(total)} cycles in ${exact(worst.count.value)} faults, ${percent(total / sum)} of what all faults cost, ${percent(share)} of it in phase ${phase}.`,
    ];
}

const FAR = 5;
const ENOUGH = 20;

function spread({ faultCost }: RunFile): string[] {
    return (faultCost ?? [])
        .filter(({ count, median, p99 }) => count.value >= ENOUGH && p99.value >= FAR * median.value)
        .map(
            (row) =>
                `${faultName(row)} faults differ widely: half of them take at most ${short(row.median.value)} cycles, but the 99th percentile is ${short(row.p99.value)}.`,
        );
}

/** Clusters that meet their first fault of STACK in the order of their numbers: threads begin one after another. */
function inTurn({ timeline, machine }: RunFile): string[] {
    if (timeline === null || machine === null) return [];
    const first = timeline.rows
        .filter(({ event, what }) => event === "fault" && what === "STACK")
        .map(({ cxy, bins }) => [cxy, bins[0] ?? 0] as const);
    if (first.length < 8) return [];
    const bins = first.map(([, bin]) => bin);
    const clusters = first.map(([cxy]) => cxy);
    const span = (Math.max(...bins) - Math.min(...bins)) * timeline.binCycles;
    if (span < 0.05 * machine.cycles.value || sampleRankCorrelation(clusters, bins) < IN_TURN) return [];
    return [
        `Clusters meet their first STACK fault in turn, over ${short(span)} of ${short(machine.cycles.value)} cycles: threads begin one after another.`,
    ];
}

function spills({ clusters }: RunFile): string[] {
    const sum = clusters.reduce((all, each) => all + amountOf(each.spills), 0);
    if (sum === 0) return [];
    return [`${plural(sum, "page")} lie in other banks than their rule names, which were full.`];
}

function sharing({ falseSharing }: RunFile): string[] {
    const pages = falseSharing ?? [];
    const [worst] = pages;
    if (worst === undefined) return [];
    return [
        `${plural(pages.length, "page")} ${pages.length === 1 ? "is" : "are"} shared falsely; the costliest, ${worst.page} of ${worst.program}, made threads wait ${exact(worst.cycles.value)} cycles.`,
    ];
}

function idle({ timing }: RunFile): string[] {
    if (timing === null) return [];
    const { cycles, idle } = timing.cpiStack.all;
    const share = idle.value / cycles.value;
    return share >= MOST
        ? [`Harts wait for an interrupt in ${percent(share)} of their cycles: there is too little work for them.`]
        : [];
}

function stalls({ timing }: RunFile): string[] {
    if (timing === null) return [];
    const { all } = timing.cpiStack;
    const busy = STACK_PARTS.reduce((sum, part) => sum + partOf(all, part), 0);
    const parts = STACK_PARTS.filter((part) => part !== "instructions");
    const [most] = parts.sort((a, b) => partOf(all, b) - partOf(all, a));
    if (most === undefined || busy === 0 || partOf(all, most) < 0.1 * busy) return [];
    const cpi = busy / all.instructions.value;
    return [
        `An instruction takes ${short(cpi)} cycles in the mean without idle time; the largest part beside instructions is “${partName(most)}”, ${percent(partOf(all, most) / busy)}.`,
    ];
}

function busyBank({ timing }: RunFile): string[] {
    const banks = [...(timing?.banks ?? [])].sort((a, b) => b.channel.utilisation.value - a.channel.utilisation.value);
    const [busiest] = banks;
    if (busiest === undefined || busiest.channel.utilisation.value < MUCH) return [];
    return [
        `The memory channel of bank ${busiest.cxy} is taken in ${percent(busiest.channel.utilisation.value)} of all cycles.`,
    ];
}

function unevenWork({ clusters }: RunFile): string[] {
    const working = clusters.filter(({ harts }) => harts.value > 0);
    const work = working.map(({ instructions }) => instructions.value);
    const sum = work.reduce((a, b) => a + b, 0);
    const most = Math.max(0, ...work);
    const ratio = (most * working.length) / sum;
    if (working.length < 2 || !(ratio >= UNEVEN)) return [];
    const cluster = working[work.indexOf(most)]?.cxy;
    return [
        `Cluster ${cluster} retires ${short(most)} instructions, ${short(ratio)} times the mean of the clusters with harts.`,
    ];
}
