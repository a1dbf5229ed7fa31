# Creates threads in its own cluster until an error, reports how many and the error, and ends with all of them blocked.
    .text
    .globl main
main:
    li s0, 0
next:
    la a0, sleeper
    li a1, 0
    li a7, SYS_CLUSTER_SELF
    ecall
    mv a2, a0
    la a0, sleeper
    call spawn
    bltz a0, full
    addi s0, s0, 1
    j next
full:
    mv s1, a0
    la a0, created
    mv a1, s0
    call report
    la a0, error
    mv a1, s1
    call report
    li a0, 0
    j exit_group

sleeper:
    la a0, word
    li a1, FUTEX_WAIT
    li a2, 0
    li a7, SYS_FUTEX
    ecall
    j sleeper

    .rodata
created:
    .asciz "created"
error:
    .asciz "error"
    .data
word:
    .word 0
