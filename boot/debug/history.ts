/**
 * Moments of a run to go back to: one every so many instructions, the older the fewer, so that their distances grow by powers of two. They
 * share what has not changed between them.
 */

import type { Debuggee, Moment } from "../report/debuggee.ts";
import { positionOf } from "./stops.ts";

interface Kept {
    readonly position: number;
    readonly moment: Moment;
}

/** Instructions from one moment to the next, as they are taken. */
const INTERVAL = 2 ** 22;
/** Moments whose age is within one power of two. */
const MOST_ALIKE = 4;
export const MOST_BYTES = 512 * 2 ** 20;
const PAGE_BYTES = 4096;

export class History {
    readonly #debuggee: Debuggee;
    /** By position. */
    #kept: Kept[] = [];

    constructor(debuggee: Debuggee) {
        this.#debuggee = debuggee;
    }

    /** Takes a moment if one is due. Called where the run has stopped, which may be inside a turn: then none is taken. */
    note(): void {
        const { machine } = this.#debuggee;
        if (machine.looks.isInTurn) return;
        const position = positionOf(machine);
        const last = this.#kept.at(-1);
        if (last !== undefined && position < last.position + INTERVAL) return;
        this.#kept.push({ position, moment: this.#debuggee.moment(last?.moment) });
        this.#thin(position);
    }

    /** The run is another from here on: the host has changed it. */
    forget(): void {
        this.#kept = [];
        this.note();
    }

    /** The last moment before the position. */
    before(position: number): Kept | undefined {
        return this.#kept.findLast((kept) => kept.position < position);
    }

    get first(): Kept | undefined {
        return this.#kept[0];
    }

    get length(): number {
        return this.#kept.length;
    }

    /** Bytes of pages and tables that the moments hold. */
    bytes(): number {
        const chunks = new Set<Uint8Array>();
        for (const { moment } of this.#kept)
            for (const table of [...moment.snapshot.tables, moment.snapshot.frames])
                for (const chunk of table.values()) chunks.add(chunk);
        return chunks.size * PAGE_BYTES;
    }

    /** The first moment stays, so that one can go back to where the debugger came. */
    #thin(position: number): void {
        const alike = new Map<number, number>();
        const keeps = (kept: Kept, i: number): boolean => {
            const age = Math.floor(Math.log2(Math.max(1, (position - kept.position) / INTERVAL)));
            const count = (alike.get(age) ?? 0) + 1;
            alike.set(age, count);
            return i === 0 || count <= MOST_ALIKE || (count % 2 === 0 && count <= 2 * MOST_ALIKE);
        };
        const newestFirst = [...this.#kept.entries()].reverse().filter(([i, kept]) => keeps(kept, i));
        this.#kept = newestFirst.map(([, kept]) => kept).reverse();
        while (this.#kept.length > 2 && this.bytes() > MOST_BYTES)
            this.#kept = this.#kept.filter((_, i) => i === 0 || i === this.#kept.length - 1 || i % 2 === 0);
    }
}
