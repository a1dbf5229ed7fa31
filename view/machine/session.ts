/**
 * A run that is looked at: it goes on, to a cycle, to an event, by an instruction of a hart, and back. Commands are generators, so that
 * who drives them can do something else between two of their parts. The run is the one that `archipel boot` has: same states, same hash.
 */

import { EVENTS, type EventName } from "../../boot/abi/events.ts";
import type { Debuggee, Moment } from "../../boot/report/debuggee.ts";
import type { Look } from "../../emu/host/looks.ts";
import type { Machine } from "../../emu/machine.ts";
import type { ImageFrame } from "../../toolchain/link/image.ts";
import type { Facts, Picture } from "../protocol.ts";
import { Journal } from "./journal.ts";
import { Moments } from "./moments.ts";
import { type PartOf, Samples } from "./samples.ts";

/** Instructions of all harts between two times at which a command can be given up. */
const PART = 200_000;
const MOST_INSTRUCTIONS = 1e12;
/** A hart may be ahead of the round's cycle. Then it is gone back further, by so many times. */
const WIDER = 8;
/** The register of the psABI. */
const RETURN_ADDRESS = 1;

/** The run as it is driven: a system with our kernel, or a stock guest. */
export interface Subject {
    readonly debuggee: Debuggee;
    /** Bytes of the console up to where the run stands. */
    readonly written: number;
    /** Ends in front of the first round that begins at `cycle` or later. */
    step(
        instructions: number,
        limit: number,
        cycle?: number,
    ): { readonly ended: false } | { readonly ended: true; readonly end: string; readonly message: string };
    clock(): number;
    stateHash(): string;
    instructions(): number;
    /** Whether a run that has ended for want of input would go on with some. */
    listens?(): boolean;
}

interface Place {
    readonly moment: Moment;
    readonly heard: number;
    /** What the kind of session keeps beside. */
    readonly own: unknown;
    /** By hart: the instructions that it has executed. */
    readonly executed: Float64Array;
    readonly deeds: number;
}

/** Facts without what the machine knows itself. */
export type Shape = Omit<Facts, "quantum">;

/** Bytes of the console, and events, that are still of this run. */
interface Cut {
    readonly console: number;
    readonly known: number;
}

const UNCUT: Cut = { console: Infinity, known: Infinity };

/** What the user did to the machine at a cycle: a run that comes by there again has it again. */
export interface Deed {
    readonly clock: number;
    readonly text: string;
    act(): void;
}

/** What a command is at work on, told between its parts. */
export type Command = Generator<undefined, void, undefined>;

export class Session {
    readonly subject: Subject;
    readonly debuggee: Debuggee;
    readonly shape: Shape;
    readonly journal = new Journal();
    readonly samples: Samples;
    readonly moments: Moments<Place>;
    /** How the run has ended; undefined while it goes on. */
    ended: { readonly end: string; readonly message: string } | undefined;
    /** The furthest clock that the run has come to, or was told by an event. */
    furthest = 0;
    /** All that the console has shown, whatever the present place. */
    readonly console: number[] = [];
    /** In the order of their clocks. */
    readonly deeds: Deed[] = [];
    /** Deeds that are done at the present place. */
    #done = 0;
    #cut: Cut = UNCUT;
    readonly #halt = new Halt();

    /** `ears` is called with what the subject tells, which it must have begun to tell to nobody. */
    constructor(subject: Subject, shape: Shape, ears: Ears, partOf: PartOf) {
        this.subject = subject;
        this.debuggee = subject.debuggee;
        this.shape = shape;
        ears.onConsole = (byte) => void this.console.push(byte);
        ears.onRecord = (hart, halves) => this.#hear(hart, halves);
        this.moments = new Moments(chunksOf);
        this.samples = new Samples(this.machine, shape.hartsPerCluster, partOf);
        this.machine.looks.add(this.#halt);
    }

    get machine(): Machine {
        return this.debuggee.machine;
    }

    /** The cycle at which the present round began. */
    get clock(): number {
        return this.subject.clock();
    }

    /** Bytes of the console up to the present place. */
    get written(): number {
        return this.subject.written;
    }

    /** The event that was told last, if its hart has executed nothing since; undefined else. */
    get atEvent(): number | undefined {
        const { journal } = this;
        const index = journal.heard - 1;
        if (!this.machine.looks.isInTurn || !journal.has(index)) return undefined;
        const { hart, executed } = journal.teller(index);
        return this.machine.hart(hart).executed === executed ? index : undefined;
    }

    /** Goes on to the end of the run. */
    *run(): Command {
        while (this.#step(PART)) yield;
    }

    /** To the first round that begins at `cycle` or later, ahead or back. */
    *goTo(cycle: number): Command {
        if (cycle < this.clock || (this.machine.looks.isInTurn && cycle <= this.clock))
            this.#goBack(this.moments.lastThat(({ clock }) => clock <= cycle)?.moment);
        while (this.clock < cycle && this.#step(PART, cycle)) yield;
    }

    /** Behind the record of the next event of these kinds. With none ahead the run ends. */
    *toNext(kinds: ReadonlySet<EventName>): Command {
        const numbers = numbersOf(kinds);
        const { journal } = this;
        for (let index = journal.heard; ; index++) {
            while (index >= journal.known) {
                if (!this.#step(PART)) return;
                yield;
            }
            if (!journal.has(index) || !numbers.has(journal.number(index))) continue;
            yield* this.toEvent(index);
            return;
        }
    }

    /** Behind the record of the last event of these kinds before the present place. With none the run begins again. */
    *toPrevious(kinds: ReadonlySet<EventName>): Command {
        const numbers = numbersOf(kinds);
        const { journal } = this;
        for (let index = journal.heard - 2; journal.has(index); index--) {
            if (!numbers.has(journal.number(index))) continue;
            yield* this.toEvent(index);
            return;
        }
        yield* this.goTo(0);
    }

    /** Behind the record of a known event: its hart has executed no instruction more. */
    *toEvent(index: number): Command {
        const { journal } = this;
        if (!journal.has(index)) return;
        const { hart, executed, cycle } = journal.teller(index);
        if (journal.heard > index) this.#goBack(this.moments.lastThat(({ moment }) => moment.heard <= index)?.moment);
        yield* this.#toInstruction(hart, executed, cycle);
    }

    /** Until the hart has executed one instruction more, or has taken a trap instead. */
    *stepHart(hart: number): Command {
        yield* this.#aim(hart, this.machine.hart(hart).executed + 1);
    }

    /** Back to before the hart's last instruction. */
    *stepHartBack(hart: number): Command {
        const { executed, cycles } = this.machine.hart(hart);
        if (executed > 0) yield* this.#toInstruction(hart, executed - 1, cycles);
    }

    /** Halts before the hart's instruction behind `executed` others, at which its clock is `cycle` at most. Goes back when it is behind. */
    *#toInstruction(hart: number, executed: number, cycle: number): Command {
        const state = this.machine.hart(hart);
        for (let margin = 2 * this.machine.quantum; ; margin *= WIDER) {
            if (state.executed > executed)
                this.#goBack(
                    this.moments.lastThat(({ moment, clock }) => {
                        return (moment.executed[hart] ?? 0) <= executed && clock <= Math.max(0, cycle - margin);
                    })?.moment,
                );
            while (this.clock < cycle - margin && this.#step(PART, cycle - margin)) yield;
            if (state.executed <= executed || margin > cycle) break;
        }
        yield* this.#aim(hart, executed);
    }

    *#aim(hart: number, executed: number): Command {
        this.#halt.aim(this.machine, hart, executed);
        try {
            while (!this.#halt.isReached && this.#step(PART)) yield;
        } finally {
            this.#halt.aim(this.machine, undefined, 0);
        }
    }

    /** False when the run has ended. */
    #step(instructions: number, cycle?: number): boolean {
        if (this.ended !== undefined) return false;
        const { samples } = this;
        if (!this.machine.looks.isInTurn) this.#doDeeds();
        this.#note();
        const due = [samples.due, this.deeds[this.#done]?.clock].filter(
            (clock) => clock !== undefined && clock > this.clock,
        );
        const until = Math.min(cycle ?? Infinity, ...(due as number[]));
        const result = this.subject.step(instructions, MOST_INSTRUCTIONS, until === Infinity ? undefined : until);
        this.furthest = Math.max(this.furthest, this.clock);
        if (result.ended || this.clock >= samples.due) this.#sample();
        if (result.ended) this.ended = { end: result.end, message: result.message };
        return !result.ended;
    }

    /** Keeps the moment, if one is due. */
    #note(): void {
        const { machine, moments } = this;
        if (machine.looks.isInTurn || !moments.isDue(machine.executed)) return;
        moments.take(() => {
            const moment = this.debuggee.moment(moments.last?.moment.moment);
            const executed = Float64Array.from({ length: machine.hartCount }, (_, hart) => machine.hart(hart).executed);
            const place = { moment, heard: this.journal.heard, own: this.keepOwn(), executed, deeds: this.#done };
            return { moment: place, clock: this.clock, executed: machine.executed };
        });
    }

    /** How the kernel's code keeps its frames; undefined when that is not known. */
    get unwindTable(): readonly ImageFrame[] | undefined {
        return undefined;
    }

    /** What the kind of session keeps beside the machine's moment, and puts back. */
    protected keepOwn(): unknown {
        return undefined;
    }

    protected putBackOwn(_own: unknown): void {}

    /** Frames whose use has changed since the last call, as Frames.takeChanged has them. */
    takeFrames(): Picture["frames"] {
        return { all: false, rows: new Uint32Array(0) };
    }

    /** Called with each record of the kernel, before the journal has it. */
    protected hears(_halves: Uint32Array): void {}

    /**
     * Does something to the machine between two rounds, here or a little later. What lay ahead of this place does not any more: the run has another
     * future.
     */
    *act(text: string, act: () => void): Command {
        while (this.machine.looks.isInTurn && this.#step(PART, this.clock + 1)) yield;
        const { clock, journal } = this;
        this.deeds.splice(this.#done);
        this.moments.forget(clock);
        this.samples.forget(clock);
        this.console.splice(this.written);
        this.debuggee.forgetAhead();
        journal.known = journal.heard;
        this.#cut = {
            console: Math.min(this.#cut.console, this.written),
            known: Math.min(this.#cut.known, journal.heard),
        };
        this.furthest = clock;
        this.ended = undefined;
        this.deeds.push({ clock, text, act });
        this.#doDeeds();
    }

    /** What of the console and of the events has not changed since the last call. */
    takeCut(): Cut {
        const cut = this.#cut;
        this.#cut = UNCUT;
        return cut;
    }

    #doDeeds(): void {
        for (; (this.deeds[this.#done]?.clock ?? Infinity) <= this.clock; this.#done++) this.deeds[this.#done]?.act();
    }

    #sample(): void {
        if (!this.machine.looks.isInTurn && this.clock > (this.samples.all.at(-1)?.clock ?? 0))
            this.samples.take(this.clock);
    }

    #goBack(place: Place | undefined): void {
        if (place === undefined) return;
        this.debuggee.goBack(place.moment);
        this.journal.heard = place.heard;
        this.#done = place.deeds;
        this.putBackOwn(place.own);
        this.ended = undefined;
    }

    #hear(hart: number, halves: Uint32Array): void {
        this.hears(halves);
        this.journal.take(halves, () => {
            const state = this.machine.hart(hart);
            const { cycles: cycle, executed, pc } = state;
            this.furthest = Math.max(this.furthest, cycle);
            const [ra, trappedAt] = [state.x(RETURN_ADDRESS), state.csr("sepc")];
            return { cycle, hart, executed, pc: Number(pc), ra: Number(ra), trappedAt: Number(trappedAt) };
        });
    }
}

function* chunksOf({ moment: { snapshot } }: Place): Iterable<object> {
    for (const table of [...snapshot.tables, snapshot.frames]) yield* table.values();
}

function numbersOf(kinds: ReadonlySet<EventName>): ReadonlySet<number> {
    return new Set([...kinds].map((name) => EVENTS[name].number));
}

/** What a subject tells. */
export class Ears {
    onConsole: (byte: number) => void = () => {};
    onRecord: (hart: number, halves: Uint32Array) => void = () => {};
}

/** Halts the run before an instruction of a hart. */
class Halt implements Look {
    isReached = false;
    #machine: Machine | undefined;
    #hart = 0;
    #executed = 0;

    /** From now on the run halts where the hart has executed so many; undefined: nowhere. */
    aim(machine: Machine, hart: number | undefined, executed: number): void {
        if (this.#machine !== undefined) machine.looks.lookAt(this, this.#hart, false);
        this.#machine = hart === undefined ? undefined : machine;
        this.isReached = false;
        if (hart === undefined) return;
        this.#hart = hart;
        this.#executed = executed;
        this.isReached = machine.hart(hart).executed === executed;
        machine.looks.lookAt(this, hart, true);
    }

    next(hart: number): boolean {
        return this.#reaches(hart);
    }

    turnEnded(hart: number): boolean {
        return this.#reaches(hart);
    }

    #reaches(hart: number): boolean {
        if (hart !== this.#hart || this.#machine === undefined) return false;
        this.isReached ||= this.#machine.hart(hart).executed >= this.#executed;
        return this.isReached;
    }
}
