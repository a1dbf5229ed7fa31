/**
 * The events that the kernel's records report: threads that touched pages (I2, I5), faults that were resolved (I4, I6), pages that public
 * vsegs of Z cover (I3), frames that were spilled (I12).
 */

import { kindOf } from "./kernel-facts.ts";

export class Evidence {
    /** Pages whose access by a thread there trapped, by "pid cxy". */
    readonly #touched = new Map<string, Set<number>>();
    /** Pages whose fault there was resolved, by "pid cxy". */
    readonly #resolved = new Map<string, Set<number>>();
    /** The begin of the last fault on a page, by "pid cxy vpn". */
    readonly #began = new Map<string, number>();
    /** The pages that vsegs registered at Z cover, and the last time one was taken away, by pid. */
    readonly #covered = new Map<number, Set<number>>();
    readonly #removed = new Map<number, number>();
    readonly #spilled = new Map<number, number>();
    /** First pages of vsegs that were cut from a vseg whose pages had been accessed, by "pid cxy". */
    readonly #pieces = new Map<string, Set<number>>();
    /** The accessed vseg that was taken away last, by "pid cxy". A vseg that is added in its place is a piece of it. */
    readonly #cut = new Map<string, { first: number; end: number }>();
    #serial = 0;

    faultBegins(pid: number, cxy: number, vpn: number): void {
        setOf(this.#touched, `${pid} ${cxy}`).add(vpn);
        this.#began.set(`${pid} ${cxy} ${vpn}`, ++this.#serial);
    }

    /** A fault that began before a vseg was taken away may have been resolved in that vseg, so it proves nothing. */
    faultResolved(pid: number, cxy: number, vpn: number): void {
        const began = this.#began.get(`${pid} ${cxy} ${vpn}`) ?? 0;
        if (began > (this.#removed.get(pid) ?? 0)) setOf(this.#resolved, `${pid} ${cxy}`).add(vpn);
    }

    touched(pid: number, cxy: number): ReadonlySet<number> {
        return this.#touched.get(`${pid} ${cxy}`) ?? EMPTY;
    }

    resolved(pid: number, cxy: number): ReadonlySet<number> {
        return this.#resolved.get(`${pid} ${cxy}`) ?? EMPTY;
    }

    /** Pages of [first, end) that vsegs registered at Z cover and no other record took away; they may be many. */
    covered(pid: number): ReadonlySet<number> {
        return this.#covered.get(pid) ?? EMPTY;
    }

    vseg(vseg: {
        pid: number;
        type: number;
        first: number;
        end: number;
        cxy: number;
        added: boolean;
        atZ: boolean;
    }): void {
        const { pid, type, first, end, cxy, added, atZ } = vseg;
        const isPrivate = kindOf(type)?.isPrivate === true;
        this.#notePieces(`${pid} ${cxy}`, first, end, added);
        if (!added) {
            this.#removed.set(pid, ++this.#serial);
            for (const [key, pages] of this.#resolved) {
                if (key === `${pid} ${cxy}` || (atZ && key.startsWith(`${pid} `))) dropRange(pages, first, end);
            }
        }
        if (isPrivate || !atZ) return;
        const covered = setOf(this.#covered, pid);
        // Long vsegs (the DSM region) are judged by their ends.
        for (const vpn of samples(first, end)) {
            if (added) covered.add(vpn);
        }
        if (!added) dropRange(covered, first, end);
    }

    /** The pages of the range are gone in every cluster, and its vsegs are not. */
    dropped(pid: number, first: number, end: number): void {
        this.#removed.set(pid, ++this.#serial);
        for (const [key, pages] of this.#resolved) if (key.startsWith(`${pid} `)) dropRange(pages, first, end);
    }

    /** True when a thread of the cluster accessed a page of the vseg, or of the vseg it was cut from. */
    accessed(pid: number, cxy: number, first: number, end: number): boolean {
        const key = `${pid} ${cxy}`;
        return this.#pieces.get(key)?.has(first) === true || anyWithin(this.touched(pid, cxy), first, end);
    }

    #notePieces(key: string, first: number, end: number, added: boolean): void {
        const pieces = setOf(this.#pieces, key);
        if (!added) {
            if (pieces.delete(first) || anyWithin(this.#touched.get(key) ?? EMPTY, first, end)) {
                this.#cut.set(key, { first, end });
            }
            return;
        }
        const cut = this.#cut.get(key);
        if (cut !== undefined && cut.first <= first && end <= cut.end) pieces.add(first);
    }

    /** The kernel took the frame in another cluster than its rule names, and reported it (5.7). */
    spill(ppn: number, to: number): void {
        this.#spilled.set(ppn, to);
    }

    /** The cluster that the kernel reported the frame was spilled to. */
    spilledTo(ppn: number): number | undefined {
        return this.#spilled.get(ppn);
    }

    frameFreed(ppn: number): void {
        this.#spilled.delete(ppn);
    }

    /** The process has ended. */
    forget(pid: number): void {
        for (const map of [this.#touched, this.#resolved, this.#began, this.#pieces, this.#cut]) {
            for (const key of [...map.keys()]) if (key.startsWith(`${pid} `)) map.delete(key);
        }
        this.#covered.delete(pid);
        this.#removed.delete(pid);
    }
}

const EMPTY: ReadonlySet<number> = new Set();
const MOST_SAMPLES = 4096;

function setOf<K>(map: Map<K, Set<number>>, key: K): Set<number> {
    let set = map.get(key);
    if (set === undefined) {
        set = new Set();
        map.set(key, set);
    }
    return set;
}

function anyWithin(pages: ReadonlySet<number>, first: number, end: number): boolean {
    for (const vpn of pages) if (first <= vpn && vpn < end) return true;
    return false;
}

function dropRange(pages: Set<number>, first: number, end: number): void {
    for (const vpn of [...pages]) if (first <= vpn && vpn < end) pages.delete(vpn);
}

/** All pages of a short vseg; of a long vseg every n-th and the last. */
function samples(first: number, end: number): number[] {
    const stride = Math.max(1, Math.ceil((end - first) / MOST_SAMPLES));
    const pages: number[] = [];
    for (let vpn = first; vpn < end; vpn += stride) pages.push(vpn);
    if (pages.at(-1) !== end - 1) pages.push(end - 1);
    return pages;
}
