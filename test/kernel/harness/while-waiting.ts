/** Acts that happen in the middle of a wait of the kernel's. */

import type { Machine } from "./machine.ts";

/** Steps of a wait from one act to the next: all that can go on has gone on by then. */
const STEPS = 10;

/** Each act in turn, the next one while the one before waits. */
export function whileWaiting(machine: Machine, ...acts: (() => void)[]): void {
    let steps = 0;
    machine.onWait = () => {
        if (++steps < STEPS) return;
        steps = 0;
        acts.shift()?.();
    };
}
