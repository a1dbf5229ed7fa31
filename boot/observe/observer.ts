/**
 * Observers hear the events that the kernel reports (boot/abi/events.ts): each the events that it has a handler for, with fields by name.
 */

import {
    EVENTS,
    type EventName,
    type EventOf,
    eventNumber,
    type FieldPlace,
    fieldBits,
    fieldNumber,
    fieldPlace,
    placesOf,
} from "../abi/events.ts";
import type { Handlers, Observer } from "../abi/observer.ts";
import type { Containers } from "./gathered.ts";

/** All 64 bits of an event's field. */
export function exactField<N extends EventName>(
    name: N,
    field: keyof EventOf<N> & string,
    halves: Uint32Array,
): bigint {
    return fieldBits(fieldPlace(name, field), halves);
}

type Handler = (event: Readonly<Record<string, number>>, hart: number, halves: Uint32Array) => void;

interface Heard {
    readonly places: readonly FieldPlace[];
    readonly handlers: readonly Handler[];
}

/** Hands each record to the observers in their order. */
export class Observers {
    readonly #observers: readonly Observer[];
    /** The handlers by event number. An event without an entry is not heard. */
    readonly #heard: readonly (Heard | undefined)[];
    readonly #any: readonly ((hart: number, halves: Uint32Array) => void)[];

    constructor(observers: readonly Observer[]) {
        this.#observers = observers;
        const heard: (Heard | undefined)[] = [];
        for (const [name, { number, fields }] of Object.entries(EVENTS)) {
            const handlers = observers.flatMap(({ on }) => (on[name as EventName] as Handler | undefined) ?? []);
            if (handlers.length > 0) heard[number] = { places: placesOf(fields), handlers };
        }
        this.#heard = heard;
        this.#any = observers.flatMap(({ onAny }) => onAny ?? []);
    }

    /** What all of them have gathered. */
    gathered(): ReadonlyMap<string, Containers> {
        return new Map(
            this.#observers.flatMap(({ gathered }) => (gathered ? [[gathered.name, gathered.containers]] : [])),
        );
    }

    /** Takes one committed record: the words of its port as lo, hi pairs. */
    record(hart: number, halves: Uint32Array): void {
        for (const hear of this.#any) hear(hart, halves);
        const heard = this.#heard[eventNumber(halves)];
        if (heard === undefined) return;
        const event: Record<string, number> = {};
        for (const place of heard.places) event[place.name] = fieldNumber(place, halves);
        for (const hear of heard.handlers) hear(event, hart, halves);
    }
}

/** The handlers, each called by `guard`, which calls `handle` or not. */
export function guarded(on: Handlers, guard: (hart: number, handle: () => void) => void): Handlers {
    const wrapped = Object.entries(on as Readonly<Record<string, Handler>>).map(
        ([name, handler]): [string, Handler] => [
            name,
            (event, hart, halves) => guard(hart, () => handler(event, hart, halves)),
        ],
    );
    return Object.fromEntries(wrapped) as Handlers;
}
