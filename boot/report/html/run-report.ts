/** The report of one run. */

import { EXITS } from "../exit-codes.ts";
import { cycleStackPlots } from "./cycle-stack.ts";
import { faultCostPlots } from "./fault-cost.ts";
import { findings } from "./findings.ts";
import { exact, percent, short } from "./numbers.ts";
import { placementPlot } from "./placement.ts";
import type { Headline, Report, Section } from "./plot.ts";
import { amountOf, type RunConfig, type RunFile } from "./run-file.ts";
import { sharingPlots } from "./sharing.ts";
import { numaPlots, programPlot } from "./tables.ts";
import { timelinePlots } from "./timeline.ts";
import { matrixOf, TRAFFIC_PARTS, trafficPlots } from "./traffic.ts";
import { usePlots } from "./use.ts";

/** What the report knows beside the documents. Undefined where it does not. */
export interface Origin {
    /** The file or the config, as a reader knows it. */
    readonly name: string;
    /** The command line that made the run. */
    readonly command?: string | undefined;
    readonly commit?: string | undefined;
    /** The version of Archipel that wrote the report. */
    readonly version: string;
}

export function runReport(run: RunFile, origin: Origin): Report {
    const placed = run.clusters.length === 0 ? [] : [placementPlot(run)];
    const sections: Section[] = [
        { title: "Memory", plots: [...placed, ...trafficPlots(run), ...faultCostPlots(run)] },
        { title: "Time", plots: [...timelinePlots(run), ...cycleStackPlots(run.timing)] },
        { title: "Banks and links", plots: usePlots(run) },
        { title: "Sharing", plots: sharingPlots(run) },
        { title: "Programs", plots: programPlot(run) },
        { title: "Pages", plots: numaPlots(run) },
    ];
    return {
        title: `${machineText(run)}, seed ${run.seed}`,
        verdict: verdictOf(run),
        facts: factsOf(run, origin),
        headlines: headlinesOf(run),
        findings: findings(run),
        sections: sections.filter(({ plots }) => plots.length > 0),
        documents: [run],
    };
}

function verdictOf({ exit }: RunFile): Report["verdict"] {
    const row = Object.values(EXITS).find(({ reason }) => reason === exit.reason);
    return { text: row?.meaning ?? exit.reason, good: exit.code === 0 };
}

/** As "4 x 4 mesh, 32 harts". */
export function machineText({ config, machine, clusters }: RunFile): string {
    const mesh = config?.machine?.mesh;
    const shape = Array.isArray(mesh)
        ? `${mesh.join(" × ")} mesh`
        : `${machine?.clusters.value ?? clusters.length} clusters`;
    return machine === null ? shape : `${shape}, ${exact(machine.harts.value)} harts`;
}

/** What a citation needs. The config is told by what tells it from others. */
export function factsOf(run: RunFile, { name, command, commit, version }: Origin): [string, string][] {
    const facts: readonly (readonly [string, string | null | undefined])[] = [
        ["run", name],
        ["command", command],
        ["config", configText(run.config)],
        ["seed", String(run.seed)],
        ["state hash", run.stateHash],
        ["model hash", run.timing?.modelHash],
        ["commit", commit],
        ["report by", `archipel ${version}`],
    ];
    return facts.flatMap(([key, value]) =>
        value === null || value === undefined ? [] : [[key, value] as [string, string]],
    );
}

function configText(config: RunConfig | null): string | null {
    if (config === null) return null;
    const { fidelity, bankSize } = (config.machine ?? {}) as { fidelity?: unknown; bankSize?: unknown };
    const { programs = [] } = config as {
        programs?: readonly { path?: unknown; args?: readonly unknown[]; nodes?: unknown }[];
    };
    const size = typeof bankSize === "number" ? `${short(bankSize / 2 ** 20)} MiB a bank` : null;
    const named = programs.map(({ path, args = [] }) => [path, ...args].join(" "));
    const shown = named.length > 8 ? [...named.slice(0, 8), `${named.length - 8} more`] : named;
    const parts = [fidelity, size, shown.join(", ")].filter((part) => typeof part === "string" && part !== "");
    return parts.length === 0 ? null : parts.join("; ");
}

function headlinesOf(run: RunFile): Headline[] {
    const { machine, clusters, timing } = run;
    const sum = (of: (cluster: (typeof clusters)[number]) => number) =>
        clusters.reduce((all, each) => all + of(each), 0);
    const through = (how: "local" | "throughZ") =>
        sum(({ faults }) => Object.values(faults).reduce((all, row) => all + amountOf(row[how]), 0));
    const served = clusters.map(({ rpcs }) => amountOf(rpcs.served));
    const rpcs = served.reduce((a, b) => a + b, 0);
    const headlines: Headline[] = [];
    if (machine !== null) {
        headlines.push({ value: exact(machine.cycles.value), text: "cycles of the furthest hart" });
        headlines.push({ value: exact(machine.instructions.value), text: "instructions of all harts" });
    }
    if (timing !== null) {
        const { cycles, idle, instructions } = timing.cpiStack.all;
        const cpi = (cycles.value - idle.value) / instructions.value;
        headlines.push({ value: short(cpi), text: "cycles per instruction, without idle time" });
    }
    headlines.push(...localHeadlines(run));
    const faults = through("local") + through("throughZ");
    headlines.push({ value: exact(faults), text: `page faults, ${exact(through("throughZ"))} through Z` });
    if (rpcs > 0) {
        const share = Math.max(...served) / rpcs;
        const notable = share >= 0.25 && share * clusters.length >= 2;
        headlines.push({ value: percent(share), text: `of ${exact(rpcs)} RPCs served by one cluster`, notable });
    }
    return headlines;
}

function localHeadlines(run: RunFile): Headline[] {
    const [data, , fetches] = TRAFFIC_PARTS.map((part) => matrixOf(run, part));
    const share = (matrix: ReturnType<typeof matrixOf>, text: string): Headline[] => {
        if (matrix === undefined) return [];
        const local = matrix.local / matrix.total;
        return [{ value: percent(local), text, notable: local < 0.5 }];
    };
    return [
        ...share(data, "of programs' data accesses to the own bank"),
        ...share(fetches, "of programs' fetches from the own bank"),
    ];
}
