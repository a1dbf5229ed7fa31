/** The parts of --json in the shape of numastat and numa_maps. */

import { type Figure, figure, hex } from "./figure.ts";
import type { NodePages, NumaMap, NumaStat, ProgramReport } from "./report.ts";

/** The columns of numastat in its order, with the meaning of each count. */
export const NUMASTAT_COLUMNS: readonly (readonly [Exclude<keyof NumaStat, "node">, string])[] = [
    ["numa_hit", "frames of this bank for pages whose rule names this cluster"],
    ["numa_miss", "frames of this bank for pages whose rule names another cluster, which was full"],
    ["numa_foreign", "pages whose rule names this cluster, with a frame elsewhere because it was full"],
    ["interleave_hit", "frames of this bank that distributed vsegs meant to have here"],
    ["local_node", "frames of this bank for a thread of this cluster"],
    ["other_node", "frames of this bank for a thread of another cluster"],
];

export function numaStatDocument(row: NumaStat): object {
    const columns = NUMASTAT_COLUMNS.map(([key]) => [key, figure(row[key], "frames")]);
    return { node: row.node, ...Object.fromEntries(columns) };
}

export function numaMapDocument(map: NumaMap, programs: readonly ProgramReport[]): object {
    const { program, pid, address, policy, type, pages, replicas } = map;
    const mapped = pages.reduce((sum, each) => sum + each.pages, 0);
    return {
        program: programs[program]?.name ?? "",
        pid,
        address: hex(address),
        policy,
        type,
        mapped: figure(mapped, "pages"),
        pages: byNode(pages, "pages"),
        replicas: byNode(replicas, "entries"),
    };
}

function byNode(nodes: readonly NodePages[], unit: string): Record<string, Figure> {
    return Object.fromEntries(nodes.map(({ node, pages }) => [`N${node}`, figure(pages, unit)]));
}
