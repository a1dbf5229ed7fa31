/** Tables in the shape of numastat and numa_maps. */

import type { NodePages, NumaMap, NumaStat, ProgramReport } from "../report.ts";
import { NUMASTAT_COLUMNS } from "../run-document-numa.ts";
import { busiest, hiddenClusters } from "./clusters.ts";
import { type Column, grouped, type Look, renderTable } from "./table.ts";

const HEADER_EVERY = 32;
/** The numbers of rows, and of clusters of a row, that are shown. --json has all of them. */
const MOST_MAPS = 40;
const MOST_NODES = 8;

export function renderNumaStat(rows: readonly NumaStat[], look: Look): string[] {
    const columns: Column<NumaStat>[] = [
        { title: "node", align: "right", cell: ({ node }) => String(node) },
        ...NUMASTAT_COLUMNS.map(([key]): Column<NumaStat> => {
            return { title: key, align: "right", cell: (row) => grouped(row[key]) };
        }),
    ];
    const given = ({ local_node, other_node }: NumaStat) => local_node + other_node;
    const { shown, hidden } = busiest(rows, look.mostClusters, given);
    return [
        "numastat (frames given to pages of vsegs, per cluster)",
        ...renderTable(columns, shown, { indent: 2, repeatHeader: HEADER_EVERY, look }),
        ...hiddenClusters(hidden, "frames"),
    ];
}

export function renderNumaMaps(maps: readonly NumaMap[], programs: readonly ProgramReport[], look: Look): string[] {
    const columns: Column<NumaMap>[] = [
        { title: "program", align: "left", cell: ({ program }) => programs[program]?.name ?? "" },
        { title: "pid", align: "right", cell: ({ pid }) => `0x${pid.toString(16)}` },
        { title: "address", align: "right", cell: ({ address }) => address.toString(16).padStart(8, "0") },
        { title: "policy", align: "left", cell: ({ policy }) => policy },
        { title: "type", align: "left", cell: ({ type }) => type },
        { title: "mapped", align: "right", cell: ({ pages }) => grouped(sum(pages)) },
        { title: "pages", align: "left", cell: ({ pages }) => nodes(pages) },
        { title: "entries of replicas", align: "left", cell: ({ replicas }) => nodes(replicas) },
    ];
    const shown = maps.filter(({ pages }) => pages.length > 0).slice(0, MOST_MAPS);
    const hidden = maps.length - shown.length;
    return [
        "numa_maps (vsegs of ended processes as they left them; frames by bank, page table entries by cluster)",
        ...renderTable(columns, shown, { indent: 2, look }),
        ...(hidden > 0 ? [`  (${hidden} more in --json, those without a page among them)`] : []),
    ];
}

function sum(pages: readonly NodePages[]): number {
    return pages.reduce((total, each) => total + each.pages, 0);
}

function nodes(pages: readonly NodePages[]): string {
    const shown = pages.slice(0, MOST_NODES).map(({ node, pages: count }) => `N${node}=${count}`);
    if (pages.length > MOST_NODES) shown.push(`... ${pages.length} nodes`);
    return shown.join(" ");
}
