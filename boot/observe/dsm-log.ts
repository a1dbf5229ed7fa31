/** The DSM log (interface.md 6) has one line for each action of a group's allocator and managers, made from its probe record. */

import {
    DSM_BARRIER,
    DSM_BCAST,
    DSM_DIFF,
    DSM_DROP,
    DSM_FREE,
    DSM_INVALIDATE,
    DSM_MALLOC,
    DSM_PREFETCH,
    DSM_READ_FAULT,
    DSM_REVOKE,
    DSM_WRITE_FAULT,
} from "../../kernel/abi/dsm-action.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import type { Handlers, Observer } from "../abi/observer.ts";

/** The names of DSM_*. */
export const DSM_ACTIONS: Readonly<Record<number, string>> = {
    [DSM_READ_FAULT]: "read_fault",
    [DSM_WRITE_FAULT]: "write_fault",
    [DSM_INVALIDATE]: "invalidate",
    [DSM_REVOKE]: "revoke",
    [DSM_MALLOC]: "malloc",
    [DSM_BARRIER]: "barrier",
    [DSM_BCAST]: "bcast",
    [DSM_FREE]: "free",
    [DSM_PREFETCH]: "prefetch",
    [DSM_DIFF]: "diff",
    [DSM_DROP]: "drop",
};

/** Logs the actions of a run's groups. `cycle` is the clock of a hart. */
export class DsmLog implements Observer {
    readonly on: Handlers;
    readonly gathered = null;

    constructor(write: (line: string) => void, cycle: (hart: number) => number) {
        this.on = {
            dsm: ({ action: number, address, node, from, to }, hart) => {
                const action = DSM_ACTIONS[number];
                if (action === undefined) return;
                const page = Math.floor(address / PAGE_SIZE);
                write(`cycle=${cycle(hart)} node=${node} action=${action} page=${page} from=${from} to=${to}`);
            },
        };
    }
}
