/**
 * An executable model of VSL x GPT x TLB x shootdown (vmm-policy 4, 5.9, 7.1-7.3), step by step in the order of the kernel: mm/fault.ts,
 * registration.ts, structure.ts, sharers.ts, vmm.ts, proc/fork.ts and process.ts. One process P with a user thread a cluster, Z = cluster
 * 0; each page is a vseg. What the kernel does under one lock, or within a leaf handler between two spins, is one step. A thread's request
 * to Z's servers is carried out by the thread's own task; SERVERS of them are served at once, others wait in the FIFO or are parked.
 */

import { Broken, type System } from "../dsm/explore.ts";
import { CHANGE_STEPS } from "./change-steps.ts";
import { FAULT_STEPS } from "./fault-steps.ts";
import { checkState } from "./invariants.ts";
import {
    type Cluster,
    copyState,
    type Entry,
    IDLE,
    initialState,
    type Rights,
    type State,
    stateKey,
    type Task,
    type Vseg,
} from "./state.ts";

/** Steps left out, or done in another order: what if? */
export type Change =
    | "no epoch"
    | "no epoch bump"
    | "answer before Z has the entry"
    | "sharer after the reply"
    | "freed before the acknowledgements"
    | "no busy mark"
    | "no wait for faults"
    | "end of a freeze by a server"
    | "no parking"
    | "the end of a change wakes nobody"
    | "the end of a fault wakes nobody"
    | "Z before the sharers"
    | "no mark of a removal"
    | "no shootdown"
    | "two changes at once"
    | "vseg gone before its sharers"
    | "a fork leaves the sharers W"
    | "a fork leaves Z W"
    | "registered during a change"
    | "no look at the vseg after a wait"
    | "attached without an epoch"
    | "attached during a change"
    | "fork counts no owner"
    | "taken before it is frozen";

export interface ModelOptions {
    readonly clusters: number;
    readonly pages: number;
    /** What threads may do, beside loads and stores. */
    readonly operations: readonly ("munmap" | "mmap" | "protect" | "fork" | "end")[];
    /** Clusters in which P has no copy at first. */
    readonly detached?: readonly number[];
    readonly changes?: readonly Change[];
    /** Servers of level REFERENCE at Z. */
    readonly servers?: number;
}

export function vmmSystem(options: ModelOptions): System<State> {
    const rules = new Model(options);
    return {
        initial: initialState(options.clusters, options.pages, options.detached ?? []),
        successors: (state) => rules.successors(state),
        check: (state) => checkState(state, (task) => rules.canRun(state, task)),
        isQuiet: ({ tasks, change }) => change < 0 && tasks.every(({ step }) => step === "idle"),
        key: (state, { node }) => stateKey(state, node),
        sizes: { nodes: options.clusters - 1, pages: 1 },
    };
}

const SERVERS = 2;
/** Steps of a fault between its mark at Z and the end of that. */
const WITH_MARK: readonly string[] = ["resolve", "remove", "restrict", "withdraw", "replace", "install", "unmark"];

export class Model {
    private readonly options: ModelOptions;
    private readonly changes: ReadonlySet<Change>;
    private readonly servers: number;
    /** The state that a step is being made in. */
    private s: State;

    constructor(options: ModelOptions) {
        this.options = options;
        this.changes = new Set(options.changes);
        this.servers = options.servers ?? SERVERS;
        this.s = initialState(1, 1, []);
    }

    *successors(state: State): Generator<State> {
        for (const [cxy, task] of state.tasks.entries()) {
            if (task.step === "idle") yield* this.begins(state, cxy);
            else if (!task.asleep && this.canRun(state, task)) yield* this.steps(state, cxy, task);
        }
        if (state.child !== null && state.change < 0) {
            for (const [page, frame] of state.child.entries())
                if (frame >= 0) yield this.step(state, () => this.childDrops(page));
            if (state.child.every((frame) => frame < 0)) {
                yield this.step(state, () => {
                    this.s.child = null;
                });
            }
        }
    }

    private step(state: State, make: () => void): State {
        this.s = copyState(state);
        make();
        return this.s;
    }

    canRun(state: State, { request }: Task): boolean {
        if (request === "parked") return false;
        return request !== "queued" || state.tasks.filter((each) => each.request === "served").length < this.servers;
    }

    /** What an idle thread may begin. */
    private *begins(state: State, cxy: number): Generator<State> {
        const task = (next: Partial<Task>) =>
            this.step(state, () => {
                this.s.tasks[cxy] = { ...IDLE, ...next };
            });
        if (state.clusters[cxy]?.attached !== true) {
            yield task({ step: "attach", request: "queued" });
            return;
        }
        for (let page = 0; page < this.options.pages; page++) {
            for (const want of [1, 2] as const) yield this.step(state, () => this.access(cxy, page, want));
            for (const operation of this.options.operations) yield* this.operations(state, cxy, page, operation, task);
        }
        if (this.options.operations.includes("fork") && state.child === null)
            yield task(this.asked(cxy, { step: "enter fork" }));
        if (this.options.operations.includes("end") && cxy === 0) yield task({ step: "enter end" });
    }

    private *operations(
        state: State,
        cxy: number,
        page: number,
        operation: ModelOptions["operations"][number],
        task: (next: Partial<Task>) => State,
    ): Generator<State> {
        const there = state.clusters[0]?.vsegs[page] ?? null;
        if (operation === "mmap" && there === null) yield this.step(state, () => this.maps(page));
        if (operation === "munmap" && there !== null) yield task(this.asked(cxy, { step: "enter munmap", page }));
        if (operation === "protect" && there !== null) {
            for (const rights of [1, 2] as const) {
                if (rights !== there.rights) yield task(this.asked(cxy, { step: "enter protect", page, rights }));
            }
        }
    }

    /** What Z does: by the thread itself there, else by a server. */
    private asked(cxy: number, next: Partial<Task>): Partial<Task> {
        return cxy === 0 ? next : { ...next, request: "queued" };
    }

    /** mmap is a leaf, and looks at no change: it takes what is free. */
    private maps(page: number): void {
        this.cluster(0).vsegs[page] = { rights: 2, changing: false, sharers: 0 };
    }

    private childDrops(page: number): void {
        const child = this.s.child as number[];
        const frame = child[page] ?? -1;
        if (this.s.frames[frame]?.child !== true) throw new Broken(`the child finds another value in page ${page}`);
        child[page] = -1;
        this.free(frame, true);
    }

    /** A load or store in user mode: by the TLB, else by GPT(P,K), else it faults (5.0). */
    private access(cxy: number, page: number, want: Rights): void {
        const cluster = this.cluster(cxy);
        const entry = this.entry(cxy, page);
        let cached = cluster.tlb[page] as { frame: number; rights: Rights };
        if (cached.rights < want && entry.rights >= want) {
            cached = { frame: entry.frame, rights: entry.rights };
            cluster.tlb[page] = cached;
        }
        if (cached.rights < want) {
            this.s.tasks[cxy] = { ...IDLE, step: "fault", page, want };
            return;
        }
        const frame = this.s.frames[cached.frame];
        if (frame === undefined || frame.owners === 0 || frame.page !== page)
            throw new Broken(`cluster ${cxy} uses a freed frame`);
        if (!frame.current) throw new Broken(`cluster ${cxy} uses an old copy of page ${page}`);
        if (want !== 2) return;
        if (frame.child) throw new Broken(`cluster ${cxy} writes what a child must find`);
        for (const other of this.s.frames) if (other !== frame && other.page === page) other.current = false;
    }

    private *steps(state: State, cxy: number, task: Task): Generator<State> {
        if (task.step === "freeze fork" || task.step === "take") {
            for (let page = 0; page < this.options.pages; page++) {
                if (((task.pages >> page) & 1) === 1) yield this.step(state, () => this.run(cxy, page));
            }
            if (task.pages !== 0) return;
        }
        yield this.step(state, () => this.run(cxy, task.page));
    }

    private run(cxy: number, page: number): void {
        const task = this.task(cxy);
        task.page = page;
        if (task.request === "queued") task.request = "served";
        const [step = "", goal = ""] = task.step.split(" ");
        const make = FAULT_STEPS[step] ?? CHANGE_STEPS[step];
        if (make === undefined) throw new Error(`no step ${task.step}`);
        make.call(this, cxy, task, goal);
    }

    // What the steps below are made of.

    cluster(cxy: number): Cluster {
        return this.s.clusters[cxy] as Cluster;
    }

    entry(cxy: number, page: number): Entry {
        return this.cluster(cxy).entries[page] as Entry;
    }

    vseg(cxy: number, page: number): Vseg | null {
        return this.cluster(cxy).vsegs[page] ?? null;
    }

    private task(cxy: number): Task {
        return this.s.tasks[cxy] as Task;
    }

    has(change: Change): boolean {
        return this.changes.has(change);
    }

    /** The page's vseg at Z is part of the change that is under way. */
    isChanging(page: number): boolean {
        return this.s.change >= 0 && this.vseg(0, page)?.changing === true;
    }

    get change(): number {
        return this.s.change;
    }

    set change(cxy: number) {
        this.s.change = cxy;
    }

    get pages(): number {
        return this.options.pages;
    }

    get child(): number[] {
        this.s.child ??= Array.from({ length: this.options.pages }, () => -1);
        return this.s.child;
    }

    finish(cxy: number): void {
        this.s.tasks[cxy] = { ...IDLE };
    }

    /** vmm_wait: a server parks its request; a thread, or a server that may wait as one, sleeps. */
    wait(task: Task, parks: boolean): void {
        if (task.request === "none" || !parks) {
            task.asleep = true;
            return;
        }
        if (this.has("no parking")) throw new Broken("a server waits for a state that outlives a request");
        task.request = "parked";
    }

    /** vmm_wake of VMM(P,K): its sleepers look again, its parked requests are ready. */
    wake(cxy: number): void {
        for (const [at, task] of this.s.tasks.entries()) {
            const waitsHere = task.asleep && (at === cxy || (cxy === 0 && task.request !== "none"));
            if (waitsHere) task.asleep = false;
            if (cxy === 0 && task.request === "parked") task.request = "queued";
        }
    }

    /** A frame with one owner. */
    alloc(page: number, current: boolean): number {
        const frames = this.s.frames;
        const free = frames.findIndex(({ owners }) => owners === 0);
        const at = free < 0 ? frames.length : free;
        frames[at] = { owners: 1, page, current, child: false };
        return at;
    }

    share(frame: number): void {
        const owned = this.s.frames[frame] as { owners: number; child: boolean };
        if (!this.has("fork counts no owner")) owned.owners++;
        owned.child = true;
    }

    owners(frame: number): number {
        return this.s.frames[frame]?.owners ?? 0;
    }

    isCurrent(frame: number): boolean {
        return this.s.frames[frame]?.current === true;
    }

    free(frame: number, byChild = false): void {
        const owned = this.s.frames[frame];
        if (owned === undefined || owned.owners === 0) throw new Broken("a frame is freed twice");
        owned.owners--;
        if (byChild) owned.child = false;
        else owned.current = false;
        if (owned.owners === 0) this.s.frames[frame] = { owners: 0, page: 0, current: false, child: false };
    }

    /** An invalidation has bumped the epoch of VMM(P,K) (5.9). */
    bump(cxy: number): void {
        if (this.has("no epoch bump")) return;
        this.task(cxy).fresh = false;
    }

    settle(cxy: number, page: number): void {
        if (!this.has("no shootdown")) this.cluster(cxy).tlb[page] = { frame: -1, rights: 0 };
    }

    addSharer(page: number, cxy: number): void {
        const vseg = this.vseg(0, page);
        if (vseg !== null && cxy !== 0) vseg.sharers |= 1 << cxy;
    }

    /** The vseg of a page that a fault has marked. */
    marked(task: Task): Vseg {
        const vseg = this.vseg(0, task.page);
        if (vseg === null) throw new Broken("a fault uses a vseg that is not there");
        return vseg;
    }

    /** Z's vseg goes: no fault may have it (5.9.2). */
    forget(page: number): void {
        const using = this.s.tasks.some((task) => task.page === page && WITH_MARK.includes(task.step));
        if (using) throw new Broken("a vseg goes that a fault uses");
        this.cluster(0).vsegs[page] = null;
    }
}

/** A step of the task of cluster `cxy`; `goal` is what a change is for. */
export type Step = (this: Model, cxy: number, task: Task, goal: string) => void;
