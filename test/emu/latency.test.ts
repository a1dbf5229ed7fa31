/**
 * Fidelity "latency" (docs/machine.md, "Accesses, counted and timed"): cycles are instructions plus distances, counted by hand and from the access
 * counts.
 */
import { describe, expect, it } from "vitest";
import type { Machine } from "../../emu/machine.ts";
import { type GuestOptions, run } from "./engine/guest.ts";

const MIB = 1048576;
const LATENCY = { fidelity: "latency", localLatencyCycles: 7, hopLatencyCycles: 3, deviceLatencyCycles: 50 } as const;
/** Clusters 0 1 2 above 3 4 5: two columns away and one row down is three hops. */
const SIX = { meshX: 3, meshY: 2, bankSize: MIB } as const;

function hops(from: number, to: number): number {
    return Math.abs((from % 3) - (to % 3)) + Math.abs(Math.floor(from / 3) - Math.floor(to / 3));
}

/** Cycles in which the hart did something: stalls, not waits. */
function work(made: Machine, hart: number): number {
    const { cycles, idleCycles } = made.hart(hart);
    return cycles - idleCycles;
}

function workOfSix(source: string, options: GuestOptions = {}): number[] {
    const { machine, stop } = run(source, { ...SIX, ...LATENCY, ...options });
    expect(stop.kind).toBe("deadlock");
    return Array.from({ length: machine.hartCount }, (_, hart) => work(machine, hart));
}

const REST = "9: wfi\n j 9b\n";

describe("with latency", () => {
    it("a data access stalls by local latency and hops, an instruction by the hops to its page", () => {
        const source = `
            li s0, 0x80500000
            ld t0, 0(s0)
            ld t0, 8(s0)
            sd t0, 8(s0)
            sd t0, 16(s0)
            amoadd.w x0, t0, (s0)
            lr.d t0, (s0)
            sc.d t1, t0, (s0)
            ${REST}`;
        const instructions = run(source, SIX).machine.hart(0).instructions;
        const expected = [0, 1, 2, 3, 4, 5].map(
            (cluster) => instructions * (1 + 3 * hops(cluster, 0)) + 7 * (7 + 3 * hops(cluster, 5)),
        );
        expect(workOfSix(source)).toEqual(expected);
    });

    it("a device access stalls by its own latency, ROM by that of the own bank", () => {
        const source = `li s0, 0x10000000\n lbu t0, 5(s0)\n lui s0, 1\n ld t0, 0(s0)\n ld t0, 0(s0)\n ${REST}`;
        const instructions = run(source, {}).machine.hart(0).instructions;
        expect(workOfSix(source)[0]).toBe(instructions + 50 + 2 * 7);
    });

    it("the probe stalls nothing: measuring costs the instruction that stores", () => {
        const source = `li s0, 0x10200000\n sd zero, 8(s0)\n sd zero, 0(s0)\n ${REST}`;
        const { machine } = run(source, { ...LATENCY, localWindow: true });
        expect(work(machine, 0)).toBe(machine.hart(0).instructions);
    });

    it("instret counts instructions, and mcycle the stalls too", () => {
        const source = `
            csrr s1, mcycle
            csrr s2, minstret
            ld t0, 0(sp)
            ld t0, 0(sp)
            csrr s3, mcycle
            csrr s4, minstret
            ${REST}`;
        const guest = run(`lui sp, 0x80001\n slli sp, sp, 32\n srli sp, sp, 32\n ${source}`, LATENCY);
        expect(guest.x("s3") - guest.x("s1")).toBe(4n + 2n * 7n);
        expect(guest.x("s4") - guest.x("s2")).toBe(4n);
    });

    it("every quantum, scheduler and cut of the run gives the same work", () => {
        const whole = workOfSix(MIXED);
        expect(whole[1]).toBeGreaterThan(whole[0] ?? 0);
        for (const quantum of [1, 10, 1000, 100_000]) expect(workOfSix(MIXED, { quantum })).toEqual(whole);
        expect(workOfSix(MIXED, { scheduler: "instruction" })).toEqual(whole);
    });

    it("the same hash however the run is cut, and with accounting", () => {
        const whole = run(MIXED, { ...SIX, ...LATENCY }).machine;
        const cut = run(MIXED, { ...SIX, ...LATENCY, held: true }).machine;
        while (cut.run({ maxInstructions: 97 }).kind === "instructions");
        const counted = run(MIXED, { ...SIX, ...LATENCY, accounting: "accesses" }).machine;
        expect([cut.stateHash(), counted.stateHash()]).toEqual([whole.stateHash(), whole.stateHash()]);
        expect(counted.counters()).toEqual(whole.counters());
    });

    it("the work is what the counted accesses cost", () => {
        const { machine } = run(MIXED, { ...SIX, ...LATENCY, accounting: "accesses" });
        expect(machine.checkAccounts()).toEqual([]);
        const expected = [0, 0, 0, 0, 0, 0];
        for (const { source, home, operation, count } of machine.traffic()) {
            const way = home === null ? 0 : 3 * hops(source, home);
            expected[source] = (expected[source] ?? 0) + count * (operation === "ifetch" ? 1 + way : 7 + way);
        }
        expect(expected.map((_, hart) => work(machine, hart))).toEqual(expected);
    });

    it("page walks stall for each table they read, TLB hits do not", () => {
        const guest = run(WALKS, { ...LATENCY, meshX: 2, bankSize: MIB, accounting: "accesses" });
        const { machine } = guest;
        expect(machine.traffic().filter(({ source, operation }) => source === 0 && operation === "walk")).toEqual([
            { source: 0, mode: "kernel", home: 0, kind: 0, operation: "walk", count: 2 * 1 },
            { source: 0, mode: "kernel", home: 1, kind: 0, operation: "walk", count: 2 * 1 },
        ]);
        // one superpage in a table of bank 1 below a root in bank 0, one fetch TLB and one data TLB
        expect(guest.x("s3") - guest.x("s1")).toBe(4n + (2n * 7n + 3n) + 2n * 7n);
    });
});

describe("functional", () => {
    it("costs one cycle an instruction or trap whatever the latencies are", () => {
        const { machine } = run(MIXED, { ...SIX, ...LATENCY, fidelity: "functional" });
        expect(work(machine, 1)).toBe(machine.hart(1).instructions + TRAPS);
    });
});

/** Loops over all banks with own words, crossing pages and traps; code over three pages. */
const TRAPS = 40;
const MIXED = `
    la t0, handler
    csrw mtvec, t0
    csrr s1, mhartid
    slli s1, s1, 6
    li s2, ${TRAPS}
loop:
    li s0, 0x80080000
    add s0, s0, s1
    li s3, 6
    li s4, 0x100000
1:  ld t0, 0(s0)
    addi t0, t0, 1
    sd t0, 0(s0)
    amoadd.d x0, t0, (s0)
    sw t0, 12(s0)
    add s0, s0, s4
    addi s3, s3, -1
    bnez s3, 1b
    ecall
    li t1, 0x80100ffc
    slli t2, s1, 8
    add t1, t1, t2
    ld t0, 0(t1)
    la t0, far
    jr t0
    .zero 4096
far: addi s2, s2, -1
    la t0, loop
    bnez s2, 3f
    j 9f
3:  j 2f
    .zero 4094
2:  .half 0x0001
    jr t0
    .balign 4
handler:
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
    mret
    ${REST}
`;

/** Identity-mapped RAM by one 2 MiB entry: root in bank 0, its table in bank 1. */
const WALKS = `
    la t0, root
    li t1, 0x80100000
    srli t2, t1, 2
    ori t2, t2, 1
    sd t2, 16(t0)
    li t2, 0x200000cf
    sd t2, 0(t1)
    li t3, 8
    slli t3, t3, 60
    srli t0, t0, 12
    or t3, t3, t0
    csrw satp, t3
    li t0, 0x1800
    csrc mstatus, t0
    li t0, 0x800
    csrs mstatus, t0
    li t0, -1
    csrw mcounteren, t0
    la t0, supervisor
    csrw mepc, t0
    la s0, root
    mret
supervisor:
    csrr s1, cycle
    ld t0, 0(s0)
    ld t0, 0(s0)
    nop
    csrr s3, cycle
    ${REST}
    .balign 4096
root: .zero 4096
`;
