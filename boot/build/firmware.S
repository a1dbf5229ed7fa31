# M-mode firmware (docs/kernel.md, "Start"): delegates traps, opens the counters, Sstc and Svpbmt, copies the kernel image from ROM into the
# cluster's bank, and enters the kernel in S-mode. The host fills the parameters behind `parameters` (boot/system/rom.ts).
    .section .text
    .globl reset
reset:
    csrr a0, mhartid
    la s0, parameters
    ld t0, 0(s0)                # harts per cluster
    remu a1, a0, t0             # lid
    csrw mie, zero
    li t0, -1
    csrw medeleg, t0
    csrw mideleg, t0
    csrw mcounteren, t0
    csrw scounteren, t0
    li t0, 3
    slli t0, t0, 62             # menvcfg.STCE and PBMTE
    csrw menvcfg, t0
    la t0, machine_trap
    csrw mtvec, t0
    bnez a1, wait
    ld t0, 24(s0)               # segments to copy, 8 bytes at a time
    addi t5, s0, 32
1:  beqz t0, 3f
    ld t1, 0(t5)                # from (ROM)
    ld t2, 8(t5)                # to (local address)
    ld t3, 16(t5)               # bytes, a multiple of 8
    add t3, t3, t2
2:  ld t4, 0(t1)
    sd t4, 0(t2)
    addi t1, t1, 8
    addi t2, t2, 8
    bltu t2, t3, 2b
    addi t5, t5, 24
    addi t0, t0, -1
    j 1b
3:
    fence rw, rw
    li t4, 1
    ld t5, 16(s0)               # address of the ready word in the bank
    sd t4, 0(t5)
    j enter
wait:
    ld t5, 16(s0)
4:  ld t4, 0(t5)
    bnez t4, enter
    pause
    j 4b
enter:
    fence.i
    ld t0, 8(s0)                # kernel entry
    csrw mepc, t0
    li t0, 0x1800
    csrc mstatus, t0
    li t0, 0x0800               # MPP = S
    csrs mstatus, t0
    mret

    .balign 4
machine_trap:                   # nothing may trap to M-mode: report and stop
    csrr t1, mcause
    li t0, 0x100000
    li t2, 0x3333
    slli t1, t1, 16
    or t1, t1, t2
    sw t1, 0(t0)
5:  j 5b

    .balign 8
    .globl parameters
parameters:                     # harts per cluster, kernel entry, ready word, segments, then {from, to, bytes} each
    .zero 8 * (4 + 3 * 4)
