/**
 * A run that is looked at: it goes on, to a cycle, to an event, by an instruction of a hart, and back. Commands are generators, so that
 * who drives them can do something else between two of their parts. The run is the one that `archipel boot` has: same states, same hash.
 */

import { EVENTS, type EventName, eventNumber } from "../../boot/abi/events.ts";
import type { Moment } from "../../boot/report/debuggee.ts";
import type { Artifacts } from "../../boot/system/artifacts.ts";
import { bootSystem, type System } from "../../boot/system/boot-system.ts";
import type { Config } from "../../configs/schema/config.ts";
import type { Look } from "../../emu/host/looks.ts";
import type { Machine } from "../../emu/machine.ts";
import { Frames, type Used } from "./frames.ts";
import { Journal } from "./journal.ts";
import { Moments } from "./moments.ts";
import { Samples } from "./samples.ts";

/** Instructions of all harts between two times at which a command can be given up. */
const PART = 200_000;
const MOST_INSTRUCTIONS = 1e12;
/** A hart may be ahead of the round's cycle. Then it is gone back further, by so many times. */
const WIDER = 8;
/** The register of the psABI. */
const RETURN_ADDRESS = 1;

interface Place {
    readonly moment: Moment;
    readonly heard: number;
    readonly frames: ReadonlyMap<number, Used>;
    /** By hart: the instructions that it has executed. */
    readonly executed: Float64Array;
}

/** What a command is at work on, told between its parts. */
export type Command = Generator<undefined, void, undefined>;

export class Session {
    readonly system: System;
    readonly config: Config;
    readonly artifacts: Artifacts;
    readonly journal = new Journal();
    readonly frames: Frames;
    readonly samples: Samples;
    readonly moments: Moments<Place>;
    /** How the run has ended; undefined while it goes on. */
    ended: { readonly end: string; readonly message: string } | undefined;
    /** The furthest clock that the run has come to, or was told by an event. */
    furthest = 0;
    /** All that the console has shown, whatever the present place. */
    readonly console: number[] = [];
    readonly #halt = new Halt();

    /** Accesses are counted, whatever the config says of that: the states are the same. */
    constructor(config: Config, artifacts: Artifacts) {
        this.config = config;
        this.artifacts = artifacts;
        this.system = bootSystem({ ...config, accounting: "accesses" }, artifacts, {
            onPhase: () => {},
            falseSharing: true,
            onConsole: (bytes) => void this.console.push(...bytes),
            observers: [{ on: {}, onAny: (hart, halves) => this.#hear(hart, halves) }],
        });
        this.frames = new Frames(config, artifacts, this.machine.clusterCount);
        this.moments = new Moments(this.machine.clusterCount, chunksOf);
        this.samples = new Samples(this.machine, config.machine.hartsPerCluster);
        this.machine.looks.add(this.#halt);
        this.#note();
    }

    get machine(): Machine {
        return this.system.machine;
    }

    /** The cycle at which the present round began. */
    get clock(): number {
        return this.system.clock();
    }

    /** Bytes of the console up to the present place. */
    get written(): number {
        return this.system.written;
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
        const until = samples.due > this.clock ? Math.min(samples.due, cycle ?? samples.due) : cycle;
        const result = this.system.step(instructions, MOST_INSTRUCTIONS, until);
        this.furthest = Math.max(this.furthest, this.clock);
        if (result.ended || this.clock >= samples.due) this.#sample();
        if (result.ended) this.ended = { end: result.end, message: result.message };
        else this.#note();
        return !result.ended;
    }

    #note(): void {
        const { machine, moments } = this;
        if (machine.looks.isInTurn || !moments.isDue(machine.executed)) return;
        const moment = this.system.debuggee.moment(moments.last?.moment.moment);
        const executed = Float64Array.from({ length: machine.hartCount }, (_, hart) => machine.hart(hart).executed);
        const place = { moment, heard: this.journal.heard, frames: this.frames.copy(), executed };
        moments.add({ moment: place, clock: this.clock, executed: machine.executed });
    }

    #sample(): void {
        if (!this.machine.looks.isInTurn && this.clock > (this.samples.all.at(-1)?.clock ?? 0))
            this.samples.take(this.clock);
    }

    #goBack(place: Place | undefined): void {
        if (place === undefined) return;
        this.system.debuggee.goBack(place.moment);
        this.journal.heard = place.heard;
        this.frames.restore(place.frames);
        this.ended = undefined;
    }

    #hear(hart: number, halves: Uint32Array): void {
        const number = eventNumber(halves);
        if (number === EVENTS.frame.number) this.frames.frame(halves);
        else if (number === EVENTS.boot.number) this.frames.boot(halves);
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
