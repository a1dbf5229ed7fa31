/** What must hold in every state of the model (vmm-policy 4), and what only at rest. */

import { Broken } from "../dsm/explore.ts";
import type { Cluster, Entry, Rights, State, Task } from "./state.ts";

/** Of every state (section 4: "always", and at rest). */
export function checkState(state: State, canRun: (task: Task) => boolean): void {
    const [z] = state.clusters as [Cluster];
    for (const [cxy, { vsegs, entries, tlb }] of state.clusters.entries()) {
        for (const [page, entry] of entries.entries()) {
            const own = z.entries[page] as Entry;
            const vseg = z.vsegs[page] ?? null;
            const held = vsegs[page] ?? null;
            if (held !== null && (vseg === null || held.rights !== vseg.rights))
                throw new Broken(`I9: vseg ${page} of cluster ${cxy}`);
            if (entry.rights > 0 && (entry.frame !== own.frame || entry.rights > own.rights))
                throw new Broken(`I7: page ${page} of cluster ${cxy}`);
            if (cxy > 0 && (entry.rights > 0 || held !== null) && (((vseg?.sharers ?? 0) >> cxy) & 1) === 0)
                throw new Broken(`5.9: cluster ${cxy} is no sharer of page ${page}`);
            const cached = tlb[page] as { frame: number; rights: Rights };
            for (const { frame, rights } of [entry, cached])
                if (rights > 0 && (state.frames[frame]?.owners ?? 0) === 0)
                    throw new Broken(`I10: cluster ${cxy} has a freed frame of page ${page}`);
        }
    }
    const busy = state.tasks.filter(({ step }) => step !== "idle");
    if (busy.length === 0 && state.change < 0) checkRest(state);
    // Nobody needs that others begin something.
    const stuck = busy.length > 0 && !busy.some((task) => !task.asleep && canRun(task));
    if (stuck) throw new Broken(`wait without end: ${busy.map(({ step }) => step).join(", ")}`);
}

/** When no operation is under way: no TLB has more than the table, no table more than the vseg, every frame its owners. */
function checkRest({ clusters, frames, child }: State): void {
    const owned = frames.map(() => 0);
    const own = (frame: number) => {
        if (frame >= 0) owned[frame] = (owned[frame] ?? 0) + 1;
    };
    for (const entry of clusters[0]?.entries ?? []) own(entry.frame);
    for (const frame of child ?? []) own(frame);
    if (owned.some((count, frame) => count !== frames[frame]?.owners))
        throw new Broken("I10: a frame has other owners than it counts");
    for (const [cxy, { entries, tlb, vsegs }] of clusters.entries()) {
        for (const [page, entry] of entries.entries()) {
            const vseg = cxy === 0 ? vsegs[page] : clusters[0]?.vsegs[page];
            if (entry.busy || entry.removing) throw new Broken(`a mark is left on page ${page} of cluster ${cxy}`);
            if (entry.rights > (vseg?.rights ?? 0))
                throw new Broken(`5.8: page ${page} of cluster ${cxy} has more rights than its vseg`);
            const cached = tlb[page];
            if (
                cached !== undefined &&
                cached.rights > 0 &&
                (cached.frame !== entry.frame || cached.rights > entry.rights)
            )
                throw new Broken(`I10: a TLB of cluster ${cxy} has what is gone from page ${page}`);
        }
    }
}
