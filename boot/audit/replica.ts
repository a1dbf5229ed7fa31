/** VMM(P,K) as it lies in cluster K's bank: VSL(P,K) and GPT(P,K), kept in step with guest memory by comparing pages. */

import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import type { GuestMemory } from "../observe/guest-memory.ts";
import { broken } from "../report/violation.ts";
import { isValid, PTE_NC, ppnOf, ROOT_TABLE_ENTRIES } from "./kernel-facts.ts";

export interface Vseg {
    readonly address: number;
    readonly type: number;
    /** Pages [first, end). */
    readonly first: number;
    readonly end: number;
    readonly rights: number;
    /** Cluster that a localised public vseg names (REMOTE, FILE). */
    readonly named: number;
}

export interface ProcessFields {
    readonly pid: number;
    readonly reference: number;
    readonly asid: number;
    readonly lock: number;
    readonly root: number;
    readonly vsegs: number;
    readonly state: number;
    readonly group: number;
    readonly node: number;
    readonly copies: number;
    readonly heap_first: number;
    readonly heap_end: number;
}

interface Table {
    readonly live: Buffer;
    readonly copy: Buffer;
}

/** Hears of each entry that changed since the last refresh. */
export type EntryListener = (replica: Replica, vpn: number, before: number, after: number) => void;

/** A list longer than this runs in a circle. */
const LONGEST_LIST = 65_536;

export class Replica {
    readonly pid: number;
    readonly cxy: number;
    readonly address: number;
    fields: ProcessFields;
    vsegs: readonly Vseg[] = [];
    /** By virtual page number; entries that are not zero. */
    readonly entries = new Map<number, number>();
    /** Bumped when an entry loses rights; see check-tlb.ts. */
    losses = 0;
    readonly #memory: GuestMemory;
    readonly #readVseg: ReturnType<typeof vsegReader>;
    #root = 0;
    #middle: Table | undefined;
    readonly #leaves = new Map<number, Table & { readonly ppn: number }>();

    constructor(memory: GuestMemory, cxy: number, address: number, fields: ProcessFields) {
        this.#memory = memory;
        this.#readVseg = vsegReader(memory);
        this.pid = fields.pid;
        this.cxy = cxy;
        this.address = address;
        this.fields = fields;
    }

    get isReference(): boolean {
        return this.fields.reference === this.cxy;
    }

    /** Somebody changes list or tables just now. */
    get locked(): boolean {
        return this.fields.lock !== 0;
    }

    /** Takes over what guest memory says now. True when the list changed. */
    refresh(fields: ProcessFields, listen: EntryListener): boolean {
        this.fields = fields;
        if (this.locked) return false;
        this.#refreshTables(listen);
        const list = this.#readList();
        if (sameList(list, this.vsegs)) return false;
        this.vsegs = list;
        return true;
    }

    /** The replica is gone: so are its entries. */
    forget(listen: EntryListener): void {
        this.vsegs = [];
        this.#dropTables(listen);
    }

    vsegOf(vpn: number): Vseg | undefined {
        return this.vsegs.find(({ first, end }) => first <= vpn && vpn < end);
    }

    /** Frame of the root table, as satp names it. */
    rootFrame(): number {
        return this.#memory.ppnOf(this.cxy, this.fields.root);
    }

    /** Frames of the tables. */
    tableFrames(): number[] {
        if (this.#root === 0) return [];
        const root = this.#memory.ppnOf(this.cxy, this.#root);
        const middle = ppnOf(this.#memory.read(this.cxy, this.#root, 8));
        return [root, middle, ...[...this.#leaves.values()].map(({ ppn }) => ppn)];
    }

    #readList(): Vseg[] {
        const list: Vseg[] = [];
        for (let at = this.fields.vsegs; at !== 0; ) {
            const { type, first_vpn, end_vpn, rights, cxy, next, fixed } = this.#readVseg(this.cxy, at);
            // kentry is the kernel's own (6.1): no rule of the policy places, copies or frees it.
            if (fixed === 0) list.push({ address: at, type, first: first_vpn, end: end_vpn, rights, named: cxy });
            if (list.length > LONGEST_LIST) broken("I8", this.#where(), "VSL(P,K) runs in a circle");
            at = next;
        }
        return list;
    }

    #where() {
        return { pid: this.pid, clusters: [this.cxy] };
    }

    #refreshTables(listen: EntryListener): void {
        if (this.fields.root !== this.#root) this.#dropTables(listen);
        this.#root = this.fields.root;
        if (this.#root === 0) return;
        if (this.#middle === undefined) {
            const pte = this.#memory.read(this.cxy, this.#root, 8);
            const live = isValid(pte) ? this.#memory.frame(ppnOf(pte)) : undefined;
            if (live === undefined) return;
            this.#middle = { live, copy: Buffer.alloc(PAGE_SIZE) };
        }
        this.#refreshMiddle(this.#middle, listen);
        for (const [index, leaf] of this.#leaves) this.#refreshLeaf(index, leaf, listen);
    }

    #refreshMiddle({ live, copy }: Table, listen: EntryListener): void {
        if (live.equals(copy)) return;
        for (let i = 0; i < ROOT_TABLE_ENTRIES; i++) {
            const now = entryAt(live, i);
            if (now === entryAt(copy, i)) continue;
            this.#dropLeaf(i, listen);
            if (!isValid(now)) continue;
            const table = this.#memory.frame(ppnOf(now));
            if (table === undefined) broken("structures", this.#where(), "a page table lies outside every bank");
            this.#leaves.set(i, { live: table, copy: Buffer.alloc(PAGE_SIZE), ppn: ppnOf(now) });
        }
        live.copy(copy);
    }

    #refreshLeaf(index: number, { live, copy }: Table, listen: EntryListener): void {
        if (live.equals(copy)) return;
        for (let i = 0; i < ROOT_TABLE_ENTRIES; i++) {
            const [before, after] = [entryAt(copy, i), entryAt(live, i)];
            if (before !== after) this.#set(index * ROOT_TABLE_ENTRIES + i, before, after, listen);
        }
        live.copy(copy);
    }

    #dropLeaf(index: number, listen: EntryListener): void {
        const leaf = this.#leaves.get(index);
        if (leaf === undefined) return;
        for (let i = 0; i < ROOT_TABLE_ENTRIES; i++) {
            const before = entryAt(leaf.copy, i);
            if (before !== 0) this.#set(index * ROOT_TABLE_ENTRIES + i, before, 0, listen);
        }
        this.#leaves.delete(index);
    }

    #dropTables(listen: EntryListener): void {
        for (const index of [...this.#leaves.keys()]) this.#dropLeaf(index, listen);
        this.#middle = undefined;
        this.#root = 0;
    }

    #set(vpn: number, before: number, after: number, listen: EntryListener): void {
        if (after === 0) this.entries.delete(vpn);
        else this.entries.set(vpn, after);
        listen(this, vpn, before, after);
    }
}

/** As a number, which has no room for bit 61: that comes as PTE_NC of kernel-facts.ts. */
function entryAt(table: Buffer, index: number): number {
    const high = table.readUInt32LE(index * 8 + 4);
    return table.readUInt32LE(index * 8) + (high & TYPE_NC ? PTE_NC : 0) + (high & ~TYPE_NC) * 2 ** 32;
}
const TYPE_NC = 2 ** 29;

function vsegReader(memory: GuestMemory) {
    return memory.reader("vseg_t", ["next", "type", "first_vpn", "end_vpn", "rights", "cxy", "fixed"]);
}

function sameList(a: readonly Vseg[], b: readonly Vseg[]): boolean {
    return a.length === b.length && a.every((vseg, i) => sameVseg(vseg, b[i] as Vseg));
}

export function sameVseg(a: Vseg, b: Vseg): boolean {
    return (
        a.address === b.address && a.type === b.type && a.first === b.first && a.end === b.end && a.rights === b.rights
    );
}
