# Equal work in every cluster: main and a thread in each other cluster walk a HEAP vseg, as often as the first argument says, with one load
# from each of as many pages as the second says.
    .text
    .globl main
main:
    mv s0, a1
    ld a0, 8(s0)
    call number_of
    la t3, rounds
    sd a0, (t3)
    ld a0, 16(s0)
    call number_of
    la t3, pages
    sd a0, (t3)
    slli a1, a0, 12
    li a0, 0
    li a2, 3
    li a3, 0x22
    li a7, SYS_MMAP
    ecall
    bltz a0, failed
    la t3, heap
    sd a0, (t3)
    li a7, SYS_CLUSTER_COUNT
    ecall
    mv s1, a0
    li a7, SYS_CLUSTER_SELF
    ecall
    mv s2, a0
    la s3, ids
    li s4, 0
1:  beq s4, s2, 2f
    la a0, worker
    mv a2, s4
    call spawn
    bltz a0, failed
    sd a0, (s3)
    addi s3, s3, 8
2:  addi s4, s4, 1
    bltu s4, s1, 1b
    call walk
    la s4, ids
3:  beq s4, s3, 4f
    ld a0, (s4)
    li a1, 0
    call join
    addi s4, s4, 8
    j 3b
4:  li a0, 0
    j exit_group
failed:
    li a0, 1
    j exit_group

worker:
    call walk
    li a0, 0
    j thread_exit

walk:
    la t0, rounds
    ld t0, (t0)
    la t3, pages
    ld t3, (t3)
    la t4, heap
    ld t4, (t4)
    li t5, 4096
1:  mv t1, t3
    mv t2, t4
2:  ld t6, (t2)
    add t2, t2, t5
    addi t1, t1, -1
    bnez t1, 2b
    addi t0, t0, -1
    bnez t0, 1b
    ret

    .data
    .balign 8
rounds:
    .dword 0
pages:
    .dword 0
heap:
    .dword 0
ids:
    .zero 256 * 8
