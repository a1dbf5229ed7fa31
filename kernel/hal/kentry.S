# kentry is the way of a hart into the kernel and out of it (docs/kernel.md, "Traps and kentry"). It is page 0 of every bank, which every
# process maps at 0x2000 (VA = PA through the alias). The harts' save areas are in the page behind it. stvec names kentry's first
# instruction.
#
# FRAME_* are offsets in the frame of a thread, SAVE_* in the hart's save area (layout.S, from boot/abi/trap-frame.ts).
# sscratch holds the hart's save area while in user mode, and 0 in the kernel. So 0 on entry tells a trap inside the kernel.

    .include "kernel/hal/layout.S"
    .section .kentry, "ax"
    .globl kentry
    .type kentry, @function
kentry:
    csrrw a0, sscratch, a0
    beqz a0, nested
    sd a1, SAVE_A1(a0)
    csrrw a1, sscratch, zero
    sd a1, SAVE_A0(a0)
    csrw satp, zero             # Bare: the next fetch is physical, at the same address
    ld a1, SAVE_FRAME(a0)
    sd ra, FRAME_RA(a1)
    sd sp, FRAME_SP(a1)
    sd gp, FRAME_GP(a1)
    sd tp, FRAME_TP(a1)
    sd t0, FRAME_T0(a1)
    sd t1, FRAME_T1(a1)
    sd t2, FRAME_T2(a1)
    sd s0, FRAME_S0(a1)
    sd s1, FRAME_S1(a1)
    sd a2, FRAME_A2(a1)
    sd a3, FRAME_A3(a1)
    sd a4, FRAME_A4(a1)
    sd a5, FRAME_A5(a1)
    sd a6, FRAME_A6(a1)
    sd a7, FRAME_A7(a1)
    sd s2, FRAME_S2(a1)
    sd s3, FRAME_S3(a1)
    sd s4, FRAME_S4(a1)
    sd s5, FRAME_S5(a1)
    sd s6, FRAME_S6(a1)
    sd s7, FRAME_S7(a1)
    sd s8, FRAME_S8(a1)
    sd s9, FRAME_S9(a1)
    sd s10, FRAME_S10(a1)
    sd s11, FRAME_S11(a1)
    sd t3, FRAME_T3(a1)
    sd t4, FRAME_T4(a1)
    sd t5, FRAME_T5(a1)
    sd t6, FRAME_T6(a1)
    ld t0, SAVE_A0(a0)
    sd t0, FRAME_A0(a1)
    ld t0, SAVE_A1(a0)
    sd t0, FRAME_A1(a1)
    csrr t0, sepc
    sd t0, FRAME_PC(a1)
    ld sp, SAVE_SP(a0)
    ld tp, SAVE_TP(a0)
    mv a0, a1
    lui t0, %hi(trap_from_user)
    addi t0, t0, %lo(trap_from_user)
    jalr t0                     # never returns
    ebreak

nested:                         # a trap inside the kernel is a bug of the kernel
    csrrw a0, sscratch, zero
    addi sp, sp, -64
    sd a0, 0(sp)
    sd ra, 8(sp)
    csrr a0, sepc
    addi a1, sp, 64
    mv a2, ra
    csrr a3, scause
    csrr a4, stval
    lui t0, %hi(trap_in_kernel)
    addi t0, t0, %lo(trap_in_kernel)
    jalr t0                     # never returns
    ebreak

# The last steps to user mode are executed at the identity-mapped address. a0 = save area, which holds the user's a0, a1 and t0; a1 = satp.
kentry_leave:
    csrw sscratch, a0
    csrw satp, a1
    ld t0, SAVE_T0(a0)
    ld a1, SAVE_A1(a0)
    ld a0, SAVE_A0(a0)
    sret
    .equ KENTRY_LEAVE_OFFSET, kentry_leave - kentry

    .text
    .globl kentry_exit
    .type kentry_exit, @function
kentry_exit:                    # a0 = frame, a1 = save area (identity address), a2 = satp
    ld t0, FRAME_PC(a0)
    csrw sepc, t0
    li t0, SSTATUS_SPP          # SPP = 0: sret leads to user mode
    csrc sstatus, t0
    li t0, SSTATUS_SPIE
    csrs sstatus, t0
    ld t0, FRAME_A0(a0)
    sd t0, SAVE_A0(a1)
    ld t0, FRAME_A1(a0)
    sd t0, SAVE_A1(a1)
    sd a0, SAVE_FRAME(a1)
    sd a0, SAVE_SP(a1)          # the kernel stack is empty again: it starts right below the frame
    sd tp, SAVE_TP(a1)
    ld ra, FRAME_RA(a0)
    ld sp, FRAME_SP(a0)
    ld gp, FRAME_GP(a0)
    ld tp, FRAME_TP(a0)
    ld t1, FRAME_T1(a0)
    ld t2, FRAME_T2(a0)
    ld s0, FRAME_S0(a0)
    ld s1, FRAME_S1(a0)
    ld a3, FRAME_A3(a0)
    ld a4, FRAME_A4(a0)
    ld a5, FRAME_A5(a0)
    ld a6, FRAME_A6(a0)
    ld a7, FRAME_A7(a0)
    ld s2, FRAME_S2(a0)
    ld s3, FRAME_S3(a0)
    ld s4, FRAME_S4(a0)
    ld s5, FRAME_S5(a0)
    ld s6, FRAME_S6(a0)
    ld s7, FRAME_S7(a0)
    ld s8, FRAME_S8(a0)
    ld s9, FRAME_S9(a0)
    ld s10, FRAME_S10(a0)
    ld s11, FRAME_S11(a0)
    ld t3, FRAME_T3(a0)
    ld t4, FRAME_T4(a0)
    ld t5, FRAME_T5(a0)
    ld t6, FRAME_T6(a0)
    # Three registers are left. a2 (satp) moves to a1 and then gets its own value; t0 carries the jump's target.
    sd a2, SAVE_SATP(a1)
    ld a2, FRAME_A2(a0)
    ld t0, FRAME_T0(a0)
    sd t0, SAVE_T0(a1)
    mv a0, a1
    ld a1, SAVE_SATP(a0)
    lui t0, KENTRY_TEXT_VADDR >> 12
    addi t0, t0, KENTRY_LEAVE_OFFSET
    jr t0
