/** What a page asks of the machine: each question's arguments and answer. view/machine/answers has an answer for each. */

import type { EventName } from "../boot/abi/events.ts";
import type { LensTable } from "../boot/observe/lens/lens.ts";
import type { Replica } from "../boot/report/replica.ts";

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

/** What a node may do with a page; `alone`: to write, and no other node has a copy. */
export type DsmState = "none" | "read" | "write" | "alone";

export interface DsmPage {
    readonly vpn: number;
    /** In the order of the group's nodes. */
    readonly states: readonly DsmState[];
    /** What --false-sharing says of it so far; undefined for a page that is not falsely shared. */
    readonly advice: string | undefined;
}

/** The nodes of a group as they are at the present place. */
export interface DsmGroup {
    /** The pid of node 0. */
    readonly leader: number;
    readonly program: number;
    readonly nodes: readonly { readonly node: number; readonly pid: number; readonly cxy: number }[];
    readonly pages: readonly DsmPage[];
}

/** An action of a group's managers or of its allocator (interface.md 6). */
export interface DsmMessage {
    readonly index: number;
    readonly cycle: number;
    readonly leader: number;
    readonly action: string;
    /** 0: of no page. */
    readonly vpn: number;
    /** The node that causes it. */
    readonly node: number;
    readonly from: number;
    readonly to: number;
    /** The program's line whose fault asked for it. */
    readonly source: SourceLine | undefined;
}

export interface CodeLine {
    readonly pc: bigint;
    /** The instruction's 16 or 32 bits. */
    readonly word: number;
    readonly text: string;
    readonly source: SourceLine | undefined;
}

export interface HartState {
    readonly hart: number;
    readonly cluster: number;
    readonly mode: string;
    readonly waiting: boolean;
    readonly cycles: number;
    readonly instructions: number;
    readonly pc: bigint;
    readonly place: SourceLine | undefined;
    readonly registers: readonly (readonly [name: string, value: bigint])[];
    readonly csrs: readonly (readonly [name: string, value: bigint])[];
    /** Instructions around the pc. */
    readonly code: readonly CodeLine[];
    /** The kernel's calls, innermost first; none in user mode. */
    readonly stack: readonly SourceLine[];
}

/** Whose accesses, and which: of the pages of vsegs, or of the kernel's own. */
export const TRAFFIC_PARTS = [
    "programs: data",
    "kernel: data",
    "programs: instructions",
    "kernel: instructions",
] as const;
export type TrafficPart = (typeof TRAFFIC_PARTS)[number];

/** Who used which bank in a stretch of cycles, as far as samples of the accounts tell (view/machine/samples.ts). */
export interface BankUse {
    /** The clocks of the samples, from the last at or before the stretch's begin to the first at or behind its end. */
    readonly clocks: readonly number[];
    /** Accesses over the whole of it: [source * clusters + bank]. */
    readonly matrix: Float64Array;
    /** Accesses from other clusters between two samples: [interval * clusters + bank]. */
    readonly remote: Float64Array;
}

/** What a run has come to at its present place. */
export interface RunFigures {
    readonly clock: number;
    readonly instructions: number;
    readonly ended: string | undefined;
    /** Accesses to banks, and those of them to the own cluster's. */
    readonly data: { readonly all: number; readonly local: number };
    readonly fetches: { readonly all: number; readonly local: number };
    /** The bank with the most accesses of data from other clusters, and how many. */
    readonly hottest: { readonly bank: number; readonly remote: number } | undefined;
    /** Page faults resolved. */
    readonly faults: number;
    readonly requests: number;
    readonly dsmFaults: number;
}

export interface Questions {
    /** Events from number `from` on, of these kinds (none: all), at most `count`. */
    events: { about: { from: number; count: number; kinds: readonly EventName[] }; answer: readonly EventRow[] };
    density: { about: { from: number; to: number; parts: number }; answer: Density };
    /** The fault that an event is of, or the last that began before it. */
    fault: { about: { index: number }; answer: FaultWalk | undefined };
    dsm: { about: Record<string, never>; answer: readonly DsmGroup[] };
    /** Actions of a group on a page (undefined: all), at most `before` that are over and `ahead` to come. */
    messages: {
        about: { leader: number | undefined; vpn: number | undefined; before: number; ahead: number };
        answer: readonly DsmMessage[];
    };
    hart: { about: { hart: number }; answer: HartState };
    bankUse: { about: { from: number; to: number; parts: readonly TrafficPart[] }; answer: BankUse };
    /** What the guest's lens shows with the addresses of the hart; undefined without one. */
    lens: { about: { hart: number }; answer: readonly LensTable[] | undefined };
    figures: { about: Record<string, never>; answer: RunFigures };
    replicas: { about: { pid: number; clusters: readonly number[] }; answer: readonly (Replica | undefined)[] };
}
