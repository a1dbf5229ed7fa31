/** What a config's policy switches (vmm-policy 9) say of a vseg's frames, in Linux's words. */

import { clustersOf } from "../../configs/rules.ts";
import type { Config } from "../../configs/schema/config.ts";
import type { VsegType } from "../cli/report-types.ts";

/** The rule spreads consecutive pages over the clusters. */
export function isInterleaved({ kernel }: Config, type: VsegType): boolean {
    const policy = type === "DATA" ? kernel.data : type === "HEAP" ? kernel.heap : "local";
    return policy === "lsb" || policy === "skew" || policy === "prime" || policy === "xor";
}

/** `reference`: cluster Z of the process; `named`: the cluster that a REMOTE or FILE vseg names. */
export function linuxPolicy(config: Config, type: VsegType, reference: number, named: number): string {
    if (type === "REMOTE" || type === "FILE") return `bind:${named}`;
    if (isInterleaved(config, type)) {
        const last = clustersOf(config) - 1;
        return last === 0 ? "interleave:0" : `interleave:0-${last}`;
    }
    const { code, data, heap, stack } = config.kernel;
    const policies: Partial<Record<VsegType, string>> = { CODE: code, DATA: data, HEAP: heap, STACK: stack };
    return policies[type] === "reference" ? `bind:${reference}` : "local";
}
