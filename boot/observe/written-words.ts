/** The 4-byte words of a page that were written, as far as values show it. */

import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import type { ByteRange } from "../report/report.ts";

const WORD = 4;
const WORDS = PAGE_SIZE / WORD;

export class WrittenWords {
    /** One bit a word. */
    readonly bits = new Uint32Array(WORDS / 32);

    /** Adds the words in which two states of a page differ. A store of the value that was there before is not seen. */
    addChanges(before: Uint32Array, after: Uint32Array): void {
        for (let word = 0; word < WORDS; word++) {
            if (before[word] === after[word]) continue;
            this.bits[word >>> 5] = (this.bits[word >>> 5] ?? 0) | (1 << (word & 31));
        }
    }

    add(other: WrittenWords): void {
        for (const [i, bits] of other.bits.entries()) this.bits[i] = (this.bits[i] ?? 0) | bits;
    }

    meets(other: WrittenWords): boolean {
        return this.bits.some((bits, i) => (bits & (other.bits[i] ?? 0)) !== 0);
    }

    has(word: number): boolean {
        return ((this.bits[word >>> 5] ?? 0) & (1 << (word & 31))) !== 0;
    }

    bytes(): number {
        let count = 0;
        for (let word = 0; word < WORDS; word++) if (this.has(word)) count++;
        return count * WORD;
    }

    /**
     * Ranges from the first to the last byte of words between which none of `others` wrote. Gaps that nobody wrote do not divide a range.
     */
    ranges(others: readonly WrittenWords[]): ByteRange[] {
        const ranges: { from: number; to: number }[] = [];
        let open = false;
        for (let word = 0; word < WORDS; word++) {
            const [from, to] = [word * WORD, word * WORD + WORD - 1];
            const last = ranges.at(-1);
            if (!this.has(word)) open &&= !others.some((other) => other.has(word));
            else if (open && last !== undefined) last.to = to;
            else {
                ranges.push({ from, to });
                open = true;
            }
        }
        return ranges;
    }
}
