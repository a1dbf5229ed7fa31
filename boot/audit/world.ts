/** All processes as all clusters hold them, the operations in flight on them, and the changes since they were last checked. */

import type { GuestMemory } from "../observe/guest-memory.ts";
import type { Evidence } from "./evidence.ts";
import type { FramePool } from "./frame-pool.ts";
import { hasFrame, isKentry, isValid, PROCESS_NEW, ppnOf, within } from "./kernel-facts.ts";
import { type EntryListener, Replica, ReplicaReaders, sameVseg } from "./replica.ts";
import type { Roots } from "./roots.ts";
import type { Rules } from "./rules.ts";

/** A frame that is checked again when that process is at rest, or another owner has the frame. */
interface Blocked {
    readonly pid: number;
    /** The frame's FramePool.version. */
    readonly version: number;
}

/** The state that must be checked again. */
export class Pending {
    /** Pages to check for the rules that hold always, and for those that hold when nothing is in flight. */
    readonly pages = new Set<number>();
    readonly quietPages = new Set<number>();
    vsegs = true;
    quietVsegs = true;
    readonly frames = new Set<number>();
    readonly quietFrames = new Map<number, Blocked | undefined>();
    tlbs = true;

    page(vpn: number): void {
        this.pages.add(vpn);
        this.quietPages.add(vpn);
    }

    frame(ppn: number): void {
        this.frames.add(ppn);
        this.quietFrames.set(ppn, undefined);
    }

    /** Forgets everything that must be checked. */
    clear(): void {
        for (const all of [this.pages, this.quietPages, this.frames, this.quietFrames]) all.clear();
        this.vsegs = this.quietVsegs = this.tlbs = false;
    }

    listChanged(): void {
        this.vsegs = true;
        this.quietVsegs = true;
    }
}

export class World {
    readonly memory: GuestMemory;
    readonly roots: Map<number, Roots>;
    readonly pool: FramePool;
    readonly evidence: Evidence;
    readonly rules: Rules;
    /** The replicas, by pid, then by cluster. */
    readonly processes = new Map<number, Map<number, Replica>>();
    readonly pending = new Map<number, Pending>();
    /** Operations in flight, by pid. */
    readonly #operations = new Map<number, number>();
    /** The known answers until an event, by pid: whether a process is at rest, its group, and its replica in Z. */
    readonly #quiet = new Map<number, boolean>();
    readonly #groups = new Map<number, readonly number[]>();
    readonly #references = new Map<number, Replica | undefined>();
    readonly #readers: ReplicaReaders;

    constructor(memory: GuestMemory, roots: Map<number, Roots>, pool: FramePool, evidence: Evidence, rules: Rules) {
        this.memory = memory;
        this.roots = roots;
        this.pool = pool;
        this.evidence = evidence;
        this.rules = rules;
        this.#readers = new ReplicaReaders(memory);
    }

    pendingOf(pid: number): Pending {
        let pending = this.pending.get(pid);
        if (pending === undefined) {
            pending = new Pending();
            this.pending.set(pid, pending);
        }
        return pending;
    }

    operation(pid: number, delta: 1 | -1): void {
        this.#quiet.clear();
        this.#operations.set(pid, (this.#operations.get(pid) ?? 0) + delta);
    }

    /** Operations on the process that have begun and not ended. */
    inFlight(pid: number): number {
        return this.#operations.get(pid) ?? 0;
    }

    forgetOperations(pid: number): void {
        this.#quiet.clear();
        this.#operations.delete(pid);
    }

    /** The processes of P's DSM group, P included. What one process does changes the pages of the others. */
    groupOf(pid: number): readonly number[] {
        let group = this.#groups.get(pid);
        if (group === undefined) {
            group = this.#findGroup(pid);
            this.#groups.set(pid, group);
        }
        return group;
    }

    #findGroup(pid: number): number[] {
        const group = this.reference(pid)?.fields.group ?? 0;
        if (group === 0) return [pid];
        return [...this.processes.keys()].filter((each) => this.reference(each)?.fields.group === group);
    }

    /** True when no operation is in flight on P or its group. */
    isQuiet(pid: number): boolean {
        let quiet = this.#quiet.get(pid);
        if (quiet === undefined) {
            quiet = this.#looksQuiet(pid);
            this.#quiet.set(pid, quiet);
        }
        return quiet;
    }

    #looksQuiet(pid: number): boolean {
        return this.groupOf(pid).every((each) => {
            if (this.inFlight(each) !== 0) return false;
            const replicas = [...(this.processes.get(each)?.values() ?? [])];
            return replicas.every(({ fields, locked }) => fields.state !== PROCESS_NEW && !locked);
        });
    }

    /** True when nothing is in flight on any process (but `except`). Then frames that processes share can be counted. */
    allQuiet(except = -1): boolean {
        for (const pid of this.processes.keys()) if (pid !== except && !this.isQuiet(pid)) return false;
        return true;
    }

    replicas(pid: number): Replica[] {
        return [...(this.processes.get(pid)?.values() ?? [])];
    }

    reference(pid: number): Replica | undefined {
        if (!this.#references.has(pid)) this.#references.set(pid, this.#findReference(pid));
        return this.#references.get(pid);
    }

    #findReference(pid: number): Replica | undefined {
        for (const replica of this.processes.get(pid)?.values() ?? []) if (replica.isReference) return replica;
        return undefined;
    }

    /** Reads a cluster's process table anew and brings its replicas in step. */
    refreshCluster(cxy: number): void {
        const roots = this.roots.get(cxy);
        if (roots === undefined) return;
        this.#happened();
        const present = new Set<number>();
        const slots = this.memory.index(cxy, roots.process_slots, roots.process_slot_count * 4) / 4;
        for (let slot = 0; slot < roots.process_slot_count; slot++) {
            const address = this.memory.words[slots + slot] as number;
            if (address === 0) continue;
            const pid = this.#readers.pidAt(cxy, address);
            present.add(pid);
            this.#refresh(this.#replica(cxy, address, pid));
        }
        for (const [pid, replicas] of this.processes) {
            if (!present.has(pid) && replicas.has(cxy)) this.#drop(pid, cxy);
        }
    }

    /** Brings every replica of P in step, except those in clusters that already are. */
    refreshProcess(pid: number, inStep: ReadonlySet<number>): void {
        this.#happened();
        for (const replica of this.replicas(pid)) {
            if (!inStep.has(replica.cxy)) this.#refresh(replica);
        }
    }

    /** Knowledge of processes may be out of date now. */
    #happened(): void {
        for (const remembered of [this.#quiet, this.#groups, this.#references]) remembered.clear();
    }

    #refresh(replica: Replica): void {
        // The slot has been given to another process. The turn of its own cluster will report it.
        if (this.#readers.pidAt(replica.cxy, replica.address) !== replica.pid) return;
        const before = replica.vsegs;
        if (!replica.refresh(this.#listen)) return;
        const pending = this.pendingOf(replica.pid);
        pending.listChanged();
        // These are entries whose vseg changed: rights, type or extent.
        const changed = replica.vsegs.filter((vseg) => !before.some((old) => sameVseg(old, vseg)));
        if (changed.length === 0) return;
        for (const vpn of replica.entries.keys()) {
            if (!isKentry(vpn) && changed.some(({ first, end }) => first <= vpn && vpn < end)) pending.page(vpn);
        }
    }

    #replica(cxy: number, address: number, pid: number): Replica {
        let replicas = this.processes.get(pid);
        if (replicas === undefined) {
            replicas = new Map();
            this.processes.set(pid, replicas);
        }
        let replica = replicas.get(cxy);
        if (replica?.address !== address) {
            if (replica !== undefined) replica.forget(this.#listen);
            replica = new Replica(this.#readers, cxy, address);
            replicas.set(cxy, replica);
            this.pendingOf(pid).listChanged();
        }
        return replica;
    }

    #drop(pid: number, cxy: number): void {
        const replicas = this.processes.get(pid);
        replicas?.get(cxy)?.forget(this.#listen);
        replicas?.delete(cxy);
        if (replicas?.size === 0) this.processes.delete(pid);
    }

    readonly #listen: EntryListener = (replica, vpn, before, after) => {
        if (isKentry(vpn)) return;
        const { pid, cxy } = replica;
        const pending = this.pendingOf(pid);
        pending.page(vpn);
        const [was, is] = [hasFrame(before) ? ppnOf(before) : 0, hasFrame(after) ? ppnOf(after) : 0];
        if (isValid(before) && (was !== is || !isValid(after) || !within(before, after))) {
            replica.losses++;
            pending.tlbs = true;
        }
        if (was === is) return;
        if (was !== 0) {
            this.pool.unmap(was, { pid, cxy, vpn });
            pending.frame(was);
        }
        if (is !== 0) {
            this.pool.map(is, { pid, cxy, vpn });
            pending.frame(is);
        }
    };
}
