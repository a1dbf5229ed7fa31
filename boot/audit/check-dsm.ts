/**
 * MRSW (sm-dsm 3.3): many nodes have a copy of a DSM page to read, or one node has it to write. This holds always, and the manager knows
 * what nodes hold. At rest all copies have the same content. Under release consistency (4.3, 4.4) a page that a node has alone is held by
 * no other node, and when several nodes have a page, all writers but the owner keep a twin.
 */

import { VSEG_DSM } from "../../kernel/abi/vseg-type.ts";
import { type GuestMemory, sameFrames } from "../observe/guest-memory.ts";
import { broken } from "../report/violation.ts";
import { checkPageAlways } from "./check-pages.ts";
import {
    DSM_FIRST,
    DSM_TABLE_ENTRIES,
    describeEntry,
    ENTRY_RELEASE,
    isValid,
    PTE_FLAGS,
    PTE_NC,
    PTE_W,
    ppnOf,
    rightsOf,
} from "./kernel-facts.ts";
import type { Replica } from "./replica.ts";
import type { World } from "./world.ts";

interface Holder {
    readonly replica: Replica;
    readonly entry: number;
}

export function isDsm(world: World, pid: number, vpn: number): boolean {
    return world.reference(pid)?.vsegOf(vpn)?.type === VSEG_DSM;
}

/** The replicas, on all nodes of P's group, that have the page. */
export function holders(world: World, pid: number, vpn: number): Holder[] {
    return world
        .groupOf(pid)
        .flatMap((each) => world.replicas(each))
        .map((replica) => ({ replica, entry: replica.entries.get(vpn) ?? 0 }))
        .filter(({ entry }) => isValid(entry));
}

const mayWrite = ({ entry }: Holder) => (rightsOf(entry) & PTE_W) !== 0;
const nodesOf = (all: readonly Holder[]) => new Set(all.map(({ replica }) => replica.pid));
const tell = ({ replica, entry }: Holder) =>
    `node ${replica.fields.node} (process 0x${replica.pid.toString(16)}) in cluster ${replica.cxy} has ${describeEntry(entry)}`;

/**
 * Checks checkPageAlways for every node that has the page, and MRSW. True when a writer is the only one that may have it, in its TLBs, too.
 */
export function checkDsmAlways(world: World, pid: number, vpn: number): boolean {
    const all = holders(world, pid, vpn);
    const clusters = all.map(({ replica }) => replica.cxy);
    // A node whose own replicas disagree breaks I9 or I7, whichever node's page showed it.
    for (const node of new Set(all.map(({ replica }) => replica.pid))) checkPageAlways(world, node, vpn);
    if (isReleasePage(world.memory, groupOf(world, pid), vpn)) return checkRelease(world, pid, vpn, all);
    if (all.some(mayWrite) && nodesOf(all).size > 1) {
        broken("MRSW", { pid, page: vpn, clusters }, all.map(tell).join(", "));
    }
    checkManager(world, pid, vpn, all);
    return true;
}

/** Release consistency: no node has the page beside a node that has it alone. Beside other nodes only the owner writes without a twin. */
function checkRelease(world: World, pid: number, vpn: number, all: readonly Holder[]): boolean {
    const page = checkManager(world, pid, vpn, all);
    if (page === undefined) return false;
    for (const holder of all) {
        const { node } = holder.replica.fields;
        if (page.writer === 0 && ((holder.entry % PTE_FLAGS) & PTE_NC) === 0) {
            const where = { pid: holder.replica.pid, page: vpn, clusters: [holder.replica.cxy, page.cxy] };
            broken("4.9", where, `${tell(holder)}, with atomics, and others may have a copy`);
        }
        if (node === page.owner) continue;
        const where = { pid: holder.replica.pid, page: vpn, clusters: [holder.replica.cxy, page.cxy] };
        if (page.writer !== 0) broken("4.3", where, `${tell(holder)}, node ${page.owner} has the page alone`);
        if (mayWrite(holder) && !hasTwin(world, holder.replica.pid, vpn))
            broken("4.4", where, `${tell(holder)}, and has no twin of it`);
    }
    return page.writer !== 0;
}

/**
 * True when the region's books at the home of the group (its xptr; 0 for none) say that the page is of release consistency
 * (kernel/dsm/region.ts).
 */
export function isReleasePage(memory: GuestMemory, group: number, vpn: number): boolean {
    if (group === 0) return false;
    const { cxy, local } = memory.placeOf(group);
    const { pages } = memory.reader("group_t", ["pages"])(cxy, local);
    return (tableEntry(memory, cxy, pages, vpn - DSM_FIRST) & ENTRY_RELEASE) !== 0;
}

function groupOf(world: World, pid: number): number {
    return world.reference(pid)?.fields.group ?? 0;
}

/** True when the reference cluster of a node process keeps a twin of its copy (kernel/dsm/copies.ts). */
function hasTwin(world: World, pid: number, vpn: number): boolean {
    const { memory } = world;
    const process = world.reference(pid);
    if (process === undefined || process.fields.copies === 0) return false;
    const { cxy } = process;
    const { copies } = memory.reader("copies_t", ["copies"])(cxy, process.fields.copies);
    const copy = tableEntry(memory, cxy, copies, vpn - DSM_FIRST);
    return copy !== 0 && memory.reader("copy_t", ["twin"])(cxy, copy).twin !== 0;
}

/** Entry `index` of 256 tables of 256 words whose addresses stand at `tables`; 0 where there is no table. */
function tableEntry(memory: GuestMemory, cxy: number, tables: number, index: number): number {
    const table = tables === 0 ? 0 : memory.u32(cxy, tables + Math.floor(index / DSM_TABLE_ENTRIES) * 4);
    return table === 0 ? 0 : memory.u32(cxy, table + (index % DSM_TABLE_ENTRIES) * 4);
}

/** Checks that all copies are the same, unless one may be written, or the page is of release consistency. */
export function checkDsmAtRest(world: World, pid: number, vpn: number): void {
    if (isReleasePage(world.memory, groupOf(world, pid), vpn)) return;
    const all = holders(world, pid, vpn);
    const [first] = all;
    if (first === undefined || all.some(mayWrite)) return;
    const content = world.memory.frame(ppnOf(first.entry));
    for (const other of all) {
        const copy = world.memory.frame(ppnOf(other.entry));
        if (content === undefined || (copy !== undefined && sameFrames(copy, content))) continue;
        const clusters = [first.replica.cxy, other.replica.cxy];
        broken("MRSW", { pid, page: vpn, clusters }, `the copies differ: ${tell(first)}, ${tell(other)}`);
    }
}

/** Checks the manager's knowledge of the page, and returns it unless it is being changed. */
function checkManager(world: World, pid: number, vpn: number, all: readonly Holder[]): ManagerPage | undefined {
    const group = groupOf(world, pid);
    if (group === 0 || all.length === 0) return undefined;
    const page = managerPage(world, group, vpn);
    if (page === "busy") return undefined;
    for (const holder of all) {
        const { node } = holder.replica.fields;
        const where = { pid: holder.replica.pid, page: vpn, clusters: [holder.replica.cxy, page?.cxy ?? 0] };
        if (page === undefined) broken("MRSW", where, `${tell(holder)}, the manager never gave out the page`);
        if (!page.hasCopy(node)) broken("MRSW", where, `${tell(holder)}, the manager's copy set lacks the node`);
        if (page.release || !mayWrite(holder) || (page.owner === node && page.writer !== 0)) continue;
        const says = page.writer === 0 ? "nobody may write" : `node ${page.owner} writes`;
        broken("MRSW", where, `${tell(holder)}, the manager says that ${says}`);
    }
    return page;
}

interface ManagerPage {
    readonly cxy: number;
    readonly owner: number;
    readonly writer: number;
    readonly release: boolean;
    hasCopy(node: number): boolean;
}

/** The manager's knowledge of the page (sm-dsm 3.6). Undefined when it never gave the page out; "busy" while the entry is being changed. */
function managerPage(world: World, group: number, vpn: number): ManagerPage | "busy" | undefined {
    const { memory } = world;
    const { cxy, local } = memory.placeOf(group);
    const { nodes, members } = memory.reader("group_t", ["nodes", "members"])(cxy, local);
    const readManager = memory.reader("node_t", ["manager"]);
    const manager = (node: number) => readManager(cxy, members + node * memory.sizeOf("node_t")).manager;
    const { dsmManager } = world.rules.policy;
    if (dsmManager !== "dynamic") return knownPage(memory, manager(dsmManager === "fixed" ? vpn % nodes : 0), vpn);
    const known = Array.from({ length: nodes }, (_, node) => ({ node, page: knownPage(memory, manager(node), vpn) }));
    const owners = known.flatMap(({ node, page }) => (typeof page === "object" && page.owner === node ? [page] : []));
    if (owners.length > 1) {
        const clusters = owners.map((each) => each.cxy);
        broken(
            "MRSW",
            { pid: 0, page: vpn, clusters },
            `nodes ${owners.map(({ owner }) => owner).join(", ")} own the page`,
        );
    }
    return owners[0] ?? (known.some(({ page }) => page !== undefined) ? "busy" : undefined);
}

/** The knowledge of the manager at `xptr` about a page. */
function knownPage(memory: GuestMemory, xptr: number, vpn: number): ManagerPage | "busy" | undefined {
    const { cxy, local } = memory.placeOf(xptr);
    const { lock, stride, pages } = memory.reader("manager_t", ["lock", "stride", "pages"])(cxy, local);
    if (lock !== 0) return "busy";
    const index = Math.floor((vpn - DSM_FIRST) / stride);
    const at = tableEntry(memory, cxy, pages, index);
    if (at === 0) return undefined;
    const read = memory.reader("dsm_page_t", ["owner", "writer", "gone", "release"]);
    const { owner, writer, gone, release } = read(cxy, at);
    if (gone !== 0) return undefined;
    const copies = at + memory.sizeOf("dsm_page_t");
    const hasCopy = (node: number) => ((memory.u32(cxy, copies + (node >>> 5) * 4) >>> (node & 31)) & 1) !== 0;
    return { cxy, owner, writer, release: release !== 0, hasCopy };
}
