/** What can happen next in a state of the model: what threads in user mode and the child of a fork do, and the next step of each operation. */

import { Broken } from "../dsm/explore.ts";
import type { Model, Operation } from "./model.ts";
import { isAtRest, isPrivate, type Rights, resetTask, type State, type Task } from "./state.ts";

/** Changes the model's state, which must be as it was when the move was found. */
export type Move = () => void;

/** All that can happen next; each changes the state, which must be as it is now. */
export function allMoves(model: Model): Move[] {
    const moves: Move[] = [];
    for (const [thread, task] of model.state.tasks.entries()) {
        const operations = model.options.roles?.[thread] ?? model.options.operations;
        if (task.step === "idle") begins(model, task, operations, moves);
        else if (task.step === "none") comes(model, task, operations, moves);
        else if (!task.asleep && model.canRun(task)) goesOn(model, task, moves);
    }
    childMoves(model, moves);
    return moves;
}

function childMoves(model: Model, moves: Move[]): void {
    const { child, clusters } = model.state;
    if (child === null || (clusters[0]?.change ?? -1) >= 0) return;
    for (const [page, frame] of child.entries()) if (frame >= 0) moves.push(() => childDrops(model, page));
    if (child.every((frame) => frame < 0)) {
        moves.push(() => {
            model.state.child = null;
        });
    }
}

function childDrops(model: Model, page: number): void {
    const child = model.state.child as number[];
    const frame = child[page] ?? -1;
    if (model.state.frames[frame]?.child !== true)
        throw new Broken(`7.2: the child finds another value in page ${page}`);
    child[page] = -1;
    model.free(frame, true);
}

/** A thread in user mode loads, stores, or calls. */
function begins(model: Model, task: Task, operations: readonly Operation[], moves: Move[]): void {
    for (const page of model.kinds.keys()) accesses(model, task, page, moves);
    if (operations.includes("mmap")) maps(model, task, moves);
    for (const [first, end] of ranges(model)) {
        if (operations.includes("munmap")) moves.push(() => asks(model, task, "enter munmap", { first, end }));
        if (!operations.includes("protect")) continue;
        for (const rights of [1, 2] as const)
            if (model.state.space[first] !== rights)
                moves.push(() => asks(model, task, "enter protect", { first, end, rights }));
    }
    if (operations.includes("fork") && model.state.child === null)
        moves.push(() => asks(model, task, "enter fork", {}));
    if (!operations.includes("life")) return;
    // A last thread would end P.
    if (model.state.tasks.filter(({ step }) => step !== "none").length < 2) return;
    moves.push(() => {
        if (task.slot < 0) resetTask(task, "none");
        else model.begin(task, "enter stack", { page: task.slot, first: task.slot, end: task.slot + 1 });
    });
}

/** Ranges of mapped pages of the heap and of DATA that a call may name. */
function ranges(model: Model): [number, number][] {
    const ranges: [number, number][] = [];
    for (let first = 0; first < model.kinds.length; first++) {
        for (let end = first + 1; end <= first + (model.options.longest ?? 1); end++) {
            const pages = model.kinds.slice(first, end);
            if (pages.length < end - first || pages.some(isPrivate)) break;
            if (model.state.space.slice(first, end).some((rights) => rights > 0)) ranges.push([first, end]);
        }
    }
    return ranges;
}

/** A user load or store that the tables may not allow faults (5.0); a store that the TLB may allow is made. */
function accesses(model: Model, task: Task, page: number, moves: Move[]): void {
    const cluster = model.cluster(task.cxy);
    const others = model.state.tasks.some((other) => other !== task && other.cxy === task.cxy);
    for (const want of [1, 2] as const) {
        // Another thread of the cluster may have been first since the access.
        const misses = model.entry(task.cxy, page).rights < want || others;
        if (misses && !(want === 2 && model.kinds[page] === "code"))
            moves.push(() => model.begin(task, "fault", { page, want }));
    }
    const cached = cluster.tlb[page] as { frame: number; rights: Rights };
    if (cached.rights === 2 && stale(model, cached.frame, page).length > 0) {
        moves.push(() => {
            for (const frame of stale(model, cached.frame, page)) frame.current = false;
        });
    }
}

/** The frames of the page that a store to `frame` leaves with an old value. */
function stale(model: Model, frame: number, page: number): State["frames"] {
    const home = model.state.frames[frame]?.home ?? -1;
    return model.state.frames.filter(
        (each, other) => other !== frame && each.page === page && each.home === home && each.current,
    );
}

/** RPC_MMAP, a leaf, looks at no change: Z takes what is free. */
function maps(model: Model, task: Task, moves: Move[]): void {
    const at = model.has("K allocates") ? task.cxy : 0;
    const longest = model.options.longest ?? 1;
    for (let first = 0; first < model.kinds.length; first++) {
        for (let end = first + 1; end <= first + longest && model.kinds[end - 1] === "heap"; end++) {
            if (model.overlapping(at, first, end).length > 0) break;
            moves.push(() => {
                model.insert(0, { kind: "heap", first, end, rights: 2, changing: false, sharers: 0 });
                model.state.space.fill(2, first, end);
            });
        }
    }
}

/** What Z does: by the thread itself there, else by a server. */
function asks(model: Model, task: Task, step: string, range: Partial<Task>): void {
    model.begin(task, step, task.cxy === 0 ? range : { ...range, request: "queued" });
}

/** A thread is made in a cluster, the first one with P's copy (7.5). */
function comes(model: Model, task: Task, operations: readonly Operation[], moves: Move[]): void {
    const { attached } = model.cluster(task.cxy);
    if (!attached) {
        const makesCopy = (other: Task) => other.cxy === task.cxy && !isAtRest(other);
        if (!model.state.tasks.some(makesCopy)) moves.push(() => model.begin(task, "attach"));
    } else if (operations.includes("life")) moves.push(() => model.begin(task, "slot"));
}

function goesOn(model: Model, task: Task, moves: Move[]): void {
    if (task.step !== "freeze fork" || task.pages === 0) {
        moves.push(() => model.run(task));
        return;
    }
    for (let page = 0; page < model.kinds.length; page++) {
        if (((task.pages >> page) & 1) === 0) continue;
        moves.push(() => {
            task.page = page;
            model.run(task);
        });
    }
}
