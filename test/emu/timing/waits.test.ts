/** Waits, wake-ups, how far hits run ahead, pause, interrupts (docs/spec/timing.md 2.2 to 2.5), on guests. */
import { describe, expect, it } from "vitest";
import { mapRow } from "../../../emu/mem/map.ts";
import { type GuestOptions, machine, run } from "../engine/guest.ts";
import { cyclesAndSums, LOCAL_MISS, REST, TIMING, timed } from "./figures.ts";

const MSIP = mapRow("clint").base;
const MTIMECMP = MSIP + 0x4000;

describe("2.2 a hart that waits", () => {
    const TWO = { ...TIMING, hartsPerCluster: 2, timebaseDivider: 1 } as const;

    /** Hart 0 sleeps until hart 1 raises its software interrupt; a0: from the store to the first instruction behind WFI. */
    const wokenAfter = (deviceLatencyCycles: number, spin = 500) => {
        const { machine: made } = run(
            `
            csrr t0, mhartid
            li s0, ${MSIP}
            bnez t0, 1f
            csrsi mie, 8
            wfi
            csrr a0, mcycle
            ${REST}
        1:  li t1, ${spin}
        2:  addi t1, t1, -1
            bnez t1, 2b
            li t2, 1
            j 3f
            .balign 64
        3:  csrr a0, mcycle
            sw t2, 0(s0)
            ${REST}`,
            { ...TWO, deviceLatencyCycles },
        );
        return Number(made.hart(0).x(10) - made.hart(1).x(10));
    };

    it("2.2 looks when the news has reached it: deviceLatency behind the store", () => {
        // The store is one cycle behind its mcycle, and counts its own; then the way.
        expect(wokenAfter(20)).toBe(2 + 20);
        expect(wokenAfter(77)).toBe(2 + 77);
    });

    it("2.2 is not put off by a second hart that wakes it, too", () => {
        const { machine: made } = run(
            `
            csrr t0, mhartid
            li s0, ${MSIP}
            bnez t0, 1f
            csrsi mie, 8
            wfi
            csrr a0, mcycle
            ${REST}
        1:  li t2, 1
            li t1, 2000
            csrr t3, mcycle
            sub t1, t1, t3
            srli t1, t1, 1
            slli t0, t0, 3
            add t1, t1, t0
        2:  addi t1, t1, -1
            bnez t1, 2b
            j 3f
            .balign 64
        3:  csrr a0, mcycle
            sw t2, 0(s0)
            ${REST}`,
            { ...TIMING, hartsPerCluster: 3, deviceLatencyCycles: 200 },
        );
        const [woken, first, second] = [0, 1, 2].map((hart) => Number(made.hart(hart).x(10))) as [
            number,
            number,
            number,
        ];
        expect(Math.abs(first - second)).toBeLessThan(200);
        expect(woken).toBe(Math.min(first, second) + 2 + 200);
    });

    it("2.2 stands in the heap by the clock of its timer, and wakes exactly then", () => {
        const { machine: made } = run(
            `
            li s0, ${MTIMECMP}
            li t0, 5000
            sd t0, 0(s0)
            li t0, 128
            csrs mie, t0
            wfi
            csrr a0, mcycle
            finish`,
            { ...TIMING, timebaseDivider: 3 },
        );
        expect(Number(made.hart(0).x(10))).toBe(15_000);
        expect(made.hart(0).idleCycles).toBeGreaterThan(14_000);
    });

    it("2.2 without a timer ends the run as a deadlock when nobody else can run", () => {
        expect(run(REST, TWO).stop.kind).toBe("deadlock");
    });

    it("2.2 scheduler conflicts is refused, instruction may end a turn anywhere", () => {
        expect(() => machine({ ...TIMING, scheduler: "conflicts" })).toThrow(/scheduler/);
        const made = run("li s0, 100\n1: addi s0, s0, -1\n bnez s0, 1b\n finish", {
            ...TIMING,
            scheduler: "instruction",
        });
        expect(made.stop.kind).toBe("finisher");
    });
});

describe("2.3 hits", () => {
    it.each([50, 400])("2.3 run ahead of the others by no more than the lookahead (%i) and a miss", (lookahead) => {
        const { machine: made } = run(
            `
            csrr t0, mhartid
            li s0, 0x80040000
            bnez t0, 3f
            ld t1, 0(s0)
            li t1, 3000
        1:  addi t1, t1, -1
            bnez t1, 1b
            li t2, 1
            j 2f
            .balign 64
        2:  csrr a0, mcycle
            sd t2, 0(s0)
            ${REST}
            .balign 64
        3:  ld t1, 0(s0)
            beqz t1, 3b
            csrr a0, mcycle
            ${REST}`,
            { ...TIMING, hartsPerCluster: 2, lookahead, quantum: 100_000 },
        );
        const [stored, seen] = [0, 1].map((hart) => Number(made.hart(hart).x(10))) as [number, number];
        expect(seen).toBeGreaterThan(stored);
        // Two ways, L2, the way to the owner and back, the port and L2 again; the loop of two instructions may be in progress.
        expect(seen - stored).toBeLessThanOrEqual(lookahead + 2 * LOCAL_MISS);
    });

    it("2.3 a store to a device that wakes a hart ends the turn, for that hart may be behind now", () => {
        const { machine: made } = run(
            `
            csrr t0, mhartid
            li s0, 0x80040000
            li s1, ${MSIP}
            bnez t0, 3f
            ld t1, 0(s0)
            li t1, 1000
        1:  addi t1, t1, -1
            bnez t1, 1b
            li t2, 1
            sw t2, 4(s1)
        2:  ld t1, 0(s0)
            beqz t1, 2b
            csrr a0, mcycle
            ${REST}
            .balign 64
        3:  csrsi mie, 8
            wfi
            csrr a0, mcycle
            sd s0, 0(s0)
            ${REST}`,
            { ...TIMING, hartsPerCluster: 2, quantum: 100_000 },
        );
        const [seen, stored] = [0, 1].map((hart) => Number(made.hart(hart).x(10))) as [number, number];
        expect(seen - stored).toBeLessThanOrEqual(100 + 2 * LOCAL_MISS);
    });

    it("2.3 a turn is a quantum long at most, though nobody else runs", () => {
        const made = run("1: j 1b", { ...TIMING, quantum: 50, held: true }).machine;
        made.run({ maxInstructions: 1 });
        const start = made.hart(0).cycles;
        made.run({ maxInstructions: 1 });
        expect(made.hart(0).cycles - start).toBeLessThanOrEqual(50 + LOCAL_MISS);
    });
});

describe("2.4 pause", () => {
    const loop = (n: number) => `
            csrr t0, mhartid
            li s3, ${n}
            j 1f
            .balign 64
        1:  pause
            addi s3, s3, -1
            bnez s3, 1b
            csrr a0, mcycle
            ${REST}`;
    const cycles = (n: number, options: GuestOptions) =>
        run(loop(n), options)
            .machine.timing()
            ?.harts.map(({ cycles: all, idle }) => all - idle) ?? [];

    it.each([1, 16, 300])("2.4 costs pauseCycles (%i) each time, and ends no time but its own", (pauseCycles) => {
        const [ten] = cycles(10, { ...TIMING, pauseCycles });
        const [thousand] = cycles(1000, { ...TIMING, pauseCycles });
        expect((thousand ?? 0) - (ten ?? 0)).toBe(990 * (pauseCycles + 3));
    });

    it("2.4 of two harts do not change each other's cycles", () => {
        const of = (n: number) => cycles(n, { ...TIMING, hartsPerCluster: 2 });
        const [ten, thousand] = [of(10), of(1000)];
        expect(thousand.map((count, i) => count - (ten[i] ?? 0))).toEqual([990 * 19, 990 * 19]);
    });
});

describe("2.5 interrupts", () => {
    it("2.5 at a yield are taken before the instruction that missed, which is executed once, behind the handler", () => {
        const { machine: made, address } = run(
            `
            la t0, handler
            csrw mtvec, t0
            csrr s0, mhartid
            li s1, 0x80040000
            li s2, ${MTIMECMP}
            slli t0, s0, 3
            add s2, s2, t0
            li s3, 4000
            li s5, 0
            li s6, 0
            csrr t0, mcycle
            sd t0, 0(s2)
            li t0, 128
            csrs mie, t0
            csrsi mstatus, 8
            li t1, 1
        1:
        atomic: amoadd.d t2, t1, (s1)
            addi s3, s3, -1
            bnez s3, 1b
            csrci mstatus, 8
            ${REST}
            .balign 4
        handler:
            csrr t3, mepc
            la t4, atomic
            bne t3, t4, 2f
            addi s6, s6, 1
        2:  addi s5, s5, 1
            csrr t3, mcycle
            addi t3, t3, 211
            sd t3, 0(s2)
            mret`,
            { ...TIMING, hartsPerCluster: 3, timebaseDivider: 1 },
        );
        const word = new DataView(made.readPhysical(0x80040000, 8).slice().buffer).getBigUint64(0, true);
        expect(Number(word)).toBe(12_000);
        expect(address("atomic")).toBeGreaterThan(0n);
        for (let hart = 0; hart < 3; hart++) {
            expect(Number(made.hart(hart).x(21)), "interrupts").toBeGreaterThan(50);
            expect(Number(made.hart(hart).x(22)), "before the atomic").toBeGreaterThan(10);
        }
        expect(timed(made).counts.yields).toBeGreaterThan(30);
        const { cycles, sums } = cyclesAndSums(made);
        expect(sums).toEqual(cycles);
    });
});
