/**
 * Notices a livelock (interface.md 3): harts only poll, while no thread retires user instructions, no request is served and no thread waits
 * with a deadline. It looks at the machine at fixed rounds, so that a run ends at the same place however it is cut into steps. It only
 * reads: hash and cycles are those of a run without it.
 */

import type { Handlers, Observer } from "../abi/observer.ts";

/** The part of a hart that the detector reads (emu/host/hart.ts). */
export interface WatchedHart {
    readonly pc: bigint;
    /** 0 is user mode. */
    readonly privilege: number;
    readonly waiting: boolean;
    readonly cycles: number;
    readonly leftUser: number;
    readonly enteredUser: number;
    csr(name: string): bigint;
}

export interface WatchedMachine {
    /** Clusters without harts have no entry here. */
    readonly harts: ReadonlyMap<number, WatchedHart>;
    /** The cycle at which the present round began. */
    clock(): number;
    readonly quantum: number;
    /** Cycles of one tick of the timer. */
    readonly timebaseDivider: number;
    /** True for code that only waits: the code of the scheduler, of requests and of locks. */
    isPolling(pc: number): boolean;
}

/** Looks within one bound. */
const LOOKS = 64;
/** A hart works on something when fewer than one in so many looks meet it in polling code. */
const POLLING_SHARE = 4;
const USER_MODE = 0;
const PAGE_FAULTS: ReadonlySet<bigint> = new Set([12n, 13n, 15n]);
const TIMER_INTERRUPT = 1n << 5n;
const NEVER = 2n ** 64n - 1n;

interface Look {
    polls: number;
    all: number;
}

export class LivelockWatch implements Observer {
    readonly on: Handlers = {
        rpcServed: () => {
            this.#now.progress = true;
        },
        leave: ({ pid }, hart) => {
            if (pid !== 0) this.#inUser.add(hart);
        },
    };
    readonly onAny = (hart: number): void => {
        if (this.#inUser.delete(hart) && this.#retired(hart)) this.#now.progress = true;
    };
    readonly #machine: WatchedMachine;
    readonly #bound: number;
    readonly #period: number;
    /** The clock of the next look, that of the last progress, and whether there was some since. */
    readonly #now: { next: number; last: number; progress: boolean };
    /** Harts whose last record says that they enter user mode. */
    readonly #inUser = new Set<number>();
    /** The page fault that ended a hart's last time in user mode, by hart. A hart has no entry when something else ended it. */
    readonly #lastFault = new Map<number, string>();
    readonly #looks = new Map<number, Look>();

    /** `boundCycles` is the option kernel.livelockCycles. */
    constructor(machine: WatchedMachine, boundCycles: number) {
        this.#machine = machine;
        this.#bound = boundCycles;
        this.#period = Math.max(1, Math.ceil(boundCycles / LOOKS / machine.quantum)) * machine.quantum;
        this.#now = { next: this.#period, last: 0, progress: false };
    }

    /**
     * True when the hart retired anything in its time in user mode, which has just ended. A clock that stands shows that it did not. So
     * does the very page fault that ended the time before, because stalls of a faulting access move the clock, too.
     */
    #retired(index: number): boolean {
        const hart = this.#machine.harts.get(index);
        if (hart === undefined || hart.leftUser <= hart.enteredUser) return false;
        const before = this.#lastFault.get(index);
        this.#lastFault.delete(index);
        if (!PAGE_FAULTS.has(hart.csr("scause"))) return true;
        const fault = `${hart.csr("sepc")} ${hart.csr("stval")}`;
        this.#lastFault.set(index, fault);
        return fault !== before;
    }

    get gathered() {
        const containers = { now: this.#now, inUser: this.#inUser, lastFault: this.#lastFault, looks: this.#looks };
        return { name: "livelock", containers };
    }

    /** Rounds until `look` must be called. */
    rounds(): number {
        return Math.ceil((this.#now.next - this.#machine.clock()) / this.#machine.quantum);
    }

    /** Called between rounds. True for a livelock. */
    look(): boolean {
        const now = this.#machine.clock();
        if (now < this.#now.next) return false;
        // Time that jumps has jumped to the deadline of a thread.
        const jumped = now >= this.#now.next + this.#period;
        this.#now.next = now - (now % this.#period) + this.#period;
        if (jumped || this.#now.progress || this.#somebodyRuns()) {
            this.#startAnew(now);
            return false;
        }
        this.#sample();
        if (now - this.#now.last < this.#bound) return false;
        const looks = [...this.#looks.values()];
        if (looks.every(({ polls, all }) => polls * POLLING_SHARE >= all)) return true;
        this.#startAnew(now);
        return false;
    }

    #startAnew(now: number): void {
        this.#now.last = now;
        this.#now.progress = false;
        this.#looks.clear();
    }

    /** True when a hart has executed something in user mode, or its timer will wake a thread. */
    #somebodyRuns(): boolean {
        for (const hart of this.#machine.harts.values()) {
            const { privilege, enteredUser, cycles } = hart;
            if (privilege === USER_MODE && enteredUser !== 0 && cycles > enteredUser) return true;
            if (this.#hasDeadline(hart)) return true;
        }
        return false;
    }

    #hasDeadline(hart: WatchedHart): boolean {
        const deadline = hart.csr("stimecmp");
        if (deadline === NEVER || (hart.csr("mie") & TIMER_INTERRUPT) === 0n) return false;
        return hart.waiting || Number(deadline) * this.#machine.timebaseDivider > hart.cycles;
    }

    #sample(): void {
        for (const [index, hart] of this.#machine.harts) {
            if (hart.waiting) continue;
            const look = this.#looks.get(index) ?? { polls: 0, all: 0 };
            look.all++;
            if (this.#machine.isPolling(Number(hart.pc))) look.polls++;
            this.#looks.set(index, look);
        }
    }
}
