/**
 * The events of a run, kept as they were told: the record, the hart that told it and where it stood. A run that goes back and forward again
 * tells them again; the journal has each once, and knows those that lie ahead.
 */

import { eventNumber, type FieldPlace, fieldNumber } from "../../boot/abi/events.ts";

/** Halves of a record that an entry keeps (RECORD_WORDS of boot/abi/events.ts, as lo, hi pairs). */
const HALVES = 14;
/** Numbers of an entry beside its record: the fields of Teller. */
const NUMBERS = 6;
const CHUNK = 4096;
/** Entries that are kept: 104 bytes each. Older ones are dropped by chunks. */
const MOST_CHUNKS = 256;

interface Chunk {
    readonly halves: Uint32Array;
    readonly numbers: Float64Array;
}

/** Where a hart stood when it told an event. */
export interface Teller {
    /** The clock of the hart. */
    readonly cycle: number;
    readonly hart: number;
    /** Instructions that the hart had executed. */
    readonly executed: number;
    readonly pc: number;
    /** Its return address then. */
    readonly ra: number;
    /** The pc of its last trap. */
    readonly trappedAt: number;
}

export class Journal {
    /** Events that the run has told up to where it stands. */
    heard = 0;
    /** Events that are known: those heard, and those ahead. */
    known = 0;
    /** By the number of the chunk; chunks that were dropped are not there. */
    readonly #chunks = new Map<number, Chunk>();

    /** Takes the next event of the run. `teller` is asked only for one that is not known yet. */
    take(halves: Uint32Array, teller: () => Teller): void {
        const index = this.heard++;
        if (index < this.known) return;
        this.known = this.heard;
        const chunk = this.#chunkFor(index);
        const at = index % CHUNK;
        chunk.halves.set(halves.subarray(0, HALVES), at * HALVES);
        const { cycle, hart, executed, pc, ra, trappedAt } = teller();
        chunk.numbers.set([cycle, hart, executed, pc, ra, trappedAt], at * NUMBERS);
    }

    /** The number of the first event that is still kept. */
    get first(): number {
        return Math.max(0, Math.floor((this.known - 1) / CHUNK) - MOST_CHUNKS + 1) * CHUNK;
    }

    has(index: number): boolean {
        return index >= this.first && index < this.known;
    }

    /** The EVENTS number of an event. It must be kept, as for the functions below. */
    number(index: number): number {
        return eventNumber(this.halves(index));
    }

    /** A live window on the record. */
    halves(index: number): Uint32Array {
        const at = (index % CHUNK) * HALVES;
        return this.#at(index).halves.subarray(at, at + HALVES);
    }

    field(index: number, place: FieldPlace): number {
        return fieldNumber(place, this.halves(index));
    }

    teller(index: number): Teller {
        const at = (index % CHUNK) * NUMBERS;
        const numbers = this.#at(index).numbers.subarray(at, at + NUMBERS);
        const [cycle = 0, hart = 0, executed = 0, pc = 0, ra = 0, trappedAt = 0] = numbers;
        return { cycle, hart, executed, pc, ra, trappedAt };
    }

    cycle(index: number): number {
        return this.#at(index).numbers[(index % CHUNK) * NUMBERS] as number;
    }

    #at(index: number): Chunk {
        const chunk = this.#chunks.get(Math.floor(index / CHUNK));
        if (chunk === undefined) throw new RangeError(`event ${index} is not kept: ${this.first} to ${this.known - 1}`);
        return chunk;
    }

    #chunkFor(index: number): Chunk {
        const number = Math.floor(index / CHUNK);
        const found = this.#chunks.get(number);
        if (found !== undefined) return found;
        const chunk = { halves: new Uint32Array(CHUNK * HALVES), numbers: new Float64Array(CHUNK * NUMBERS) };
        this.#chunks.set(number, chunk);
        this.#chunks.delete(number - MOST_CHUNKS);
        return chunk;
    }
}
