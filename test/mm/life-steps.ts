/** Steps of a new thread, P's new copy and a thread's end in the model: proc/process.ts, user-thread.ts, stack-slot.ts (vmm-policy 3, 6.4, 7.5). */

import type { Step } from "./model.ts";
import { most, resetTask } from "./state.ts";

/** By the first word of Task.step. A copy begins in attach, a thread in slot; its end is a change (enter stack), and then release. */
export const LIFE_STEPS: Readonly<Record<string, Step>> = {
    attach(task) {
        Object.assign(task, { step: "vsegs", page: 0, fresh: true, request: "queued" });
    },
    /** RPC_ATTACH_VSEGS: the first vseg of CODE or DATA from the page on. The kernel takes several in one such step. */
    vsegs(task) {
        const comes = ({ kind }: { kind: string }) =>
            (kind === "code" && !this.has("attached without CODE")) ||
            kind === "data" ||
            (kind === "heap" && this.has("attached with the HEAP"));
        const vseg = this.cluster(0).vsegs.find((each) => each.first >= task.page && comes(each));
        if (vseg === undefined) {
            this.cluster(task.cxy).attached = true;
            Object.assign(task, { step: "slot", request: "none", page: 0 });
            return;
        }
        if (this.isChanging(0, vseg.first) && !this.has("attached during a change")) {
            this.wait(task, true);
            return;
        }
        this.addSharer(vseg.first, task.cxy);
        const { first, end } = vseg;
        const rights = this.has("rights lost on attach") ? most(vseg.kind) : vseg.rights;
        Object.assign(task, { first, end, rights, request: "none", step: "copy" });
    },
    copy(task) {
        const { first, end, rights, cxy } = task;
        if (task.fresh || this.has("attached without an epoch")) {
            this.insert(cxy, { kind: this.kinds[first] as "data", first, end, rights, changing: false, sharers: 0 });
            task.page = end;
        }
        Object.assign(task, { step: "vsegs", fresh: true, request: "queued", rights: 0, first: 0, end: 0 });
    },
    /** stack_slot_take. */
    slot(task) {
        const taken = this.state.tasks.filter(({ cxy }) => cxy === task.cxy).map(({ slot }) => slot);
        task.slot = this.kinds.findIndex((kind, page) => kind === "stack" && !taken.includes(page));
        if (task.slot < 0 || this.has("a thread runs before its STACK is registered")) this.finish(task);
        else task.step = "make";
    },
    /** make_thread. */
    make(task) {
        const { cxy, slot } = task;
        this.insert(cxy, { kind: "stack", first: slot, end: slot + 1, rights: 2, changing: false, sharers: 0 });
        this.finish(task);
    },
    /** stack_slot_release. */
    release(task) {
        task.slot = -1;
        resetTask(task, "none");
    },
};
