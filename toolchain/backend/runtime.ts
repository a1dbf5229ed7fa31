/**
 * Routines that translated code calls where RV64GC has no instruction: bit counting (Zbb would), bulk memory, and operations that Wasm
 * defines otherwise than F and D, namely rounding to an integral float (Zfa would), min and max with NaNs, conversions that trap. They
 * follow the calling convention. The linker takes only those that are used (`library: runtimeLibrary()`).
 */
import { assemble } from "../asm/assemble.ts";
import type { ObjectFile } from "../link/object.ts";
import { FLOAT_ROUTINES } from "./runtime-float.ts";

/** Counts by halving (Hacker's Delight 5-1, 5-3, 5-4). Takes and returns a0. */
const BIT_COUNTS = `
.globl wasm_clz, wasm_ctz, wasm_popcnt
wasm_clz:                       # smear the highest one down, count the zeros above
    srli t0, a0, 1;  or a0, a0, t0
    srli t0, a0, 2;  or a0, a0, t0
    srli t0, a0, 4;  or a0, a0, t0
    srli t0, a0, 8;  or a0, a0, t0
    srli t0, a0, 16; or a0, a0, t0
    srli t0, a0, 32; or a0, a0, t0
    not a0, a0
    j wasm_popcnt
wasm_ctz:                       # ones below the lowest one
    addi t0, a0, -1
    not a0, a0
    and a0, a0, t0
wasm_popcnt:
    li t0, 0x5555555555555555
    srli t1, a0, 1
    and t1, t1, t0
    sub a0, a0, t1
    li t0, 0x3333333333333333
    srli t1, a0, 2
    and t1, t1, t0
    and a0, a0, t0
    add a0, a0, t1
    srli t1, a0, 4
    add a0, a0, t1
    li t0, 0x0f0f0f0f0f0f0f0f
    and a0, a0, t0
    li t0, 0x0101010101010101
    mul a0, a0, t0
    srli a0, a0, 56
    ret
`;

/** memory.copy(a0 = to, a1 = from, a2 = n) works as memmove, by words when both are aligned alike. a2 is an i32, unsigned. */
const COPY = `
.globl wasm_memory_copy
wasm_memory_copy:
    slli a2, a2, 32
    srli a2, a2, 32
    add t0, a0, a2              # end of the destination
    add t1, a1, a2
    or t2, a0, a1
    or t2, t2, a2
    andi t2, t2, 7
    bgeu a1, a0, forward
    bltu a0, t1, backward
forward:
    bnez t2, forward_bytes
forward_words:
    beq a0, t0, done
    ld t3, 0(a1)
    sd t3, 0(a0)
    addi a0, a0, 8
    addi a1, a1, 8
    j forward_words
forward_bytes:
    beq a0, t0, done
    lb t3, 0(a1)
    sb t3, 0(a0)
    addi a0, a0, 1
    addi a1, a1, 1
    j forward_bytes
backward:
    bnez t2, backward_bytes
backward_words:
    beq a0, t0, done
    addi t0, t0, -8
    addi t1, t1, -8
    ld t3, 0(t1)
    sd t3, 0(t0)
    j backward_words
backward_bytes:
    beq a0, t0, done
    addi t0, t0, -1
    addi t1, t1, -1
    lb t3, 0(t1)
    sb t3, 0(t0)
    j backward_bytes
done:
    ret
`;

/** memory.fill(a0 = to, a1 = byte, a2 = n). */
const FILL = `
.globl wasm_memory_fill
wasm_memory_fill:
    slli a2, a2, 32
    srli a2, a2, 32
    add t0, a0, a2
    or t1, a0, a2
    andi t1, t1, 7
    bnez t1, fill_bytes
    andi a1, a1, 255
    li t1, 0x0101010101010101
    mul a1, a1, t1
fill_words:
    beq a0, t0, fill_done
    sd a1, 0(a0)
    addi a0, a0, 8
    j fill_words
fill_bytes:
    beq a0, t0, fill_done
    sb a1, 0(a0)
    addi a0, a0, 1
    j fill_bytes
fill_done:
    ret
`;

let library: ObjectFile[] | undefined;

/** The objects for `LinkScript.library`. */
export function runtimeLibrary(): readonly ObjectFile[] {
    library ??= [
        assemble(BIT_COUNTS, "runtime/bit-counts.S", { rvc: true }),
        assemble(COPY, "runtime/copy.S", { rvc: true }),
        assemble(FILL, "runtime/fill.S", { rvc: true }),
        ...FLOAT_ROUTINES.map((text, i) => assemble(text, `runtime/float-${i}.S`, { rvc: true })),
    ];
    return library;
}
