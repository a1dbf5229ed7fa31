/** Events of the journal as rows, and how densely they lie. */

import { EVENTS, type EventName, placesOf } from "../../../boot/abi/events.ts";
import { fieldText } from "../../../boot/observe/stream/field-values.ts";
import type { Density, EventRow, Questions } from "../../questions.ts";
import type { KernelSession } from "../kernel-session.ts";
import { kernelLine } from "../source-lines.ts";

/** Events that are looked at for one answer. */
const MOST_LOOKED_AT = 200_000;

interface Teller {
    readonly event: EventName;
    readonly fields: readonly (readonly [name: string, text: (halves: Uint32Array) => string])[];
}

const TELLERS: ReadonlyMap<number, Teller> = new Map(
    (Object.keys(EVENTS) as EventName[]).map((event): [number, Teller] => {
        const fields = placesOf(EVENTS[event].fields).map((place) => [place.name, fieldText(event, place)] as const);
        return [EVENTS[event].number, { event, fields }];
    }),
);

/** The name of the event with a number. */
export function eventName(number: number): EventName | undefined {
    return TELLERS.get(number)?.event;
}

export function eventRows(session: KernelSession, { from, count, kinds }: Questions["events"]["about"]): EventRow[] {
    const { journal } = session;
    const wanted = new Set(kinds);
    const rows: EventRow[] = [];
    const first = Math.max(from, journal.first);
    const end = Math.min(journal.known, first + MOST_LOOKED_AT);
    for (let index = first; index < end && rows.length < count; index++) {
        const event = eventName(journal.number(index));
        if (event !== undefined && (wanted.size === 0 || wanted.has(event))) rows.push(eventRow(session, index));
    }
    return rows;
}

/** The row of an event that the journal has. */
export function eventRow(session: KernelSession, index: number): EventRow {
    const { journal, config } = session;
    const halves = journal.halves(index);
    const { cycle, hart, pc, ra } = journal.teller(index);
    const teller = TELLERS.get(journal.number(index));
    if (teller === undefined) throw new Error(`an event with the number ${journal.number(index)}`);
    return {
        index,
        event: teller.event,
        cycle,
        hart,
        cluster: Math.floor(hart / config.machine.hartsPerCluster),
        fields: teller.fields.map(([name, text]) => [name, text(halves).replaceAll('"', "")]),
        source: kernelLine(session, pc, ra),
    };
}

/** Counts of the events from `from` to `to`, in `parts` equal parts of it. Kinds without any have no row. */
export function densityOf({ journal }: KernelSession, { from, to, parts }: Questions["density"]["about"]): Density {
    const counts = new Map<number, Uint32Array>();
    const width = Math.max(1, to - from) / parts;
    for (let index = journal.first; index < journal.known; index++) {
        const part = Math.floor((journal.cycle(index) - from) / width);
        if (part < 0 || part >= parts) continue;
        const number = journal.number(index);
        let row = counts.get(number);
        if (row === undefined) {
            row = new Uint32Array(parts);
            counts.set(number, row);
        }
        row[part] = (row[part] ?? 0) + 1;
    }
    const rows = [...counts].flatMap(([number, each]) => {
        const event = eventName(number);
        return event === undefined ? [] : [{ event, counts: each }];
    });
    return { from, to, rows };
}
