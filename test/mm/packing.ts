/** States of the model as bytes, under names that do not matter: clusters but Z, heap pages, threads of one cluster, and frames are alike. */

import { isAtRest, KINDS, type Rights, resetTask, type State, type Task, type Vseg } from "./state.ts";

/** New names by old ones, and old ones by new ones. */
export interface Names {
    readonly cluster: readonly number[];
    readonly page: readonly number[];
    readonly thread: readonly number[];
    readonly clusters: readonly number[];
    readonly pages: readonly number[];
    readonly threads: readonly number[];
}

const REQUESTS = ["none", "queued", "served", "parked"] as const;

export class Packing {
    readonly #names: readonly Names[];
    /** Steps by number, and back: those of rest first, so that states at rest are told alike by all. */
    readonly #steps = ["idle", "none"];
    readonly #stepNumbers = new Map(this.#steps.map((step, number) => [step, number]));
    /** New names of frames, -1: not met yet; and those met, in order. */
    readonly #frameNames: Int8Array;
    readonly #met: Uint8Array;
    #metCount = 0;
    #bytes = new Uint8Array(512);
    #other = new Uint8Array(512);
    #at = 0;
    #input: Uint8Array = new Uint8Array(0);
    #from = 0;

    constructor(names: readonly Names[], frames: number) {
        this.#names = names;
        this.#frameNames = new Int8Array(frames);
        this.#met = new Uint8Array(frames);
    }

    /** The least of the state's bytes under all names; valid until the next call. */
    pack(state: State): Uint8Array {
        let length = -1;
        for (const names of this.#names) {
            this.#write(state, names);
            if (length >= 0 && !isLess(this.#bytes, this.#at, this.#other, length)) continue;
            length = this.#at;
            [this.#bytes, this.#other] = [this.#other, this.#bytes];
        }
        return this.#other.subarray(0, length);
    }

    #put(byte: number): void {
        this.#bytes[this.#at++] = byte;
    }

    #putFrame(frame: number): void {
        if (frame >= 0 && (this.#frameNames[frame] as number) < 0) {
            this.#frameNames[frame] = this.#metCount;
            this.#met[this.#metCount++] = frame;
        }
        this.#put(frame < 0 ? 0 : (this.#frameNames[frame] as number) + 1);
    }

    #write(state: State, names: Names): void {
        this.#at = this.#metCount = 0;
        this.#frameNames.fill(-1);
        for (const cxy of names.clusters) this.#writeCluster(state, cxy, names);
        for (const thread of names.threads) this.#writeTask(state.tasks[thread] as Task, names);
        for (const page of names.pages) this.#put(state.space[page] as number);
        this.#put(state.child === null ? 0 : 1);
        if (state.child !== null) for (const page of names.pages) this.#putFrame(state.child[page] as number);
        // What nobody has a name for is told too: such a frame is lost.
        for (let frame = 0; frame < state.frames.length; frame++) {
            if (state.frames[frame]?.owners === 0 || (this.#frameNames[frame] as number) >= 0) continue;
            this.#frameNames[frame] = this.#metCount;
            this.#met[this.#metCount++] = frame;
        }
        this.#put(this.#metCount);
        for (let i = 0; i < this.#metCount; i++) {
            const frame = state.frames[this.#met[i] as number] as State["frames"][number];
            this.#put(frame.owners | ((names.page[frame.page] as number) << 4));
            this.#put((place(frame.home, names) + 1) | (frame.current ? 16 : 0) | (frame.child ? 32 : 0));
        }
    }

    #writeCluster({ clusters }: State, cxy: number, names: Names): void {
        const { attached, change, vsegs, entries, tlb, touched, known } = clusters[cxy] as State["clusters"][number];
        this.#put((attached ? 1 : 0) | ((change < 0 ? 0 : (names.thread[change] as number) + 1) << 1));
        this.#put(vsegs.length);
        for (const page of names.pages) for (const vseg of vsegs) if (vseg.first === page) this.#writeVseg(vseg, names);
        for (const page of names.pages) {
            const entry = entries[page] as State["clusters"][number]["entries"][number];
            const cached = tlb[page] as { frame: number; rights: Rights };
            const marks = (entry.busy ? 4 : 0) | (entry.removing ? 8 : 0) | (((touched >> page) & 1) << 4);
            this.#putFrame(entry.frame);
            this.#put(entry.rights | marks | (cached.rights << 5) | (((known >> page) & 1) << 7));
            if (cached.rights > 0) this.#putFrame(cached.frame);
        }
    }

    #writeVseg(vseg: Vseg, names: Names): void {
        const first = names.page[vseg.first] as number;
        this.#put(KINDS.indexOf(vseg.kind) | (vseg.rights << 2) | (vseg.changing ? 16 : 0));
        this.#put(first | ((first + vseg.end - vseg.first) << 4));
        this.#put(renamed(vseg.sharers, names.cluster));
    }

    #writeTask(task: Task, names: Names): void {
        this.#put(this.#stepNumber(task.step));
        this.#put(task.slot < 0 ? 0 : (names.page[task.slot] as number) + 1);
        if (isAtRest(task)) return;
        const first = task.end > task.first ? (names.page[task.first] as number) : task.first;
        this.#put(REQUESTS.indexOf(task.request) | (task.asleep ? 4 : 0) | (task.fresh ? 8 : 0) | (task.want << 4));
        this.#put(names.page[task.page] ?? task.page);
        this.#put(first | ((first + task.end - task.first) << 4));
        this.#putFrame(task.frame);
        this.#putFrame(task.old);
        this.#put(task.rights | ((place(task.telling, names) + 1) << 2));
        this.#put(renamed(task.left, names.cluster));
        this.#put(renamed(task.pages, names.page));
    }

    #stepNumber(step: string): number {
        let number = this.#stepNumbers.get(step);
        if (number === undefined) {
            number = this.#steps.push(step) - 1;
            this.#stepNumbers.set(step, number);
        }
        return number;
    }

    /** Makes `state` what `pack` was given, under the names that it has chosen. */
    unpack(bytes: Uint8Array, offset: number, state: State): void {
        this.#input = bytes;
        this.#from = offset;
        for (const cluster of state.clusters) this.#readCluster(cluster);
        for (const task of state.tasks) this.#readTask(task);
        for (let page = 0; page < state.space.length; page++) state.space[page] = this.#get() as Rights;
        state.child = this.#get() === 0 ? null : state.space.map(() => this.#get() - 1);
        const count = this.#get();
        for (let index = 0; index < state.frames.length; index++) {
            const frame = state.frames[index] as State["frames"][number];
            const first = index < count ? this.#get() : 0;
            const second = index < count ? this.#get() : 0;
            frame.owners = first & 15;
            frame.page = first >> 4;
            frame.home = (second & 15) - 1;
            frame.current = (second & 16) !== 0;
            frame.child = (second & 32) !== 0;
        }
    }

    #get(): number {
        return this.#input[this.#from++] as number;
    }

    #readCluster(cluster: State["clusters"][number]): void {
        const head = this.#get();
        cluster.attached = (head & 1) !== 0;
        cluster.change = (head >> 1) - 1;
        cluster.vsegs.length = 0;
        for (let left = this.#get(); left > 0; left--) {
            const what = this.#get();
            const range = this.#get();
            cluster.vsegs.push({
                kind: KINDS[what & 3] as Vseg["kind"],
                first: range & 15,
                end: range >> 4,
                rights: ((what >> 2) & 3) as Rights,
                changing: (what & 16) !== 0,
                sharers: this.#get(),
            });
        }
        cluster.touched = cluster.known = 0;
        for (let page = 0; page < cluster.entries.length; page++) {
            const entry = cluster.entries[page] as State["clusters"][number]["entries"][number];
            entry.frame = this.#get() - 1;
            const marks = this.#get();
            entry.rights = (marks & 3) as Rights;
            entry.busy = (marks & 4) !== 0;
            entry.removing = (marks & 8) !== 0;
            cluster.touched |= ((marks >> 4) & 1) << page;
            const cached = cluster.tlb[page] as { frame: number; rights: Rights };
            cluster.known |= (marks >> 7) << page;
            cached.rights = ((marks >> 5) & 3) as Rights;
            cached.frame = cached.rights > 0 ? this.#get() - 1 : -1;
        }
    }

    #readTask(task: Task): void {
        resetTask(task, this.#steps[this.#get()] as string);
        task.slot = this.#get() - 1;
        if (isAtRest(task)) return;
        const flags = this.#get();
        task.request = REQUESTS[flags & 3] as Task["request"];
        task.asleep = (flags & 4) !== 0;
        task.fresh = (flags & 8) !== 0;
        task.want = (flags >> 4) as Rights;
        task.page = this.#get();
        const range = this.#get();
        task.first = range & 15;
        task.end = range >> 4;
        task.frame = this.#get() - 1;
        task.old = this.#get() - 1;
        const rest = this.#get();
        task.rights = (rest & 3) as Rights;
        task.telling = (rest >> 2) - 1;
        task.left = this.#get();
        task.pages = this.#get();
    }
}

function isLess(a: Uint8Array, aLength: number, b: Uint8Array, bLength: number): boolean {
    if (aLength !== bLength) return aLength < bLength;
    for (let i = 0; i < aLength; i++) if (a[i] !== b[i]) return (a[i] as number) < (b[i] as number);
    return false;
}

function place(cxy: number, names: Names): number {
    return cxy < 0 ? cxy : (names.cluster[cxy] as number);
}

function renamed(set: number, names: readonly number[]): number {
    let to = 0;
    for (let from = 0; from < names.length; from++) to |= ((set >> from) & 1) << (names[from] as number);
    return to;
}

/** All names that keep Z, and of each thread its cluster; with `pages` those of the heap are alike too. */
export function allNames(
    threads: readonly number[],
    heap: readonly boolean[],
    pages: boolean,
    isAlike: (thread: number, other: number) => boolean,
): Names[] {
    const clusters = Math.max(...threads) + 1;
    const keepsZ = permutations(clusters).filter((cluster) => cluster[0] === 0);
    const ofPages = permutations(heap.length).filter((page) =>
        page.every((to, from) => to === from || (pages && heap[from] === true && heap[to] === true)),
    );
    return keepsZ.flatMap((cluster) =>
        permutations(threads.length)
            .filter((thread) =>
                thread.every((to, from) => threads[to] === cluster[threads[from] as number] && isAlike(from, to)),
            )
            .flatMap((thread) =>
                ofPages.map((page) => ({
                    cluster,
                    page,
                    thread,
                    clusters: inverse(cluster),
                    pages: inverse(page),
                    threads: inverse(thread),
                })),
            ),
    );
}

function inverse(names: readonly number[]): number[] {
    return names.map((_, at) => names.indexOf(at));
}

/** All orders of 0 .. n - 1. */
function permutations(n: number): number[][] {
    if (n === 0) return [[]];
    return permutations(n - 1).flatMap((rest) =>
        Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
    );
}
