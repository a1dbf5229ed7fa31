/** Steps of a fault in the model: mm/fault.ts, registration.ts, sharers.ts (vmm-policy 5.1-5.9, 7.3). */

import type { Model, Step } from "./model.ts";
import { isPrivate, type Task } from "./state.ts";

/** By the first word of Task.step. A fault begins in fault. */
export const FAULT_STEPS: Readonly<Record<string, Step>> = {
    fault(task) {
        const vseg = this.vseg(task.cxy, task.page);
        task.fresh = true;
        if (task.cxy !== 0 && !isPrivate(this.kinds[task.page] as "heap"))
            this.cluster(task.cxy).touched |= 1 << task.page;
        if (vseg !== null) task.step = vseg.rights < task.want ? "refused" : "begin";
        else task.step = task.cxy === 0 ? "refused" : "get";
    },
    refused(task) {
        this.finish(task);
    },
    /** RPC_GET_VSEG, a leaf: Z gives none of its STACKs. */
    get(task) {
        const vseg = this.vseg(0, task.page);
        if (vseg === null || (vseg.kind === "stack" && !this.has("Z answers with its own STACK"))) {
            task.step = "refused";
        } else if (this.isChanging(0, task.page) && !this.has("registered during a change")) {
            task.step = "await";
            task.request = "queued";
        } else {
            if (!this.has("sharer after the reply")) this.addSharer(task.page, task.cxy);
            Object.assign(task, { first: vseg.first, end: vseg.end, rights: vseg.rights, step: "register" });
        }
    },
    /** RPC_AWAIT_CHANGE. */
    await(task) {
        if (this.isChanging(0, task.page)) {
            this.wait(task, true);
            return;
        }
        task.request = "none";
        task.step = "get";
    },
    /** It is registered if no invalidation has come (5.9); one that has grown since replaces its older registration. */
    register(task) {
        if (this.has("sharer after the reply")) this.addSharer(task.page, task.cxy);
        const { first, end, rights } = task;
        const old = this.overlapping(task.cxy, first, end)[0];
        const current = (task.fresh || this.has("no epoch")) && (old === undefined || old.end < end);
        if (current) {
            if (old !== undefined) this.forget(task.cxy, old);
            const kind = this.kinds[first] as "heap";
            this.insert(task.cxy, { kind, first, end, rights, changing: false, sharers: 0 });
            if (kind === "heap") this.cluster(task.cxy).known |= (1 << end) - (1 << first);
        }
        task.step = !current ? "fault" : rights < task.want ? "refused" : "begin";
        Object.assign(task, { first: 0, end: 0, rights: 0 });
    },
    /** begin: the entry allows it, somebody else is at it, or the page is marked. */
    begin(task) {
        const at = this.at(task);
        const entry = this.entry(at, task.page);
        const allowed = entry.rights >= task.want;
        const taken = entry.removing || this.isChanging(at, task.page);
        if (taken || (!allowed && entry.busy && !this.has("no busy mark"))) {
            this.wait(task, true);
            return;
        }
        const vseg = this.vseg(at, task.page);
        if (vseg === null && !this.has("no look at the vseg after a wait")) {
            // A request is answered with a signal; a thread looks what is there now.
            task.step = task.request === "none" ? "fault" : "answer";
        } else if (allowed) {
            task.step = task.request === "none" ? "refused" : "page";
        } else {
            if (!this.has("no busy mark")) entry.busy = true;
            task.step = isMadeAt(this, task, at) ? "resolve" : "ask";
        }
    },
    /** The epoch is read behind the mark. */
    ask(task) {
        task.fresh = true;
        task.request = "queued";
        task.step = "page";
    },
    /** RPC_GET_PAGE: entry_for, else begin at Z. */
    page(task) {
        const vseg = this.vseg(0, task.page);
        const entry = this.entry(0, task.page);
        const settled = vseg !== null && !entry.removing && !this.isChanging(0, task.page);
        if (!settled || entry.rights < task.want) {
            task.step = "begin";
            return;
        }
        if (!this.has("sharer after the reply")) this.addSharer(task.page, task.cxy);
        task.frame = entry.frame;
        task.rights = entry.rights;
        task.step = "answer";
    },
    /** resolve_here behind its mark, and regain. */
    resolve(task) {
        const at = this.at(task);
        const vseg = this.marked(task);
        const entry = this.entry(at, task.page);
        if (vseg.rights < task.want) {
            task.step = "unmark";
            return;
        }
        if (at === 0 && !this.has("sharer after the reply")) this.addSharer(task.page, task.cxy);
        task.rights = vseg.rights;
        task.frame = entry.frame;
        task.step = "install";
        if (entry.frame < 0) {
            task.frame = this.alloc(task.page, homeOf(this, task, at), false);
            task.step = "fill frame";
            if (this.has("CODE is copied before Z has filled it")) {
                this.set(at, task.page, task.frame, task.rights);
                task.step = "fill late";
            }
        } else if (this.owners(entry.frame) !== 1) {
            if (task.want === 2) {
                task.old = entry.frame;
                task.frame = this.alloc(task.page, -1, this.isCurrent(entry.frame));
                task.step = "remove";
                if (this.has("the old frame is freed before the sharers have let it go")) this.free(task.old);
            } else task.rights = 1;
        }
        if (this.has("answer before Z has the entry") && task.request !== "none")
            this.set(task.cxy, task.page, task.frame, task.rights);
    },
    /** The new frame gets its first content. */
    fill(task) {
        const frame = this.state.frames[task.frame];
        if (frame !== undefined) frame.current = true;
        task.step = "install";
    },
    remove(task) {
        const entry = this.entry(0, task.page);
        if (!this.has("no mark of a removal") && entry.rights > 0) entry.removing = true;
        task.left = this.marked(task).sharers;
        task.step = "restrict";
    },
    /** sharers_restrict_page: one leaf request after the other; then Z's own entry. */
    restrict(task) {
        if (task.left === 0) {
            this.goesOnWith(task, "withdraw");
            return;
        }
        const sharer = 31 - Math.clz32(task.left);
        task.left &= ~(1 << sharer);
        Object.assign(this.entry(sharer, task.page), { frame: -1, rights: 0 });
        this.bump(sharer);
        task.telling = sharer;
    },
    withdraw(task) {
        const entry = this.entry(0, task.page);
        const waited = entry.removing;
        Object.assign(entry, { frame: -1, rights: 0, removing: false });
        this.bump(0);
        if (waited) this.wake(0);
        task.telling = 0;
        task.step = "replace";
    },
    replace(task) {
        if (!this.has("the old frame is freed before the sharers have let it go")) this.free(task.old);
        task.old = -1;
        task.step = "install copy";
    },
    install(task) {
        const at = this.at(task);
        this.marked(task);
        const entry = this.entry(at, task.page);
        this.set(at, task.page, task.frame, task.rights);
        entry.busy = entry.removing = false;
        if (!this.has("the end of a fault wakes nobody")) this.wake(at);
        if (task.request === "none") this.finish(task);
        else task.step = "answer";
    },
    /** The fault is refused: only the mark goes. */
    unmark(task) {
        const at = this.at(task);
        this.entry(at, task.page).busy = false;
        this.wake(at);
        Object.assign(task, { frame: -1, rights: 0 });
        if (task.request === "none") this.finish(task);
        else task.step = "answer";
    },
    /** At K: the entry is installed if no invalidation has come (5.9); CODE as a copy of K's own; without one (rights 0) it is refused. */
    answer(task) {
        const { cxy, page } = task;
        task.request = "none";
        if (this.has("sharer after the reply")) this.addSharer(page, cxy);
        const refused = task.rights === 0;
        const copied = this.kinds[page] === "code" && !refused && !this.has("CODE is mapped without a copy");
        if (copied) task.frame = this.alloc(page, cxy, this.isCurrent(task.frame));
        const current = copied || task.fresh || this.has("no epoch");
        if (current && !refused) this.set(cxy, page, task.frame, task.rights);
        if (current && !refused && this.has("another page comes, too")) takeOther(this, task);
        this.entry(cxy, page).busy = false;
        this.wake(cxy);
        Object.assign(task, { frame: -1, rights: 0 });
        if (current || refused) this.finish(task);
        else task.step = "begin";
    },
};

/** Z makes all pages, and K its STACKs' (5.3). */
function isMadeAt(model: Model, { page }: Task, at: number): boolean {
    return at === 0 || model.kinds[page] === "stack";
}

/** The bank of a private page is its cluster's (I12); of a public one rule 2.3's. */
function homeOf(model: Model, { page }: Task, at: number): number {
    if (!isPrivate(model.kinds[page] as "heap")) return -1;
    return model.kinds[page] === "stack" && model.has("a STACK page lies in Z") ? 0 : at;
}

function takeOther(model: Model, { cxy, page }: Task): void {
    const other = page === 0 ? 1 : 0;
    const { frame, rights } = model.entry(0, other);
    if (rights === 0 || model.entry(cxy, other).frame >= 0) return;
    model.addSharer(other, cxy);
    model.set(cxy, other, frame, rights);
}
