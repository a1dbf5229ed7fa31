/**
 * Generates the program of vmm-policy section 10: p dedicated CODE pages and d pages of a HEAP vseg, each touched once per
 * cluster by one thread per cluster. The others start when Z's thread is through, or in a race with it. Reports
 * `heap ADDRESS`.
 */

import { PAGE_SIZE } from "../../../kernel/abi/memory-map.ts";
import { DEDICATED_CODE, guestOf } from "./guest.ts";

export function touchProgram(codePages: number, heapPages: number, race = false): string {
    return guestOf(`touch-${codePages}-${heapPages}`, source(codePages, heapPages, race));
}

function source(codePages: number, heapPages: number, race: boolean): string {
    const pages = Array.from({ length: codePages }, (_, i) => `    .balign 4096\npage_${i}:\n    ret\n`).join("");
    return `
    .text
    .globl main
main:                           # in Z: maps, touches all, then one thread a cluster
    mv s5, ra
    li a0, 0
    li a1, ${Math.max(heapPages, 1) * PAGE_SIZE}
    li a2, 3
    li a3, 0x22
    li a7, SYS_MMAP
    ecall
    la t0, heap
    sd a0, (t0)
    mv a1, a0
    la a0, label
    call report
    ${race ? "" : "call touch"}
    li a7, SYS_CLUSTER_COUNT
    ecall
    mv s0, a0
    li a7, SYS_CLUSTER_SELF
    ecall
    mv s4, a0
    li s1, 0
    la s2, ids
each:
    beq s1, s4, other
    la a0, worker
    li a1, 0
    mv a2, s1
    call spawn
    bltz a0, failed
    sd a0, (s2)
    addi s2, s2, 8
other:
    addi s1, s1, 1
    bltu s1, s0, each
    ${race ? "call touch" : ""}
    la s3, ids
wait:
    beq s3, s2, through
    ld a0, (s3)
    li a1, 0
    call join
    bnez a0, failed
    addi s3, s3, 8
    j wait
through:
    li a0, 0
    jr s5
failed:
    li a0, 1
    jr s5

worker:
    call touch
    li a0, 0
    j thread_exit

touch:                          # every dedicated page once
    mv s7, ra
    li t4, ${codePages}
    li t5, ${DEDICATED_CODE}
    li t6, 4096
1:  beqz t4, 2f
    jalr t5
    add t5, t5, t6
    addi t4, t4, -1
    j 1b
2:  li t4, ${heapPages}
    la t5, heap
    ld t5, (t5)
3:  beqz t4, 4f
    ld t0, (t5)
    add t5, t5, t6
    addi t4, t4, -1
    j 3b
4:  jr s7

    .section .dedicated, "ax"
${pages}
    .rodata
label:
    .asciz "heap"
    .data
    .balign 8
heap:
    .dword 0
ids:
    .zero 256 * 8
`;
}
