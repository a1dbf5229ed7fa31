/** Steps of a fault and of a new copy of P in the model: mm/fault.ts, registration.ts, sharers.ts, proc/process.ts (vmm-policy 5.1-5.9, 7.3, 7.5). */

import type { Step } from "./model.ts";

/** By the first word of Task.step. A fault begins in fault, a copy in attach. */
export const FAULT_STEPS: Readonly<Record<string, Step>> = {
    fault(cxy, task) {
        const vseg = this.vseg(cxy, task.page);
        task.fresh = true;
        if (vseg !== null) task.step = vseg.rights < task.want ? "refused" : "begin";
        else task.step = cxy === 0 ? "refused" : "get";
    },
    refused(cxy) {
        this.finish(cxy);
    },
    /** RPC_GET_VSEG, a leaf. */
    get(cxy, task) {
        const vseg = this.vseg(0, task.page);
        if (vseg === null) {
            task.step = "refused";
        } else if (this.isChanging(task.page) && !this.has("registered during a change")) {
            task.step = "await";
            task.request = "queued";
        } else {
            if (!this.has("sharer after the reply")) this.addSharer(task.page, cxy);
            task.rights = vseg.rights;
            task.step = "register";
        }
    },
    /** RPC_AWAIT_CHANGE. */
    await(_cxy, task) {
        if (this.isChanging(task.page)) {
            this.wait(task, true);
            return;
        }
        task.request = "none";
        task.step = "get";
    },
    register(cxy, task) {
        if (this.has("sharer after the reply")) this.addSharer(task.page, cxy);
        if (task.fresh || this.has("no epoch")) {
            this.cluster(cxy).vsegs[task.page] = { rights: task.rights, changing: false, sharers: 0 };
        }
        task.step = "fault";
    },
    /** begin: the entry allows it, somebody else is at it, or the page is marked. */
    begin(cxy, task) {
        const entry = this.entry(cxy, task.page);
        const at = cxy === 0 || task.request !== "none" ? 0 : cxy;
        const page = this.entry(at, task.page);
        const allowed = page.rights >= task.want;
        const taken = page.removing || (at === 0 && this.isChanging(task.page));
        if (taken || (!allowed && page.busy && !this.has("no busy mark"))) {
            this.wait(task, true);
            return;
        }
        if (allowed) {
            task.step = at === cxy ? "refused" : "page";
            return;
        }
        const vseg = this.vseg(at, task.page);
        if (vseg === null && !this.has("no look at the vseg after a wait")) {
            task.step = at === cxy ? "fault" : "answer";
            return;
        }
        if (!this.has("no busy mark")) page.busy = true;
        if (at === 0) {
            task.step = "resolve";
            return;
        }
        entry.busy = true;
        task.fresh = true;
        task.request = "queued";
        task.step = "page";
    },
    /** RPC_GET_PAGE: entry_for, else begin at Z. */
    page(cxy, task) {
        const vseg = this.vseg(0, task.page);
        const entry = this.entry(0, task.page);
        const there = vseg !== null && !entry.removing && !this.isChanging(task.page) && entry.rights >= task.want;
        if (!there) {
            task.step = "begin";
            return;
        }
        if (!this.has("sharer after the reply")) this.addSharer(task.page, cxy);
        task.frame = entry.frame;
        task.rights = entry.rights;
        task.step = "answer";
    },
    /** resolve_here behind its mark, and regain. */
    resolve(cxy, task) {
        const vseg = this.marked(task);
        const entry = this.entry(0, task.page);
        if (vseg.rights < task.want) {
            task.step = "unmark";
            return;
        }
        if (!this.has("sharer after the reply")) this.addSharer(task.page, cxy);
        task.rights = vseg.rights;
        task.frame = entry.frame;
        task.step = "install";
        if (entry.frame < 0) {
            task.frame = this.alloc(task.page, true);
        } else if (this.owners(entry.frame) !== 1) {
            if (task.want === 2) {
                task.old = entry.frame;
                task.frame = this.alloc(task.page, this.isCurrent(entry.frame));
                task.step = "remove";
            } else task.rights = 1;
        }
        if (this.has("answer before Z has the entry") && cxy !== 0) {
            this.cluster(cxy).entries[task.page] = {
                frame: task.frame,
                rights: task.rights,
                busy: true,
                removing: false,
            };
        }
    },
    remove(_cxy, task) {
        const entry = this.entry(0, task.page);
        if (!this.has("no mark of a removal") && entry.rights > 0) entry.removing = true;
        task.left = this.marked(task).sharers;
        task.step = "restrict";
    },
    /** sharers_restrict_page: one leaf request after the other; then Z's own. */
    restrict(_cxy, task) {
        if (task.telling >= 0) {
            this.settle(task.telling, task.page);
            task.telling = -1;
        } else if (task.left !== 0) {
            const sharer = 31 - Math.clz32(task.left);
            task.left &= ~(1 << sharer);
            const entry = this.entry(sharer, task.page);
            entry.rights = 0;
            entry.frame = -1;
            this.bump(sharer);
            task.telling = sharer;
        } else {
            task.step = "withdraw";
        }
    },
    withdraw(_cxy, task) {
        const entry = this.entry(0, task.page);
        const waited = entry.removing;
        Object.assign(entry, { frame: -1, rights: 0, removing: false });
        if (waited) this.wake(0);
        task.step = "replace";
    },
    replace(_cxy, task) {
        this.settle(0, task.page);
        this.free(task.old);
        task.old = -1;
        task.step = "install";
    },
    install(cxy, task) {
        this.marked(task);
        Object.assign(this.entry(0, task.page), {
            frame: task.frame,
            rights: task.rights,
            busy: false,
            removing: false,
        });
        if (!this.has("the end of a fault wakes nobody")) this.wake(0);
        if (cxy === 0) this.finish(0);
        else task.step = "answer";
    },
    /** The fault is refused: only the mark goes. */
    unmark(cxy, task) {
        this.entry(0, task.page).busy = false;
        this.wake(0);
        Object.assign(task, { frame: -1, rights: 0 });
        if (cxy === 0) this.finish(0);
        else task.step = "answer";
    },
    /** At K: the entry is installed if no invalidation has come (5.9); without one (rights 0) the fault is refused. */
    answer(cxy, task) {
        task.request = "none";
        if (this.has("sharer after the reply")) this.addSharer(task.page, cxy);
        const entry = this.entry(cxy, task.page);
        const current = task.fresh || this.has("no epoch");
        const refused = task.rights === 0;
        if (current && !refused) Object.assign(entry, { frame: task.frame, rights: task.rights });
        entry.busy = false;
        this.wake(cxy);
        Object.assign(task, { frame: -1, rights: 0 });
        if (current || refused) this.finish(cxy);
        else task.step = "begin";
    },
    attach(_cxy, task) {
        Object.assign(task, { step: "vsegs", page: 0, fresh: true });
    },
    /** RPC_ATTACH_VSEG: the first vseg from page on. */
    vsegs(cxy, task) {
        const vsegs = this.cluster(0).vsegs;
        while (task.page < this.pages && vsegs[task.page] === null) task.page++;
        const vseg = vsegs[task.page] ?? null;
        if (vseg === null) {
            this.cluster(cxy).attached = true;
            this.finish(cxy);
            return;
        }
        if (this.isChanging(task.page) && !this.has("attached during a change")) {
            this.wait(task, true);
            return;
        }
        this.addSharer(task.page, cxy);
        task.rights = vseg.rights;
        task.request = "none";
        task.step = "copy";
    },
    copy(cxy, task) {
        if (task.fresh || this.has("attached without an epoch")) {
            this.cluster(cxy).vsegs[task.page] = { rights: task.rights, changing: false, sharers: 0 };
            task.page++;
        }
        Object.assign(task, { step: "vsegs", fresh: true, request: "queued", rights: 0 });
    },
};
