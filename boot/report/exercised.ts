/**
 * The counter groups that a run exercised. A group that is zero in every cluster was never exercised: it reads "not exercised" or null, not
 * 0 (docs/machine.md, "Accesses, counted and timed"). Once any counter of the group moved, its zeros are facts.
 */

import { type SystemReport, VSEG_TYPES, type VsegType } from "./report.ts";

export interface Exercised {
    readonly faults: Readonly<Record<VsegType, boolean>>;
    readonly frames: Readonly<Record<VsegType, boolean>>;
    readonly spills: boolean;
    readonly rpcs: boolean;
    readonly dsm: boolean;
    readonly release: boolean;
}

export function exercised({ clusters, programs }: Pick<SystemReport, "clusters" | "programs">): Exercised {
    const perType = (used: (type: VsegType) => boolean): Record<VsegType, boolean> =>
        Object.fromEntries(VSEG_TYPES.map((type) => [type, used(type)])) as Record<VsegType, boolean>;
    return {
        faults: perType((type) =>
            clusters.some(({ faults }) => Object.values(faults[type]).some((count) => count > 0)),
        ),
        frames: perType((type) => clusters.some(({ frames }) => frames[type] > 0)),
        spills: clusters.some(({ spills }) => spills > 0),
        rpcs: clusters.some(({ rpcs }) => rpcs.sent + rpcs.served > 0),
        dsm: programs.some(({ dsm }) => dsm !== null),
        release: clusters.some(({ dsm }) => dsm.diffs + dsm.drops > 0),
    };
}
