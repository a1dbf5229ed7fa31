/**
 * What happened, as the kernel's records tell it: who touched what (I2, I5), which faults were resolved (I4, I6), which pages
 * public vsegs of Z cover (I3), which frames were spilled (I12).
 */

import { kindOf } from "./kernel-facts.ts";

export class Evidence {
    /** By "pid cxy": pages whose access by a thread there trapped. */
    readonly #touched = new Map<string, Set<number>>();
    /** By "pid cxy": pages whose fault there was resolved. */
    readonly #resolved = new Map<string, Set<number>>();
    /** By "pid cxy vpn": when the last fault on it began. */
    readonly #began = new Map<string, number>();
    /** By pid: pages that vsegs registered at Z cover, and when one was last taken away. */
    readonly #covered = new Map<number, Set<number>>();
    readonly #removed = new Map<number, number>();
    /** Spills told by the kernel: "from to kind" to how many, and those already used up by a frame. */
    readonly #spills = new Map<string, number>();
    readonly #spilled = new Set<number>();
    #serial = 0;

    faultBegins(pid: number, cxy: number, vpn: number): void {
        setOf(this.#touched, `${pid} ${cxy}`).add(vpn);
        this.#began.set(`${pid} ${cxy} ${vpn}`, ++this.#serial);
    }

    /** A fault that began before a vseg was taken away may have been resolved in what is gone: it proves nothing. */
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
        if (!added) {
            this.#removed.set(pid, ++this.#serial);
            for (const [key, pages] of this.#resolved) {
                if (key === `${pid} ${cxy}` || (atZ && key.startsWith(`${pid} `))) dropRange(pages, first, end);
            }
        }
        if (isPrivate || !atZ) return;
        const covered = setOf(this.#covered, pid);
        // Long vsegs (the DSM region) are told by their ends.
        for (const vpn of samples(first, end)) {
            if (added) covered.add(vpn);
        }
        if (!added) dropRange(covered, first, end);
    }

    spill(from: number, to: number, kind: number): void {
        const key = `${from} ${to} ${kind}`;
        this.#spills.set(key, (this.#spills.get(key) ?? 0) + 1);
    }

    /** True when the kernel told that a frame of this kind went from its rule's home to the cluster where it lies (5.7). */
    excusedBySpill(ppn: number, from: number, to: number, kind: number): boolean {
        if (this.#spilled.has(ppn)) return true;
        const key = `${from} ${to} ${kind}`;
        const left = this.#spills.get(key) ?? 0;
        if (left === 0) return false;
        this.#spills.set(key, left - 1);
        this.#spilled.add(ppn);
        return true;
    }

    frameFreed(ppn: number): void {
        this.#spilled.delete(ppn);
    }

    /** The process has ended. */
    forget(pid: number): void {
        for (const map of [this.#touched, this.#resolved, this.#began]) {
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

function dropRange(pages: Set<number>, first: number, end: number): void {
    for (const vpn of [...pages]) if (first <= vpn && vpn < end) pages.delete(vpn);
}

/** All pages of a short vseg; of a long one every n-th and the last. */
function samples(first: number, end: number): number[] {
    const stride = Math.max(1, Math.ceil((end - first) / MOST_SAMPLES));
    const pages: number[] = [];
    for (let vpn = first; vpn < end; vpn += stride) pages.push(vpn);
    if (pages.at(-1) !== end - 1) pages.push(end - 1);
    return pages;
}
