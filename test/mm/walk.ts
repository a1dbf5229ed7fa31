/** Random walks of the model, told as an observer of a kernel's records would see them (test/mm/records.ts). */

import { OPERATION_FAULT, OPERATION_STRUCTURE } from "../../kernel/abi/probe.ts";
import { Broken } from "../dsm/explore.ts";
import { Model, type ModelOptions } from "./model.ts";
import type { Seen } from "./records.ts";
import { copyState, isAtRest, type State, type Task, type Vseg } from "./state.ts";

/** P's, of cluster 0. */
const PID = 1;

/** At most `steps` steps, fewer when the model itself finds one that must not be. */
export function* vmmWalk(options: ModelOptions, seed: number, steps: number): Generator<Seen> {
    const model = new Model({ ...options, single: true });
    let random = seed;
    let before = copyState(model.state);
    yield* difference({ ...before, clusters: [] }, before);
    for (let i = 0; i < steps; i++) {
        const moves = model.moves();
        random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
        const move = moves[random % moves.length];
        if (move === undefined) return;
        try {
            move();
        } catch (error) {
            if (error instanceof Broken) return;
            throw error;
        }
        const after = copyState(model.state);
        yield* difference(before, after);
        before = after;
    }
}

/** The records that the kernel makes in the step from one state to the next. */
function* difference(before: State, after: State): Generator<Seen> {
    for (const [cxy, { change }] of after.clusters.entries())
        if (change >= 0 && change !== before.clusters[cxy]?.change) yield changed("begin", cxy);
    for (const [thread, task] of after.tasks.entries()) {
        const begun = beginsFault(before.tasks[thread], task);
        if (begun) yield { what: "begin", pid: PID, cxy: task.cxy, operation: OPERATION_FAULT, vpn: task.page };
    }
    for (const [cxy, { vsegs }] of after.clusters.entries())
        yield* listed(cxy, before.clusters[cxy]?.vsegs ?? [], vsegs);
    yield* frames(before, after);
    for (const [thread, task] of after.tasks.entries()) yield* faultEnd(before.tasks[thread], task, after);
    for (const [cxy, { change }] of before.clusters.entries())
        if (change >= 0 && change !== after.clusters[cxy]?.change) yield changed("end", cxy);
}

function changed(what: "begin" | "end", cxy: number): Seen {
    return { what, pid: PID, cxy, operation: OPERATION_STRUCTURE, vpn: 0 };
}

/** What is gone from a list, then what is new: a cut vseg comes again in parts. */
function* listed(cxy: number, before: readonly Vseg[], after: readonly Vseg[]): Generator<Seen> {
    const seen = ({ kind, first, end }: Vseg, registered: boolean): Seen => {
        return { what: "vseg", pid: PID, cxy, isPrivate: kind === "stack", first, end, registered };
    };
    for (const vseg of without(before, after)) yield seen(vseg, false);
    for (const vseg of without(after, before)) yield seen(vseg, true);
}

/** Those of `list` that have no other of the same range in `others`. */
function without(list: readonly Vseg[], others: readonly Vseg[]): Vseg[] {
    const left = [...others];
    return list.filter(({ first, end }) => {
        const at = left.findIndex((other) => other.first === first && other.end === end);
        if (at >= 0) left.splice(at, 1);
        return at < 0;
    });
}

/** Where a fault first stops; and its last steps. */
const FAULT_BEGINS: readonly string[] = ["get", "begin", "refused"];
const FAULT_ENDS: readonly string[] = ["refused", "install", "install copy", "unmark", "answer"];

function beginsFault(before: Task | undefined, { step }: Task): boolean {
    return before?.step === "idle" && FAULT_BEGINS.includes(step);
}

function* faultEnd(before: Task | undefined, { cxy, step }: Task, after: State): Generator<Seen> {
    if (step !== "idle" || before === undefined || isAtRest(before) || !FAULT_ENDS.includes(before.step)) return;
    const resolved = (after.clusters[cxy]?.entries[before.page]?.rights ?? 0) >= before.want && before.rights > 0;
    if (resolved) yield { what: "fault", pid: PID, cxy, vpn: before.page };
    yield { what: "end", pid: PID, cxy, operation: OPERATION_FAULT, vpn: 0 };
}

function* frames(before: State, after: State): Generator<Seen> {
    for (const [ppn, { owners, home }] of after.frames.entries()) {
        const had = (before.frames[ppn]?.owners ?? 0) > 0;
        if (had === owners > 0) continue;
        yield { what: "frame", home: Math.max(home, 0), ppn, frames: 1, allocated: !had };
        if (had || home < 0) continue;
        const task = after.tasks.find(({ frame }) => frame === ppn);
        const maker = task?.request === "none" ? task.cxy : 0;
        const holder = after.clusters.findIndex(({ entries }) => entries.some(({ frame }) => frame === ppn));
        yield { what: "placed", cxy: holder < 0 ? maker : holder, home, ppn, isPrivate: true };
    }
}
