/** The words that the fields of a guest's struct lie in. A change of any of them is seen without reading the fields. */

import type { GuestMemory } from "../observe/guest-memory.ts";

const WORD_BYTES = 4;

export class FieldWords {
    /** The number of words kept for one struct. */
    readonly count: number;
    readonly #memory: GuestMemory;
    /** Ascending offsets in bytes from the struct's address. */
    readonly #offsets: Int32Array;

    constructor(memory: GuestMemory, struct: string, fields: readonly string[]) {
        this.#memory = memory;
        this.#offsets = Int32Array.from(memory.wordsOf(struct, fields));
        this.count = this.#offsets.length;
    }

    /** True when the struct's words are those that `keep` left in `seen` from word `place` on. */
    areSame(cxy: number, at: number, seen: Uint32Array, place: number): boolean {
        const { words } = this.#memory;
        const first = this.#memory.index(cxy, at, WORD_BYTES) / WORD_BYTES;
        for (let i = 0; i < this.count; i++) {
            if (words[first + (this.#offsets[i] as number) / WORD_BYTES] !== seen[place + i]) return false;
        }
        return true;
    }

    keep(cxy: number, at: number, seen: Uint32Array, place: number): void {
        const { words } = this.#memory;
        const first = this.#memory.index(cxy, at, WORD_BYTES) / WORD_BYTES;
        for (let i = 0; i < this.count; i++) {
            seen[place + i] = words[first + (this.#offsets[i] as number) / WORD_BYTES] as number;
        }
    }
}
