/** Steps of a change of VSL(P,Z) in the model: mm/structure.ts, sharers.ts, proc/fork.ts (vmm-policy 5.9.2, 7.1, 7.2). */

import { Broken } from "../dsm/explore.ts";
import type { Model, Step } from "./model.ts";
import type { Entry, Rights } from "./state.ts";

/** By the first word of Task.step; the second is what the change is for. A change begins in enter. */
export const CHANGE_STEPS: Readonly<Record<string, Step>> = {
    enter(cxy, task, goal) {
        if (this.change >= 0 && !this.has("two changes at once")) {
            this.wait(task, true);
            return;
        }
        this.change = cxy;
        task.pages = (1 << this.pages) - 1;
        if (goal === "end") task.step = "leave end";
        else if (goal === "fork" && this.has("taken before it is frozen")) task.step = "take fork";
        else task.step = `freeze ${goal}`;
    },
    freeze(_cxy, task, goal) {
        if (goal === "fork" && task.pages === 0) {
            // The child's cluster takes over; of Z's servers none is held.
            task.request = "none";
            task.pages = (1 << this.pages) - 1;
            task.step = this.has("taken before it is frozen") ? "leave fork" : "take fork";
            return;
        }
        task.pages &= ~(1 << task.page);
        const vseg = this.vseg(0, task.page);
        if (vseg === null) {
            task.step = goal === "fork" ? "freeze fork" : "leave";
            return;
        }
        vseg.changing = true;
        task.step = `drain ${goal}`;
    },
    /** wait_for_faults: a server may, for a fault there needs leaf requests only. */
    drain(_cxy, task, goal) {
        if (this.entry(0, task.page).busy && !this.has("no wait for faults")) {
            this.wait(task, false);
            return;
        }
        task.left = this.vseg(0, task.page)?.sharers ?? 0;
        if (goal === "fork" && this.has("a fork leaves the sharers W")) task.left = 0;
        task.step = `tell ${goal}`;
        if (this.has("vseg gone before its sharers") && goal === "munmap") this.forget(task.page);
        if (this.has("Z before the sharers")) narrow(this.entry(0, task.page), goal, task.rights);
    },
    /** sharers_forget. */
    tell(_cxy, task, goal) {
        if (task.telling >= 0) {
            this.settle(task.telling, task.page);
            task.telling = -1;
        } else if (task.left !== 0) {
            const sharer = 31 - Math.clz32(task.left);
            task.left &= ~(1 << sharer);
            const entry = this.entry(sharer, task.page);
            if (goal === "fork") entry.rights = entry.rights === 2 ? 1 : entry.rights;
            else {
                Object.assign(entry, { frame: -1, rights: 0 });
                this.cluster(sharer).vsegs[task.page] = null;
            }
            this.bump(sharer);
            task.telling = sharer;
            if (this.has("freed before the acknowledgements") && goal === "munmap") freeOf(this, task.page);
        } else {
            task.step = `own ${goal}`;
        }
    },
    own(_cxy, task, goal) {
        if (!(goal === "fork" && this.has("a fork leaves Z W"))) narrow(this.entry(0, task.page), goal, task.rights);
        this.bump(0);
        task.step = `settled ${goal}`;
    },
    settled(_cxy, task, goal) {
        this.settle(0, task.page);
        task.step = goal === "fork" ? "freeze fork" : `close ${goal}`;
    },
    close(_cxy, task, goal) {
        const vseg = this.vseg(0, task.page);
        if (goal === "munmap") {
            freeOf(this, task.page);
            task.step = "forget";
            return;
        }
        if (vseg !== null) vseg.rights = task.rights;
        task.step = "leave";
    },
    forget(_cxy, task) {
        this.forget(task.page);
        task.step = "leave";
    },
    /** proc/fork.ts take_entries: the frozen entries, each frame with the child as one more owner. */
    take(_cxy, task) {
        if (task.pages !== 0) {
            task.pages &= ~(1 << task.page);
            const entry = this.entry(0, task.page);
            const child = this.child;
            if (this.vseg(0, task.page)?.changing !== true && !this.has("taken before it is frozen")) return;
            if (entry.frame >= 0 && (child[task.page] ?? -1) < 0) {
                this.share(entry.frame);
                child[task.page] = entry.frame;
            }
            return;
        }
        task.step = "leave fork";
        if (this.has("taken before it is frozen")) {
            task.pages = (1 << this.pages) - 1;
            task.step = "freeze fork";
        }
        if (this.has("end of a freeze by a server")) task.request = "queued";
    },
    /** structure_leave; of a fork a leaf request (RPC_FORK_END). */
    leave(cxy, task, goal) {
        if (goal === "fork" && task.request !== "none") throw new Broken("the end of a freeze needs a server");
        for (const vseg of this.cluster(0).vsegs) if (vseg !== null) vseg.changing = false;
        this.change = -1;
        if (!this.has("the end of a change wakes nobody")) this.wake(0);
        this.finish(cxy);
    },
};

/** vmm_restrict_range of Z's entry: a frame stays, with fewer rights. */
function narrow(entry: Entry, goal: string, rights: Rights): void {
    const most = goal === "munmap" ? 0 : goal === "fork" ? 1 : rights;
    entry.rights = Math.min(entry.rights, most) as Rights;
}

function freeOf(model: Model, page: number): void {
    const entry = model.entry(0, page);
    if (entry.frame >= 0) model.free(entry.frame);
    Object.assign(entry, { frame: -1, rights: 0 });
}
