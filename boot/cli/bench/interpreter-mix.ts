/** interpreter/mix: a loop of loads, stores, ALU and branches. */

import { FINISH, type GuestLoop, interpreterBenchmark } from "./interpreter.ts";

const TRIPS = 20_000_000;

export const MIX_LOOP: GuestLoop = {
    source,
    trips: TRIPS,
    qemuTrips: 10 * TRIPS,
    // both ways of the branch have the same length
    tripInstructions: 21,
};
export const INTERPRETER_MIX = interpreterBenchmark("interpreter/mix", MIX_LOOP);

/** A walk over 16 KiB of RAM behind the program that hashes, stores and takes a data-dependent branch. */
function source(trips: number): string {
    return `
    .globl _start
_start:
    li   s0, ${trips}
    li   s1, 0x80010000
    li   s2, 0
    li   a1, 0x9e3779b9
    li   s3, 16376
1:  and  t0, s2, s3
    add  t0, t0, s1
    ld   t1, 0(t0)
    add  t1, t1, a1
    xor  a1, a1, t1
    slli t2, a1, 7
    srli t3, a1, 9
    or   t2, t2, t3
    add  a1, a1, t2
    sd   a1, 0(t0)
    lw   t4, 4(t0)
    andi t5, t4, 1
    beqz t5, 2f
    addi a2, a2, 1
    j    3f
2:  addi a3, a3, 1
    nop
3:  sw   a2, 0(t0)
    addi s2, s2, 24
    mul  t6, a2, a3
    sub  a4, t6, a2
    addi s0, s0, -1
    bnez s0, 1b
${FINISH}`;
}
