/** Steps of a change of a VSL in the model: mm/structure.ts, sharers.ts, proc/fork.ts, thread-end.ts (vmm-policy 5.9.2, 7.1, 7.2). */

import { Broken } from "../dsm/explore.ts";
import type { Model, Step } from "./model.ts";
import { isPrivate, type Rights, type Task, type Vseg } from "./state.ts";

/** By the first word of Task.step; the second is what the change is for. A change begins in enter. */
export const CHANGE_STEPS: Readonly<Record<string, Step>> = {
    enter(task, goal) {
        const cluster = this.cluster(this.at(task));
        if (cluster.change >= 0 && !this.has("two changes at once")) {
            this.wait(task, true);
            return;
        }
        cluster.change = this.state.tasks.indexOf(task);
        task.step = `freeze ${goal}`;
        if (goal === "fork") {
            task.pages = copiedPages(this);
            if (this.has("taken before it is frozen")) task.step = "take fork";
        }
        if (goal === "stack" && this.has("a slot is free before its STACK is gone")) task.slot = -1;
    },
    /** The vsegs of the range, of a fork the next one, are marked. */
    freeze(task, goal) {
        if (goal === "fork" && task.pages === 0) {
            // The child's cluster takes over; of Z's servers none is held.
            task.request = "none";
            task.pages = copiedPages(this);
            task.step = this.has("taken before it is frozen") ? "leave fork" : "take fork";
            return;
        }
        const at = this.at(task);
        if (goal === "fork") {
            task.pages &= ~(1 << task.page);
            const vseg = this.vseg(0, task.page);
            if (vseg === null || vseg.changing) return;
            task.first = vseg.first;
            task.end = vseg.end;
        }
        const vsegs = this.overlapping(at, task.first, task.end);
        for (const vseg of vsegs) {
            vseg.changing = true;
            if (goal !== "munmap" && goal !== "protect") continue;
            const from = Math.max(vseg.first, task.first);
            this.state.space.fill(goal === "munmap" ? 0 : task.rights, from, Math.min(vseg.end, task.end));
        }
        task.step = vsegs.length === 0 ? `leave ${goal}` : `drain ${goal}`;
    },
    /** wait_for_faults, of whole vsegs: a server may, for a fault there needs leaf requests only; then cut. */
    drain(task, goal) {
        const at = this.at(task);
        const { entries } = this.cluster(at);
        const frozen = this.overlapping(at, task.first, task.end).filter(({ changing }) => changing);
        const busy = frozen.some(({ first, end }) => entries.slice(first, end).some((entry) => entry.busy));
        if (busy && !this.has("no wait for faults")) {
            this.wait(task, false);
            return;
        }
        this.cut(at, task.first, task.end, false);
        if (this.has("vseg gone before its sharers") && goal === "munmap") {
            task.left = frozen.reduce((set, { sharers }) => set | sharers, 0);
            forgetFrozen(this, task);
        }
        next(this, task, goal, task.first);
    },
    /** sharers_forget: one leaf request after the other; then the VMM's own entries. */
    tell(task, goal) {
        if (task.left === 0) {
            this.goesOnWith(task, `own ${goal}`);
            return;
        }
        const sharer = 31 - Math.clz32(task.left);
        task.left &= ~(1 << sharer);
        const [first, end] = piece(this, task);
        if (goal === "fork") narrow(this, sharer, first, end, 1);
        else forgetAt(this, sharer, first, end);
        this.bump(sharer);
        task.telling = sharer;
        if (this.has("freed before the acknowledgements") && goal === "munmap") freeOf(this, task);
    },
    own(task, goal) {
        const at = this.at(task);
        const most = goal === "fork" ? 1 : goal === "protect" ? task.rights : 0;
        if (!(goal === "fork" && this.has("a fork leaves Z W"))) narrow(this, at, ...piece(this, task), most);
        this.bump(at);
        task.telling = at;
        if (goal === "stack" && this.has("a STACK is freed before its TLB is empty")) freeOf(this, task);
        task.step = goal === "fork" ? "freeze fork" : `close ${goal}`;
    },
    /** The piece's frames are freed; the next vseg, if there is one. */
    close(task, goal) {
        const [, end] = piece(this, task);
        if (goal !== "protect") freeOf(this, task);
        if (end < task.end && this.overlapping(this.at(task), end, task.end).some(({ changing }) => changing)) {
            next(this, task, goal, end);
            return;
        }
        if (goal === "protect") {
            for (const vseg of this.overlapping(this.at(task), task.first, task.end))
                if (vseg.changing) vseg.rights = task.rights;
            task.step = "leave protect";
        } else task.step = `forget ${goal}`;
    },
    forget(task, goal) {
        if (!this.has("Z keeps what it has unmapped") || goal !== "munmap") forgetFrozen(this, task);
        Object.assign(task, { step: `leave ${goal}`, page: 0, first: 0, end: 0 });
    },
    /** proc/fork.ts take_entries: the frozen entries, each frame with the child as one more owner. */
    take(task) {
        const page = 31 - Math.clz32(task.pages);
        if (task.pages !== 0) {
            task.pages &= ~(1 << page);
            takeEntry(this, page);
            return;
        }
        task.step = "leave fork";
        if (this.has("taken before it is frozen")) {
            task.pages = copiedPages(this);
            task.step = "freeze fork";
        }
        if (this.has("end of a freeze by a server")) task.request = "queued";
    },
    /** structure_leave; of a fork a leaf request (RPC_FORK_END). */
    leave(task, goal) {
        if (goal === "fork" && task.request !== "none") throw new Broken("5.9.5: the end of a freeze needs a server");
        const cxy = goal === "fork" ? 0 : this.at(task);
        const cluster = this.cluster(cxy);
        for (const vseg of cluster.vsegs) vseg.changing = false;
        cluster.change = -1;
        if (!this.has("the end of a change wakes nobody")) this.wake(cxy);
        if (goal === "stack") task.step = "release";
        else this.finish(task);
    },
};

/** Bits of the pages whose vsegs a child copies (structure_copied). */
function copiedPages({ kinds }: Model): number {
    return kinds.reduce((set, kind, page) => (isPrivate(kind) ? set : set | (1 << page)), 0);
}

/** The change goes on with the first frozen vseg from page `from` on. */
function next(model: Model, task: Task, goal: string, from: number): void {
    const at = model.at(task);
    const vseg = model.overlapping(at, from, task.end).find(({ changing }) => changing);
    task.page = vseg === undefined ? from : Math.max(vseg.first, from);
    if (vseg !== undefined) task.left = vseg.sharers;
    if (goal === "fork" && model.has("a fork leaves the sharers W")) task.left = 0;
    task.step = `tell ${goal}`;
    const own = goal === "fork" ? 1 : goal === "protect" ? task.rights : 0;
    if (model.has("Z before the sharers")) narrow(model, at, ...piece(model, task), own);
}

/** What the change does at once: its range, as far as the vseg at task.page goes. */
function piece(model: Model, task: Task): [number, number] {
    const vseg = model.vseg(model.at(task), task.page);
    return [task.page, vseg === null ? task.end : Math.min(vseg.end, task.end)];
}

/** vmm_restrict_range: frames stay, with fewer rights. */
function narrow(model: Model, cxy: number, first: number, end: number, most: Rights): void {
    for (let page = first; page < end; page++) {
        const entry = model.entry(cxy, page);
        entry.rights = Math.min(entry.rights, most) as Rights;
    }
}

/** serve_invalidate_range: registration and entries of the range go. */
function forgetAt(model: Model, cxy: number, first: number, end: number): void {
    model.cut(cxy, first, end, true);
    for (const vseg of model.overlapping(cxy, first, end)) model.forget(cxy, vseg);
    for (let page = first; page < end; page++) Object.assign(model.entry(cxy, page), { frame: -1, rights: 0 });
}

function forgetFrozen(model: Model, task: Task): void {
    const at = model.at(task);
    const all = model.has("a change forgets what is not its own");
    for (const vseg of model.overlapping(at, task.first, task.end)) if (vseg.changing || all) model.forget(at, vseg);
}

function freeOf(model: Model, task: Task): void {
    const at = model.at(task);
    const [first, end] = piece(model, task);
    const kept = model.has(at === 0 ? "munmap keeps the frames" : "a STACK ends with its frames kept");
    for (let page = first; page < end; page++) {
        const entry = model.entry(at, page);
        if (entry.frame >= 0 && !kept) model.free(entry.frame);
        Object.assign(entry, { frame: -1, rights: 0 });
    }
}

function takeEntry(model: Model, page: number): void {
    const { frame } = model.entry(0, page);
    model.state.child ??= model.kinds.map(() => -1);
    const { child } = model.state;
    if (!isFrozen(model.vseg(0, page)) && !model.has("taken before it is frozen")) return;
    if (frame < 0 || (child[page] ?? -1) >= 0) return;
    model.share(frame);
    child[page] = frame;
}

function isFrozen(vseg: Vseg | null): boolean {
    return vseg?.changing === true;
}
