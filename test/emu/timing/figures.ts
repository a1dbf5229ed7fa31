/** What tests of fidelity "timing" ask a machine after its run. */

import { expect } from "vitest";
import { STALL_PARTS, type TimedHart } from "../../../emu/host/timing-figures.ts";
import type { Machine } from "../../../emu/machine.ts";
import { type Guest, type GuestOptions, run } from "../engine/guest.ts";

export const MIB = 1048576;
export const TIMING = { fidelity: "timing", bankSize: MIB } as const satisfies GuestOptions;
export const REST = "9: wfi\n j 9b\n";

/** A load or store that memory of the own cluster serves: two ways within the cluster, L2, memory and the tail of the line. */
export const LOCAL_MISS = 2 * 2 + 8 + 60 + 4;
/** The same when L2 has the line. */
export const LOCAL_HIT = LOCAL_MISS - 60;

/** The cycles of misses of a kind. */
export function stallOf({ stalls }: TimedHart, kind: "l1i" | "l1d" | "walk"): number {
    return STALL_PARTS.reduce((sum, part) => sum + stalls[kind][part], 0);
}

export function timed(machine: Machine, hart = 0): TimedHart {
    const found = machine.timing()?.harts[hart];
    if (found === undefined) throw new Error(`no hart ${hart}`);
    return found;
}

/** Cycles of each hart, and what its parts sum to: the same, or cycles belong to nothing or to two (5.4). */
export function cyclesAndSums(machine: Machine): { cycles: number[]; sums: number[] } {
    const harts = machine.timing()?.harts ?? [];
    return {
        cycles: harts.map(({ cycles }) => cycles),
        sums: harts.map((hart) => {
            const { instructions, idle, device, pause, fence } = hart;
            const misses = stallOf(hart, "l1i") + stallOf(hart, "l1d") + stallOf(hart, "walk");
            return instructions + idle + device + pause + fence + misses;
        }),
    };
}

/** Harts that work on shared and own lines, with loads, stores, atomics, pauses and traps; each ends in WFI. */
export const BUSY = `
        la t0, trap
        csrw mtvec, t0
        csrr s0, mhartid
        li s1, 0x80020000
        slli s2, s0, 12
        add s2, s2, s1
        li s3, 60
    1:  andi t0, s3, 7
        slli t0, t0, 6
        add t1, s1, t0
        ld t2, 0(t1)
        addi t2, t2, 3
        sd t2, 0(t1)
        addi t0, s1, 64
        amoadd.d t3, s3, (t0)
        andi t0, s3, 7
        slli t0, t0, 6
        add t4, s2, t0
        sd t3, 8(t4)
        ld t5, 60(t4)
        li t6, 4092
        add t6, t6, s2
        sd t5, 0(t6)
        addi t0, s1, 128
        lr.d t6, (t0)
        sc.d t6, s0, (t0)
        andi t0, s3, 15
        bnez t0, 2f
        pause
        ecall
        fence.i
    2:  addi s3, s3, -1
        bnez s3, 1b
    9:  wfi
        j 9b
        .balign 4
    trap:
        csrr t0, mepc
        addi t0, t0, 4
        csrw mepc, t0
        mret`;

/** On hart 0: cycles of `measured`, which lies in one line of code that is in L1I; other harts rest. */
export function measure(
    prepare: string,
    measured: string,
    options: GuestOptions = {},
): { cycles: number; guest: Guest } {
    const source = `
        csrr t0, mhartid
        bnez t0, 9f
        ${prepare}
        la s9, 3f
        j 2f
        .balign 128
    1:  csrr s10, mcycle
        ${measured}
        csrr s11, mcycle
        jr s9
        .balign 128
    2:  la t6, 1b
        lw t6, 0(t6)
        j 1b
        .balign 128
    3:  sub a0, s11, s10
        addi a0, a0, -1
        ${REST}`;
    // The jump into the line loads it; the first csrr is behind that.
    const guest = run(source, { ...TIMING, ...options });
    const { cycles, sums } = cyclesAndSums(guest.machine);
    expect(sums).toEqual(cycles);
    return { cycles: Number(guest.x("a0")), guest };
}
