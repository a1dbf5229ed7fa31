# Hart 0 wakes hart 1 by msip; hart 1 answers by msip; then hart 0 takes the UART's transmitter interrupt through the PLIC.
.equ UART_SOURCE, 10
.equ MSIE, 1 << 3
.equ MEIE, 1 << 11

    la t0, handler
    csrw mtvec, t0
    li s1, 0                # machine software interrupts taken
    li s2, 0                # external interrupts taken
    li t0, MSIE | MEIE
    csrw mie, t0
    csrsi mstatus, 1 << 3
    li t0, 1
    beq a0, t0, second
    bnez a0, park

    li t0, CLINT_MSIP
    li t1, 1
    sw t1, 4(t0)
    await s1

    li t0, PLIC
    li t1, 1
    sw t1, 4 * UART_SOURCE(t0)
    li t0, PLIC + 0x2000
    li t1, 1 << UART_SOURCE
    sw t1, (t0)
    li t0, UART
    li t1, 2
    sb t1, 1(t0)            # IER: transmitter empty
    await s2
    putchar 'o'
    putchar 'k'
    putchar '\n'
    pass

second:
    await s1
    li t0, CLINT_MSIP
    li t1, 1
    sw t1, (t0)
park:
    wfi
    j park

    .balign 4
handler:
    csrr t2, mcause
    li t3, (1 << 63) | 3
    beq t2, t3, software
    li t3, (1 << 63) | 11
    bne t2, t3, wrong
    li t3, PLIC + 0x200004
    lw t4, (t3)             # claim
    li t5, UART_SOURCE
    bne t4, t5, wrong
    li t5, UART
    sb zero, 1(t5)
    sw t4, (t3)             # complete
    addi s2, s2, 1
    mret
software:
    csrr t4, mhartid
    slli t4, t4, 2
    li t5, CLINT_MSIP
    add t5, t5, t4
    sw zero, (t5)
    addi s1, s1, 1
    mret
wrong:
    fail 8
