/**
 * What must come before what in every sequentially consistent explanation of a history (Gibbons and Korach, "Testing shared
 * memories", 1997): program order, a write before its reads, and what follows from these as long as something does:
 * - a write that is before a read of another write of its word is before that write;
 * - a read is before every write of its word that is after the one it saw.
 * A cycle means that there is no explanation. Without one there may still be none: test/dsm/sequential.ts searches, adds what it
 * assumes and takes it back.
 */

import { type Access, type History, type Step, stepText } from "./history.ts";

/** A step. A barrier of all is one event, of a thread behind all others. Ids are indices. */
export interface Event {
    readonly id: number;
    readonly thread: number;
    /** Its index among the thread's steps. */
    readonly place: number;
    readonly step: Step;
    /** Of a read: the id of the write it saw, or firstValue of its word. Of others their own id. */
    readonly source: number;
}

/** The source of reads of a word's first 0. */
export function firstValue(word: number): number {
    return -1 - word;
}

/** The source of a read whose value nobody wrote. */
const UNWRITTEN = Number.NEGATIVE_INFINITY;

interface Edge {
    readonly from: number;
    readonly to: number;
    readonly why: string;
    /** Another event that belongs to the reason. */
    readonly by?: number;
}

export class Constraints {
    readonly events: readonly Event[];
    /** Threads, with the one of the barriers. */
    readonly threads: number;
    /** By thread: its events in program order. */
    readonly lines: readonly (readonly Event[])[];
    /** By word, by thread: its writes in program order. */
    readonly writes = new Map<number, Event[][]>();
    /** By source: its last read in each thread that reads it. */
    readonly lastReads = new Map<number, Event[]>();
    /** Why the last `before` was false, one line an event. */
    violation: string | undefined;
    readonly #edges: Edge[][];
    /** clocks[id * threads + t]: the last place of thread t that is this event or before it, -1: none. */
    readonly #clocks: Int32Array;
    /** What to take back: triples of index, old and new value of a clock; who got an edge. */
    readonly #clockTrail: number[] = [];
    readonly #edgeTrail: number[] = [];

    /** Throws RangeError for what is no history: a value written twice or 0 written, threads with different numbers of barriers. */
    constructor(history: History) {
        this.threads = history.length + 1;
        this.events = makeEvents(history);
        this.lines = Array.from({ length: this.threads }, (_, t) => this.events.filter(({ thread }) => thread === t));
        this.#edges = this.events.map(() => []);
        this.#clocks = new Int32Array(this.events.length * this.threads).fill(-1);
        for (const { id, thread, place } of this.events) this.#clocks[id * this.threads + thread] = place;
        const wrong = this.events.find(({ source }) => source === UNWRITTEN);
        if (wrong !== undefined) this.violation = `${this.name(wrong.id)}: nobody wrote this value`;
        else this.#collect();
        if (this.violation === undefined) this.#addHistory(history);
    }

    #collect(): void {
        const last = new Map<string, Event>();
        for (const event of this.events) {
            const { step, source, thread } = event;
            if (step.kind === "barrier") continue;
            const lists = this.writes.get(step.word) ?? Array.from({ length: this.threads }, () => []);
            this.writes.set(step.word, lists);
            if (step.kind === "write") lists[thread]?.push(event);
            else last.set(`${source} ${thread}`, event);
        }
        for (const read of last.values()) {
            const list = this.lastReads.get(read.source) ?? [];
            this.lastReads.set(read.source, [...list, read]);
        }
    }

    /** All that the history says by itself. Stops at the first cycle. */
    #addHistory(history: History): boolean {
        const found: Edge[] = [];
        const previous = new Map<number, number>();
        for (const { id, thread } of this.events) {
            for (const member of thread === history.length ? history.keys() : [thread]) {
                const from = previous.get(member);
                // Its own clock says so already, but the edge must be there for others' clocks to pass.
                if (from !== undefined) this.#link({ from, to: id, why: "is in program order before" }, found);
                previous.set(member, id);
            }
        }
        return (
            this.#follow(found) && this.events.every((event) => this.#addRead(event) && this.#follow(this.#own(event)))
        );
    }

    #addRead({ id, step, source }: Event): boolean {
        if (step.kind !== "read") return true;
        if (source >= 0) return this.before(source, id, "is read by");
        const firsts = (this.writes.get(step.word) ?? []).flatMap(([first]) => first ?? []);
        return firsts.every((first) => this.before(id, first.id, "reads the first value, so it is before"));
    }

    /** What follows from the event's own thread: its last write of the word before the event. */
    #own(event: Event): Edge[] {
        if (event.step.kind === "barrier") return [];
        const own = this.writes.get(event.step.word)?.[event.thread]?.findLast(({ place }) => place < event.place);
        return own === undefined ? [] : this.#consequences(event, own);
    }

    /** What follows for an access from a write of its word that is before it. */
    #consequences(event: Event, write: Event): Edge[] {
        if (event.step.kind === "read") {
            if (write.id === event.source || event.source < 0) return [];
            if (this.isBefore(write.id, event.source)) return [];
            return [{ from: write.id, to: event.source, why: "is another write, before", by: event.id }];
        }
        const reads = (this.lastReads.get(write.id) ?? []).filter(({ id }) => !this.isBefore(id, event.id));
        return reads.map(({ id }) => ({ from: id, to: event.id, why: "sees an earlier write,", by: write.id }));
    }

    /** True when `a` is `b` or before it. */
    isBefore(a: number, b: number): boolean {
        const { thread, place } = this.event(a);
        return this.clock(b, thread) >= place;
    }

    /** The last place of `thread` that is the event or before it, -1: none. */
    clock(id: number, thread: number): number {
        return this.#clocks[id * this.threads + thread] ?? -1;
    }

    /** Adds `from` before `to` and all that follows. False when that is a cycle (`violation`): take it back, or stop. */
    before(from: number, to: number, why: string): boolean {
        return this.#follow([{ from, to, why }]);
    }

    #follow(edges: Edge[]): boolean {
        for (let edge = edges.pop(); edge !== undefined; edge = edges.pop()) {
            if (this.isBefore(edge.to, edge.from)) {
                this.violation = this.#describeCycle(edge);
                return false;
            }
            if (this.isBefore(edge.from, edge.to)) continue;
            this.#link(edge, edges);
        }
        return true;
    }

    #link(edge: Edge, found: Edge[]): void {
        this.#edges[edge.from]?.push(edge);
        this.#edgeTrail.push(edge.from);
        this.#spread(edge, found);
    }

    /** Brings all clocks behind a new edge up to date, and puts what follows into `found`. */
    #spread(first: Edge, found: Edge[]): void {
        const queue = [first];
        for (let edge = queue.pop(); edge !== undefined; edge = queue.pop()) {
            if (this.#mergeClock(edge.from, this.event(edge.to), found)) queue.push(...(this.#edges[edge.to] ?? []));
        }
    }

    #mergeClock(from: number, to: Event, found: Edge[]): boolean {
        const { threads } = this;
        const [clocks, clockTrail] = [this.#clocks, this.#clockTrail];
        let grown = false;
        for (let t = 0; t < threads; t++) {
            const at = to.id * threads + t;
            const [old, now] = [clocks[at] ?? -1, clocks[from * threads + t] ?? -1];
            if (now <= old) continue;
            clockTrail.push(at, old);
            clocks[at] = now;
            grown = true;
            if (to.step.kind === "barrier") continue;
            const write = lastUpTo(this.writes.get(to.step.word)?.[t], now);
            if (write !== undefined && write.place > old) found.push(...this.#consequences(to, write));
        }
        return grown;
    }

    /** For `undo`. */
    mark(): readonly [clocks: number, edges: number] {
        return [this.#clockTrail.length, this.#edgeTrail.length];
    }

    /** Takes back all that was added since the mark. */
    undo([clocks, edges]: readonly [number, number]): void {
        while (this.#clockTrail.length > clocks) {
            const old = this.#clockTrail.pop() ?? -1;
            this.#clocks[this.#clockTrail.pop() ?? 0] = old;
        }
        while (this.#edgeTrail.length > edges) this.#edges[this.#edgeTrail.pop() ?? 0]?.pop();
        this.violation = undefined;
    }

    /** The shortest cycle that `last` would close. */
    #describeCycle(last: Edge): string {
        const came = new Map<number, Edge>();
        const queue = [last.to];
        for (const from of queue) {
            if (from === last.from) break;
            for (const edge of this.#edges[from] ?? []) {
                if (came.has(edge.to)) continue;
                came.set(edge.to, edge);
                queue.push(edge.to);
            }
        }
        const cycle = [last];
        for (let at = last.from; at !== last.to; ) {
            const edge = came.get(at);
            if (edge === undefined) break;
            cycle.unshift(edge);
            at = edge.from;
        }
        const lines = cycle.map(({ to, why, by }) => {
            return `  ${why} ${by === undefined ? "" : `${this.name(by)}, so it is before `}${this.name(to)}`;
        });
        return [`a cycle: ${this.name(last.to)}`, ...lines].join("\n");
    }

    event(id: number): Event {
        const event = this.events[id];
        if (event === undefined) throw new RangeError(`no event ${id}`);
        return event;
    }

    /** THREAD.PLACE and the step. */
    name(id: number): string {
        const { thread, place, step } = this.event(id);
        return step.kind === "barrier" ? `barrier ${place}` : `${thread}.${place} ${stepText(step)}`;
    }
}

/** The last of these at or before a place. */
function lastUpTo(list: readonly Event[] | undefined, place: number): Event | undefined {
    if (list === undefined) return undefined;
    let [low, high] = [0, list.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((list[middle]?.place ?? 0) <= place) low = middle + 1;
        else high = middle;
    }
    return list[low - 1];
}

function makeEvents(history: History): Event[] {
    const counts = new Set(history.map((steps) => steps.filter(({ kind }) => kind === "barrier").length));
    if (counts.size > 1) throw new RangeError("the threads have different numbers of barriers");
    const events: Event[] = [];
    const places = history.map(() => 0);
    const writers = new Map<string, number>();
    const [barriers = 0] = counts;
    for (let phase = 0; phase <= barriers; phase++) {
        for (const [thread, steps] of history.entries()) {
            for (let place = places[thread] ?? 0; place < steps.length; place++) {
                const step = steps[place] as Step;
                places[thread] = place + 1;
                if (step.kind === "barrier") break;
                if (step.kind === "write") noteWriter(writers, step, events.length);
                events.push({ id: events.length, thread, place, step, source: events.length });
            }
        }
        if (phase === barriers) break;
        const id = events.length;
        events.push({ id, thread: history.length, place: phase, step: BARRIER, source: id });
    }
    return events.map((event) => {
        const { step } = event;
        return step.kind === "read" ? { ...event, source: sourceOf(step, writers) } : event;
    });
}

const BARRIER = { kind: "barrier" } as const;

function noteWriter(writers: Map<string, number>, { word, value }: Access, id: number): void {
    const key = `${word}=${value}`;
    if (value === 0 || writers.has(key)) throw new RangeError(`${key} is written twice, or is the first value`);
    writers.set(key, id);
}

function sourceOf({ word, value }: Access, writers: ReadonlyMap<string, number>): number {
    return value === 0 ? firstValue(word) : (writers.get(`${word}=${value}`) ?? UNWRITTEN);
}
