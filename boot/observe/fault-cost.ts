/**
 * The cost of page faults, phase by phase, from the marks that the kernel leaves (kernel/trace/fault-cost.ts) and the clocks of the harts
 * that left them. A fault that a trap found lasts from the cycle in which the faulting instruction trapped to the cycle in which its thread
 * is in user mode again. A fault that a user copy found (5.10) lasts from the kernel's look to its resolution, and has no trap and no way
 * back. Time in which the thread waits, or another thread has the hart, counts to the phase in which the thread waits.
 *
 * The clocks of two harts may differ by a quantum. So a mark from another hart counts as the later of its clock and the mark before it, and
 * never as later than the thread's own next mark: the phases sum to the whole, to the cycle.
 *
 * What a hart spends on telling, from the first instruction that makes a record to the store that commits it, is taken out of the phase in
 * which it does and is a phase of its own. A record belongs to the fault that last had a mark from its hart.
 */

import { FAULT_LOCAL, FAULT_SPURIOUS, FAULT_THROUGH_Z } from "../../kernel/abi/fault.ts";
import {
    PHASE_ALLOC,
    PHASE_FILL,
    PHASE_GPT,
    PHASE_QUEUE,
    PHASE_RETURN,
    PHASE_RPC_OUT,
    PHASE_SERVICE,
    PHASE_TRAP,
    PHASE_VSL,
} from "../../kernel/abi/phase.ts";
import type { EventOf } from "../abi/events.ts";
import type { Handlers, Observer } from "../abi/observer.ts";
import { type FaultCostReport, type FaultHow, PHASES, type Phase, type VsegType } from "../report/report.ts";
import { vsegTypeOf } from "./vseg-names.ts";

/** A hart's state that the machine knows while the hart commits a record. */
export interface HartClock {
    readonly cycles: number;
    readonly leftUser: number;
    readonly enteredUser: number;
}

export interface ResolvedFault {
    readonly type: VsegType;
    readonly how: FaultHow;
    readonly cause: FaultCostReport["cause"];
    readonly pid: number;
    readonly vaddr: number;
    readonly hart: number;
    /** `begin` and `end` are clocks of `hart`. */
    readonly begin: number;
    readonly end: number;
    /** Cycles by phase; they sum to end - begin. */
    readonly phases: Readonly<Record<Phase, number>>;
    /** The phases in their order, each from the end of the one before it to `end`. */
    readonly spans: readonly PhaseSpan[];
}

/** Clocks of the faulting thread's hart. Cycles that are told in it (`telling`) are within. */
export interface PhaseSpan {
    readonly phase: Phase;
    readonly begin: number;
    readonly end: number;
    readonly telling: number;
}

interface Mark {
    readonly clock: number;
    /** Cycles of the hart for records from here to the next mark, with that of the next mark. */
    telling: number;
    /** True for a mark on the faulting thread's own hart. */
    readonly own: boolean;
    readonly phase: Phase;
}

interface OpenFault {
    readonly hart: number;
    readonly pid: number;
    readonly vaddr: number;
    readonly cause: FaultCostReport["cause"];
    readonly marks: Mark[];
    type: VsegType | undefined;
    how: FaultHow;
}

/** The half of a record where the clock begins at which it was begun. */
const BEGUN = 14;

const NAMES: Readonly<Record<number, Phase>> = {
    [PHASE_TRAP]: "trap",
    [PHASE_VSL]: "vsl",
    [PHASE_RPC_OUT]: "rpcOut",
    [PHASE_QUEUE]: "queue",
    [PHASE_SERVICE]: "service",
    [PHASE_ALLOC]: "frameAllocation",
    [PHASE_FILL]: "fillOrCopy",
    [PHASE_GPT]: "gpt",
    [PHASE_RETURN]: "return",
};

const FAULT_HOW: Readonly<Record<number, FaultHow>> = {
    [FAULT_LOCAL]: "local",
    [FAULT_THROUGH_Z]: "throughZ",
    [FAULT_SPURIOUS]: "spurious",
};

/** The name of a FAULT_* number. */
export function faultHow(number: number): FaultHow {
    const how = FAULT_HOW[number];
    if (how === undefined) throw new Error(`a fault that was resolved in way ${number}`);
    return how;
}

/** The name of a PHASE_* number. */
export function phaseName(number: number): Phase | undefined {
    return NAMES[number];
}

export class FaultCosts implements Observer {
    readonly on: Handlers;
    readonly onAny: (hart: number, halves: Uint32Array) => void;
    /** Each is called with every fault as it ends. */
    readonly onResolved: ((fault: ResolvedFault) => void)[] = [];
    readonly #clock: (hart: number) => HartClock;
    /** Open faults, by the xptr of the faulting thread. */
    readonly #open = new Map<number, OpenFault>();
    /** Faults that are resolved while the thread is on its way to user mode, by hart. */
    readonly #leaving = new Map<number, OpenFault>();
    /** The fault that last had a mark from a hart, by hart. */
    readonly #worked = new Map<number, OpenFault>();
    readonly #rows = new Map<string, Sums>();
    /** The clock at which its hart began the present record, or 0. */
    #begun = 0;

    constructor(clock: (hart: number) => HartClock) {
        this.#clock = clock;
        this.onAny = (hart, halves) => {
            if (this.#leaving.size > 0) this.#arrive(hart);
            this.#begun = (halves[BEGUN] ?? 0) + (halves[BEGUN + 1] ?? 0) * 2 ** 32;
            const worked = this.#worked.get(hart);
            if (worked !== undefined) tells(worked, this.#telling(hart));
        };
        this.on = {
            faultBegin: (event, hart) => this.#begin(event, hart),
            phase: ({ thread, phase }, hart) => this.#mark(this.#open.get(thread), hart, NAMES[phase]),
            fault: ({ thread, type, how }) => {
                const fault = this.#open.get(thread);
                if (fault === undefined) return;
                fault.type = vsegTypeOf(type);
                fault.how = faultHow(how);
            },
            faultEnd: ({ thread }, hart) => this.#end(hart, thread),
        };
    }

    get gathered() {
        const containers = { open: this.#open, leaving: this.#leaving, worked: this.#worked, rows: this.#rows };
        return { name: "fault-cost", containers };
    }

    /** One row for each combination that occurred, in the order of vseg types. */
    rows(): FaultCostReport[] {
        for (const hart of [...this.#leaving.keys()]) this.#arrive(hart);
        return [...this.#rows.values()].map(({ type, how, cause, durations, cycles, phases }) => {
            const sorted = Float64Array.from(durations).sort();
            const count = sorted.length;
            const at = (rank: number) => sorted[rank] ?? 0;
            const median = (at(Math.floor((count - 1) / 2)) + at(Math.floor(count / 2))) / 2;
            const p99 = at(Math.ceil(0.99 * count) - 1);
            return { type, how, cause, count, cycles, median, p99, phases: { ...phases } };
        });
    }

    /** The sums so far, by what tells rows apart. */
    sums(): Map<string, Omit<FaultCostReport, "median" | "p99">> {
        for (const hart of [...this.#leaving.keys()]) this.#arrive(hart);
        const rows = [...this.#rows].map(([key, { type, how, cause, durations, cycles, phases }]) => {
            return [key, { type, how, cause, count: durations.length, cycles, phases: { ...phases } }] as const;
        });
        return new Map(rows);
    }

    #begin({ thread, pid, vaddr, byKernel }: EventOf<"faultBegin">, hart: number): void {
        const { cycles, leftUser } = this.#clock(hart);
        const cause = byKernel === 1 ? "userCopy" : "trap";
        const telling = this.#telling(hart);
        const marks: Mark[] = cause === "trap" ? [{ clock: leftUser, telling, own: true, phase: "trap" }] : [];
        marks.push({ clock: cycles, telling: 0, own: true, phase: "vsl" });
        const fault: OpenFault = { hart, pid, vaddr, cause, marks, type: undefined, how: "local" };
        this.#open.set(thread, fault);
        this.#worked.set(hart, fault);
    }

    #mark(fault: OpenFault | undefined, hart: number, phase: Phase | undefined): void {
        if (fault === undefined || phase === undefined) return;
        if (this.#worked.get(hart) !== fault) tells(fault, this.#telling(hart));
        this.#worked.set(hart, fault);
        fault.marks.push({ clock: this.#clock(hart).cycles, telling: 0, own: hart === fault.hart, phase });
    }

    /** The cycles that the present record cost its hart. */
    #telling(hart: number): number {
        return this.#begun === 0 ? 0 : this.#clock(hart).cycles - this.#begun + 1;
    }

    #end(hart: number, thread: number): void {
        const fault = this.#open.get(thread);
        if (fault === undefined) return;
        this.#open.delete(thread);
        if (fault.cause === "trap") this.#leaving.set(hart, fault);
        else this.#close(fault, this.#clock(hart).cycles);
    }

    /** Ends the fault whose thread has entered user mode since the hart's last record. */
    #arrive(hart: number): void {
        const fault = this.#leaving.get(hart);
        if (fault === undefined) return;
        const { enteredUser } = this.#clock(hart);
        if (enteredUser === 0) return;
        this.#leaving.delete(hart);
        this.#close(fault, enteredUser);
    }

    #close(fault: OpenFault, end: number): void {
        for (const [at, worked] of this.#worked) if (worked === fault) this.#worked.delete(at);
        const { type, how, cause, pid, vaddr, hart, marks } = fault;
        const begin = marks[0]?.clock;
        if (type === undefined || begin === undefined) return;
        const spans = spansOf(marks, end);
        const phases = durations(spans);
        for (const hear of this.onResolved) hear({ type, how, cause, pid, vaddr, hart, begin, end, phases, spans });
        const key = `${type} ${how} ${cause}`;
        const sums = this.#rows.get(key) ?? { type, how, cause, durations: [], cycles: 0, phases: noCycles() };
        this.#rows.set(key, sums);
        sums.durations.push(end - begin);
        sums.cycles += end - begin;
        for (const phase of PHASES) sums.phases[phase] += phases[phase];
    }
}

interface Sums {
    readonly type: VsegType;
    readonly how: FaultHow;
    readonly cause: FaultCostReport["cause"];
    /** Cycles of each fault. */
    readonly durations: number[];
    cycles: number;
    readonly phases: Record<Phase, number>;
}

function noCycles(): Record<Phase, number> {
    return Object.fromEntries(PHASES.map((phase) => [phase, 0])) as Record<Phase, number>;
}

function durations(spans: readonly PhaseSpan[]): Record<Phase, number> {
    const phases = noCycles();
    for (const { phase, begin, end, telling } of spans) {
        phases[phase] += end - begin - telling;
        phases.telling += telling;
    }
    return phases;
}

/** A remote mark's clock is moved between those of the thread's own; of its span there may be less than was told in it. */
function spansOf(marks: readonly Mark[], end: number): PhaseSpan[] {
    const limits = nextOwn(marks, end);
    const clocks: number[] = [];
    for (const [i, { clock, own }] of marks.entries()) {
        clocks.push(own ? clock : Math.min(Math.max(clock, clocks[i - 1] ?? end), limits[i] ?? end));
    }
    return marks.map(({ phase, telling }, i) => {
        const [begin = end, until = end] = [clocks[i], clocks[i + 1]];
        return { phase, begin, end: until, telling: Math.min(telling, until - begin) };
    });
}

function tells({ marks }: OpenFault, cycles: number): void {
    const mark = marks.at(-1);
    if (mark !== undefined) mark.telling += cycles;
}

/** The clock of the thread's own next mark, for each mark. */
function nextOwn(marks: readonly Mark[], end: number): number[] {
    const limits = new Array<number>(marks.length);
    let limit = end;
    for (let i = marks.length - 1; i >= 0; i--) {
        limits[i] = limit;
        const mark = marks[i];
        if (mark?.own) limit = mark.clock;
    }
    return limits;
}
