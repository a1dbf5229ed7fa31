/** The writes of a group's nodes to one page, in one phase, or in all phases in which the page was falsely shared. */

import type { DsmCounts, SharedRequest } from "../report/report.ts";
import { noDsmCounts } from "./dsm-counts.ts";
import { WrittenWords } from "./written-words.ts";

export interface Writer {
    readonly words: WrittenWords;
    /** How often the node wrote after the access at this pc had asked for the page. Each phase counts. */
    readonly places: Map<number, number>;
}

export interface PageWrites {
    falsePhases: number;
    truePhases: number;
    readonly counts: ReturnType<typeof noDsmCounts>;
    /** Cycles that threads waited for the page. */
    cycles: number;
    /** The writers, by node. */
    readonly writers: Map<number, Writer>;
    /** The requests whose memory lay on the page when it was last falsely shared. */
    requests: readonly SharedRequest[];
}

export function noWrites(): PageWrites {
    return { falsePhases: 0, truePhases: 0, counts: noDsmCounts(), cycles: 0, writers: new Map(), requests: [] };
}

export function writerOf({ writers }: PageWrites, node: number): Writer {
    const writer = writers.get(node) ?? { words: new WrittenWords(), places: new Map() };
    writers.set(node, writer);
    return writer;
}

/** Judges the writes of a phase: "own" for one node or none, "false" for disjoint words of several, "true" when several wrote one word. */
export function judge({ writers }: PageWrites): "own" | "false" | "true" {
    const words = [...writers.values()].map((writer) => writer.words);
    if (words.length < 2) return "own";
    const seen = new WrittenWords();
    for (const each of words) {
        if (each.meets(seen)) return "true";
        seen.add(each);
    }
    return "false";
}

export function addWrites(to: PageWrites, from: PageWrites): void {
    to.falsePhases += from.falsePhases;
    to.truePhases += from.truePhases;
    to.cycles += from.cycles;
    for (const key of Object.keys(to.counts) as (keyof DsmCounts)[]) to.counts[key] += from.counts[key];
    for (const [node, { words, places }] of from.writers) {
        const writer = writerOf(to, node);
        writer.words.add(words);
        for (const [pc, times] of places) writer.places.set(pc, (writer.places.get(pc) ?? 0) + times);
    }
    if (from.requests.length > 0) to.requests = from.requests;
}
