/** Moments of a run to go back to, at even distances: any place of it is done again in the time that one distance takes. */

/** Instructions of all harts from one moment to the next, while the run is short. */
const FIRST_INTERVAL = 2 ** 23;
/** At so many, every second one is dropped and the distance doubles. */
const MOST = 64;
/** Bytes of pages and tables that moments may hold. */
const MOST_BYTES = 512 * 2 ** 20;
const CHUNK_BYTES = 4096;
/** A moment that takes more than this part of the time since the one before makes the distance longer. */
const MOST_SHARE = 0.15;

export interface Kept<M> {
    readonly moment: M;
    /** The machine's clock. */
    readonly clock: number;
    /** Instructions of all harts. */
    readonly executed: number;
}

export class Moments<M> {
    readonly #chunksOf: (moment: M) => Iterable<object>;
    #interval = FIRST_INTERVAL;
    /** The host's clock when the last one was there. */
    #since = performance.now();
    #kept: readonly Kept<M>[] = [];

    /** `chunksOf` tells the chunks that a moment holds; moments share them. */
    constructor(chunksOf: (moment: M) => Iterable<object>) {
        this.#chunksOf = chunksOf;
    }

    isDue(executed: number): boolean {
        const last = this.#kept.at(-1);
        return last === undefined || executed >= last.executed + this.#interval;
    }

    get last(): Kept<M> | undefined {
        return this.#kept.at(-1);
    }

    /** Makes one and keeps it. Of large machines it takes long, so that there are fewer. */
    take(make: () => Kept<M>): void {
        const begin = performance.now();
        this.#add(make());
        const end = performance.now();
        if (end - begin > MOST_SHARE * (end - this.#since)) this.#interval *= 2;
        this.#since = end;
    }

    #add(kept: Kept<M>): void {
        this.#kept = [...this.#kept, kept];
        while (this.#kept.length > 2 && (this.#kept.length > MOST || this.bytes() > MOST_BYTES)) {
            this.#interval *= 2;
            this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
        }
    }

    /** The last moment that `holds`; all before it do, too. The first is always one. */
    lastThat(holds: (kept: Kept<M>) => boolean): Kept<M> | undefined {
        return this.#kept.findLast(holds) ?? this.#kept[0];
    }

    /** Those behind the clock are of a future that the run does not have any more. */
    forget(clock: number): void {
        this.#kept = this.#kept.filter((kept) => kept.clock <= clock);
    }

    get clocks(): number[] {
        return this.#kept.map(({ clock }) => clock);
    }

    bytes(): number {
        const chunks = new Set<object>();
        for (const { moment } of this.#kept) for (const chunk of this.#chunksOf(moment)) chunks.add(chunk);
        return chunks.size * CHUNK_BYTES;
    }
}
