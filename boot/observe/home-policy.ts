/** What a config's policy switches (vmm-policy 9) say of a vseg's frames, in Linux's words. */

import { clustersWithMemory } from "../../configs/clusters.ts";
import type { Config } from "../../configs/schema/config.ts";
import type { VsegType } from "../report/report.ts";

/** The rule spreads consecutive pages over the clusters. */
export function isInterleaved({ kernel }: Config, type: VsegType): boolean {
    const policy = type === "DATA" ? kernel.data : type === "HEAP" ? kernel.heap : "local";
    return policy === "lsb" || policy === "skew" || policy === "prime" || policy === "xor";
}

/** `reference`: cluster Z of the process; `named`: the cluster that a REMOTE or FILE vseg names. */
export function linuxPolicy(config: Config, type: VsegType, reference: number, named: number): string {
    if (type === "REMOTE" || type === "FILE") return `bind:${named}`;
    if (isInterleaved(config, type)) return `interleave:${nodeList(clustersWithMemory(config.machine))}`;
    const { code, data, heap, stack } = config.kernel;
    const policies: Partial<Record<VsegType, string>> = { CODE: code, DATA: data, HEAP: heap, STACK: stack };
    return policies[type] === "reference" ? `bind:${reference}` : "local";
}

/** Ascending numbers as Linux lists nodes: neighbours as ranges, `0,2-3`. */
function nodeList(nodes: readonly number[]): string {
    const ranges: [first: number, last: number][] = [];
    for (const node of nodes) {
        const range = ranges.at(-1);
        if (range?.[1] === node - 1) range[1] = node;
        else ranges.push([node, node]);
    }
    return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(",");
}
