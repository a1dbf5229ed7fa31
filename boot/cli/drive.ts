/**
 * Runs a machine to its end within the host's bounds: steps of about 50 ms, between which signals, input and the clock are
 * looked at. Steps never change the run, so the host's speed shows nowhere but in a --timeout.
 */

import { interruption } from "../interruption.ts";

export interface Steppable<E> {
    step(instructions: number, limit: number): { readonly ended: false } | ({ readonly ended: true } & E);
}

export interface Bounds {
    readonly maxInstructions: number;
    readonly timeoutSeconds: number;
}

export type Stopped = { readonly end: "timeout" | "interrupted"; readonly message: string };

/** Seconds of host time that a step should take; a longer one makes Ctrl-C sluggish, a shorter one costs speed. */
const STEP_SECONDS = 0.05;
const FIRST_STEP = 100_000;
/** Bounds the growth of steps while the machine idles at no cost. */
const LARGEST_STEP = 50_000_000;

/** Runs to the guest's end, or to a bound; a first signal ends it between two steps. `onStep` is called between steps. */
export async function drive<E>(run: Steppable<E>, bounds: Bounds, onStep: () => void): Promise<E | Stopped> {
    const watch = interruption.watch();
    const start = performance.now();
    let size = FIRST_STEP;
    try {
        for (;;) {
            const before = performance.now();
            const result = run.step(size, bounds.maxInstructions);
            if (result.ended) return result;
            const now = performance.now();
            if (watch.requested) return { end: "interrupted", message: "interrupted" };
            if (now - start >= bounds.timeoutSeconds * 1000) {
                return { end: "timeout", message: `--timeout: not over after ${bounds.timeoutSeconds} s` };
            }
            onStep();
            size = nextSize(size, (now - before) / 1000);
            await new Promise((resume) => setImmediate(resume));
        }
    } finally {
        watch.release();
    }
}

function nextSize(size: number, seconds: number): number {
    const factor = Math.min(4, Math.max(0.25, STEP_SECONDS / Math.max(seconds, 1e-6)));
    return Math.min(LARGEST_STEP, Math.max(FIRST_STEP, Math.floor(size * factor)));
}
