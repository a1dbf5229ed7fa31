/** interpreter/floats: a loop of F and D: loads, stores, conversions, and arithmetic, partly fused. */

import { FINISH, type GuestLoop, interpreterBenchmark } from "./interpreter.ts";

const TRIPS = 5_000_000;

export const FLOATS_LOOP: GuestLoop = {
    source,
    trips: TRIPS,
    qemuTrips: 4 * TRIPS,
    tripInstructions: 24,
};
export const INTERPRETER_FLOATS = interpreterBenchmark("interpreter/floats", FLOATS_LOOP);

/**
 * A chaotic sequence (x = 3.99 * (x - x * x), which stays in (0, 1)) and running sums of it in 16 KiB of RAM behind the program.
 * No operation overflows, is subnormal or invalid, so that NX is the only flag, raised in the first trip.
 */
function source(trips: number): string {
    return `
    .globl _start
_start:
    li   t0, 0x2000
    csrs mstatus, t0
    li   t0, 399
    fcvt.d.w fs0, t0
    li   t0, 100
    fcvt.d.w fs1, t0
    fdiv.d fs0, fs0, fs1
    li   t0, 1
    fcvt.d.w fs2, t0
    li   t0, 2
    fcvt.d.w fs1, t0
    fdiv.d fs1, fs2, fs1
    fcvt.s.d fs3, fs1
    lui  t0, 256
    fcvt.d.w fs4, t0
    fmv.d fa0, fs1
    li   s0, ${trips}
    li   s1, 0x80010000
    li   s2, 0
    li   s3, 16368
1:  and  t0, s2, s3
    add  t0, t0, s1
    fnmsub.d fa2, fa0, fa0, fa0
    fmul.d fa0, fa2, fs0
    fld  fa1, 0(t0)
    fmadd.d fa1, fa1, fs1, fa0
    fsd  fa1, 0(t0)
    fadd.d fa3, fa1, fs2
    fdiv.d fa4, fa0, fa3
    fcvt.s.d fa5, fa4
    flw  ft0, 8(t0)
    fmadd.s ft0, ft0, fs3, fa5
    fsw  ft0, 8(t0)
    fmul.s ft1, ft0, fs3
    fmul.d ft2, fa4, fs4
    fcvt.l.d t1, ft2, rtz
    add  a0, a0, t1
    fcvt.d.l ft3, t1
    fsub.d ft3, ft2, ft3
    flt.d t2, ft3, fs1
    add  a1, a1, t2
    addi s2, s2, 16
    addi s0, s0, -1
    bnez s0, 1b
${FINISH}`;
}
