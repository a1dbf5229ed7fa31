/** The state of the model of test/mm/model.ts: VSL, GPT, TLB and frames of one process in some clusters, and what its threads are doing. */

/** 0 none, 1 to read (CODE: to execute), 2 to read and write. */
export type Rights = 0 | 1 | 2;

export const KINDS = ["heap", "data", "code", "stack"] as const;
/** The zone that a page lies in, which is the type of its vseg. */
export type Kind = (typeof KINDS)[number];

export interface Vseg {
    kind: Kind;
    first: number;
    end: number;
    rights: Rights;
    /** Part of the change of this VSL. */
    changing: boolean;
    /** At Z: bits of clusters. */
    sharers: number;
}

export interface Entry {
    /** Index into frames, -1: none. With rights 0 it is a frame without rights. */
    frame: number;
    rights: Rights;
    busy: boolean;
    removing: boolean;
}

export interface Frame {
    owners: number;
    page: number;
    /** The cluster of a private page's frame; -1: where rule 2.3 puts it. */
    home: number;
    /** Holds the last value that P wrote to its page; and the one that the child of a fork must find. */
    current: boolean;
    child: boolean;
}

export interface Cluster {
    /** P's copy is made (7.5); Z's always is. */
    attached: boolean;
    /** A change of this VSL is under way, of this task; -1: none. */
    change: number;
    /** By ascending address. */
    vsegs: Vseg[];
    entries: Entry[];
    /** What a TLB of the cluster may hold, by page: all that the table has had since the last sfence.vma. */
    tlb: { frame: number; rights: Rights }[];
    /** Bits of the public pages that a thread here has accessed, and of those of the HEAP vsegs in which it has, while they are here. */
    touched: number;
    known: number;
}

/** What a thread, or a server for it, does: `step` says where it is. Fields that a step has no use for are as resetTask leaves them. */
export interface Task {
    readonly cxy: number;
    /** Its stack slot, a page; -1: its stack is no page of the model. */
    slot: number;
    step: string;
    page: number;
    /** What a change is of. */
    first: number;
    end: number;
    want: Rights;
    rights: Rights;
    /** It has a request at Z: in the FIFO, with a server, or parked. */
    request: "none" | "queued" | "served" | "parked";
    /** It waits for a vmm_wake of the VMM that it works on. */
    asleep: boolean;
    /** No invalidation has come to its cluster since it looked at the epoch. */
    fresh: boolean;
    /** An entry on its way: from Z to K, or to be installed. */
    frame: number;
    /** Copy-on-write: the frame that is given up. */
    old: number;
    /** Clusters that are still to be told; the one whose TLBs are still to be emptied, -1: none. */
    left: number;
    telling: number;
    /** Of a fork: first pages of the vsegs that are still to be frozen, then pages that are to be taken. */
    pages: number;
}

export interface State {
    readonly clusters: Cluster[];
    readonly frames: Frame[];
    readonly tasks: Task[];
    /** What the program's calls have asked for, by page: 0 nothing is mapped. No step of the kernel reads it. */
    readonly space: Rights[];
    /** The child's frames by page, -1: none; null: there is no child. */
    child: number[] | null;
}

export function resetTask(task: Task, step: string): void {
    task.step = step;
    task.page = task.first = task.end = 0;
    task.want = task.rights = 0;
    task.request = "none";
    task.asleep = false;
    task.fresh = true;
    task.frame = task.old = -1;
    task.left = task.pages = 0;
    task.telling = -1;
}

export function clearFrame(frame: Frame): void {
    frame.owners = frame.page = 0;
    frame.home = -1;
    frame.current = frame.child = false;
}

/** The thread runs in user mode; or there is none. */
export function isAtRest({ step }: Pick<Task, "step">): boolean {
    return step === "idle" || step === "none";
}

/** Clusters of `threads`, one number a thread; each page is a vseg of its own, mapped, and untouched. */
export function initialState(kinds: readonly Kind[], threads: readonly number[], detached: readonly number[]): State {
    const clusters = Math.max(...threads) + 1;
    const each = <T>(make: () => T): T[] => kinds.map(make);
    const sharers = Array.from({ length: clusters }, (_, cxy) => cxy)
        .filter((cxy) => cxy > 0 && !detached.includes(cxy))
        .reduce((set, cxy) => set | (1 << cxy), 0);
    const state: State = {
        clusters: Array.from({ length: clusters }, (_, cxy) => ({
            attached: !detached.includes(cxy),
            change: -1,
            vsegs: kinds.flatMap((kind, page) => firstVseg(kind, page, cxy, detached.includes(cxy), sharers) ?? []),
            entries: each(() => ({ frame: -1, rights: 0 as Rights, busy: false, removing: false })),
            tlb: each(() => ({ frame: -1, rights: 0 as Rights })),
            touched: 0,
            known: 0,
        })),
        frames: Array.from({ length: kinds.length * (clusters + 2) }, () => ({
            owners: 0,
            page: 0,
            home: -1,
            current: false,
            child: false,
        })),
        tasks: threads.map((cxy) => firstTask(cxy, detached.includes(cxy))),
        space: kinds.map((kind) => (kind === "stack" ? 0 : most(kind))),
        child: null,
    };
    for (const task of state.tasks) if (task.step === "idle") giveSlot(state, kinds, task);
    return state;
}

export function copyState({ clusters, frames, tasks, space, child }: State): State {
    return {
        clusters: clusters.map((cluster) => ({
            ...cluster,
            vsegs: cluster.vsegs.map((each) => ({ ...each })),
            entries: cluster.entries.map((each) => ({ ...each })),
            tlb: cluster.tlb.map((each) => ({ ...each })),
        })),
        frames: frames.map((each) => ({ ...each })),
        tasks: tasks.map((each) => ({ ...each })),
        space: [...space],
        child: child === null ? null : [...child],
    };
}

/** The rights that a vseg of the kind has at first. */
export function most(kind: Kind): Rights {
    return kind === "code" ? 1 : 2;
}

export function isPrivate(kind: Kind): boolean {
    return kind === "code" || kind === "stack";
}

function firstVseg(kind: Kind, page: number, cxy: number, detached: boolean, sharers: number): Vseg | undefined {
    const here = cxy === 0 ? kind !== "stack" : !detached && (kind === "code" || kind === "data");
    if (!here) return undefined;
    const known = cxy === 0 && kind !== "heap" ? sharers : 0;
    return { kind, first: page, end: page + 1, rights: most(kind), changing: false, sharers: known };
}

function firstTask(cxy: number, detached: boolean): Task {
    const task = { cxy, slot: -1 } as Task;
    resetTask(task, detached ? "none" : "idle");
    return task;
}

function giveSlot(state: State, kinds: readonly Kind[], task: Task): void {
    const taken = state.tasks.filter(({ cxy }) => cxy === task.cxy).map(({ slot }) => slot);
    task.slot = kinds.findIndex((kind, page) => kind === "stack" && !taken.includes(page));
    if (task.slot < 0) return;
    const vsegs = state.clusters[task.cxy]?.vsegs as Vseg[];
    insertVseg(vsegs, {
        kind: "stack",
        first: task.slot,
        end: task.slot + 1,
        rights: 2,
        changing: false,
        sharers: 0,
    });
}

/** vsl_insert. */
export function insertVseg(vsegs: Vseg[], vseg: Vseg): void {
    const at = vsegs.findIndex(({ first }) => first > vseg.first);
    vsegs.splice(at < 0 ? vsegs.length : at, 0, vseg);
}
