# Three machine timer interrupts taken from wfi, one dot each; fails if another trap comes.
    bnez a0, park
    la t0, handler
    csrw mtvec, t0
    li s0, 0                # ticks
    call set_timer
    li t0, 1 << 7
    csrw mie, t0
    csrsi mstatus, 1 << 3
    li s1, 3
idle:
    wfi
    blt s0, s1, idle
    putchar '\n'
    pass
park:
    wfi
    j park

set_timer:                  # mtimecmp = mtime + 1000
    li t0, CLINT_MTIME
    ld t1, (t0)
    addi t1, t1, 1000
    li t0, CLINT_MTIMECMP
    sd t1, (t0)
    ret

    .balign 4
handler:
    csrr t2, mcause
    li t3, (1 << 63) | 7
    bne t2, t3, wrong
    addi s0, s0, 1
    putchar '.'
    mv s2, ra
    call set_timer
    mv ra, s2
    mret
wrong:
    fail 1
