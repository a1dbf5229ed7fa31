/** What a page asks of the machine: each question's arguments and answer. view/machine/answers has an answer for each. */

import type { EventName } from "../boot/abi/events.ts";

/** A place in a source. */
export interface SourceLine {
    readonly function: string;
    readonly file: string | undefined;
    readonly line: number | undefined;
}

export interface EventRow {
    readonly index: number;
    readonly event: EventName;
    readonly cycle: number;
    readonly hart: number;
    readonly cluster: number;
    /** The fields as people read them. */
    readonly fields: readonly (readonly [name: string, value: string])[];
    readonly source: SourceLine | undefined;
}

/** How often each kind of event was told in each of equal parts of a stretch of cycles. */
export interface Density {
    readonly from: number;
    readonly to: number;
    readonly rows: readonly { readonly event: EventName; readonly counts: Uint32Array }[];
}

/** A step of a fault's way. */
export interface FaultStep {
    readonly index: number;
    /** `begin` and `end`, and the phases between them (boot/report/report.ts, PHASES). */
    readonly phase: string;
    readonly cycle: number;
    readonly hart: number;
    readonly cluster: number;
    readonly source: SourceLine | undefined;
}

export interface FaultWalk {
    readonly thread: number;
    readonly pid: number;
    readonly vaddr: number;
    readonly access: string;
    /** The type and the way of its resolution; undefined while it is not resolved. */
    readonly type: string | undefined;
    readonly how: string | undefined;
    /** The reference cluster of the process. */
    readonly reference: number;
    readonly steps: readonly FaultStep[];
    /** The number of the first step that lies ahead of the present place. */
    readonly done: number;
}

export interface VsegRow {
    readonly type: string;
    readonly first: number;
    readonly end: number;
    readonly rights: string;
    /** The cluster that a localised vseg names; undefined for others. */
    readonly named: number | undefined;
}

/** A page that a table has. */
export interface EntryRow {
    readonly vpn: number;
    readonly entry: bigint;
    readonly ppn: number;
    readonly bank: number;
}

/** VSL(P,K) and GPT(P,K); undefined of a cluster in which the process is not. */
export interface Replica {
    readonly cxy: number;
    readonly isReference: boolean;
    readonly root: number;
    readonly vsegs: readonly VsegRow[];
    readonly entries: readonly EntryRow[];
}

export interface Questions {
    /** Events from number `from` on, of these kinds (none: all), at most `count`. */
    events: { about: { from: number; count: number; kinds: readonly EventName[] }; answer: readonly EventRow[] };
    density: { about: { from: number; to: number; parts: number }; answer: Density };
    /** The fault that an event is of, or the last that began before it. */
    fault: { about: { index: number }; answer: FaultWalk | undefined };
    replicas: { about: { pid: number; clusters: readonly number[] }; answer: readonly (Replica | undefined)[] };
}
