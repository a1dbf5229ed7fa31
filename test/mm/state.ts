/** The state of the model of test/mm/model.ts: VSL, GPT, TLB and frames of one process in some clusters, and what its threads are doing. */

/** 0 none, 1 to read, 2 to read and write. */
export type Rights = 0 | 1 | 2;

export interface Entry {
    /** Index into frames, -1: none. With rights 0 it is a frame without rights. */
    frame: number;
    rights: Rights;
    busy: boolean;
    removing: boolean;
}

/** VSL(P,K)'s vseg of a page; each page is a vseg of its own. */
export interface Vseg {
    rights: Rights;
    /** At Z: part of the change. */
    changing: boolean;
    /** At Z: bits of clusters. */
    sharers: number;
}

export interface Frame {
    owners: number;
    page: number;
    /** Holds the last value that P wrote to its page; and the one that the child of a fork must find. */
    current: boolean;
    child: boolean;
}

export interface Cluster {
    /** P's copy is made (7.5); Z's always is. */
    attached: boolean;
    vsegs: (Vseg | null)[];
    entries: Entry[];
    /** The TLB of the cluster's hart, by page. */
    tlb: { frame: number; rights: Rights }[];
}

/** What a thread, or a server for it, does: `step` says where it is. Fields that a step has no use for are as in IDLE. */
export interface Task {
    step: string;
    page: number;
    want: Rights;
    /** It has a request at Z: in the FIFO, with a server, or parked. */
    request: "none" | "queued" | "served" | "parked";
    /** It waits for a vmm_wake of its VMM. */
    asleep: boolean;
    /** No invalidation has come to its cluster since it looked at the epoch. */
    fresh: boolean;
    /** An entry on its way: from Z to K, or to be installed at Z. */
    frame: number;
    rights: Rights;
    /** Copy-on-write: the frame that is given up. */
    old: number;
    /** Clusters that are still to be told; the one that empties its TLB, -1: none. */
    left: number;
    telling: number;
    /** Of a fork: pages that are still to be frozen, then taken. */
    pages: number;
}

export interface State {
    clusters: Cluster[];
    frames: Frame[];
    /** One a cluster: its user thread. Cluster 0 is Z. */
    tasks: Task[];
    /** A change of VSL(P,Z) is under way, of this cluster's thread; -1: none. */
    change: number;
    /** The child's frames by page, -1: none; null: there is no child. */
    child: number[] | null;
}

export const IDLE: Readonly<Task> = {
    step: "idle",
    page: 0,
    want: 0,
    request: "none",
    asleep: false,
    fresh: true,
    frame: -1,
    rights: 0,
    old: -1,
    left: 0,
    telling: -1,
    pages: 0,
};

export function initialState(clusters: number, pages: number, detached: readonly number[]): State {
    const each = <T>(make: () => T): T[] => Array.from({ length: pages }, make);
    return {
        clusters: Array.from({ length: clusters }, (_, cxy) => ({
            attached: !detached.includes(cxy),
            vsegs: each(() => (cxy === 0 ? { rights: 2, changing: false, sharers: 0 } : null)),
            entries: each(() => ({ frame: -1, rights: 0, busy: false, removing: false })),
            tlb: each(() => ({ frame: -1, rights: 0 })),
        })),
        frames: [],
        tasks: Array.from({ length: clusters }, () => ({ ...IDLE })),
        change: -1,
        child: null,
    };
}

export function copyState({ clusters, frames, tasks, change, child }: State): State {
    return {
        clusters: clusters.map(({ attached, vsegs, entries, tlb }) => ({
            attached,
            vsegs: vsegs.map((each) => (each === null ? null : { ...each })),
            entries: entries.map((each) => ({ ...each })),
            tlb: tlb.map((each) => ({ ...each })),
        })),
        frames: frames.map((each) => ({ ...each })),
        tasks: tasks.map((each) => ({ ...each })),
        change,
        child: child === null ? null : [...child],
    };
}

/** The state as text: clusters but Z under the names given, frames by the order in which they are met. */
export function stateKey(state: State, name: readonly number[]): string {
    const place = (cxy: number) => (cxy <= 0 ? cxy : (name[cxy - 1] ?? 0) + 1);
    const set = (bits: number) => state.clusters.reduce((sum, _, cxy) => sum | (((bits >> cxy) & 1) << place(cxy)), 0);
    const order = state.clusters.map((_, cxy) => cxy).sort((a, b) => place(a) - place(b));
    const known = new Map<number, number>();
    const met: string[] = [];
    const frame = (index: number): string => {
        if (index < 0) return "-";
        let id = known.get(index);
        if (id === undefined) {
            id = known.size;
            known.set(index, id);
            const { owners, page, current, child } = state.frames[index] as Frame;
            met.push(`${owners}${page}${current ? "c" : ""}${child ? "f" : ""}`);
        }
        return String(id);
    };
    const parts = order.map((cxy) => clusterKey(state, cxy, set, place, frame));
    const child = state.child === null ? "" : state.child.map(frame).join();
    return `${parts.join("/")}/${place(state.change)}/${child}/${met.join()}`;
}

function clusterKey(
    state: State,
    cxy: number,
    set: (bits: number) => number,
    place: (cxy: number) => number,
    frame: (index: number) => string,
): string {
    const { attached, vsegs, entries, tlb } = state.clusters[cxy] as Cluster;
    const vseg = vsegs.map((each) =>
        each === null ? "-" : `${each.rights}${each.changing ? "b" : ""}${set(each.sharers)}`,
    );
    const entry = entries.map(
        (each) => `${frame(each.frame)}${each.rights}${each.busy ? "b" : ""}${each.removing ? "r" : ""}`,
    );
    const cached = tlb.map((each) => (each.rights === 0 ? "" : `${frame(each.frame)}${each.rights}`));
    const t = state.tasks[cxy] as Task;
    const task =
        t.step === "idle"
            ? ""
            : `${t.step}${t.page}${t.want}${t.request[0]}${t.asleep ? "z" : ""}${t.fresh ? "f" : ""}${frame(t.frame)}${t.rights}${frame(t.old)}l${set(t.left)}t${place(t.telling)}p${t.pages}`;
    return `${attached ? "" : "d"}${vseg.join()}|${entry.join()}|${cached.join()}|${task}`;
}
