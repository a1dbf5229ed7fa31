// A hart whose budget is used, or that pauses, may go on before its turn ends (docs/spec/turns.md, 2.5 and section 4). The draw may extend
// the turn, and the hart goes on while it holds a young reservation. Both run in the interpreter that can stop after any instruction,
// whatever engine ran the turn. Engines have no part in it.
import { BUDGET, RESERVATION, RESERVATION_LOST, RESERVED_AT } from "../state/hart-layout";
import {
    EXTENSION_END,
    HALT,
    PREEMPTION,
    ROUND,
    STEPPER_INDEX,
    STOP,
    TURN,
    TURN_BUDGET,
    TURN_EXTENDED,
    TURN_OVER,
    TURN_PAUSED,
} from "../state/machine-layout";
import { DRAW_EXTENSION, draw } from "./draw";
import { executedBy, grant, retiredBy } from "./time";

/** A reservation is young while fewer instructions than this were retired since its LR. That is more than a constrained loop has. */
const YOUNG: u64 = 64;

/** Fields of the draw: bits 0 to 3 extend when 0, 4 to 19 choose the octave of k, 20 to 31 its place there, 63 takes a reservation. */
const EXTENDS_MASK: u64 = 15;
const OCTAVE_SHIFT: u64 = 4;
const OCTAVE_MASK: u64 = 0xffff;
const OCTAVES: u64 = 10;
const PLACE_SHIFT: u64 = 20;
const LOSES_SHIFT: u64 = 63;

/** Returns true when the turn has ended for good: by WFI, by pause in an extension, or by a stop. */
export function isOver(): bool {
    return load<u32>(TURN) == TURN_OVER || load<u32>(STOP) != 0;
}

/** Returns true when the hart does not go on now: the turn has ended for good, or the run halts. */
function stands(): bool {
    return isOver() || load<u32>(HALT) != 0;
}

/** Decides how the hart goes on where its turn would end by its budget or by pause. */
export function endOfTurn(h: usize, index: u32): void {
    const paused = load<u32>(TURN) == TURN_PAUSED;
    const preemption = load<u32>(PREEMPTION) != 0;
    if (!preemption && (paused || !isReserved(h))) return;
    const drawn = draw(index, load<u64>(ROUND), DRAW_EXTENSION);
    const extended = preemption && (drawn & EXTENDS_MASK) == 0;
    if (paused && !extended) return;
    store<u32>(TURN, TURN_EXTENDED);
    store<u64>(EXTENSION_END, executedBy(h) + (extended ? extensionOf(drawn) : 0));
    goBeyond(h, index);
}

/** Goes on beyond the budget, from where the turn stands. When the run halts in there it is called again. */
export function goBeyond(h: usize, index: u32): void {
    runUntil(h, load<u64>(EXTENSION_END));
    if (stands() || !isReserved(h)) return;
    if (draw(index, load<u64>(ROUND), DRAW_EXTENSION) >> LOSES_SHIFT && !load<u32>(h, RESERVATION_LOST)) {
        store<u32>(h, 1, RESERVATION_LOST);
        return;
    }
    while (isReserved(h) && !stands()) runSome(h, 1);
}

/**
 * With fidelity "timing" turns may end after any instruction only in `scheduler: instruction`, and only there they go on while the hart holds a
 * young reservation, so that loops of LR and SC end (docs/spec/timing.md 4.5).
 */
export function holdReservation(h: usize): void {
    while (isReserved(h) && load<u32>(TURN) == TURN_BUDGET && !load<u32>(STOP) && !load<u32>(HALT)) runSome(h, 1);
}

/** Returns k: 1, 2, 3 to 4, 5 to 8, ... or 257 to 512, each octave as likely, so that short distances and long ones occur. */
function extensionOf(drawn: u64): u64 {
    const octave = (((drawn >> OCTAVE_SHIFT) & OCTAVE_MASK) * OCTAVES) >> 16;
    if (octave == 0) return 1;
    const width = (<u64>1) << (octave - 1);
    return width + 1 + ((drawn >> PLACE_SHIFT) & (width - 1));
}

/** Returns true when the hart holds a young reservation. */
function isReserved(h: usize): bool {
    return load<u32>(h, RESERVATION) != 0 && retiredBy(h) - load<u64>(h, RESERVED_AT) < YOUNG;
}

/** Runs until `end` instructions are executed, trapped ones included, or fewer when the hart ends its turn by itself. */
function runUntil(h: usize, end: u64): void {
    while (executedBy(h) < end && !stands()) runSome(h, <i32>(end - executedBy(h)));
}

/**
 * Runs at least one instruction, unless the run halts before it, and at most `count`, because each costs at least a cycle. Their cost is
 * debt, as all overshoot.
 */
function runSome(h: usize, count: i32): void {
    const granted = count - load<i32>(h, BUDGET);
    grant(h, granted);
    call_indirect<void>(load<u32>(STEPPER_INDEX), h);
    grant(h, -granted);
}
