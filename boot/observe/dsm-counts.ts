/** Which actions of a group's managers are counted, and under which name. */

import * as probe from "../../kernel/abi/probe.ts";
import type { DsmCounts } from "../report/report.ts";

export const DSM_FIELDS: Readonly<Record<number, keyof DsmCounts>> = {
    [probe.DSM_READ_FAULT]: "readFaults",
    [probe.DSM_WRITE_FAULT]: "writeFaults",
    [probe.DSM_INVALIDATE]: "invalidations",
    [probe.DSM_REVOKE]: "revocations",
};

export function noDsmCounts(): { -readonly [K in keyof DsmCounts]: DsmCounts[K] } {
    return { readFaults: 0, writeFaults: 0, invalidations: 0, revocations: 0 };
}
