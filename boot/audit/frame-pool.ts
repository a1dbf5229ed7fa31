/** The frames of all banks: the kernel's reports of them (PROBE_FRAME), their descriptors, and the tables that map them. */

import type { GuestMemory } from "../observe/guest-memory.ts";
import { broken, hex } from "../report/violation.ts";
import { kindName, kindOf, PAGE_ALLOCATED } from "./kernel-facts.ts";
import { type Bank, type Roots, readBanks } from "./roots.ts";
import type { Rules } from "./rules.ts";

export interface FrameRecord {
    readonly kind: number;
    readonly pid: number;
    readonly order: number;
}

/** One entry that names a frame. */
export interface Mapping {
    readonly pid: number;
    readonly cxy: number;
    readonly vpn: number;
}

export class FramePool {
    /** Blocks in use, as the kernel reported them, by their first frame. */
    readonly allocated = new Map<number, FrameRecord>();
    readonly #memory: GuestMemory;
    readonly #roots: ReadonlyMap<number, Roots>;
    readonly #readPage: ReturnType<typeof pageReader>;
    readonly #pageSize: number;
    /** Frames of the file cache. */
    readonly #cached = new Set<number>();
    /** Transfers that own a frame of the file cache or are about to. A frame is given up before the kernel reports it. */
    readonly #held = new Map<number, number>();
    readonly #rules: Rules;
    readonly #banks = new Map<number, Bank>();
    readonly #mappings = new Map<number, Map<string, Mapping>>();
    /** How often a frame was handed out, given back, mapped or unmapped. */
    readonly #versions = new Map<number, number>();
    readonly #ofProcess = new Map<number, Set<number>>();

    constructor(memory: GuestMemory, roots: ReadonlyMap<number, Roots>, rules: Rules) {
        this.#rules = rules;
        this.#memory = memory;
        this.#roots = roots;
        this.#readPage = pageReader(memory);
        this.#pageSize = memory.sizeOf("page_t");
    }

    /** Takes a PROBE_FRAME record. Breaks I10 for a block that is freed twice, or handed out while it is in use. */
    record(ppn: number, record: FrameRecord, allocated: boolean): void {
        this.#changes(ppn);
        const known = this.allocated.get(ppn);
        const cluster = this.#memory.clusterOf(ppn);
        const where = { pid: record.pid, clusters: [cluster] };
        const frame = `frame ${hex(ppn)} (${kindName(record.kind)})`;
        if (allocated) {
            if (known !== undefined) broken("I10", where, `${frame} is allocated, and was already in use`);
            this.allocated.set(ppn, record);
            this.framesOf(record.pid).add(ppn);
            if (kindOf(record.kind)?.cached === true) this.#cached.add(ppn);
            return;
        }
        if (known === undefined) broken("I10", where, `${frame} is freed, and was already free`);
        this.allocated.delete(ppn);
        this.#cached.delete(ppn);
        this.#ofProcess.get(known.pid)?.delete(ppn);
    }

    /** A transfer begins to own a frame, or has given it up. */
    held(ppn: number, change: number): void {
        this.#held.set(ppn, (this.#held.get(ppn) ?? 0) + change);
    }

    /** The number of owners that a frame may have now beside `owners`. */
    transfers(ppn: number): number {
        return this.#held.get(ppn) ?? 0;
    }

    /** Frames allocated for a process. */
    framesOf(pid: number): Set<number> {
        let frames = this.#ofProcess.get(pid);
        if (frames === undefined) {
            frames = new Set();
            this.#ofProcess.set(pid, frames);
        }
        return frames;
    }

    /** The frame's descriptor; undefined when the PPM does not manage the frame. */
    descriptor(
        ppn: number,
    ): { inUse: boolean; refcount: number; kind: number; pid: number; order: number } | undefined {
        const bank = this.bank(this.#memory.clusterOf(ppn));
        const index = this.#memory.frameIndex(ppn);
        if (bank === undefined || index < bank.firstFrame || index >= bank.frameCount) return undefined;
        const { state, ...page } = this.#readPage(bank.manager, bank.pages + index * this.#pageSize);
        return { inUse: state === PAGE_ALLOCATED, ...page };
    }

    /** The bank of a cluster; undefined when it has no memory. Banks are adopted at boot and stay. */
    bank(cxy: number): Bank | undefined {
        if (!this.#banks.has(cxy)) {
            for (const [manager, roots] of this.#roots) {
                for (const bank of readBanks(this.#memory, manager, roots)) this.#banks.set(bank.cxy, bank);
            }
        }
        return this.#banks.get(cxy);
    }

    map(ppn: number, mapping: Mapping): void {
        this.#changes(ppn);
        let all = this.#mappings.get(ppn);
        if (all === undefined) {
            all = new Map();
            this.#mappings.set(ppn, all);
        }
        all.set(keyOf(mapping), mapping);
    }

    unmap(ppn: number, mapping: Mapping): void {
        this.#changes(ppn);
        const all = this.#mappings.get(ppn);
        if (all?.delete(keyOf(mapping)) && all.size === 0) this.#mappings.delete(ppn);
    }

    mappings(ppn: number): Mapping[] {
        return [...(this.#mappings.get(ppn)?.values() ?? [])];
    }

    /** A number that stays the same until another owner gets the frame, or one gives it up. */
    version(ppn: number): number {
        return this.#versions.get(ppn) ?? 0;
    }

    #changes(ppn: number): void {
        this.#versions.set(ppn, this.version(ppn) + 1);
    }

    /** The owners of a frame (I10): the file cache, and pages of processes. A public page counts once, whatever clusters map it. */
    owners(ppn: number): number {
        const isPrivate = this.#rules.isPrivate(this.allocated.get(ppn)?.kind ?? -1);
        const owners = this.mappings(ppn).map(({ pid, cxy, vpn }) => `${pid} ${vpn} ${isPrivate ? cxy : ""}`);
        return new Set(owners).size + (this.#cached.has(ppn) ? 1 : 0);
    }
}

function keyOf({ pid, cxy, vpn }: Mapping): string {
    return `${pid} ${cxy} ${vpn}`;
}

function pageReader(memory: GuestMemory) {
    return memory.reader("page_t", ["refcount", "pid", "state", "order", "kind"]);
}
