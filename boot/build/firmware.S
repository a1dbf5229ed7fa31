# M-mode firmware (docs/kernel.md, "Start"): delegates traps, opens the counters, PMP, Sstc, Svpbmt and Zicboz, copies the kernel image from ROM into the
# cluster's bank, and enters the kernel in S-mode. The host fills the parameters behind `parameters` (boot/system/rom.ts).
    .include "boot/build/layout.S"
    .section .text
    .globl reset
reset:
    csrr a0, mhartid
    la s0, parameters
    ld t0, PARAMETER_HARTS(s0)
    remu a1, a0, t0             # lid
    csrw mie, zero
    li t0, -1
    csrw medeleg, t0
    csrw mideleg, t0
    csrw mcounteren, t0
    csrw scounteren, t0
    li t0, (MENVCFG_STCE | MENVCFG_PBMTE) >> MENVCFG_PBMTE_SHIFT
    slli t0, t0, MENVCFG_PBMTE_SHIFT
    addi t0, t0, ENVCFG_CBZE
    csrs menvcfg, t0            # ADUE stays as it is: the kernel's entries all have A and D
    li t0, ENVCFG_CBZE
    csrw senvcfg, t0
    li t0, -1                   # PMP, where there is one: S and U may access everything
    csrw pmpaddr0, t0
    li t0, PMP_OPEN
    csrw pmpcfg0, t0
    la t0, machine_trap
    csrw mtvec, t0
    bnez a1, wait
    ld t0, PARAMETER_SEGMENTS(s0)   # segments to copy, 8 bytes at a time
    addi t5, s0, PARAMETER_SEGMENT
1:  beqz t0, 3f
    ld t1, SEGMENT_FROM(t5)
    ld t2, SEGMENT_TO(t5)
    ld t3, SEGMENT_BYTES(t5)
    add t3, t3, t2
2:  ld t4, 0(t1)
    sd t4, 0(t2)
    addi t1, t1, 8
    addi t2, t2, 8
    bltu t2, t3, 2b
    addi t5, t5, SEGMENT_SIZE
    addi t0, t0, -1
    j 1b
3:
    fence rw, rw
    li t4, 1
    ld t5, PARAMETER_READY(s0)
    sd t4, 0(t5)
    j enter
wait:
    ld t5, PARAMETER_READY(s0)
4:  ld t4, 0(t5)
    bnez t4, enter
    pause
    j 4b
enter:
    fence.i
    ld t0, PARAMETER_ENTRY(s0)
    csrw mepc, t0
    li t0, MSTATUS_MPP
    csrc mstatus, t0
    li t0, 1 << MSTATUS_MPP_SHIFT   # S
    csrs mstatus, t0
    mret

    .balign 4
machine_trap:                   # No trap may lead to M-mode: report and stop.
    csrr t1, mcause
    li t0, FINISHER_BASE
    li t2, 0x3333
    slli t1, t1, 16
    or t1, t1, t2
    sw t1, 0(t0)
5:  j 5b

    .balign 8
    .globl parameters
parameters:                     # PARAMETER_* (boot/abi/firmware-parameters.ts)
    .zero PARAMETERS_SIZE
