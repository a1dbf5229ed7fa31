/**
 * Decides whether a history has a sequentially consistent explanation: one order of all steps that keeps each thread's own
 * order and in which every read sees the last write of its word (Lamport 1979). Complete: the answer is yes with such an order, no
 * with a reason, or, behind a bound, none. Knows nothing of the kernel.
 *
 * Steps are executed one after the other as the constraints allow. A write that is chosen to be the next of its word is before all
 * others that are left, and so are its reads: what follows from that is added to the constraints, and a cycle says at once that the
 * choice is wrong. The word is locked until the reads are executed.
 *
 * What locks nothing is executed without choice: a read, a write that nobody reads. More generally a state in which no word is locked
 * that was not locked in an earlier state is as good as that one: any completion of the earlier state, without what has been
 * executed meanwhile, completes the later one. So the search goes back only to the last state that locked less.
 */

import { Constraints, type Event } from "./constraints.ts";
import type { Access, History } from "./history.ts";

export type Verdict =
    | { readonly kind: "consistent"; readonly order: readonly Event[] }
    | { readonly kind: "violation"; readonly reason: string }
    | { readonly kind: "undecided"; readonly reason: string };

/** Choices until a search gives up: some ten seconds. Histories of 64 nodes take a thousand. */
const MOST_CHOICES = 20_000;

/** Throws RangeError for what is no history (Constraints). */
export function checkSequential(history: History, mostChoices = MOST_CHOICES): Verdict {
    const constraints = new Constraints(history);
    if (constraints.violation !== undefined) return { kind: "violation", reason: constraints.violation };
    return new Search(constraints).run(mostChoices);
}

/** A state of the search, and the writes that may be next there. */
interface State {
    /** How many steps were executed. */
    readonly executed: number;
    readonly mark: ReturnType<Constraints["mark"]>;
    readonly candidates: readonly Event[];
    next: number;
    /** By locked word: the source of the reads it waits for. */
    readonly locked: ReadonlyMap<number, number>;
}

class Search {
    readonly #constraints: Constraints;
    /** By thread: steps executed. */
    readonly #progress: Int32Array;
    readonly #trail: Event[] = [];
    /** By source: reads that are still to come, if there are any. */
    readonly #readsLeft = new Map<number, number>();
    readonly #locked = new Map<number, number>();
    #deepest = { executed: -1, reason: "" };

    constructor(constraints: Constraints) {
        this.#constraints = constraints;
        this.#progress = new Int32Array(constraints.threads);
        for (const { step, source } of constraints.events) {
            if (step.kind !== "read") continue;
            this.#countRead(source, 1);
            if (source < 0) this.#locked.set(step.word, source);
        }
    }

    run(mostChoices: number): Verdict {
        const states: State[] = [];
        const seen = new Set<string>();
        this.#enter(states, seen);
        for (let choices = 0; this.#trail.length < this.#constraints.events.length; ) {
            const state = states.at(-1);
            if (state === undefined) return { kind: "violation", reason: this.#deepest.reason };
            this.#undo(state);
            const write = state.candidates[state.next++];
            if (write === undefined) states.pop();
            else if (++choices > mostChoices) return { kind: "undecided", reason: `not after ${mostChoices} choices` };
            else if (this.#chooseNext(write)) this.#enter(states, seen);
        }
        return { kind: "consistent", order: this.#trail };
    }

    /** Executes what needs no choice; the state that is reached then is searched, unless it has been. */
    #enter(states: State[], seen: Set<string>): void {
        this.#settle();
        const locked = new Map(this.#locked);
        const key = `${this.#progress.join()} ${[...locked].sort(([a], [b]) => a - b).join()}`;
        if (seen.has(key)) return;
        seen.add(key);
        const asGood = states.findIndex((state) => isPart(locked, state.locked));
        if (asGood >= 0) states.length = asGood;
        const mark = this.#constraints.mark();
        states.push({ executed: this.#trail.length, mark, candidates: this.#candidates(), next: 0, locked });
    }

    #settle(): void {
        for (let before = -1; before !== this.#trail.length; ) {
            before = this.#trail.length;
            for (let head = 0; head < this.#progress.length; head++) {
                for (
                    let event = this.#ready(head);
                    event !== undefined && this.#isSafe(event);
                    event = this.#ready(head)
                ) {
                    this.#execute(event);
                }
            }
        }
    }

    /** The next step of a thread, when all that must be before it is executed. */
    #ready(thread: number): Event | undefined {
        const event = this.#constraints.lines[thread]?.[this.#progress[thread] ?? 0];
        if (event === undefined) return undefined;
        for (let t = 0; t < this.#progress.length; t++) {
            if (t !== thread && this.#executedTo(t) < this.#constraints.clock(event.id, t)) return undefined;
        }
        return event;
    }

    /** The place of the last step of a thread that was executed. */
    #executedTo(thread: number): number {
        return this.#constraints.lines[thread]?.[(this.#progress[thread] ?? 0) - 1]?.place ?? -1;
    }

    /** A read that is ready sees what it should: the next write of its word is behind it. */
    #isSafe({ id, step }: Event): boolean {
        return step.kind !== "write" || !this.#readsLeft.has(id);
    }

    /** The writes that are ready. Those first that reads of locked words wait for, then those whose own reads need little. */
    #candidates(): Event[] {
        const needed = this.#progress.map((_, thread) => this.#executedTo(thread));
        for (const source of this.#locked.values()) this.#extend(needed, source);
        const heads = this.#constraints.lines.flatMap((_, thread) => this.#ready(thread) ?? []);
        const cost = new Map(heads.map((event) => [event, this.#cost(event, needed)]));
        return heads.sort((a, b) => (cost.get(a) ?? 0) - (cost.get(b) ?? 0));
    }

    #cost({ id, thread, place }: Event, needed: Int32Array): number {
        const own = needed.slice();
        this.#extend(own, id);
        const steps = own.reduce((sum, last) => sum + last, 0);
        return place <= (needed[thread] ?? -1) ? steps : steps + this.#constraints.events.length * own.length;
    }

    /** Brings `needed`, by thread the last place that is needed, up to the reads of a source. */
    #extend(needed: Int32Array, source: number): void {
        for (const { id } of this.#constraints.lastReads.get(source) ?? []) {
            for (const t of needed.keys()) needed[t] = Math.max(needed[t] ?? -1, this.#constraints.clock(id, t));
        }
    }

    /** Executes a write that is read. False: it cannot be the next of its word. */
    #chooseNext(write: Event): boolean {
        const { word } = write.step as Access;
        for (const [thread, list] of (this.#constraints.writes.get(word) ?? []).entries()) {
            const done = Math.max(this.#executedTo(thread), thread === write.thread ? write.place : -1);
            const later = list.find(({ place }) => place > done);
            if (later === undefined || this.#constraints.before(write.id, later.id, "is chosen to be before")) continue;
            this.#noteFailure();
            return false;
        }
        this.#execute(write);
        return true;
    }

    #execute(event: Event): void {
        const { id, step, source, thread } = event;
        this.#trail.push(event);
        this.#progress[thread] = (this.#progress[thread] ?? 0) + 1;
        if (step.kind === "read") {
            this.#countRead(source, -1);
            if (!this.#readsLeft.has(source)) this.#locked.delete(step.word);
        } else if (step.kind === "write" && this.#readsLeft.has(id)) this.#locked.set(step.word, id);
    }

    #undo({ executed, mark, locked }: State): void {
        while (this.#trail.length > executed) {
            const { step, source, thread } = this.#trail.pop() as Event;
            this.#progress[thread] = (this.#progress[thread] ?? 0) - 1;
            if (step.kind === "read") this.#countRead(source, 1);
        }
        this.#locked.clear();
        for (const [word, write] of locked) this.#locked.set(word, write);
        this.#constraints.undo(mark);
    }

    #countRead(source: number, change: 1 | -1): void {
        const left = change + (this.#readsLeft.get(source) ?? 0);
        if (left === 0) this.#readsLeft.delete(source);
        else this.#readsLeft.set(source, left);
    }

    /** For the reason of a violation: the state in which most was executed. */
    #noteFailure(): void {
        const executed = this.#trail.length;
        if (executed <= this.#deepest.executed) return;
        const done = this.#trail.slice(-LAST_STEPS).map(({ id }) => this.#constraints.name(id));
        const head = `no order; the longest beginning has ${executed} steps, at last ${done.join(", ")}; one more gives`;
        this.#deepest = { executed, reason: `${head} ${this.#constraints.violation}` };
    }
}

/** Of the executed steps, how many a reason shows. */
const LAST_STEPS = 8;

function isPart(part: ReadonlyMap<number, number>, whole: ReadonlyMap<number, number>): boolean {
    return part.size <= whole.size && [...part].every(([word, write]) => whole.get(word) === write);
}
