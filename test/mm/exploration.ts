/**
 * Visits every state that the model can reach, as test/dsm/explore.ts does, with packed states: hundreds of thousands a minute would not do
 * here. A state is its bytes (test/mm/packing.ts), all of which are kept and compared, so that nothing is left out by chance.
 */

import { Broken } from "../dsm/explore.ts";
import type { Model } from "./model.ts";
import { isAtRest } from "./state.ts";

export interface Reached {
    readonly states: number;
    /** States in which no operation is under way. */
    readonly quiet: number;
    /** Steps from one state to another. */
    readonly steps: number;
    /** The packed states at rest. */
    atRest(): Iterable<string>;
}

/** Throws Broken for a bad state, for a deadlock, and for a state from which rest cannot be reached; the first two with a shortest way there. */
export function exploreAll(model: Model): Reached {
    const { packing, state } = model;
    const known = new Known();
    const steps = new Words();
    /** Of each state: where its steps begin in `steps`; and the state that it was first reached from. */
    const starts = new Words();
    const parents = new Words();
    const quiet = new Words();
    const visit = (from: number): number => {
        const count = known.count;
        const id = known.add(model.packed());
        if (id < count) return id;
        parents.push(from);
        model.check();
        if (model.isQuiet()) quiet.push(id);
        return id;
    };
    const expand = (id: number): void => {
        starts.push(steps.length);
        known.read(packing, id, state);
        const moves = model.moves();
        if (moves.length === 0 && !model.isQuiet()) throw new Broken("deadlock");
        for (const [i, move] of moves.entries()) {
            if (i > 0) known.read(packing, id, state);
            move();
            const to = visit(id);
            if (to !== id) steps.push(to);
        }
    };
    visit(0);
    for (let id = 0; id < known.count; id++) {
        try {
            expand(id);
        } catch (error) {
            if (!(error instanceof Broken)) throw error;
            throw new Broken(`${error.message}; after\n${way(model, known, parents, id).join("\n")}`);
        }
    }
    starts.push(steps.length);
    checkRest(known.count, starts, steps, quiet);
    return {
        states: known.count,
        quiet: quiet.length,
        steps: steps.length,
        *atRest() {
            for (let i = 0; i < quiet.length; i++) yield known.told(quiet.at(i));
        },
    };
}

/** What each thread does in the states that lead to `id`. Names are those of each state alone. */
function way({ packing, state }: Model, known: Known, parents: Words, id: number): string[] {
    const lines: string[] = [];
    for (let at = id; ; at = parents.at(at)) {
        known.read(packing, at, state);
        lines.unshift(
            state.tasks
                .map(({ cxy, step, page, request }) =>
                    isAtRest({ step }) ? `${cxy}: ${step}` : `${cxy}: ${step}, page ${page}, request ${request}`,
                )
                .join("; "),
        );
        if (at === 0) return lines;
    }
}

/** From everywhere the system can come to rest: nobody waits for ever whatever has happened. */
function checkRest(states: number, starts: Words, steps: Words, quiet: Words): void {
    const before = new Uint32Array(states + 1);
    for (let i = 0; i < steps.length; i++) before[steps.at(i) + 1] = (before[steps.at(i) + 1] as number) + 1;
    for (let id = 0; id < states; id++) before[id + 1] = (before[id + 1] as number) + (before[id] as number);
    const from = new Uint32Array(steps.length);
    const next = before.slice();
    for (let id = 0; id < states; id++) {
        for (let i = starts.at(id); i < starts.at(id + 1); i++) {
            const at = next[steps.at(i)] as number;
            next[steps.at(i)] = at + 1;
            from[at] = id;
        }
    }
    const reaches = new Uint8Array(states);
    const left: number[] = [];
    let count = 0;
    const reach = (id: number): void => {
        if (reaches[id] === 1) return;
        reaches[id] = 1;
        count++;
        left.push(id);
    };
    for (let i = 0; i < quiet.length; i++) reach(quiet.at(i));
    for (let id = left.pop(); id !== undefined; id = left.pop())
        for (let i = before[id] as number; i < (before[id + 1] as number); i++) reach(from[i] as number);
    if (count < states) throw new Broken(`no way to rest from ${states - count} states`);
}

const CHUNK = 1 << 24;

/** Numbers below 2^32 in the order in which they come. */
class Words {
    length = 0;
    readonly #chunks: Uint32Array[] = [];

    push(word: number): void {
        if (this.length % CHUNK === 0) this.#chunks.push(new Uint32Array(this.#chunks.length === 0 ? 1 << 16 : CHUNK));
        let chunk = this.#chunks.at(-1) as Uint32Array;
        const at = this.length++ % CHUNK;
        if (at >= chunk.length) {
            const larger = new Uint32Array(Math.min(chunk.length * 4, CHUNK));
            larger.set(chunk);
            this.#chunks[this.#chunks.length - 1] = larger;
            chunk = larger;
        }
        chunk[at] = word;
    }

    at(index: number): number {
        return this.#chunks[Math.floor(index / CHUNK)]?.[index % CHUNK] as number;
    }
}

/** A set of byte strings, numbered in the order in which they come. */
class Known {
    count = 0;
    /** Bytes of all, each behind its length; none goes over the end of a chunk. */
    readonly #chunks: Uint8Array[] = [new Uint8Array(CHUNK)];
    #used = 0;
    /** Of each string: where it is, in bytes over all chunks. */
    #places = new Float64Array(1 << 12);
    /** Numbers + 1 by hash, 0: free. */
    #table = new Uint32Array(1 << 13);
    #hashes = new Uint32Array(1 << 12);

    add(bytes: Uint8Array): number {
        const hash = hashOf(bytes);
        const mask = this.#table.length - 1;
        let slot = hash & mask;
        for (let found = this.#table[slot] as number; found !== 0; found = this.#table[slot] as number) {
            if (this.#hashes[found - 1] === hash && this.#is(found - 1, bytes)) return found - 1;
            slot = (slot + 1) & mask;
        }
        this.#store(bytes, hash);
        this.#table[slot] = this.count;
        if (this.count * 2 > this.#table.length) this.#grow();
        return this.count - 1;
    }

    read(packing: Model["packing"], id: number, state: Model["state"]): void {
        const place = this.#places[id] as number;
        packing.unpack(this.#chunks[Math.floor(place / CHUNK)] as Uint8Array, (place % CHUNK) + 1, state);
    }

    told(id: number): string {
        const place = this.#places[id] as number;
        const chunk = this.#chunks[Math.floor(place / CHUNK)] as Uint8Array;
        const at = place % CHUNK;
        return Buffer.from(chunk.subarray(at + 1, at + 1 + (chunk[at] as number))).toString("latin1");
    }

    #is(id: number, bytes: Uint8Array): boolean {
        const place = this.#places[id] as number;
        const chunk = this.#chunks[Math.floor(place / CHUNK)] as Uint8Array;
        const at = place % CHUNK;
        if (chunk[at] !== bytes.length) return false;
        for (let i = 0; i < bytes.length; i++) if (chunk[at + 1 + i] !== bytes[i]) return false;
        return true;
    }

    #store(bytes: Uint8Array, hash: number): void {
        if (bytes.length > 255) throw new Error("a state of more than 255 bytes");
        if (this.#used + 1 + bytes.length > CHUNK) {
            this.#chunks.push(new Uint8Array(CHUNK));
            this.#used = 0;
        }
        if (this.count === this.#places.length) {
            this.#places = enlarged(this.#places, new Float64Array(this.count * 2));
            this.#hashes = enlarged(this.#hashes, new Uint32Array(this.count * 2));
        }
        const chunk = this.#chunks.at(-1) as Uint8Array;
        chunk[this.#used] = bytes.length;
        for (let i = 0; i < bytes.length; i++) chunk[this.#used + 1 + i] = bytes[i] as number;
        this.#places[this.count] = (this.#chunks.length - 1) * CHUNK + this.#used;
        this.#hashes[this.count++] = hash;
        this.#used += 1 + bytes.length;
    }

    #grow(): void {
        this.#table = new Uint32Array(this.#table.length * 2);
        const mask = this.#table.length - 1;
        for (let id = 0; id < this.count; id++) {
            let slot = (this.#hashes[id] as number) & mask;
            while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
            this.#table[slot] = id + 1;
        }
    }
}

function enlarged<T extends Float64Array | Uint32Array>(from: T, to: T): T {
    to.set(from);
    return to;
}

function hashOf(bytes: Uint8Array): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x85ebca6b);
    return (hash ^ (hash >>> 13)) >>> 0;
}
