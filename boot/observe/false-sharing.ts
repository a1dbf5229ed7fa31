/**
 * False sharing: pages that several nodes of a DSM group write in disjoint words, so that they take the page from each other for nothing.
 * The kernel says when a process may write a page (kernel/dsm/writable.ts). The host compares the frame at both ends of that time; the
 * words that changed were written by the node. A group's meetings (barriers, broadcasts) divide its run into phases. A page that a node may
 * still write is compared there, too, because every hart stands still at a probe record. A page on which two nodes wrote the same word in a
 * phase is truly shared in it: no other layout would keep it from moving.
 */

import { DSM_BARRIER, DSM_BCAST, DSM_FREE } from "../../kernel/abi/dsm-action.ts";
import { DSM_BASE, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { DSM_RELEASE } from "../../kernel/abi/policy.ts";
import { FRAME_PC, FRAME_SIZE, THREAD_BLOCK_SIZE } from "../../kernel/abi/trap-frame.ts";
import { VSEG_DSM } from "../../kernel/abi/vseg-type.ts";
import type { Handlers, Observer } from "../abi/observer.ts";
import type { FalseSharingReport } from "../report/report.ts";
import { DSM_FIELDS } from "./dsm-counts.ts";
import type { ResolvedFault } from "./fault-cost.ts";
import { addWrites, judge, noWrites, type PageWrites, writerOf } from "./page-writes.ts";
import { type Locate, sharingReport } from "./sharing-report.ts";

/** Guest memory at a global address, as it stands now. */
export type ReadMemory = (address: number, bytes: number) => Uint8Array;

/** A page that a process may write, in this frame. */
interface Writable {
    readonly pid: number;
    readonly node: number;
    readonly page: number;
    readonly ppn: number;
    /** The pc of the access that asked for the permission. */
    readonly pc: number | undefined;
    /** The content of the page when its present phase, or its permission, began. */
    before: Uint32Array;
}

interface Request {
    readonly node: number;
    readonly address: number;
    readonly bytes: number;
    readonly release: boolean;
    freed: boolean;
}

/** The node processes of a program. A page is named by its address. */
interface Group {
    /** The pages that a process may write, by keyOf. */
    readonly writables: Map<string, Writable>;
    /** The writes of the present phase, by page. */
    readonly pages: Map<number, PageWrites>;
    /** The writes of those past phases in which the page was shared, by page. */
    readonly shared: Map<number, PageWrites>;
    /** The requests, by address. */
    readonly requests: Map<number, Request>;
}

const ECALL_BYTES = 4;

export class FalseSharing implements Observer {
    readonly on: Handlers = {
        process: ({ pid, program, node }) => void this.#nodes.set(pid, { program, node }),
        faultBegin: ({ thread, vaddr, byKernel }) => {
            if (vaddr >= DSM_BASE) this.#faults.set(thread, this.#pcOf(thread, byKernel === 1));
        },
        writable: ({ pid, address, ppn, thread }) => this.#begin(pid, address, ppn, this.#faults.get(thread)),
        writableEnd: ({ pid, address }) => this.#end(pid, address),
        // The threads of such a process are all gone, and its frames still are there.
        vsegEnd: ({ pid, type }) => {
            if (type === VSEG_DSM) this.#endAll(pid);
        },
        dsm: ({ leader, action, address }) => this.#action(this.#groupOf(leader), action, address),
        smRequest: ({ leader, address, bytes, node, consistency }) => {
            const release = consistency === DSM_RELEASE;
            this.#request(this.#groupOf(leader), { address, bytes, node, release, freed: false });
        },
        merge: ({ own, twin, reference }) => this.#merge(own, twin, reference),
    };
    readonly #read: ReadMemory;
    readonly #nodes = new Map<number, { readonly program: number; readonly node: number }>();
    /** The groups, by program. */
    readonly #groups = new Map<number, Group>();
    /** The pc of a thread's last fault, by the thread's xptr. */
    readonly #faults = new Map<number, number>();

    constructor(read: ReadMemory) {
        this.#read = read;
    }

    get gathered() {
        const containers = { nodes: this.#nodes, groups: this.#groups, faults: this.#faults };
        return { name: "false-sharing", containers };
    }

    /** Called when a fault of any kind has ended. */
    resolved({ type, pid, vaddr, begin, end }: ResolvedFault): void {
        const group = type === "DSM" ? this.#groupOf(pid) : undefined;
        if (group !== undefined) pageOf(group.pages, vaddr).cycles += end - begin;
    }

    /** The findings so far, with the present phases as if they ended here. */
    report(locate: Locate): FalseSharingReport {
        const shared = new Map<number, Map<number, PageWrites>>();
        for (const [program, group] of this.#groups) {
            for (const writable of group.writables.values()) this.#compare(group, writable);
            const pages = new Map<number, PageWrites>();
            for (const [page, writes] of group.shared) addWrites(pageOf(pages, page), writes);
            for (const page of group.pages.keys()) addPhase(group, page, pages);
            shared.set(program, pages);
        }
        return sharingReport(shared, locate);
    }

    /** Undefined for a process that is no node. */
    #groupOf(pid: number): Group | undefined {
        const process = this.#nodes.get(pid);
        if (process === undefined || process.node === FORKED) return undefined;
        const group = this.#groups.get(process.program) ?? newGroup();
        this.#groups.set(process.program, group);
        return group;
    }

    /** The user pc of a thread in the kernel; in a system call, the pc of the call. */
    #pcOf(thread: number, inCall: boolean): number {
        const bytes = this.#read(thread + THREAD_BLOCK_SIZE - FRAME_SIZE + FRAME_PC, 8);
        const pc = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
        return inCall ? pc - ECALL_BYTES : pc;
    }

    /** Copies the frame, because the window on guest memory may be a live one. */
    #frame(ppn: number): Uint32Array {
        return new Uint32Array(new Uint8Array(this.#read(ppn * PAGE_SIZE, PAGE_SIZE)).buffer);
    }

    #begin(pid: number, page: number, ppn: number, pc: number | undefined): void {
        const group = this.#groupOf(pid);
        if (group === undefined) return;
        this.#end(pid, page);
        const node = this.#nodes.get(pid)?.node ?? 0;
        group.writables.set(keyOf(pid, page), { pid, node, page, ppn, pc, before: this.#frame(ppn) });
    }

    /** Called when the process may not write the page any more. */
    #end(pid: number, page: number): void {
        const group = this.#groupOf(pid);
        const writable = group?.writables.get(keyOf(pid, page));
        if (group === undefined || writable === undefined) return;
        this.#compare(group, writable);
        group.writables.delete(keyOf(pid, page));
    }

    #endAll(pid: number): void {
        const writables = [...(this.#groupOf(pid)?.writables.values() ?? [])];
        for (const writable of writables) if (writable.pid === pid) this.#end(pid, writable.page);
    }

    /** Notes the words that the node wrote since the last look. */
    #compare(group: Group, writable: Writable): void {
        const { node, page, ppn, pc, before } = writable;
        const now = this.#frame(ppn);
        writable.before = now;
        if (before.every((value, word) => value === now[word])) return;
        const writer = writerOf(pageOf(group.pages, page), node);
        writer.words.addChanges(before, now);
        if (pc !== undefined) writer.places.set(pc, (writer.places.get(pc) ?? 0) + 1);
    }

    /**
     * Release consistency merges into a frame that its own node may write. The bytes in which a copy and its twin differ are not that
     * node's writes.
     */
    #merge(own: number, twin: number, reference: number): void {
        const writables = [...this.#groups.values()].flatMap((group) => [...group.writables.values()]);
        const target = writables.find(({ ppn }) => ppn === reference);
        if (target === undefined) return;
        const [now, before] = [this.#read(own * PAGE_SIZE, PAGE_SIZE), this.#read(twin, PAGE_SIZE)];
        const expected = new Uint8Array(target.before.buffer);
        for (const [i, byte] of now.entries()) if (byte !== before[i]) expected[i] = byte;
    }

    #action(group: Group | undefined, action: number, address: number): void {
        if (group === undefined) return;
        const field = DSM_FIELDS[action];
        if (field !== undefined) pageOf(group.pages, address).counts[field]++;
        if (action === DSM_BARRIER || action === DSM_BCAST) this.#meet(group);
        const request = action === DSM_FREE ? group.requests.get(address) : undefined;
        if (request !== undefined) request.freed = true;
    }

    #meet(group: Group): void {
        for (const writable of group.writables.values()) this.#compare(group, writable);
        for (const page of group.pages.keys()) addPhase(group, page, group.shared);
        group.pages.clear();
        for (const { address, freed } of group.requests.values()) if (freed) group.requests.delete(address);
    }

    /** Memory that is handed out again begins a new life, in the middle of a phase. */
    #request(group: Group | undefined, request: Request): void {
        if (group === undefined) return;
        const { address, bytes } = request;
        for (const page of group.pages.keys()) {
            if (page + PAGE_SIZE <= address || page >= address + bytes) continue;
            const before = requestsOn(group, page);
            if (before.some(({ freed }) => !freed)) continue;
            for (const writable of group.writables.values()) if (writable.page === page) this.#compare(group, writable);
            addPhase(group, page, group.shared);
            group.pages.delete(page);
            for (const each of before) group.requests.delete(each.address);
        }
        group.requests.set(address, request);
    }
}

function keyOf(pid: number, page: number): string {
    return `${pid} ${page}`;
}

/** This number stands in place of a node id. */
const FORKED = 0xffffffff;

function newGroup(): Group {
    return { writables: new Map(), pages: new Map(), shared: new Map(), requests: new Map() };
}

function pageOf(pages: Map<number, PageWrites>, address: number): PageWrites {
    const page = Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
    const writes = pages.get(page) ?? noWrites();
    pages.set(page, writes);
    return writes;
}

function requestsOn({ requests }: Group, page: number): Request[] {
    return [...requests.values()].filter(({ address, bytes }) => address < page + PAGE_SIZE && address + bytes > page);
}

/** Ends the page's present phase: adds it to `shared` if several nodes wrote. */
function addPhase(group: Group, page: number, shared: Map<number, PageWrites>): void {
    const writes = pageOf(group.pages, page);
    const verdict = judge(writes);
    if (verdict === "true") pageOf(shared, page).truePhases++;
    if (verdict !== "false") return;
    const requests = requestsOn(group, page).map(({ freed: _, ...request }) => request);
    addWrites(pageOf(shared, page), { ...writes, falsePhases: 1, requests });
}
