# Waits on a futex that nobody wakes.
    .text
    .globl main
main:
    la a0, word
    li a1, FUTEX_WAIT
    li a2, 0
    li a7, SYS_FUTEX
    ecall
    j main
    .data
word:
    .word 0
