/** VMM(P,K) as it lies in cluster K's bank: VSL(P,K) and GPT(P,K), kept in step with guest memory by comparing pages. */

import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { frameWords, type GuestMemory, sameWords } from "../observe/guest-memory.ts";
import { broken } from "../report/violation.ts";
import { FieldWords } from "./field-words.ts";
import { isValid, PTE_NC, ppnOf, TABLE_ENTRIES } from "./kernel-facts.ts";

export interface Vseg {
    readonly address: number;
    readonly type: number;
    /** Pages [first, end). */
    readonly first: number;
    readonly end: number;
    readonly rights: number;
    /** The cluster that a localised public vseg names (REMOTE, FILE). */
    readonly named: number;
    /** The page of the file that the first page of a mapping maps. */
    readonly filePage: number;
}

const PROCESS_FIELDS = [
    "pid",
    "reference",
    "asid",
    "lock",
    "root",
    "vsegs",
    "state",
    "group",
    "node",
    "copies",
    "heap_first",
    "heap_end",
    "own_program",
    "region",
] as const;
const VSEG_FIELDS = ["next", "type", "first_vpn", "end_vpn", "rights", "cxy", "fixed", "file_page"] as const;

export type ProcessFields = Readonly<Record<(typeof PROCESS_FIELDS)[number], number>>;

/** The readers of the kernel's structures, looked up once. */
export class ReplicaReaders {
    readonly memory: GuestMemory;
    readonly process: (cxy: number, at: number) => ProcessFields;
    readonly processWords: FieldWords;
    readonly vseg: (cxy: number, at: number) => Record<(typeof VSEG_FIELDS)[number], number>;
    readonly vsegWords: FieldWords;
    readonly #pid: number;

    constructor(memory: GuestMemory) {
        this.memory = memory;
        this.process = memory.reader("process_t", PROCESS_FIELDS);
        this.processWords = new FieldWords(memory, "process_t", PROCESS_FIELDS);
        this.vseg = memory.reader("vseg_t", VSEG_FIELDS);
        this.vsegWords = new FieldWords(memory, "vseg_t", VSEG_FIELDS);
        this.#pid = memory.offsetOf("process_t", "pid");
    }

    /** The pid that the descriptor at an address has now. */
    pidAt(cxy: number, address: number): number {
        return this.memory.u32(cxy, address + this.#pid);
    }
}

interface Table {
    readonly live: Uint32Array;
    readonly copy: Uint32Array;
}

/** Called with each entry that changed since the last refresh. */
export type EntryListener = (replica: Replica, vpn: number, before: number, after: number) => void;

/** A list longer than this runs in a circle. */
const LONGEST_LIST = 65_536;

export class Replica {
    readonly pid: number;
    readonly cxy: number;
    readonly address: number;
    fields: ProcessFields;
    vsegs: readonly Vseg[] = [];
    /** Entries that are not zero, by virtual page number. */
    readonly entries = new Map<number, number>();
    /** Counts the times that an entry lost rights; see check-tlb.ts. */
    losses = 0;
    readonly #memory: GuestMemory;
    readonly #readers: ReplicaReaders;
    /** The descriptor's words for `fields`. */
    readonly #descriptor: Uint32Array;
    /** The list as it was read last: the addresses of its vsegs in order, and their words. */
    #addresses: readonly number[] = [];
    #listWords = new Uint32Array(0);
    #root = 0;
    #rootTable: Table | undefined;
    /** By the number of their GiB, and by the number of their 2 MiB. */
    readonly #middles = new Map<number, Table & { readonly ppn: number }>();
    readonly #leaves = new Map<number, Table & { readonly ppn: number }>();

    constructor(readers: ReplicaReaders, cxy: number, address: number) {
        this.#memory = readers.memory;
        this.#readers = readers;
        this.cxy = cxy;
        this.address = address;
        this.#descriptor = new Uint32Array(readers.processWords.count);
        this.fields = this.#readFields();
        this.pid = this.fields.pid;
    }

    get isReference(): boolean {
        return this.fields.reference === this.cxy;
    }

    /** True while list or tables are being changed. */
    get locked(): boolean {
        return this.fields.lock !== 0;
    }

    /** Takes over the state of guest memory. The descriptor must still be that of `pid`. True when the list changed. */
    refresh(listen: EntryListener): boolean {
        const { processWords } = this.#readers;
        if (!processWords.areSame(this.cxy, this.address, this.#descriptor, 0)) this.fields = this.#readFields();
        if (this.locked) return false;
        this.#refreshTables(listen);
        if (this.#listIsSame()) return false;
        const list = this.#readList();
        if (sameList(list, this.vsegs)) return false;
        this.vsegs = list;
        return true;
    }

    /** The replica is gone, and so are its entries. */
    forget(listen: EntryListener): void {
        this.vsegs = [];
        this.#dropTables(listen);
    }

    vsegOf(vpn: number): Vseg | undefined {
        return this.vsegs.find(({ first, end }) => first <= vpn && vpn < end);
    }

    /** The frame of the root table, as satp names it. */
    rootFrame(): number {
        return this.#memory.ppnOf(this.cxy, this.fields.root);
    }

    /** The frames of the tables. */
    tableFrames(): number[] {
        if (this.#root === 0) return [];
        const root = this.#memory.ppnOf(this.cxy, this.#root);
        return [root, ...[...this.#middles.values(), ...this.#leaves.values()].map(({ ppn }) => ppn)];
    }

    #readFields(): ProcessFields {
        const { process, processWords } = this.#readers;
        processWords.keep(this.cxy, this.address, this.#descriptor, 0);
        return process(this.cxy, this.address);
    }

    /** True when the list leads through the same vsegs with the same fields as when it was read last. */
    #listIsSame(): boolean {
        if (this.fields.vsegs !== (this.#addresses[0] ?? 0)) return false;
        const { vsegWords } = this.#readers;
        for (let i = 0; i < this.#addresses.length; i++) {
            const at = this.#addresses[i] as number;
            if (!vsegWords.areSame(this.cxy, at, this.#listWords, i * vsegWords.count)) return false;
        }
        return true;
    }

    #readList(): Vseg[] {
        const list: Vseg[] = [];
        const addresses: number[] = [];
        for (let at = this.fields.vsegs; at !== 0; ) {
            const {
                type,
                first_vpn,
                end_vpn,
                rights,
                cxy,
                next,
                fixed,
                file_page: filePage,
            } = this.#readers.vseg(this.cxy, at);
            addresses.push(at);
            // kentry belongs to the kernel (6.1): no rule of the policy places, copies or frees it.
            if (fixed === 0)
                list.push({ address: at, type, first: first_vpn, end: end_vpn, rights, named: cxy, filePage });
            if (addresses.length > LONGEST_LIST) broken("I8", this.#where(), "VSL(P,K) runs in a circle");
            at = next;
        }
        this.#keepList(addresses);
        return list;
    }

    #keepList(addresses: readonly number[]): void {
        const { vsegWords } = this.#readers;
        const words = addresses.length * vsegWords.count;
        if (this.#listWords.length < words) this.#listWords = new Uint32Array(2 * words);
        addresses.forEach((at, i) => {
            vsegWords.keep(this.cxy, at, this.#listWords, i * vsegWords.count);
        });
        this.#addresses = addresses;
    }

    #where() {
        return { pid: this.pid, clusters: [this.cxy] };
    }

    #refreshTables(listen: EntryListener): void {
        if (this.fields.root !== this.#root) this.#dropTables(listen);
        this.#root = this.fields.root;
        if (this.#root === 0) return;
        this.#rootTable ??= tableOf(this.#tableAt(this.#memory.ppnOf(this.cxy, this.#root)));
        this.#refreshTable(this.#rootTable, (index, now) => {
            this.#dropMiddle(index, listen);
            if (isValid(now)) this.#middles.set(index, { ...tableOf(this.#tableAt(ppnOf(now))), ppn: ppnOf(now) });
        });
        for (const [gib, middle] of this.#middles) {
            this.#refreshTable(middle, (i, now) => {
                const index = gib * TABLE_ENTRIES + i;
                this.#dropLeaf(index, listen);
                if (isValid(now)) this.#leaves.set(index, { ...tableOf(this.#tableAt(ppnOf(now))), ppn: ppnOf(now) });
            });
        }
        for (const [index, leaf] of this.#leaves) this.#refreshLeaf(index, leaf, listen);
    }

    #tableAt(ppn: number): Uint8Array {
        return this.#memory.frame(ppn) ?? broken("structures", this.#where(), "a page table lies outside every bank");
    }

    /** Calls `changed` with each entry of a root or middle table that is not what it was, and takes it over. */
    #refreshTable(table: Table, changed: (index: number, now: number) => void): void {
        const { live, copy } = table;
        if (sameWords(live, copy)) return;
        for (let i = 0; i < TABLE_ENTRIES; i++) {
            if (!isSameEntry(live, copy, i)) changed(i, entryAt(live, i));
        }
        copy.set(live);
    }

    #refreshLeaf(index: number, { live, copy }: Table, listen: EntryListener): void {
        if (sameWords(live, copy)) return;
        for (let i = 0; i < TABLE_ENTRIES; i++) {
            if (isSameEntry(live, copy, i)) continue;
            const [before, after] = [entryAt(copy, i), entryAt(live, i)];
            if (before !== after) this.#set(index * TABLE_ENTRIES + i, before, after, listen);
        }
        copy.set(live);
    }

    /** With the leaves behind it. */
    #dropMiddle(gib: number, listen: EntryListener): void {
        if (!this.#middles.delete(gib)) return;
        for (const index of [...this.#leaves.keys()])
            if (Math.floor(index / TABLE_ENTRIES) === gib) this.#dropLeaf(index, listen);
    }

    #dropLeaf(index: number, listen: EntryListener): void {
        const leaf = this.#leaves.get(index);
        if (leaf === undefined) return;
        for (let i = 0; i < TABLE_ENTRIES; i++) {
            const before = entryAt(leaf.copy, i);
            if (before !== 0) this.#set(index * TABLE_ENTRIES + i, before, 0, listen);
        }
        this.#leaves.delete(index);
    }

    #dropTables(listen: EntryListener): void {
        for (const index of [...this.#leaves.keys()]) this.#dropLeaf(index, listen);
        this.#middles.clear();
        this.#rootTable = undefined;
        this.#root = 0;
    }

    #set(vpn: number, before: number, after: number, listen: EntryListener): void {
        if (after === 0) this.entries.delete(vpn);
        else this.entries.set(vpn, after);
        listen(this, vpn, before, after);
    }
}

function tableOf(frame: Uint8Array): Table {
    return { live: frameWords(frame), copy: new Uint32Array(PAGE_SIZE / 4) };
}

function isSameEntry(a: Uint32Array, b: Uint32Array, index: number): boolean {
    return a[2 * index] === b[2 * index] && a[2 * index + 1] === b[2 * index + 1];
}

/** The entry as a number, which has no room for bit 61. That bit comes as PTE_NC of kernel-facts.ts. */
export function entryAt(table: Uint32Array, index: number): number {
    const high = table[2 * index + 1] as number;
    return (table[2 * index] as number) + (high & TYPE_NC ? PTE_NC : 0) + (high & ~TYPE_NC) * 2 ** 32;
}
const TYPE_NC = 2 ** 29;

function sameList(a: readonly Vseg[], b: readonly Vseg[]): boolean {
    return a.length === b.length && a.every((vseg, i) => sameVseg(vseg, b[i] as Vseg));
}

export function sameVseg(a: Vseg, b: Vseg): boolean {
    return (
        a.address === b.address && a.type === b.type && a.first === b.first && a.end === b.end && a.rights === b.rights
    );
}
