/** Going back: from a moment before, the run is done again up to the place that is looked for. */

import type { Debuggee, Moment } from "../report/debuggee.ts";
import type { History } from "./history.ts";
import { positionOf, type Stop, type Stops } from "./stops.ts";

/** Instructions before a place from which each is looked at. A turn of straight code may be longer, and then it is done again. */
const MARGIN = 20_000;
const WIDER = 8;
/** Instructions between two times at which Ctrl-C is looked for. */
const CHUNK = 4_000_000;

export interface Runner {
    /** Runs about so many instructions, or to a stop. */
    step(instructions: number): { readonly ended: boolean };
    /** Between steps. True when the debugger wants the run to stop. */
    breathe(): Promise<boolean>;
}

export class Backwards {
    readonly #debuggee: Debuggee;
    readonly #stops: Stops;
    readonly #history: History;
    readonly #runner: Runner;

    constructor(debuggee: Debuggee, stops: Stops, history: History, runner: Runner) {
        this.#debuggee = debuggee;
        this.#stops = stops;
        this.#history = history;
        this.#runner = runner;
    }

    /** Goes to the last stop before the present place. Undefined: there was none, and the run stands where its history begins. */
    async toLastStop(): Promise<Stop | undefined> {
        let end = positionOf(this.#debuggee.machine);
        for (;;) {
            const from = this.#history.before(end);
            if (from === undefined) {
                const { first } = this.#history;
                if (first !== undefined) this.#goBack(first.moment);
                return undefined;
            }
            let last: { position: number; stop: Stop } | undefined;
            const passed = (stop: Stop) => {
                const position = positionOf(this.#debuggee.machine);
                if (position < end) last = { position, stop };
            };
            const finished = await this.#runTo(from.moment, end, passed);
            if (last !== undefined) {
                await this.#runTo(from.moment, last.position);
                return last.stop;
            }
            if (!finished) return undefined;
            end = from.position;
        }
    }

    /** Goes to before the hart's last instruction, or the last that trapped. False: its history does not reach so far. */
    async stepBack(hart: number): Promise<boolean> {
        const { machine } = this.#debuggee;
        const end = positionOf(machine);
        const wanted = machine.hart(hart).executed - 1;
        for (let margin = MARGIN; ; margin *= WIDER) {
            const from = this.#history.before(end - margin) ?? this.#history.first;
            if (from === undefined) return false;
            this.#goBack(from.moment);
            if (machine.hart(hart).executed > wanted) {
                if (from === this.#history.first) return false;
                continue;
            }
            await this.#coarse(end - margin);
            if (machine.hart(hart).executed > wanted) continue;
            this.#stops.aimAtHart(hart, wanted);
            await this.#untilStop();
            this.#stops.aimAtHart(undefined);
            return true;
        }
    }

    /** From the moment to where all harts have executed `position` instructions. False when the debugger has interrupted it. */
    async #runTo(from: Moment, position: number, passed: (stop: Stop) => void = () => {}): Promise<boolean> {
        const { machine } = this.#debuggee;
        for (let margin = MARGIN; ; margin *= WIDER) {
            this.#goBack(from);
            this.#stops.onPassed = passed;
            const finished = await this.#coarse(position - margin);
            const now = positionOf(machine);
            if (finished && now < position) {
                this.#stops.aimAt(position);
                await this.#untilStop();
                this.#stops.aimAt(undefined);
            }
            this.#stops.onPassed = undefined;
            if (!finished || now <= position) return finished;
        }
    }

    /** Runs to the end of a turn at or behind the position. */
    async #coarse(position: number): Promise<boolean> {
        for (;;) {
            const left = position - positionOf(this.#debuggee.machine);
            if (left <= 0) return true;
            if (this.#runner.step(Math.min(left, CHUNK)).ended) return true;
            if (await this.#runner.breathe()) return false;
        }
    }

    async #untilStop(): Promise<void> {
        while (this.#stops.stop === undefined && !this.#runner.step(CHUNK).ended) {
            if (await this.#runner.breathe()) return;
        }
    }

    #goBack(moment: Moment): void {
        this.#debuggee.goBack(moment);
        this.#stops.begin();
    }
}
