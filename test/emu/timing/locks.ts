/** Programs whose accesses depend on time, for the comparison of docs/spec/timing.md 7.8: harts that take a lock, all of it in one line. */
import { random } from "../engine/guest.ts";
import { type Access, type Program, type StreamShape, sharedLine } from "./streams.ts";

/** The words of the lock's line. */
interface Lock {
    taken: boolean;
    nextTicket: number;
    serving: number;
}

export type LockKind = "test-and-set" | "ticket";

/** Cycles before a try, within the lock, and at most between two times that a hart takes it. */
const TRY_GAP = 2;
const CRITICAL_GAP = 20;
const LONGEST_THINK = 400;

type Step = "try" | "spin" | "critical" | "release";

/** Each hart takes the lock so many times, and writes to another line within it. */
export function lockPrograms(shape: StreamShape, kind: LockKind, times: number): (hart: number) => Program {
    const lock: Lock = { taken: false, nextTicket: 0, serving: 0 };
    const lockLine = sharedLine(shape, 0);
    const dataLine = sharedLine(shape, 65);
    return (hart) => {
        const next = random((hart + 1) * 0x9e3779b1);
        let left = times;
        let step: Step = "try";
        let ticket = 0;
        let gap = next() % LONGEST_THINK;
        const go = (to: Step, after: number) => {
            step = to;
            gap = after;
        };
        const tryIt = () => {
            if (kind === "ticket") {
                ticket = lock.nextTicket++;
                go("spin", TRY_GAP);
            } else {
                go(lock.taken ? "try" : "critical", lock.taken ? TRY_GAP : CRITICAL_GAP);
                lock.taken = true;
            }
        };
        const release = () => {
            lock.taken = false;
            lock.serving++;
            left--;
            go("try", next() % LONGEST_THINK);
        };
        const steps: Readonly<Record<Step, () => void>> = {
            try: tryIt,
            spin: () => (lock.serving === ticket ? go("critical", CRITICAL_GAP) : go("spin", TRY_GAP)),
            critical: () => go("release", TRY_GAP),
            release,
        };
        return {
            next: (): Access | undefined => {
                if (left === 0) return undefined;
                return { gap, line: step === "critical" ? dataLine : lockLine, isWrite: step !== "spin" };
            },
            perform: () => steps[step](),
        };
    };
}
