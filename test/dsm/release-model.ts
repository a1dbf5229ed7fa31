/**
 * An executable model of the protocol of release consistency (sm-dsm 4.3 to 4.6): nodes of one thread each that read, write, release and
 * acquire; a manager a page. Its manager is the table that the kernel's carries out (kernel/abi/dsm-table.ts). Of each page one word
 * is followed, which one node writes; words are alike, so what is written to the others needs no content.
 *
 * Whether a node that is not the owner had better have the page alone (DSM_ALONE) is left open: either row may be taken, but of an atomic
 * access (4.9). A request is in flight while its thread waits: managers take requests in any order. The access that a page was granted for belongs to
 * its installation, for the page stays until then (3.4).
 */

import * as rows from "../../kernel/abi/dsm-table.ts";
import { Broken, type System } from "./explore.ts";

/** Row r is what RELEASE_ROW_r says. */
export const TABLE: readonly number[] = Array.from({ length: 32 }, (_, r) => {
    return (rows as Readonly<Record<string, number>>)[`RELEASE_ROW_${r}`] ?? 0;
});

type Does = "idle" | "waits" | "releases" | "acquires" | "tells";

interface Thread {
    does: Does;
    page: number;
    write: boolean;
    /** Waits to have the page alone, for an atomic access (4.9). */
    take: boolean;
    /** Pages that a release or an acquire has still to look at; those to be noted, or that the acquire covers. */
    left: number[];
    scope: number[];
}

interface Copy {
    /** 0 none, 1 to read, 2 to write. */
    rights: 0 | 1 | 2;
    /** Has the followed word's last value. */
    current: boolean;
    twin: boolean;
    /** Written since the last release. */
    dirty: boolean;
    /** Another node has posted a notice that neither the copy's content nor the node's last acquire covers. */
    old: boolean;
    /** The node has acquired after the release that followed the last write: what it reads must be that. */
    knows: boolean;
}

interface Service {
    readonly node: number;
    readonly write: boolean;
    readonly actions: number;
    left: number[];
    phase: "downgrade" | "granted";
    /** Of a frame that is handed over. */
    current: boolean;
}

interface Page {
    owner: number;
    /** The owner has it alone, and may write. */
    alone: boolean;
    copies: boolean[];
    held: Copy[];
    /** The node that writes the followed word, and whether its last value was released. */
    readonly writer: number;
    released: boolean;
    service: Service | undefined;
}

export interface ReleaseState {
    threads: Thread[];
    pages: Page[];
}

/** Bugs that the protocol must not have, each found by the model. */
export type Bug =
    | "unnoticed"
    | "unsent"
    | "shared"
    | "unsettled"
    | "unnoted"
    | "kept-right"
    | "kept-copy"
    | "stale"
    | "told-first";

/** Page i is node i's first (modulo their number), and node writers[i] writes its followed word. `atomics`: nodes have atomic accesses, too. */
export function releaseSystem(
    nodes: number,
    writers: readonly number[],
    table: readonly number[] = TABLE,
    bug?: Bug,
    atomics = false,
): System<ReleaseState> {
    return {
        initial: initial(nodes, writers),
        successors: function* (state) {
            yield* successors(state, table, bug);
            if (atomics) yield* takes(state, bug);
        },
        check,
        isQuiet: ({ threads, pages: all }) =>
            threads.every(({ does }) => does === "idle") && all.every(({ service }) => service === undefined),
        key: (state, order) => keyOf(state, order),
        sizes: { nodes, pages: writers.length },
    };
}

/**
 * What happens to one page: to its followed word a release or an acquire that is not about the page, and a request for another
 * page, are as if the thread did nothing.
 */
export function onePage({ threads, pages }: ReleaseState, index: number): ReleaseState {
    const only = (list: readonly number[]) => (list.includes(index) ? [0] : []);
    const project = ({ does, page, write, take, left, scope }: Thread, node: number): Thread => {
        if (does === "waits") return page === index ? { ...idle(), does, write, take } : idle();
        const sides = { left: only(left), scope: only(scope) };
        const { writer, released } = pageOf({ threads, pages }, index);
        const concerned =
            sides.left.length + sides.scope.length > 0 || (does === "releases" && writer === node && !released);
        if (does === "idle" || !concerned) return idle();
        return { ...idle(), ...sides, does: does === "tells" && left[0] !== index ? "acquires" : does };
    };
    return { threads: threads.map(project), pages: [pageOf({ threads, pages }, index)] };
}

function initial(nodes: number, writers: readonly number[]): ReleaseState {
    const each = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
    const page = (owner: number, writer: number): Page => ({
        owner,
        alone: true,
        copies: each(nodes, (i) => i === owner),
        held: each(nodes, () => ({ rights: 0, current: false, twin: false, dirty: false, old: false, knows: true })),
        writer,
        released: true,
        service: undefined,
    });
    return { threads: each(nodes, idle), pages: writers.map((writer, i) => page(i % nodes, writer)) };
}

function idle(): Thread {
    return { does: "idle", page: 0, write: false, take: false, left: [], scope: [] };
}

/** A copy of the state after `event`. */
function after(state: ReleaseState, event: (next: ReleaseState) => void): ReleaseState {
    const next: ReleaseState = {
        threads: state.threads.map((thread) => ({ ...thread, left: [...thread.left], scope: [...thread.scope] })),
        pages: state.pages.map((page) => ({
            ...page,
            copies: [...page.copies],
            held: page.held.map((copy) => ({ ...copy })),
            service: page.service === undefined ? undefined : { ...page.service, left: [...page.service.left] },
        })),
    };
    event(next);
    for (const page of next.pages) for (const node of page.held.keys()) forget(page, node);
    return next;
}

/** What does not matter is always the same. */
function forget(page: Page, node: number): void {
    const copy = copyOf(page, node);
    if (copy.rights === 0 || node === page.owner) copy.old = false;
    if (copy.rights === 0) copy.current = false;
}

function* successors(state: ReleaseState, table: readonly number[], bug?: Bug): Generator<ReleaseState> {
    for (const [node, thread] of state.threads.entries()) {
        if (thread.does === "idle") yield* idleSteps(state, node);
        else if (thread.does === "releases") yield after(state, (next) => releaseStep(next, node, bug));
        else if (thread.does !== "waits") yield after(state, (next) => acquireStep(next, node, bug));
    }
    for (const [index, page] of state.pages.entries()) yield* managerSteps(state, index, page, table, bug);
}

function* takes(state: ReleaseState, bug?: Bug): Generator<ReleaseState> {
    for (const [node, { does }] of state.threads.entries()) {
        for (const [index, page] of state.pages.entries()) {
            if (does !== "idle" || (page.alone && copyOf(page, node).rights === 2)) continue;
            yield after(state, (next) => beginTake(next, node, index, bug));
        }
    }
}

function* idleSteps(state: ReleaseState, node: number): Generator<ReleaseState> {
    for (const [index, page] of state.pages.entries()) {
        const { rights } = copyOf(page, node);
        if (rights === 2 && page.writer === node) yield after(state, (next) => write(next, node, index));
        for (const write of [false, true]) {
            if (rights >= (write ? 2 : 1)) continue;
            yield after(state, ({ threads }) => {
                threads[node] = { ...idle(), does: "waits", page: index, write };
            });
        }
    }
    const { pages } = state;
    if (pages.some((page) => copyOf(page, node).dirty || (page.writer === node && !page.released)))
        yield after(state, ({ threads }) => {
            const left = pages.flatMap((page, i) => (copyOf(page, node).dirty ? [i] : []));
            threads[node] = { ...idle(), does: "releases", left };
        });
    if (pages.some((page) => copyOf(page, node).old || (page.released && !copyOf(page, node).knows)))
        yield after(state, ({ threads }) => {
            const left = pages.flatMap((page, i) => (copyOf(page, node).old ? [i] : []));
            const scope = pages.flatMap((page, i) => (page.released && !copyOf(page, node).knows ? [i] : []));
            threads[node] = { ...idle(), does: "acquires", left, scope };
        });
}

/** An atomic access of a page that others may have, too: what the node has written is sent first (4.9). */
function beginTake(state: ReleaseState, node: number, index: number, bug?: Bug): void {
    const page = pageOf(state, index);
    const copy = copyOf(page, node);
    if (bug !== "unsent") settle(page, node);
    copy.twin = false;
    if (copy.rights === 2) copy.rights = 1;
    state.threads[node] = { ...idle(), does: "waits", page: index, write: true, take: true };
}

/** To the followed word. Writes to others change nothing that is looked at. */
function write(state: ReleaseState, node: number, index: number): void {
    const page = pageOf(state, index);
    page.released = false;
    for (const [other, copy] of page.held.entries()) {
        copy.current = other === node;
        copy.knows = other === node;
    }
    for (const thread of state.threads)
        if (thread.does !== "releases") thread.scope = thread.scope.filter((each) => each !== index);
}

/** One written copy becomes readable only and goes to the reference copy; at the end all are noted. */
function releaseStep(state: ReleaseState, node: number, bug?: Bug): void {
    const thread = state.threads[node] as Thread;
    const [index, ...left] = thread.left;
    thread.left = left;
    if (index !== undefined) {
        const page = pageOf(state, index);
        const copy = copyOf(page, node);
        if (!copy.dirty) return;
        copy.dirty = false;
        if (copy.rights === 2 && bug !== "kept-right") copy.rights = 1;
        if (bug !== "unsettled") settle(page, node);
        if (bug !== "unnoted") thread.scope.push(index);
        return;
    }
    for (const noted of thread.scope) {
        for (const [other, copy] of pageOf(state, noted).held.entries()) if (other !== node) copy.old = true;
    }
    for (const page of state.pages) if (page.writer === node) page.released = true;
    state.threads[node] = idle();
}

/** What the node wrote, and nothing else, goes to the reference copy. */
function settle(page: Page, node: number): void {
    const copy = copyOf(page, node);
    if (copy.twin && page.writer === node && copy.current) copyOf(page, page.owner).current = true;
    copy.twin = false;
}

/** A copy that is too old is given up, and its manager told. */
function acquireStep(state: ReleaseState, node: number, bug?: Bug): void {
    const thread = state.threads[node] as Thread;
    const [index] = thread.left;
    if (index === undefined) {
        for (const covered of thread.scope) copyOf(pageOf(state, covered), node).knows = true;
        state.threads[node] = idle();
        return;
    }
    const page = pageOf(state, index);
    const copy = copyOf(page, node);
    const gives = copy.rights !== 0 && copy.old && page.owner !== node && bug !== "kept-copy";
    if (thread.does === "acquires" && gives) {
        if (bug === "told-first") page.copies[node] = false;
        else giveUp(page, node);
        thread.does = "tells";
        return;
    }
    if (thread.does === "tells") {
        if (bug === "told-first") giveUp(page, node);
        page.copies[node] = false;
    }
    copy.old = false;
    thread.does = "acquires";
    thread.left.shift();
}

function giveUp(page: Page, node: number): void {
    settle(page, node);
    copyOf(page, node).rights = 0;
}

function* managerSteps(
    state: ReleaseState,
    index: number,
    page: Page,
    table: readonly number[],
    bug?: Bug,
): Generator<ReleaseState> {
    const { service } = page;
    if (service === undefined) {
        for (const [node, { does, page: wanted, write, take }] of state.threads.entries()) {
            if (does !== "waits" || wanted !== index) continue;
            const either = page.owner === node ? [isAlone(page, node)] : [false, true];
            for (const alone of take && bug !== "shared" ? [true] : either)
                yield after(state, (next) => begin(pageOf(next, index), node, write, alone, table));
        }
        return;
    }
    if (service.phase === "granted") {
        yield after(state, (next) => install(next, index));
        if (!service.write || page.writer !== service.node) return;
        yield after(state, (next) => {
            install(next, index);
            write(next, service.node, index);
        });
        return;
    }
    for (const node of service.left) {
        const { does, left } = state.threads[node] as Thread;
        // The owner goes last: others' words may still come to it.
        if (does === "tells" && left[0] === index) continue;
        if (node === page.owner && service.left.length > 1) continue;
        yield after(state, (next) => downgrade(pageOf(next, index), node, bug));
    }
}

function isAlone(page: Page, node: number): boolean {
    return page.copies.every((has, other) => !has || other === node);
}

function begin(page: Page, node: number, write: boolean, alone: boolean, table: readonly number[]): void {
    const others = page.copies.flatMap((has, i) => (has && i !== node ? [i] : []));
    const row =
        (write ? rows.DSM_IS_WRITE : 0) +
        (page.owner === node ? rows.DSM_IS_OWNER : 0) +
        (page.copies[node] === true ? rows.DSM_HAS_COPY : 0) +
        (page.alone ? rows.DSM_WRITER : 0) +
        (alone ? rows.DSM_ALONE : 0);
    const actions = table[row] ?? 0;
    if (actions === 0) throw new Broken(`row ${row} cannot be, and is asked for`);
    const left = actions & rows.DSM_REVOKE_OWNER ? [page.owner] : actions & rows.DSM_INVALIDATE_OTHERS ? others : [];
    page.service = { node, write, actions, left, phase: "downgrade", current: false };
    if (left.length === 0) grant(page, page.service);
}

function downgrade(page: Page, node: number, bug?: Bug): void {
    const service = page.service as Service;
    const copy = copyOf(page, node);
    // The zero frame that the owner has never asked for: nobody has written.
    if (node === page.owner && copy.rights === 0) copy.current = true;
    if (service.actions & rows.DSM_REVOKE_OWNER) {
        copy.rights = 1;
        page.alone = false;
    } else {
        if (bug !== "stale") settle(page, node);
        copy.twin = false;
        // Who still has a copy, the asking node included, must hear of what was written; the owner's is the reference copy.
        const others = page.copies.some((has, i) => has && i !== node && i !== page.owner);
        if (!others || bug === "unnoticed") copy.dirty = false;
        if (node === page.owner) service.current = copy.current;
        copy.rights = 0;
        copy.current = false;
        page.copies[node] = false;
    }
    service.left = service.left.filter((each) => each !== node);
    if (service.left.length === 0) grant(page, service);
}

function grant(page: Page, service: Service): void {
    if (service.actions & rows.DSM_GRANT_WRITE) {
        page.owner = service.node;
        page.alone = true;
    }
    page.copies[service.node] = true;
    service.phase = "granted";
}

function install(state: ReleaseState, index: number): void {
    const page = pageOf(state, index);
    const service = page.service as Service;
    const { node, actions } = service;
    const copy = copyOf(page, node);
    if (state.threads[node]?.take === true && !page.alone)
        throw new Broken(`page ${index}: node ${node} shares an atomic access`);
    const firstTouch = copy.rights === 0 && (actions & rows.DSM_KEEP) !== 0;
    if (actions & rows.DSM_COPY) {
        copy.current = actions & rows.DSM_GRANT_WRITE ? service.current : copyOf(page, page.owner).current;
        copy.old = false;
    } else if (firstTouch) copy.current = true;
    copy.rights = actions & (rows.DSM_GRANT_WRITE | rows.DSM_TWIN | rows.DSM_NOTE) ? 2 : 1;
    copy.twin = (actions & rows.DSM_TWIN) !== 0;
    copy.dirty = (actions & rows.DSM_GRANT_WRITE) === 0 && (copy.dirty || copy.rights === 2);
    page.service = undefined;
    state.threads[node] = idle();
}

function check({ pages }: ReleaseState): void {
    for (const [index, page] of pages.entries()) {
        for (const [node, copy] of page.held.entries()) {
            if (copy.rights === 0) continue;
            const beside = node !== page.owner;
            if (beside && page.alone)
                throw new Broken(`page ${index}: node ${node} has what node ${page.owner} has alone`);
            if (beside && copy.rights === 2 && !copy.twin) throw new Broken(`page ${index}: node ${node} has no twin`);
            if (copy.knows && !copy.current)
                throw new Broken(`page ${index}: node ${node} has acquired a write and does not see it`);
            if (page.service === undefined && page.copies[node] !== true)
                throw new Broken(`page ${index}: the manager does not know of node ${node}'s copy`);
        }
    }
}

function pageOf(state: ReleaseState, index: number): Page {
    return state.pages[index] as Page;
}

function copyOf(page: Page, node: number): Copy {
    return page.held[node] as Copy;
}

/** The state with nodes and pages under other names: `node[i]` and `page[i]` are the new ones of i. */
function keyOf(
    { threads, pages }: ReleaseState,
    { node, page }: { node: readonly number[]; page: readonly number[] },
): string {
    const threadKeys: string[] = [];
    for (const [i, { does, page: at, write, take, left, scope }] of threads.entries()) {
        const names = (list: readonly number[]) =>
            list
                .map((each) => page[each])
                .sort()
                .join("");
        // The order in which a release or an acquire takes its pages does not matter but for the one it tells of.
        const told = does === "tells" ? page[left[0] ?? 0] : "";
        const where = does === "waits" ? `${page[at]}${take ? "t" : write ? "w" : "r"}` : "";
        threadKeys[node[i] ?? 0] = `${does}${where}${told}${names(left)}.${names(scope)}`;
    }
    const pageKeys: string[] = [];
    for (const [i, each] of pages.entries()) pageKeys[page[i] ?? 0] = pageKey(each, node);
    return `${threadKeys.join("/")}|${pageKeys.join("|")}`;
}

function pageKey(page: Page, name: readonly number[]): string {
    const named = (node: number) => name[node];
    const bit = (value: boolean | undefined) => (value === true ? 1 : 0);
    const copies: string[] = [];
    for (const [i, { rights, current, twin, dirty, old, knows }] of page.held.entries()) {
        const bits = [current, twin, dirty, old, knows, page.copies[i]].reduce((sum, each) => 2 * sum + bit(each), 0);
        copies[name[i] ?? 0] = String.fromCharCode(64 + rights * 64 + bits);
    }
    const { service } = page;
    const serving =
        service === undefined
            ? ""
            : `${named(service.node)}${bit(service.write)}${service.actions}${service.phase[0]}${bit(service.current)}${service.left.map(named).sort().join("")}`;
    return `${named(page.owner)}${bit(page.alone)}${copies.join("")}${named(page.writer)}${bit(page.released)}${serving}`;
}
