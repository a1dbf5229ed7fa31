/** Programs on the model, in its order: misses by the harts' clocks, hits ahead of them (docs/spec/timing.md 2.1, 2.3). */

import type { Outcome } from "./reference/machine.ts";
import type { Model } from "./stream-model.ts";
import type { Access, Program } from "./streams.ts";

interface Hart {
    readonly index: number;
    readonly program: Program;
    clock: number;
    /** The access whose gap is over, but which has not been made. */
    pending: Access | undefined;
}

function isBefore(a: Hart, b: Hart): boolean {
    return a.clock < b.clock || (a.clock === b.clock && a.index < b.index);
}

export function runInMissOrder(model: Model, programs: readonly Program[], lookahead: number): Outcome {
    const clocks = programs.map(() => 0);
    let misses = 0;
    let waited = 0;
    let running: Hart[] = programs.map((program, index) => ({ index, program, clock: 0, pending: undefined }));
    /** Returns false at the end of the hart's program. */
    const turn = (hart: Hart, second: Hart | undefined): boolean => {
        const end = second ? second.clock + lookahead : Number.POSITIVE_INFINITY;
        while (hart.clock < end || hart.pending) {
            if (!hart.pending) {
                hart.pending = hart.program.next();
                if (!hart.pending) return false;
                hart.clock += hart.pending.gap;
            }
            const { line, isWrite } = hart.pending;
            if (model.hit(hart.index, line, Number(isWrite))) hart.clock++;
            else {
                if (second && isBefore(second, hart)) return true;
                const arrival = model.miss(hart.index, line, Number(isWrite), hart.clock);
                misses++;
                waited += arrival + 1 - hart.clock;
                hart.clock = arrival + 1;
            }
            hart.pending = undefined;
            hart.program.perform();
        }
        return true;
    };
    while (running.length > 0) {
        const [first, second] = firstTwo(running);
        if (turn(first, second)) continue;
        clocks[first.index] = first.clock;
        running = running.filter((hart) => hart !== first);
    }
    return { clocks, misses, latency: waited / misses };
}

function firstTwo(harts: readonly Hart[]): [Hart, Hart | undefined] {
    let first: Hart | undefined;
    let second: Hart | undefined;
    for (const hart of harts) {
        if (first === undefined || isBefore(hart, first)) {
            second = first;
            first = hart;
        } else if (second === undefined || isBefore(hart, second)) second = hart;
    }
    if (first === undefined) throw new Error("no hart is left");
    return [first, second];
}
