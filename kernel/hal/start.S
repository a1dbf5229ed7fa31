# The S-mode entry of every hart, from the firmware: a0 = mhartid, a1 = hart in cluster (lid). It already runs at the image's local address.
    .include "kernel/hal/layout.S"
    .section .text
    .globl kernel_entry
    .type kernel_entry, @function
kernel_entry:
    csrw sscratch, zero
    csrw sie, zero
    bnez a1, secondary
    la tp, boot_block
    j enter
secondary:                      # wait until the cluster's first hart has made this one's idle thread
    la t0, secondary_blocks
    slli t1, a1, 3
    add t0, t0, t1
1:  ld tp, 0(t0)
    bnez tp, enter
    pause
    j 1b
enter:
    li t0, THREAD_BLOCK_SIZE - FRAME_SIZE
    add sp, tp, t0
    mv a2, tp
    call kernel_main
2:  ebreak
    j 2b

    .globl secondary_release
    .type secondary_release, @function
secondary_release:              # a0 = lid, a1 = thread block
    la t0, secondary_blocks
    slli a0, a0, 3
    add t0, t0, a0
    fence rw, rw
    sd a1, 0(t0)
    ret

    .bss
    .balign 16
boot_block:
    .zero THREAD_BLOCK_SIZE
secondary_blocks:
    .zero 8 * 64
