/** The DSM log (interface.md 6): one line for each action of a group's allocator and managers, from its probe record. */

import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import * as probe from "../../kernel/abi/probe.ts";

const ACTIONS: Readonly<Record<number, string>> = {
    [probe.DSM_READ_FAULT]: "read_fault",
    [probe.DSM_WRITE_FAULT]: "write_fault",
    [probe.DSM_INVALIDATE]: "invalidate",
    [probe.DSM_REVOKE]: "revoke",
    [probe.DSM_MALLOC]: "malloc",
    [probe.DSM_BARRIER]: "barrier",
    [probe.DSM_BCAST]: "bcast",
    [probe.DSM_FREE]: "free",
    [probe.DSM_PREFETCH]: "prefetch",
    [probe.DSM_DIFF]: "diff",
    [probe.DSM_DROP]: "drop",
};

/** The line of a record, lo and hi halves of its words, that a hart commits at `cycle`; undefined: not one of DSM. */
export function dsmLine(halves: Uint32Array, cycle: number): string | undefined {
    const word = (i: number) => (halves[2 * i] ?? 0) + (halves[2 * i + 1] ?? 0) * 2 ** 32;
    const action = word(0) === probe.PROBE_DSM ? ACTIONS[word(1)] : undefined;
    if (action === undefined) return undefined;
    const [page, node, from, to] = [Math.floor(word(2) / PAGE_SIZE), word(3), word(4), word(5)];
    return `cycle=${cycle} node=${node} action=${action} page=${page} from=${from} to=${to}`;
}
