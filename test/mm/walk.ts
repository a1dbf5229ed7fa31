/** Random walks of the model, told as an observer of a kernel's records would see them (test/mm/records.ts). */

import { OPERATION_FAULT, OPERATION_STRUCTURE } from "../../kernel/abi/operation.ts";
import { Broken } from "../dsm/explore.ts";
import { type ModelOptions, vmmSystem } from "./model.ts";
import type { Seen } from "./records.ts";
import type { State } from "./state.ts";

/** P's, of cluster 0. */
const PID = 1;
const CHANGE = { pid: PID, cxy: 0, operation: OPERATION_STRUCTURE, vpn: 0 } as const;

/** At most `steps` steps, fewer when the model itself finds one that must not be. */
export function* vmmWalk(options: ModelOptions, seed: number, steps: number): Generator<Seen> {
    const system = vmmSystem(options);
    let random = seed;
    let state = system.initial;
    yield* difference({ ...state, clusters: [] }, state);
    for (let i = 0; i < steps; i++) {
        try {
            const next = [...system.successors(state)];
            random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
            const chosen = next[random % next.length];
            if (chosen === undefined) return;
            yield* difference(state, chosen);
            state = chosen;
        } catch (error) {
            if (error instanceof Broken) return;
            throw error;
        }
    }
}

/** The records that the kernel makes in the step from one state to the next. */
function* difference(before: State, after: State): Generator<Seen> {
    if (after.change >= 0 && after.change !== before.change) yield { what: "begin", ...CHANGE };
    for (const [cxy, task] of after.tasks.entries()) {
        const was = before.tasks[cxy]?.step;
        const operation = { pid: PID, cxy, operation: OPERATION_FAULT, vpn: task.page } as const;
        if (was === "idle" && task.step === "fault") yield { what: "begin", ...operation };
    }
    for (const [cxy, { vsegs }] of after.clusters.entries()) {
        for (const [page, vseg] of vsegs.entries()) {
            const had = (before.clusters[cxy]?.vsegs[page] ?? null) !== null;
            if (had === (vseg !== null)) continue;
            yield { what: "vseg", pid: PID, cxy, first: page, end: page + 1, registered: !had };
        }
    }
    yield* frames(before, after);
    for (const [cxy, { step }] of after.tasks.entries()) {
        const was = before.tasks[cxy];
        if (step !== "idle" || was === undefined || !FAULT_ENDS.includes(was.step)) continue;
        const resolved = (after.clusters[cxy]?.entries[was.page]?.rights ?? 0) >= was.want && was.rights > 0;
        if (resolved) yield { what: "fault", pid: PID, cxy, vpn: was.page };
        yield { what: "end", pid: PID, cxy, operation: OPERATION_FAULT, vpn: 0 };
    }
    if (before.change >= 0 && after.change < 0) yield { what: "end", ...CHANGE };
}
/** The last steps of faults. */
const FAULT_ENDS: readonly string[] = ["refused", "install", "unmark", "answer"];

function* frames(before: State, after: State): Generator<Seen> {
    for (const [ppn, { owners }] of after.frames.entries()) {
        const had = (before.frames[ppn]?.owners ?? 0) > 0;
        if (had !== owners > 0) yield { what: "frame", ppn, frames: 1, allocated: !had };
    }
}
