/** The caches of the reference: L1 with MESI states, and L2 whose ways are the directory (docs/spec/timing.md, sections 3 and 4). */

export type State = "shared" | "exclusive" | "modified";

interface Held {
    readonly line: number;
    state: State;
}

/** Ways of the set, filled up first, then replaced in turn. */
export class L1 {
    readonly #sets: (Held | undefined)[][];
    readonly #turns: number[];

    constructor(sets: number, ways: number) {
        this.#sets = Array.from({ length: sets }, () => new Array<Held | undefined>(ways).fill(undefined));
        this.#turns = new Array<number>(sets).fill(0);
    }

    state(line: number): State | undefined {
        return this.#held(line)?.state;
    }

    /** The line is there. */
    change(line: number, state: State): void {
        const held = this.#held(line);
        if (held !== undefined) held.state = state;
    }

    drop(line: number): void {
        const set = this.#setOf(line);
        const way = set.findIndex((held) => held?.line === line);
        if (way >= 0) set[way] = undefined;
    }

    /** Returns the line that went, if it was modified. */
    fill(line: number, state: State): number | undefined {
        const set = this.#setOf(line);
        let way = set.indexOf(undefined);
        if (way < 0) {
            const index = line % this.#sets.length;
            way = this.#turns[index] ?? 0;
            this.#turns[index] = (way + 1) % set.length;
        }
        const old = set[way];
        set[way] = { line, state };
        return old?.state === "modified" ? old.line : undefined;
    }

    #setOf(line: number): (Held | undefined)[] {
        return this.#sets[line % this.#sets.length] ?? [];
    }

    #held(line: number): Held | undefined {
        return this.#setOf(line).find((held) => held?.line === line);
    }
}

/** What a directory knows of a line. */
export interface Copies {
    readonly line: number;
    dirty: boolean;
    owner: number | undefined;
    sharers: Set<number>;
}

export class Way {
    content: Copies | undefined;
    busy = false;
    /** Called, first come first served, when the way is no longer busy. */
    readonly waiting: (() => void)[] = [];
}

export class L2 {
    readonly #sets: Way[][];
    readonly #turns: number[];
    readonly #bankLines: number;

    constructor(sets: number, ways: number, bankLines: number) {
        this.#sets = Array.from({ length: sets }, () => Array.from({ length: ways }, () => new Way()));
        this.#turns = new Array<number>(sets).fill(0);
        this.#bankLines = bankLines;
    }

    find(line: number): Way | undefined {
        return this.#sets[this.#index(line)]?.find(({ content }) => content?.line === line);
    }

    /** The way that a new line goes to. `took` tells that it went there. */
    choose(line: number): { readonly way: Way; took(): void } {
        const index = this.#index(line);
        const set = this.#sets[index] ?? [];
        const empty = set.find(({ content }) => content === undefined);
        const turn = this.#turns[index] ?? 0;
        const way = empty ?? set[turn];
        if (way === undefined) throw new Error("a set has ways");
        const took = () => {
            if (empty === undefined) this.#turns[index] = (turn + 1) % set.length;
        };
        return { way, took };
    }

    #index(line: number): number {
        return (line % this.#bankLines) % this.#sets.length;
    }
}
