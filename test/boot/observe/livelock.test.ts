/** When a run counts as a livelock (interface.md 3), over harts and records that are made up. */

import { describe, expect, it } from "vitest";
import { LivelockWatch, type WatchedHart } from "../../../boot/observe/livelock.ts";
import { CAUSE } from "../../../emu/isa/cause.ts";
import { PRIVILEGE_S, PRIVILEGE_U } from "../../../emu/state/hart-layout.ts";
import { PROBE_FAULT_BEGIN, PROBE_LEAVE, PROBE_RPC_SERVED } from "../../../kernel/abi/event.ts";
import { ELF_ZONE_BASE } from "../../../kernel/abi/memory-map.ts";
import { tellTo } from "./tell.ts";

const BOUND = 640_000;
const QUANTUM = 1000;
const PERIOD = 10_000;
const NEVER = 2n ** 64n - 1n;
/** Code that polls, and code that works. */
const [POLL, WORK] = [0x100n, 0x200n];

type Fake = { -readonly [K in keyof Omit<WatchedHart, "csr">]: WatchedHart[K] } & { csrs: Record<string, bigint> };

class Made {
    now = 0;
    readonly harts: Fake[];
    readonly watch: LivelockWatch;
    readonly tell: ReturnType<typeof tellTo>;

    constructor(count = 2) {
        this.harts = Array.from({ length: count }, () => ({
            ...{ pc: POLL, privilege: PRIVILEGE_S, waiting: false, cycles: 0, leftUser: 0, enteredUser: 0 },
            csrs: { stimecmp: NEVER, mie: 1n << 5n },
        }));
        const watched = this.harts.map((hart, i): [number, WatchedHart] => {
            return [i, Object.assign(hart, { csr: (name: string) => hart.csrs[name] ?? 0n })];
        });
        const machine = {
            harts: new Map(watched),
            clock: () => this.now,
            quantum: QUANTUM,
            timebaseDivider: 100,
            isPolling: (pc: number) => pc === Number(POLL),
        };
        this.watch = new LivelockWatch(machine, BOUND);
        this.tell = tellTo(this.watch);
    }

    /** Time passes up to the next look, `happens` before it; the look's answer. */
    look(happens = (_made: Made): void => {}): boolean {
        this.now += this.watch.rounds() * QUANTUM;
        for (const hart of this.harts) hart.cycles = this.now;
        happens(this);
        return this.watch.look();
    }

    /** Cycles until it is a livelock; undefined: not within three bounds. */
    until(happens = (_made: Made, _look: number): void => {}): number | undefined {
        for (let look = 0; this.now < 3 * BOUND; look++) if (this.look((made) => happens(made, look))) return this.now;
        return undefined;
    }

    /** The hart leaves the kernel for process 1, and is back after `cycles` by a trap of that cause. */
    stint(cycles: number, csrs: { scause: bigint; sepc?: bigint; stval?: bigint }): void {
        this.tell(0, PROBE_LEAVE, 1);
        const [hart] = this.harts;
        if (hart === undefined) return;
        Object.assign(hart, { enteredUser: this.now, leftUser: this.now + cycles });
        Object.assign(hart.csrs, csrs);
        this.tell(0, PROBE_FAULT_BEGIN, 0);
    }
}

const PAGE_FAULT = { scause: BigInt(CAUSE.LOAD_PAGE_FAULT), sepc: BigInt(ELF_ZONE_BASE), stval: 0x5000n };
const ECALL = { scause: BigInt(CAUSE.ECALL_FROM_U) };

describe("a livelock", () => {
    it("is harts that only poll, for the bound; asleep ones do not count", () => {
        expect(new Made().until()).toBe(BOUND);
        const made = new Made();
        if (made.harts[1] !== undefined) Object.assign(made.harts[1], { waiting: true, pc: WORK });
        expect(made.until()).toBe(BOUND);
    });

    it("begins when the last progress was", () => {
        const served = (made: Made, look: number) => {
            if (look < 20) made.tell(1, PROBE_RPC_SERVED, 3);
        };
        expect(new Made().until(served)).toBe(20 * PERIOD + BOUND);
    });

    it("is also a thread that meets one page fault again and again, whatever it stalls", () => {
        expect(new Made().until((made) => made.stint(7, PAGE_FAULT))).toBe(PERIOD + BOUND);
        expect(new Made().until((made) => made.stint(0, { scause: (1n << 63n) + 5n }))).toBe(BOUND);
    });

    it("is met although a hart is now and then found between two polls", () => {
        const half = (made: Made, look: number) => {
            for (const hart of made.harts) hart.pc = look % 2 === 0 ? POLL : WORK;
        };
        expect(new Made().until(half)).toBe(BOUND);
    });
});

describe("no livelock is", () => {
    it.each<readonly [string, (made: Made, look: number) => void]>([
        ["requests that are served", (made) => made.tell(0, PROBE_RPC_SERVED, 3)],
        ["system calls", (made) => made.stint(10, ECALL)],
        [
            "page faults of one instruction at other addresses",
            (made, i) => made.stint(1, { ...PAGE_FAULT, stval: BigInt(i) }),
        ],
        [
            "a hart that runs in user mode",
            ({ harts: [hart], now }) => hart && Object.assign(hart, { privilege: PRIVILEGE_U, enteredUser: now - 5 }),
        ],
        ["a hart that works in the kernel", ({ harts: [hart] }) => hart && Object.assign(hart, { pc: WORK })],
        [
            "a hart that works and polls once a page",
            ({ harts: [hart] }, i) => hart && Object.assign(hart, { pc: i % 8 === 0 ? POLL : WORK }),
        ],
        [
            "a hart that sleeps with a deadline",
            ({ harts: [hart] }) =>
                hart && Object.assign(hart, { waiting: true }) && Object.assign(hart.csrs, { stimecmp: 1n }),
        ],
        [
            "a timer that is still to come",
            ({ harts: [hart], now }) => hart && Object.assign(hart.csrs, { stimecmp: BigInt(now / 100 + 1) }),
        ],
        [
            "time that jumps to a deadline",
            (made) => {
                made.now += 2 * PERIOD;
            },
        ],
    ])("%s", (_, happens) => {
        expect(new Made().until(happens)).toBeUndefined();
    });

    it("a timer in the past, or one that is not enabled, is no deadline", () => {
        expect(new Made().until(({ harts }) => Object.assign(harts[0]?.csrs ?? {}, { stimecmp: 1n }))).toBe(BOUND);
        const off = (made: Made) => Object.assign(made.harts[0]?.csrs ?? {}, { stimecmp: 2n ** 40n, mie: 0n });
        expect(new Made().until(off)).toBe(BOUND);
    });
});

it("looks are at fixed rounds, however the time between is cut", () => {
    const made = new Made();
    made.now = 4000;
    expect([made.watch.look(), made.watch.rounds()]).toEqual([false, 6]);
    made.now = 9999;
    expect([made.watch.look(), made.watch.rounds()]).toEqual([false, 1]);
    made.now = 10_000;
    expect([made.watch.look(), made.watch.rounds()]).toEqual([false, 10]);
});
