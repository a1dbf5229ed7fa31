/**
 * Observers hear the events that the kernel reports (boot/abi/events.ts): each the events that it has a handler for, with fields by name.
 */

import { EVENTS, type EventName, type EventOf } from "../abi/events.ts";

/**
 * Handlers by event name. `hart` is the hart that reported the event, and it stands at the record's store. A field is exact up to 2^53; from
 * `halves`, the record itself, exactField reads all 64 bits.
 */
export type Handlers = { readonly [N in EventName]?: (event: EventOf<N>, hart: number, halves: Uint32Array) => void };

/** All 64 bits of an event's field. */
export function exactField<N extends EventName>(
    name: N,
    field: keyof EventOf<N> & string,
    halves: Uint32Array,
): bigint {
    const at = 2 + 2 * (EVENTS[name].fields as readonly string[]).indexOf(field);
    return BigInt(halves[at] ?? 0) | (BigInt(halves[at + 1] ?? 0) << 32n);
}

export interface Observer {
    readonly on: Handlers;
    /** Called before the handlers of any event. */
    readonly onAny?: (hart: number) => void;
}

type Handler = (event: Readonly<Record<string, number>>, hart: number, halves: Uint32Array) => void;

interface Heard {
    readonly fields: readonly string[];
    readonly handlers: readonly Handler[];
}

/** Hands each record to the observers in their order. */
export class Observers {
    /** The handlers by event number. An event without an entry is not heard. */
    readonly #heard: readonly (Heard | undefined)[];
    readonly #any: readonly ((hart: number) => void)[];

    constructor(observers: readonly Observer[]) {
        const heard: (Heard | undefined)[] = [];
        for (const [name, { number, fields }] of Object.entries(EVENTS)) {
            const handlers = observers.flatMap(({ on }) => (on[name as EventName] as Handler | undefined) ?? []);
            if (handlers.length > 0) heard[number] = { fields, handlers };
        }
        this.#heard = heard;
        this.#any = observers.flatMap(({ onAny }) => onAny ?? []);
    }

    /** Takes one committed record: eight words as lo, hi pairs. */
    record(hart: number, halves: Uint32Array): void {
        for (const hear of this.#any) hear(hart);
        const heard = this.#heard[halves[0] ?? 0];
        if (heard === undefined) return;
        const event: Record<string, number> = {};
        let at = 2;
        for (const field of heard.fields) {
            event[field] = (halves[at] ?? 0) + (halves[at + 1] ?? 0) * 2 ** 32;
            at += 2;
        }
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
