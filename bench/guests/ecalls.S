# Environment calls and returns from them, 100,000 a trip: a handler that counts, and mret.
    .globl main
main:
    lla  t1, handler
    csrw mtvec, t1
    li   t2, TRIPS
    li   t3, 100000
    mul  t2, t2, t3
    li   a0, 0
1:  ecall
    addi t2, t2, -1
    bnez t2, 1b
    ret
    .balign 4
handler:
    csrr t1, mepc
    addi t1, t1, 4
    csrw mepc, t1
    addi a0, a0, 1
    mret
