// The scheduler of rounds (docs/spec/turns.md). A hart's work beyond its budget is in turn-end.ts.
import {
    ABSENT,
    BUDGET,
    HART_ID,
    IDLE,
    INSTRET_BIAS,
    LOOKED_AT,
    MIE,
    RESERVATION,
    RUNNING,
    STATE,
    TARGET,
    WAITING,
} from "../state/hart-layout";
import {
    ALARM,
    CURSOR,
    ENGINE_INDEX,
    EXECUTED_BEFORE,
    HALT,
    HALTED,
    HART_COUNT,
    HTIF_WORD,
    JIT_WAITING,
    LIMIT,
    NEXT_EVENT,
    PART,
    PHASE,
    PHASE_BEYOND,
    PHASE_BUDGET,
    QUANTUM,
    ROUND,
    ROUND_LIMIT,
    RUN_DEADLOCK,
    RUN_HALT,
    RUN_HTIF,
    RUN_LIMIT,
    RUN_ROUNDS,
    RUN_STOP,
    RUNNABLE_BASE,
    STEPPING,
    STOP,
    TURN,
    TURN_BUDGET,
    WORK,
} from "../state/machine-layout";
import { TIMING } from "../state/timing-layout";
import { endPart, isAway, nextPart, resume, startPart } from "./conflicts";
import { DRAW_JITTER, draw } from "./draw";
import { hartAt } from "./harts";
import { alarm, compile_hot } from "./host";
import { drainSome } from "./store-buffer";
import { clockAt, clockOf, eventOf, executedBy, NEVER, pendingOf, retiredBy } from "./time";
import { firstHart } from "./timing/heap";
import { goOnTimed, timedTurn, wakeTimed } from "./timing/turns";
import { sampleInterrupts } from "./trap";
import { endOfTurn, goBeyond, isOver } from "./turn-end";

/** Runs turns until a limit, a stop, a request to HTIF, a deadlock or a halt, and returns a RUN_*. It may be called again to go on. */
export function run_turns(): u32 {
    store<u32>(HALT, 0);
    const halted = <usize>load<u32>(HALTED);
    if (load<u32>(TIMING)) return runTimed(halted);
    if (halted) goOn(halted, load<u32>(halted, HART_ID));
    while (!load<u32>(HALT)) {
        const ended = endBeforeTurn();
        if (ended >= 0) return <u32>ended;
        const index = nextRunnable(load<u32>(CURSOR));
        if (index >= load<u32>(HART_COUNT)) {
            if (!nextPart() && !nextRound()) return RUN_DEADLOCK;
            store<u32>(CURSOR, 0);
            continue;
        }
        store<u32>(CURSOR, index + 1);
        turn(hartAt(index));
        if (load<u32>(JIT_WAITING)) compile_hot();
    }
    return RUN_HALT;
}

/** As run_turns, with fidelity "timing". */
function runTimed(halted: usize): u32 {
    if (halted) goOnTimed(halted);
    while (!load<u32>(HALT)) {
        const ended = endBeforeTurn();
        if (ended >= 0) return <u32>ended;
        const h = firstHart();
        if (!h) return RUN_DEADLOCK;
        store<u32>(CURSOR, load<u32>(h, HART_ID) + 1);
        timedTurn(h);
    }
    return RUN_HALT;
}

/**
 * Decides before each turn, in this order (turns.md 6.1): a request of the guest or the host comes before a limit, but never in place of
 * one. Returns a RUN_*, or -1.
 */
function endBeforeTurn(): i32 {
    if (load<u32>(STOP)) return RUN_STOP;
    const word = <usize>load<u32>(HTIF_WORD);
    if (word && load<u64>(word)) return RUN_HTIF;
    if (load<u64>(WORK) >= load<u64>(LIMIT)) return RUN_LIMIT;
    return load<u64>(ROUND) >= load<u64>(ROUND_LIMIT) ? RUN_ROUNDS : -1;
}

/** Lets a hart that may be waiting look, because something happened to it. */
export function wake(index: u32): void {
    if (load<u32>(TIMING)) {
        wakeTimed(hartAt(index));
        return;
    }
    const word = <usize>load<u32>(RUNNABLE_BASE) + ((<usize>index >> 6) << 3);
    store<u64>(word, load<u64>(word) | ((<u64>1) << (index & 63)));
}

function sleep(index: u32): void {
    const word = <usize>load<u32>(RUNNABLE_BASE) + ((<usize>index >> 6) << 3);
    store<u64>(word, load<u64>(word) & ~((<u64>1) << (index & 63)));
}

/** Returns the first hart from `index` on that may have something to do, or HART_COUNT or more if there is none. */
function nextRunnable(index: u32): u32 {
    const count = load<u32>(HART_COUNT);
    const base = <usize>load<u32>(RUNNABLE_BASE);
    while (index < count) {
        const bits = load<u64>(base + ((<usize>index >> 6) << 3)) >> (index & 63);
        if (bits) return index + <u32>ctz(bits);
        index = (index | 63) + 1;
    }
    return count;
}

/** Starts the next round, the first in which any hart can run. False when no hart ever can. */
function nextRound(): bool {
    let round = load<u64>(ROUND) + 1;
    const quantum = <u64>load<u32>(QUANTUM);
    if (nextRunnable(0) >= load<u32>(HART_COUNT)) {
        const event = load<u64>(NEXT_EVENT);
        if (event == NEVER) return false;
        const first = (event + quantum - 1) / quantum;
        if (first > round) round = first;
    }
    store<u64>(ROUND, round);
    store<u32>(PART, 0);
    if (round * quantum >= load<u64>(NEXT_EVENT)) wakeTimers(round * quantum);
    return true;
}

/** Wakes waiting harts whose timer is due, rings the clock of the day when it is, and finds the next event of the others. */
function wakeTimers(clock: u64): void {
    const count = load<u32>(HART_COUNT);
    let next = clockAt(load<u64>(ALARM));
    if (next <= clock) {
        next = NEVER;
        store<u64>(ALARM, NEVER);
        alarm();
    }
    for (let i: u32 = 0; i < count; i++) {
        const h = hartAt(i);
        if (load<u32>(h, STATE) != WAITING) continue;
        const event = eventOf(h);
        if (event <= clock) wake(i);
        else if (event < next) next = event;
    }
    store<u64>(NEXT_EVENT, next);
}

function turn(h: usize): void {
    const index = load<u32>(h, HART_ID);
    if (load<u32>(h, STATE) == ABSENT) {
        sleep(index);
        return;
    }
    if (load<u32>(PART)) {
        if (!resume(h)) return;
    } else {
        startTurn(h, index);
        if (isAway(h)) return;
    }
    if (load<u32>(h, STATE) == WAITING) {
        if (!(pendingOf(h) & load<u64>(h, MIE))) {
            waitOn(h, index);
            return;
        }
        store<u32>(h, RUNNING, STATE);
    }
    if (load<i32>(h, BUDGET) <= 0) return;
    store<u64>(EXECUTED_BEFORE, executedBy(h));
    store<u32>(TURN, TURN_BUDGET);
    store<u32>(PHASE, PHASE_BUDGET);
    startPart(h, index);
    drainSome(h);
    sampleInterrupts(h);
    goOn(h, index);
}

/** Goes on with a turn that has begun, to its end or until the run halts. */
function goOn(h: usize, index: u32): void {
    store<u32>(HALTED, <u32>h);
    if (load<u32>(PHASE) == PHASE_BUDGET) {
        call_indirect<void>(load<u32>(ENGINE_INDEX), h);
        if (load<u32>(HALT)) return;
        store<u32>(PHASE, PHASE_BEYOND);
        if (!isOver()) endOfTurn(h, index);
    } else {
        goBeyond(h, index);
    }
    if (load<u32>(HALT)) return;
    store<u32>(HALTED, 0);
    endPart(h, index);
    drainSome(h);
    store<u32>(h, 0, RESERVATION);
    store<u64>(WORK, load<u64>(WORK) + executedBy(h) - load<u64>(EXECUTED_BEFORE));
    if (load<u32>(h, STATE) == WAITING) waitOn(h, index);
    else sampleInterrupts(h);
    store<u32>(HALT, load<u32>(h, LOOKED_AT));
}

/** Sets the budget. A hart behind the round's start was waiting, and time has passed for it. */
function startTurn(h: usize, index: u32): void {
    const quantum = <u64>load<u32>(QUANTUM);
    const round = load<u64>(ROUND);
    const start = round * quantum;
    let clock = clockOf(h);
    const retired = retiredBy(h);
    if (clock < start) {
        store<u64>(h, load<u64>(h, IDLE) + start - clock, IDLE);
        clock = start;
    }
    const range = load<u32>(STEPPING) ? quantum : quantum >> 1;
    const jitter = range ? draw(index, round, DRAW_JITTER) % range : 0;
    const target = start + quantum + jitter;
    const budget = <i32>(target - clock);
    store<u64>(h, target, TARGET);
    store<i32>(h, budget, BUDGET);
    store<u64>(h, retired + <u64>(<i64>budget), INSTRET_BIAS);
}

function waitOn(h: usize, index: u32): void {
    sleep(index);
    const event = eventOf(h);
    if (event < load<u64>(NEXT_EVENT)) store<u64>(NEXT_EVENT, event);
}
