# A thread in the cluster of the first argument touches as many pages of its stack as the second says.
    .text
    .globl main
main:
    mv s0, a1
    ld a0, 16(s0)
    call number_of
    mv s1, a0
    ld a0, 8(s0)
    call number_of
    mv a2, a0
    la a0, worker
    mv a1, s1
    call spawn
    li a1, 0
    call join
    j exit_group

worker:
    li t1, 4096
1:  beqz a0, 2f
    sd a0, -8(sp)
    sub sp, sp, t1
    addi a0, a0, -1
    j 1b
2:  j thread_exit
