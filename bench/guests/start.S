# The start of a benchmark's guest: a stack, float instructions on, and with SV39 supervisor mode under an identity map of 4 KiB pages.
# main returns a checksum, which is printed; the finisher ends the run.
    .option norelax
    .section .text.start
    .globl _start
_start:
    csrr a0, mhartid
    bnez a0, 9f
    la   sp, stack_top
    li   t0, 0x2000
    csrs mstatus, t0
#ifdef SV39
    la   a0, tables
    call make_map
    la   t0, tables
    srli t0, t0, 12
    li   t1, 8 << 60
    or   t0, t0, t1
    csrw satp, t0
    li   t0, -1
    csrw 0x3b0, t0
    li   t0, 0x1f
    csrw 0x3a0, t0
    li   t0, 0x1800
    csrc mstatus, t0
    li   t0, 0x800
    csrs mstatus, t0
    la   t0, 1f
    csrw mepc, t0
    mret
1:
#endif
    call main
    call print_hex
    li   t0, 0x5555
    li   t1, 0x100000
    sw   t0, 0(t1)
9:  wfi
    j    9b
