/** Float routines of the runtime library. They take fa0 and fa1, return fa0 or a0, and also change t registers and ft0. */

const PRECISIONS = ["s", "d"] as const;
/** Every number from this one on is integral. It is the exponent field of a float, shifted to its place. */
const INTEGRAL = { s: ["fmv.w.x", "0x4b000000"], d: ["fmv.d.x", "0x4330000000000000"] } as const;

/** A value that is not below the limit is integral, infinite or a NaN. An addition makes a NaN canonical. */
function rounding(name: string, p: "s" | "d", mode: string): string {
    const [move, limit] = INTEGRAL[p];
    return `
.globl wasm_${name}_${p}
wasm_${name}_${p}:
    li t0, ${limit}
    ${move} ft0, t0
    fabs.${p} ft1, fa0
    flt.${p} t0, ft1, ft0
    beqz t0, 1f
    fcvt.l.${p} t0, fa0, ${mode}
    fcvt.${p}.l ft0, t0
    fsgnj.${p} fa0, ft0, fa0    # a zero keeps its sign
    ret
1:  ${move} ft0, zero
    fadd.${p} fa0, fa0, ft0
    ret
`;
}

/** RISC-V prefers numbers, Wasm prefers NaNs. */
function extreme(name: string, p: "s" | "d"): string {
    return `
.globl wasm_${name}_${p}
wasm_${name}_${p}:
    feq.${p} t0, fa0, fa0
    feq.${p} t1, fa1, fa1
    and t0, t0, t1
    beqz t0, 1f
    f${name}.${p} fa0, fa0, fa1
    ret
1:  fadd.${p} fa0, fa0, fa1
    ret
`;
}

/** Converts to 32 bits by way of 64. A value that saturates there does not fit in 32 bits either. NaN gives the largest number. */
function toWord(p: "s" | "d"): string {
    return `
.globl wasm_trunc_w_${p}, wasm_trunc_wu_${p}
wasm_trunc_w_${p}:
    fcvt.l.${p} t0, fa0, rtz
    sext.w a0, t0
    bne a0, t0, 1f
    ret
wasm_trunc_wu_${p}:
    fcvt.l.${p} t0, fa0, rtz
    sext.w a0, t0
    srli t0, t0, 32
    bnez t0, 1f
    ret
1:  ebreak
`;
}

/** Checks saturated results: the largest is the value of no float, but -2^63 and 0 may be right. */
function toDouble(p: "s" | "d"): string {
    const [move] = INTEGRAL[p];
    const minusOne = p === "s" ? "0xffffffffbf800000" : "0xbff0000000000000";
    return `
.globl wasm_trunc_l_${p}, wasm_trunc_lu_${p}
wasm_trunc_l_${p}:
    fcvt.l.${p} a0, fa0, rtz
    li t0, -1
    srli t0, t0, 1
    beq a0, t0, 1f
    addi t0, t0, 1
    bne a0, t0, 2f
    fcvt.${p}.l ft0, a0
    feq.${p} t0, ft0, fa0
    beqz t0, 1f
2:  ret
wasm_trunc_lu_${p}:
    fcvt.lu.${p} a0, fa0, rtz
    li t0, -1
    beq a0, t0, 1f
    li t0, ${minusOne}
    ${move} ft0, t0
    fle.${p} t0, fa0, ft0
    bnez t0, 1f
    ret
1:  ebreak
`;
}

/** The sources, one object each, so that the linker takes only those that are used. */
export const FLOAT_ROUTINES: readonly string[] = PRECISIONS.flatMap((p) => [
    rounding("ceil", p, "rup"),
    rounding("floor", p, "rdn"),
    rounding("trunc", p, "rtz"),
    rounding("nearest", p, "rne"),
    extreme("min", p),
    extreme("max", p),
    toWord(p),
    toDouble(p),
]);
