/** What hears the events that the kernel reports (events.ts). */

import type { EventName, EventOf } from "./events.ts";

/**
 * Handlers by event name. `hart` is the hart that reported the event, and it stands at the record's store. A field is exact up to 2^53; from
 * `halves`, the record itself, exactField (boot/observe/observer.ts) reads all 64 bits.
 */
export type Handlers = { readonly [N in EventName]?: (event: EventOf<N>, hart: number, halves: Uint32Array) => void };

export interface Observer {
    readonly on: Handlers;
    /** Called before the handlers of any event. */
    readonly onAny?: (hart: number, halves: Uint32Array) => void;
    /**
     * What a run from a snapshot needs to go on as if the observer had heard it from its beginning: all that it has gathered
     * (boot/observe/gathered.ts), with a name that no other observer has. Null: it begins where the run does.
     */
    readonly gathered: { readonly name: string; readonly containers: Readonly<Record<string, object>> } | null;
}

/** One who brings no more than ears. */
export type Listener = Omit<Observer, "gathered">;
