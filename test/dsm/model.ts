/**
 * An executable model of the page-grained protocol (sm-dsm 3.3, 3.4): nodes of one thread each, a manager a page, messages in
 * flight. Its manager is the table that the kernel's manager carries out (kernel/abi/dsm-table.ts).
 */

import * as rows from "../../kernel/abi/dsm-table.ts";
import { Broken, type System } from "./explore.ts";

const { DSM_COPY, DSM_GRANT_WRITE, DSM_INVALIDATE_OTHERS, DSM_KEEP, DSM_REVOKE_OWNER } = rows;

/** Row r is what DSM_ROW_r says. */
export const TABLE: readonly number[] = Array.from({ length: 16 }, (_, r) => {
    return (rows as Readonly<Record<string, number>>)[`DSM_ROW_${r}`] ?? 0;
});

type Kind = "read" | "write";
type Rights = 0 | 1 | 2;
type Mode = "revoke" | "invalidate";

/** What a node's thread does: nothing, waits for a page, or has been granted one that it has not used yet (it is held, 3.4). */
interface Thread {
    readonly does: "idle" | "waits" | "holds";
    readonly page: number;
    readonly kind: Kind;
}

interface Copy {
    /** 0 none, 1 to read, 2 to write. */
    readonly rights: Rights;
    /** Holds the last value written. */
    readonly current: boolean;
}

/** The request that the manager serves: downgrades one after the other, then the grant, then the node's acknowledgement. */
interface Service {
    readonly node: number;
    readonly kind: Kind;
    readonly actions: number;
    /** Nodes whose copy goes next; the first has been asked. */
    readonly left: readonly number[];
    readonly mode: Mode;
    readonly phase: "downgrade" | "granted" | "installed";
    /** What the granted frame will hold; of a hand-over it is the old owner's. */
    readonly current: boolean;
}

interface Page {
    readonly owner: number;
    readonly writer: boolean;
    /** The manager's copy set. */
    readonly copies: number;
    readonly held: readonly Copy[];
    /** Requests that are under way to the manager, and those that wait there in order of arrival. */
    readonly sent: readonly string[];
    readonly queue: readonly string[];
    readonly service: Service | null;
}

interface State {
    readonly threads: readonly Thread[];
    readonly pages: readonly Page[];
}

const IDLE: Thread = { does: "idle", page: 0, kind: "read" };

export function mrswSystem(nodes: number, pages: number, table: readonly number[] = TABLE): System<State> {
    return {
        initial: initial(nodes, pages),
        successors: (state) => successors(state, table),
        check,
        isQuiet,
        key: ({ threads, pages: all }, { node, page }) => {
            const keys = all.map((each) => pageKey(each, node));
            return threadsKey(threads, node, page) + ordered(keys, page).join("/");
        },
        sizes: { nodes, pages },
    };
}

/** Each page belongs to a node that has not touched it: it may write, and its frame is all zero. */
function initial(nodes: number, pages: number): State {
    const page = (owner: number): Page => ({
        owner,
        writer: true,
        copies: 1 << owner,
        held: Array.from({ length: nodes }, () => ({ rights: 0, current: false })),
        sent: [],
        queue: [],
        service: null,
    });
    return { threads: Array(nodes).fill(IDLE), pages: Array.from({ length: pages }, (_, i) => page(i % nodes)) };
}

/** Every state that one event makes of this one. Throws Broken for what must never be. */
function* successors(state: State, table: readonly number[]): Generator<State> {
    for (const [node, thread] of state.threads.entries()) yield* threadSteps(state, node, thread);
    for (const [index, page] of state.pages.entries()) yield* pageSteps(state, index, page, table);
}

function* threadSteps(state: State, node: number, thread: Thread): Generator<State> {
    if (thread.does === "holds") yield access(withThread(state, node, IDLE), thread.page, node, thread.kind);
    if (thread.does !== "idle") return;
    for (const [index, page] of state.pages.entries()) {
        for (const kind of ["read", "write"] as const) {
            const rights = page.held[node]?.rights ?? 0;
            if (rights >= (kind === "read" ? 1 : 2)) {
                yield access(state, index, node, kind);
                continue;
            }
            const waiting = withThread(state, node, { does: "waits", page: index, kind });
            yield withPage(waiting, index, { ...page, sent: [...page.sent, `${node} ${kind}`].sort() });
        }
    }
}

/** The node uses its copy. What it reads is the last value; what it writes makes every other copy old. */
function access(state: State, index: number, node: number, kind: Kind): State {
    const page = pageOf(state, index);
    const copy = page.held[node];
    if (copy === undefined || copy.rights < (kind === "read" ? 1 : 2))
        throw new Broken(`node ${node} lost the page it held`);
    if (!copy.current) throw new Broken(`node ${node} uses an old copy of page ${index}: a lost update`);
    if (kind === "read") return state;
    const held = page.held.map((each, i) => (i === node ? each : { ...each, current: false }));
    return withPage(state, index, { ...page, held });
}

function* pageSteps(state: State, index: number, page: Page, table: readonly number[]): Generator<State> {
    for (const [i, message] of page.sent.entries()) {
        const sent = page.sent.filter((_, j) => j !== i);
        yield withPage(state, index, { ...page, sent, queue: [...page.queue, message] });
    }
    const { service } = page;
    if (service === null) {
        if (page.queue.length > 0) yield withPage(state, index, begin(page, table));
        return;
    }
    if (service.phase === "downgrade") yield* downgrade(state, index, page, service);
    else if (service.phase === "granted") yield install(state, index, page, service);
    else yield withPage(state, index, { ...page, service: null });
}

/** The manager takes the oldest request and finds its row. */
function begin(page: Page, table: readonly number[]): Page {
    const [first = "", ...queue] = page.queue;
    const [node, kind] = [Number(first.split(" ")[0]), first.endsWith("write") ? "write" : "read"] as const;
    const has = (page.copies >> node) & 1;
    const row =
        (kind === "write" ? rows.DSM_IS_WRITE : 0) +
        (page.owner === node ? rows.DSM_IS_OWNER : 0) +
        (has === 1 ? rows.DSM_HAS_COPY : 0) +
        (page.writer ? rows.DSM_WRITER : 0);
    const actions = table[row] ?? 0;
    if (actions === 0) throw new Broken(`row ${row} cannot be, and is asked for`);
    const others = page.held.map((_, i) => i).filter((i) => i !== node && ((page.copies >> i) & 1) === 1);
    const left = actions & DSM_REVOKE_OWNER ? [page.owner] : actions & DSM_INVALIDATE_OTHERS ? others : [];
    const mode = actions & DSM_REVOKE_OWNER ? "revoke" : "invalidate";
    const service: Service = { node, kind, actions, left, mode, phase: "downgrade", current: false };
    const next = { ...page, queue, service };
    return left.length === 0 ? grant(next, service) : next;
}

/** The node at the head of the list gives up what it is told to, once its thread does not hold the page any more. */
function* downgrade(state: State, index: number, page: Page, service: Service): Generator<State> {
    const [node = -1, ...left] = service.left;
    const thread = state.threads[node];
    if (thread?.does === "holds" && thread.page === index) return;
    const copy = page.held[node] ?? { rights: 0, current: false };
    // An owner that has not touched its page gets its zero frame now: nobody has written since.
    const untouched = copy.rights === 0 && page.writer && node === page.owner;
    const was: Copy = untouched ? { rights: 2, current: true } : copy;
    const now: Copy = service.mode === "revoke" ? { ...was, rights: 1 } : { rights: 0, current: false };
    const held = page.held.map((each, i) => (i === node ? now : each));
    const current = service.current || (node === page.owner && was.current);
    const copies = service.mode === "revoke" ? page.copies : page.copies & ~(1 << node);
    const next: Page = { ...page, held, copies, service: { ...service, left, current } };
    yield withPage(state, index, left.length === 0 ? grant(next, { ...service, left, current }) : next);
}

/** All acknowledgements are there: the manager writes down what it grants. */
function grant(page: Page, service: Service): Page {
    const { node, actions } = service;
    const writer = (actions & DSM_GRANT_WRITE) !== 0 || (page.writer && (actions & DSM_REVOKE_OWNER) === 0);
    const owner = (actions & DSM_GRANT_WRITE) !== 0 ? node : page.owner;
    const copies = page.copies | (1 << node);
    return { ...page, owner, writer, copies, service: { ...service, phase: "granted" } };
}

/** The granted node copies content or keeps its own, and acknowledges; its thread holds the page until it has used it. */
function install(state: State, index: number, page: Page, service: Service): State {
    const { node, kind, actions } = service;
    const own = page.held[node] ?? { rights: 0, current: false };
    const firstTouch = own.rights === 0 && (actions & DSM_KEEP) !== 0;
    // A reader copies from the owner's frame as it is now; a new writer what was handed over.
    const source = (actions & DSM_GRANT_WRITE) !== 0 ? service.current : (page.held[page.owner]?.current ?? false);
    const current = actions & DSM_COPY ? source : firstTouch || own.current;
    const rights: Rights = actions & DSM_GRANT_WRITE ? 2 : 1;
    const held = page.held.map((each, i) => (i === node ? { rights, current } : each));
    const next = withPage(state, index, { ...page, held, service: { ...service, phase: "installed" } });
    return withThread(next, node, { does: "holds", page: index, kind });
}

/** Of every state: many readers or one writer; nobody has an old copy; what nodes hold, the manager knows. */
function check(state: State): void {
    for (const [index, { held, copies, service }] of state.pages.entries()) {
        const readers = held.filter(({ rights }) => rights > 0).length;
        if (held.some(({ rights }) => rights === 2) && readers > 1)
            throw new Broken(`page ${index}: a writer and ${readers - 1} more`);
        for (const [node, { rights, current }] of held.entries()) {
            if (rights > 0 && !current) throw new Broken(`page ${index}: node ${node} has an old copy`);
            if (rights > 0 && service === null && ((copies >> node) & 1) === 0)
                throw new Broken(`page ${index}: the manager does not know of node ${node}'s copy`);
        }
    }
}

function isQuiet({ threads, pages }: State): boolean {
    const rests = pages.every(({ sent, queue, service }) => sent.length + queue.length === 0 && service === null);
    return rests && threads.every(({ does }) => does === "idle");
}

function pageOf(state: State, index: number): Page {
    return state.pages[index] as Page;
}

function withPage(state: State, index: number, page: Page): State {
    return { ...state, pages: state.pages.map((each, i) => (i === index ? page : each)) };
}

function withThread(state: State, node: number, thread: Thread): State {
    return { ...state, threads: state.threads.map((each, i) => (i === node ? thread : each)) };
}

/** values[i] at place order[i]. */
function ordered<T>(values: readonly T[], order: readonly number[]): T[] {
    const result = [...values];
    for (const [i, value] of values.entries()) result[order[i] ?? 0] = value;
    return result;
}

function threadsKey(threads: readonly Thread[], name: readonly number[], order: readonly number[]): string {
    const keys = threads.map(({ does, page, kind }) => (does === "idle" ? "-" : `${does[0]}${order[page]}${kind[0]}`));
    return ordered(keys, name).join("");
}

function pageKey({ owner, writer, copies, held, sent, queue, service }: Page, name: readonly number[]): string {
    const copyKeys = held.map(({ rights, current }, i) => `${rights}${current ? "c" : "o"}${(copies >> i) & 1}`);
    const token = (message: string) => `${name[Number(message[0])]}${message[2]}`;
    const key = `${name[owner]}${writer ? "w" : "r"}${ordered(copyKeys, name).join("")}s${sent.map(token).sort().join("")}q${queue.map(token).join("")}`;
    if (service === null) return key;
    const { node, kind, actions, left, mode, phase, current } = service;
    const waiting = left.map((each) => name[each]).join("");
    return `${key}x${name[node]}${kind[0]}${actions}${mode[0]}${phase[0]}${current ? "c" : "o"}${waiting}`;
}
