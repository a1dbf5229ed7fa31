/**
 * The events of a run as JSON lines (docs/spec/interface.md 6): a head, then a line an event in the order in which harts tell them. Nothing is
 * kept, so a run of any length is written in the same memory.
 */

import { EVENTS, eventNumber, placesOf } from "../../abi/events.ts";
import type { Handlers, Observer } from "../../abi/observer.ts";
import { EVENT_NAMES, type Window } from "../../report/window.ts";
import { fieldText, unitOf } from "./field-values.ts";

export interface StreamedMachine {
    readonly clusters: number;
    readonly hartsPerCluster: number;
    readonly seed: number;
    /** The clock of a hart, in cycles. */
    cycle(hart: number): number;
}

type Teller = (halves: Uint32Array) => string;

export class EventStream implements Observer {
    readonly gathered = null;
    readonly on: Handlers = {};
    readonly onAny: (hart: number, halves: Uint32Array) => void;
    /** By event number; an event that is not asked for has none. */
    readonly #tellers: readonly (Teller | undefined)[];

    constructor(machine: StreamedMachine, window: Window, write: (line: string) => void) {
        const { kinds = EVENT_NAMES, from, to } = window;
        const tellers: (Teller | undefined)[] = [];
        for (const name of kinds) tellers[EVENTS[name].number] = teller(name);
        this.#tellers = tellers;
        write(head(machine, window));
        const { hartsPerCluster } = machine;
        this.onAny = (hart, halves) => {
            const tell = this.#tellers[eventNumber(halves)];
            if (tell === undefined) return;
            const cycle = machine.cycle(hart);
            if (cycle < from || cycle > to) return;
            const cluster = Math.floor(hart / hartsPerCluster);
            write(`{"cycle":${cycle},"hart":${hart},"cluster":${cluster},${tell(halves)}}\n`);
        };
    }
}

function teller(name: (typeof EVENT_NAMES)[number]): Teller {
    const fields = placesOf(EVENTS[name].fields).map(
        (place) => [`"${keyOf(place.name)}":`, fieldText(name, place)] as const,
    );
    const event = `"event":"${name}"`;
    return (halves) => {
        let text = event;
        for (const [key, value] of fields) text += `,${key}${value(halves)}`;
        return text;
    };
}

/** The keys of a line's own are the hart that tells and its cluster. */
function keyOf(field: string): string {
    return field === "hart" ? "onHart" : field;
}

function head({ clusters, hartsPerCluster, seed }: StreamedMachine, window: Window): string {
    const { kinds = EVENT_NAMES, from, to } = window;
    const events = kinds.map((name) => {
        const { text, fields } = EVENTS[name];
        const units = placesOf(fields).map((place) => [keyOf(place.name), unitOf(place)]);
        return [name, { text, fields: Object.fromEntries(units) }];
    });
    const end = Number.isFinite(to) ? to : null;
    const line = { format: "archipel-events/1", clusters, hartsPerCluster, seed, from, to: end };
    return `${JSON.stringify({ ...line, events: Object.fromEntries(events) })}\n`;
}
