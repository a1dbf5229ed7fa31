/** The table of fault costs: a row for each kind of fault, a column for each phase. */

import { type FaultCostReport, type FaultHow, PHASES, type Phase, VSEG_TYPES } from "../report.ts";
import { type Column, grouped, type Look, renderTable } from "./table.ts";

const TITLES: Readonly<Record<Phase, string>> = {
    trap: "trap",
    vsl: "VSL",
    rpcOut: "RPC\nout",
    queue: "queue",
    service: "service\nat Z",
    frameAllocation: "frame\nalloc.",
    fillOrCopy: "fill\nor copy",
    gpt: "GPT",
    return: "return",
    telling: "tell-\ning",
};

const HOW: Readonly<Record<FaultHow, string>> = { local: "local", throughZ: "through Z", spurious: "spurious" };

export function renderFaultCost(costs: readonly FaultCostReport[], look: Look): string[] {
    const rows = VSEG_TYPES.flatMap((type) => costs.filter((cost) => cost.type === type));
    return [
        "Fault cost (cycles: sum of all, mean of one, and its phases, which sum to the mean)",
        ...renderTable(COLUMNS, rows, { indent: 2, look }),
    ];
}

const COLUMNS: readonly Column<FaultCostReport>[] = [
    { title: "type", align: "left", cell: ({ type }) => type },
    {
        title: "resolved",
        align: "left",
        cell: ({ how, cause }) => `${HOW[how]}${cause === "userCopy" ? " (user copy)" : ""}`,
    },
    { title: "faults", align: "right", cell: ({ count }) => grouped(count) },
    { title: "cycles\nsum", align: "right", cell: ({ cycles }) => grouped(cycles) },
    { title: "\nmean", align: "right", cell: ({ cycles, count }) => mean(cycles, count) },
    ...PHASES.map((phase): Column<FaultCostReport> => {
        return { title: TITLES[phase], align: "right", cell: ({ phases, count }) => mean(phases[phase], count) };
    }),
];

function mean(cycles: number, count: number): string {
    const [whole = "0", tenth = "0"] = (cycles / count).toFixed(1).split(".");
    return `${grouped(Number(whole))}.${tenth}`;
}
