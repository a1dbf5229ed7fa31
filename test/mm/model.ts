/**
 * An executable model of VSL x GPT x TLB x shootdown (vmm-policy 3, 4, 5.9, 6.3, 6.4, 7.1-7.3, 7.5), step by step in the order of the kernel:
 * mm/fault.ts, registration.ts, structure.ts, sharers.ts, vmm.ts, mmap.ts, proc/fork.ts, process.ts, user-thread.ts and thread-end.ts. One
 * process P, Z = cluster 0. What the kernel does under one lock, or within a leaf handler between two spins, is one step. A thread's request
 * to Z's servers is carried out by the thread's own task; SERVERS of them are served at once, others wait in the FIFO or are parked.
 */

import { Broken } from "../dsm/explore.ts";
import type { Change } from "./changes.ts";
import { checkState } from "./invariants.ts";
import { allMoves, type Move } from "./moves.ts";
import { allNames, Packing } from "./packing.ts";
import {
    type Cluster,
    clearFrame,
    type Entry,
    initialState,
    insertVseg,
    isAtRest,
    type Kind,
    type Rights,
    resetTask,
    type State,
    type Task,
    type Vseg,
} from "./state.ts";
import { CHANGES, whatOf } from "./step-table.ts";

/** What threads may do beside loads and stores; life: a thread ends, and another one is made. */
export type Operation = "munmap" | "mmap" | "protect" | "fork" | "life";

export interface ModelOptions {
    /** Of each thread its cluster. */
    readonly threads: readonly number[];
    /** Of each page the zone it lies in. */
    readonly kinds: readonly Kind[];
    readonly operations: readonly Operation[];
    /** Of each thread what it may do, where not all do the same. */
    readonly roles?: readonly (readonly Operation[])[];
    /** Most pages of a vseg that mmap makes, and of a range that munmap and protect take. */
    readonly longest?: number;
    /** Clusters in which P has no copy at first. */
    readonly detached?: readonly number[];
    readonly changes?: readonly Change[];
    /** Servers of level REFERENCE at Z. */
    readonly servers?: number;
    /** Every step by itself, also where its order with others' makes no difference (AT_ONCE). */
    readonly single?: boolean;
}

const SERVERS = 2;

export class Model {
    readonly state: State;
    readonly packing: Packing;
    readonly options: ModelOptions;
    readonly #changes: ReadonlySet<Change>;
    readonly #servers: number;
    /** No request ever waits for a server. */
    readonly #enoughServers: boolean;

    constructor(options: ModelOptions) {
        const { threads, kinds, detached = [], roles, longest = 1 } = options;
        this.options = options;
        this.#changes = new Set(options.changes);
        this.#servers = options.servers ?? SERVERS;
        this.#enoughServers = threads.filter((cxy) => cxy !== 0).length <= this.#servers;
        this.state = initialState(kinds, threads, detached);
        const does = (thread: number) => String(roles?.[thread] ?? "");
        const names = allNames(
            threads,
            kinds.map((kind) => kind === "heap"),
            longest === 1,
            (thread, other) => does(thread) === does(other),
        );
        this.packing = new Packing(names, this.state.frames.length);
    }

    /** The state's bytes (Packing.pack). */
    packed(): Uint8Array {
        this.#forgetTouched();
        return this.packing.pack(this.state);
    }

    moves(): Move[] {
        return allMoves(this);
    }

    check(): void {
        checkState(this);
    }

    isQuiet(): boolean {
        return this.state.tasks.every(isAtRest) && this.state.clusters.every(({ change }) => change < 0);
    }

    canRun({ request }: Task): boolean {
        if (request === "parked") return false;
        if (request !== "queued") return true;
        return this.state.tasks.filter((each) => each.request === "served").length < this.#servers;
    }

    /** An operation begins. */
    begin(task: Task, step: string, with_: Partial<Task> = {}): void {
        resetTask(task, step);
        Object.assign(task, with_);
        if (step === "fault") this.#make(task);
        this.#goOn(task, step);
    }

    /** One step, and those that are made at once with it. */
    run(task: Task): void {
        if (task.request === "queued") task.request = "served";
        if (this.#settlesTold(task)) return;
        const before = task.step;
        this.#make(task);
        this.#goOn(task, before);
    }

    /** The TLBs of who has been told are emptied: at once with what follows (it moves right: nobody fills them), or by itself. */
    #settlesTold(task: Task): boolean {
        if (task.telling < 0) return false;
        this.#settle(task.telling, task);
        task.telling = -1;
        return this.options.single === true;
    }

    /** The steps that are made at once with `before`, which has just been made. */
    #goOn(task: Task, before: string): void {
        let last = before;
        while (this.#isAtOnce(task, last)) {
            last = task.step;
            if (task.request === "queued") task.request = "served";
            this.#make(task);
        }
    }

    #isAtOnce(task: Task, before: string): boolean {
        if (this.options.single === true || isAtRest(task)) return false;
        if (task.asleep || task.request === "parked" || task.telling >= 0) return false;
        if (task.step === "freeze fork" && task.pages !== 0) return false;
        const { atOnce } = whatOf(task.step);
        if (atOnce === "never") return this.#looksAgain(task, before);
        return atOnce === "always" || (this.#enoughServers && !(task.step === "vsegs" && before === "copy"));
    }

    /**
     * The step before, which has changed nothing, may as well look later: Z's look for an entry (page) before the one that marks (begin), and back;
     * and in a cluster of one thread, where but for this thread a VSL only shrinks, the look at VSL(P,K).
     */
    #looksAgain(task: Task, before: string): boolean {
        if (task.step === "get") return before === "await" || (before === "fault" && this.#isAlone(task));
        if (task.step === "page") return before === "begin" && task.request === "served";
        if (task.step !== "begin") return false;
        if (task.request === "served") return before === "page";
        return before === "fault" && task.cxy !== 0 && this.#isAlone(task);
    }

    #isAlone(task: Task): boolean {
        return !this.state.tasks.some((other) => other !== task && other.cxy === task.cxy);
    }

    #make(task: Task): void {
        const { step, goal } = whatOf(task.step);
        step.call(this, task, goal);
    }

    /** A step that had nothing to do is the next one. */
    goesOnWith(task: Task, step: string): void {
        task.step = step;
        if (this.options.single !== true) this.#make(task);
    }

    /** Where nothing of a page is left, that it was accessed makes no difference any more. */
    #forgetTouched(): void {
        for (let cxy = 1; cxy < this.state.clusters.length; cxy++) {
            const cluster = this.cluster(cxy);
            for (let page = 0; page < this.kinds.length; page++) {
                const bit = 1 << page;
                if ((cluster.touched & bit) !== 0 && !this.#isInUse(cxy, page)) cluster.touched &= ~bit;
                if ((cluster.known & bit) !== 0 && this.vseg(cxy, page) === null) cluster.known &= ~bit;
            }
        }
    }

    #isInUse(cxy: number, page: number): boolean {
        if (this.entry(cxy, page).frame >= 0) return true;
        return this.state.tasks.some((task) => task.cxy === cxy && !isAtRest(task) && task.page === page);
    }

    // What the steps are made of.

    get kinds(): readonly Kind[] {
        return this.options.kinds;
    }

    has(change: Change): boolean {
        return this.#changes.has(change);
    }

    cluster(cxy: number): Cluster {
        return this.state.clusters[cxy] as Cluster;
    }

    entry(cxy: number, page: number): Entry {
        return this.cluster(cxy).entries[page] as Entry;
    }

    /** vsl_find. */
    vseg(cxy: number, page: number): Vseg | null {
        for (const vseg of this.cluster(cxy).vsegs) if (vseg.first <= page && page < vseg.end) return vseg;
        return null;
    }

    overlapping(cxy: number, first: number, end: number): Vseg[] {
        return this.cluster(cxy).vsegs.filter((vseg) => vseg.first < end && first < vseg.end);
    }

    insert(cxy: number, vseg: Vseg): void {
        insertVseg(this.cluster(cxy).vsegs, vseg);
    }

    /** vsl_split, at both ends of a range, of vsegs that are part of the change or of which `all` may be cut. */
    cut(cxy: number, first: number, end: number, all: boolean): void {
        for (const at of [first, end]) {
            const vseg = this.cluster(cxy).vsegs.find((each) => each.first < at && at < each.end);
            if (vseg === undefined || !(all || vseg.changing)) continue;
            this.insert(cxy, { ...vseg, first: at, sharers: this.has("a cut loses the sharers") ? 0 : vseg.sharers });
            vseg.end = at;
        }
    }

    /** The page's vseg in VSL(P,K) is part of the change that is under way there. */
    isChanging(cxy: number, page: number): boolean {
        return this.cluster(cxy).change >= 0 && this.vseg(cxy, page)?.changing === true;
    }

    /** The cluster in whose VMM the task is at work. */
    at(task: Task): number {
        return task.request === "none" ? task.cxy : 0;
    }

    finish(task: Task): void {
        resetTask(task, "idle");
    }

    /** vmm_wait: a server parks its request; a thread, or a server that may wait as one, sleeps. */
    wait(task: Task, parks: boolean): void {
        if (task.request === "none" || !parks) {
            task.asleep = true;
            return;
        }
        if (this.has("no parking")) throw new Broken("5.9.4: a server waits for a state that outlives a request");
        task.request = "parked";
    }

    /** vmm_wake of VMM(P,K): its sleepers look again, its parked requests are ready. */
    wake(cxy: number): void {
        for (const task of this.state.tasks) {
            if (task.asleep && this.at(task) === cxy) task.asleep = false;
            if (cxy === 0 && task.request === "parked") task.request = "queued";
        }
    }

    /** A frame with one owner. */
    alloc(page: number, home: number, current: boolean): number {
        const at = this.state.frames.findIndex(({ owners }) => owners === 0);
        const frame = this.state.frames[at];
        if (frame === undefined) throw new Broken("I10: more frames are in use than P can have");
        Object.assign(frame, { owners: 1, page, home, current, child: false });
        return at;
    }

    share(frame: number): void {
        const owned = this.state.frames[frame] as { owners: number; child: boolean };
        if (!this.has("fork counts no owner")) owned.owners++;
        owned.child = true;
    }

    owners(frame: number): number {
        return this.state.frames[frame]?.owners ?? 0;
    }

    isCurrent(frame: number): boolean {
        return this.state.frames[frame]?.current === true;
    }

    free(frame: number, byChild = false): void {
        const owned = this.state.frames[frame];
        if (owned === undefined || owned.owners === 0) throw new Broken("I10: a frame is freed twice");
        owned.owners--;
        if (byChild) owned.child = false;
        else owned.current = false;
        if (owned.owners === 0) clearFrame(owned);
    }

    /** The entry of VMM(P,K) gets a frame and rights; from now on the TLBs may have them. */
    set(cxy: number, page: number, frame: number, rights: Rights): void {
        const entry = this.entry(cxy, page);
        entry.frame = frame;
        entry.rights = rights;
        const cached = this.cluster(cxy).tlb[page] as { frame: number; rights: Rights };
        if (rights > cached.rights && (cached.rights === 0 || cached.frame === frame))
            Object.assign(cached, { frame, rights });
    }

    /** An invalidation has bumped the epoch of VMM(P,K) (5.9). */
    bump(cxy: number): void {
        if (this.has("no epoch bump")) return;
        for (const task of this.state.tasks) if (task.cxy === cxy && this.#looksAtEpoch(task)) task.fresh = false;
    }

    /** What it has seen of the epoch will make a difference. */
    #looksAtEpoch({ cxy, step, request, page }: Task): boolean {
        if (cxy === 0) return false;
        if (/^(get|register|await|vsegs|copy)$/.test(step)) return true;
        if (this.kinds[page] === "code") return false;
        return step === "answer" || (request !== "none" && !CHANGES.test(step));
    }

    /** The TLBs of cluster `cxy` have nothing more than its table of the pages that the task is about. */
    #settle(cxy: number, task: Task): void {
        if (this.has("no shootdown")) return;
        const [first, end] = task.end > task.first ? [task.first, task.end] : [task.page, task.page + 1];
        for (let page = first; page < end; page++) {
            const { frame, rights } = this.entry(cxy, page);
            this.cluster(cxy).tlb[page] = { frame: rights > 0 ? frame : -1, rights };
        }
    }

    addSharer(page: number, cxy: number): void {
        const vseg = this.vseg(0, page);
        if (vseg !== null && cxy !== 0) vseg.sharers |= 1 << cxy;
    }

    /** The vseg of a page that a fault has marked. */
    marked(task: Task): Vseg {
        const vseg = this.vseg(this.at(task), task.page);
        if (vseg === null) throw new Broken("5.9.2: a fault uses a vseg that is not there");
        return vseg;
    }

    /** A vseg goes: no fault may have it (5.9.2). */
    forget(cxy: number, vseg: Vseg): void {
        const uses = (task: Task) =>
            whatOf(task.step).withMark && this.at(task) === cxy && vseg.first <= task.page && task.page < vseg.end;
        if (this.state.tasks.some((task) => !isAtRest(task) && uses(task)))
            throw new Broken("5.9.2: a vseg goes that a fault uses");
        const vsegs = this.cluster(cxy).vsegs;
        vsegs.splice(vsegs.indexOf(vseg), 1);
    }
}

/** A step of a task; `goal` is what a change is for. */
export type Step = (this: Model, task: Task, goal: string) => void;
