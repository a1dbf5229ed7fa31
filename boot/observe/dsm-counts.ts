/** The actions of a group's managers that are counted, and the name of each count. */

import { DSM_INVALIDATE, DSM_READ_FAULT, DSM_REVOKE, DSM_WRITE_FAULT } from "../../kernel/abi/dsm-action.ts";
import type { DsmCounts } from "../report/report.ts";

export const DSM_FIELDS: Readonly<Record<number, keyof DsmCounts>> = {
    [DSM_READ_FAULT]: "readFaults",
    [DSM_WRITE_FAULT]: "writeFaults",
    [DSM_INVALIDATE]: "invalidations",
    [DSM_REVOKE]: "revocations",
};

export function noDsmCounts(): { -readonly [K in keyof DsmCounts]: DsmCounts[K] } {
    return { readFaults: 0, writeFaults: 0, invalidations: 0, revocations: 0 };
}
