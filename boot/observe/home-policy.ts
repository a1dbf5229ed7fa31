/** The homes that a config's policy switches (vmm-policy 9) give a vseg's frames, in Linux's words (configs/switches.ts). */

import { clustersWithMemory } from "../../configs/clusters.ts";
import type { Config } from "../../configs/schema/config.ts";
import { type NumaWord, SWITCHES } from "../../configs/switches.ts";
import type { VsegType } from "../report/report.ts";

/** A HEAP vseg names it when each page lies where it is touched first (kernel/mm/home.ts). */
const BY_TOUCH = 2 ** 32 - 1;

/** A FILE vseg names it for shared anonymous memory, which is placed as HEAP. */
const BY_PAGE = 2 ** 32 - 2;

/** Undefined for types that no switch places. */
function numaWord({ kernel }: Config, type: VsegType): NumaWord | undefined {
    switch (type) {
        case "CODE":
            return SWITCHES.code.numa[kernel.code];
        case "DATA":
            return SWITCHES.data.numa[kernel.data];
        case "HEAP":
            return SWITCHES.heap.numa[kernel.heap];
        case "STACK":
            return SWITCHES.stack.numa[kernel.stack];
        default:
            return undefined;
    }
}

/** True when the rule spreads consecutive pages over the clusters. */
export function isInterleaved(config: Config, type: VsegType): boolean {
    return numaWord(config, type) === "interleave";
}

/** `reference` is cluster Z of the process; `named` is the cluster that a REMOTE or FILE vseg names. */
export function linuxPolicy(config: Config, type: VsegType, reference: number, named: number): string {
    if (type === "FILE" && named === BY_PAGE) return linuxPolicy(config, "HEAP", reference, 0);
    if (type === "REMOTE" || type === "FILE") return `bind:${named}`;
    if (type === "HEAP" && named === BY_TOUCH) return "local";
    switch (numaWord(config, type)) {
        case "interleave":
            return `interleave:${nodeList(clustersWithMemory(config.machine))}`;
        case "bind":
            return `bind:${reference}`;
        default:
            return "local";
    }
}

/** Ascending numbers as Linux lists nodes, with neighbours as ranges: `0,2-3`. */
function nodeList(nodes: readonly number[]): string {
    const ranges: [first: number, last: number][] = [];
    for (const node of nodes) {
        const range = ranges.at(-1);
        if (range?.[1] === node - 1) range[1] = node;
        else ranges.push([node, node]);
    }
    return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(",");
}
