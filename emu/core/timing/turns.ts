// Turns of fidelity "timing" (docs/spec/timing.md, section 2): the hart with the smallest key runs through hits, and until its next miss is
// due when another is behind.
import {
    ABSENT,
    BUDGET,
    EXIT,
    EXIT_ENDS,
    HEAP_AT,
    IDLE,
    INSTRET_BIAS,
    KEY,
    LOOKED_AT,
    MIE,
    RANK,
    RESERVATION,
    RUNNING,
    STATE,
    TARGET,
    WAITING,
} from "../../state/hart-layout";
import {
    ENGINE_INDEX,
    EXECUTED_BEFORE,
    HALT,
    HALTED,
    HART_COUNT,
    PHASE,
    PHASE_BEYOND,
    PHASE_BUDGET,
    QUANTUM,
    ROUND,
    STEPPING,
    TURN,
    TURN_BUDGET,
    WORK,
} from "../../state/machine-layout";
import { CURRENT, DEVICE_CYCLES, LOOKAHEAD, NEXT_CLOCK, NEXT_RANK, NOW } from "../../state/timing-layout";
import { DRAW_RANK, DRAW_START, draw } from "../draw";
import { hartAt } from "../harts";
import { clockOf, eventOf, executedBy, NEVER, pendingOf, retiredBy } from "../time";
import { sampleInterrupts } from "../trap";
import { holdReservation } from "../turn-end";
import { leaveHeap, secondHart, setKey } from "./heap";

/** Clocks start between 0 and this. */
const START_MASK: u64 = 63;
/** Below the bits of a draw, the number of the hart makes its rank its own. */
const RANK_SHIFT: u64 = 16;

/** Gives each hart its rank and its first clock, both by the seed (2.6). */
export function start_timing(): void {
    const count = load<u32>(HART_COUNT);
    for (let i: u32 = 0; i < count; i++) {
        const h = hartAt(i);
        store<u64>(h, ((draw(i, 0, DRAW_RANK) >> RANK_SHIFT) << RANK_SHIFT) | <u64>i, RANK);
        advanceTo(h, draw(i, 0, DRAW_START) & START_MASK);
        if (load<u32>(h, STATE) != ABSENT) setKey(h, clockOf(h));
    }
}

/** The hart idles until that clock. */
function advanceTo(h: usize, clock: u64): void {
    const present = clockOf(h);
    if (clock <= present) return;
    store<u64>(h, load<u64>(h, TARGET) + clock - present, TARGET);
    store<u64>(h, load<u64>(h, IDLE) + clock - present, IDLE);
}

/** Something happened to a hart that may be waiting. It looks when the news has reached it (2.2). */
export function wakeTimed(h: usize): void {
    if (load<u32>(h, STATE) != WAITING) return;
    const current = <usize>load<u32>(CURRENT);
    let news = load<u64>(NOW);
    if (current) {
        news = clockOf(current) + <u64>load<u32>(DEVICE_CYCLES);
        // The other's key may come before the end of this turn.
        if (current != h) store<u32>(current, load<u32>(current, EXIT) | EXIT_ENDS, EXIT);
    }
    const own = clockOf(h);
    let due = own > news ? own : news;
    const event = eventOf(h);
    if (event < due) due = event > own ? event : own;
    // Older news, which has a key already, is not put off by this.
    if (load<u32>(h, HEAP_AT) && load<u64>(h, KEY) < due) return;
    setKey(h, due);
}

/** A hart that waits stands in the heap by the clock of its timer. */
function park(h: usize): void {
    const event = eventOf(h);
    const own = clockOf(h);
    if (event == NEVER) leaveHeap(h);
    else setKey(h, event > own ? event : own);
}

/** The turn of the hart with the smallest key. */
export function timedTurn(h: usize): void {
    const key = load<u64>(h, KEY);
    store<u64>(NOW, key);
    store<u64>(ROUND, key / <u64>load<u32>(QUANTUM));
    if (load<u32>(h, STATE) == WAITING) {
        advanceTo(h, key);
        if (!(pendingOf(h) & load<u64>(h, MIE))) {
            park(h);
            return;
        }
        store<u32>(h, RUNNING, STATE);
    }
    setBudget(h);
    store<u64>(EXECUTED_BEFORE, executedBy(h));
    store<u32>(TURN, TURN_BUDGET);
    store<u32>(PHASE, PHASE_BUDGET);
    store<u32>(CURRENT, <u32>h);
    sampleInterrupts(h);
    goOnTimed(h);
}

/** Goes on with a turn that has begun, to its end or until the run halts. */
export function goOnTimed(h: usize): void {
    store<u32>(HALTED, <u32>h);
    if (load<u32>(PHASE) == PHASE_BUDGET) {
        call_indirect<void>(load<u32>(ENGINE_INDEX), h);
        if (load<u32>(HALT)) return;
        store<u32>(PHASE, PHASE_BEYOND);
    }
    if (load<u32>(STEPPING)) holdReservation(h);
    if (load<u32>(HALT)) return;
    store<u32>(HALTED, 0);
    store<u32>(CURRENT, 0);
    store<u32>(h, 0, RESERVATION);
    store<u64>(WORK, load<u64>(WORK) + executedBy(h) - load<u64>(EXECUTED_BEFORE));
    store<u32>(HALT, load<u32>(h, LOOKED_AT));
    if (load<u32>(h, STATE) == WAITING) {
        park(h);
        return;
    }
    sampleInterrupts(h);
    setKey(h, clockOf(h));
}

/** The hart may run ahead of the next one by the lookahead, and never longer than a quantum (2.3). */
function setBudget(h: usize): void {
    const clock = clockOf(h);
    const retired = retiredBy(h);
    const second = secondHart();
    const most = clock + <u64>load<u32>(QUANTUM);
    let target = most;
    store<u64>(NEXT_CLOCK, NEVER);
    if (second) {
        store<u64>(NEXT_CLOCK, load<u64>(second, KEY));
        store<u64>(NEXT_RANK, load<u64>(second, RANK));
        const ahead = load<u64>(second, KEY) + <u64>load<u32>(LOOKAHEAD);
        if (ahead < most) target = ahead;
    }
    const budget = <i32>(target - clock);
    store<u64>(h, target, TARGET);
    store<i32>(h, budget, BUDGET);
    store<u64>(h, retired + <u64>(<i64>budget), INSTRET_BIAS);
}
