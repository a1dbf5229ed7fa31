/** What of a run is written: the kinds of events, and the cycles. */

import { EVENTS, type EventName } from "../abi/events.ts";

export interface Window {
    /** Undefined for all. */
    readonly kinds: readonly EventName[] | undefined;
    /** Cycles of the clock of the hart that tells, both included. */
    readonly from: number;
    readonly to: number;
}

export const EVENT_NAMES = Object.keys(EVENTS) as EventName[];
