/** Runs stock guests: firmware and a kernel on a machine of our own, until they end or print what was waited for. */

import { compileCore } from "../../boot/build/core.ts";
import { type BareShape, type GuestFiles, makeBareMachine, TURN_DEFAULTS } from "../../boot/system/bare-machine.ts";

/** More than the longest of these runs needs. */
const MOST_INSTRUCTIONS = 40e9;
const STEP = 5e6;

export interface StockRun {
    /** All that was printed, without carriage returns. */
    readonly out: string;
    /** "exit 0", or how else it ended. */
    readonly end: string;
    readonly instructions: number;
}

export interface Typing {
    /** When the guest has printed this, */
    readonly after: string;
    /** this is typed. */
    readonly text: string;
}

/** Each line of `typing` waits for what was printed since the one before; `onMark` hears of slti x0, x0, n, with the instructions of its hart. */
export async function runStock(
    shape: BareShape,
    guest: GuestFiles,
    typing: readonly Typing[] = [],
    onMark?: (n: number, instructions: number) => void,
): Promise<StockRun> {
    let out = "";
    let seen = 0;
    const left = [...typing];
    const request = { ...shape, guest, seed: 1, turns: TURN_DEFAULTS, engine: {} };
    const machine = makeBareMachine(request, await compileCore(), (byte) => {
        if (byte !== 13) out += String.fromCharCode(byte);
    });
    const inner = machine.debuggee.machine;
    if (onMark !== undefined) inner.onMark = (hart, n) => onMark(n, inner.hart(hart).instructions);
    for (;;) {
        const result = machine.step(STEP, MOST_INSTRUCTIONS);
        const [next] = left;
        const at = next === undefined ? -1 : out.indexOf(next.after, seen);
        if (next !== undefined && at >= 0) {
            seen = at + next.after.length;
            left.shift();
            machine.receive(new TextEncoder().encode(next.text));
        } else if (result.ended) {
            const end = result.end === "exit" ? `exit ${result.code}` : `${result.end} ${result.message}`;
            return { out, end, instructions: machine.instructions() };
        }
    }
}
