# kentry: how a hart enters and leaves the kernel (docs/kernel.md, "Traps and kentry"). Page 0 of every bank, which every process maps at 0x2000
# (VA = PA through the alias), with the harts' save areas in the page behind it. stvec names kentry's first instruction.
#
# Save area, 64 bytes a hart: 0 user a0, 8 user a1, 16 frame of the current thread, 24 kernel sp, 32 tp,
# 40 satp and 48 user t0 on the way out.
# sscratch: the hart's save area while in user mode, 0 in the kernel; so 0 on entry tells a trap inside the kernel.

    .section .kentry, "ax"
    .globl kentry
    .type kentry, @function
kentry:
    csrrw a0, sscratch, a0
    beqz a0, nested
    sd a1, 8(a0)
    csrrw a1, sscratch, zero
    sd a1, 0(a0)
    csrw satp, zero             # Bare: the next fetch is physical, at the same address
    ld a1, 16(a0)
    sd ra, 8(a1)
    sd sp, 16(a1)
    sd gp, 24(a1)
    sd tp, 32(a1)
    sd t0, 40(a1)
    sd t1, 48(a1)
    sd t2, 56(a1)
    sd s0, 64(a1)
    sd s1, 72(a1)
    sd a2, 96(a1)
    sd a3, 104(a1)
    sd a4, 112(a1)
    sd a5, 120(a1)
    sd a6, 128(a1)
    sd a7, 136(a1)
    sd s2, 144(a1)
    sd s3, 152(a1)
    sd s4, 160(a1)
    sd s5, 168(a1)
    sd s6, 176(a1)
    sd s7, 184(a1)
    sd s8, 192(a1)
    sd s9, 200(a1)
    sd s10, 208(a1)
    sd s11, 216(a1)
    sd t3, 224(a1)
    sd t4, 232(a1)
    sd t5, 240(a1)
    sd t6, 248(a1)
    ld t0, 0(a0)
    sd t0, 80(a1)
    ld t0, 8(a0)
    sd t0, 88(a1)
    csrr t0, sepc
    sd t0, 0(a1)
    ld sp, 24(a0)
    ld tp, 32(a0)
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

# The last steps to user mode, executed at the identity-mapped address. a0 = save area, a1 = satp; user a0, a1 lie there.
kentry_leave:
    csrw sscratch, a0
    csrw satp, a1
    ld t0, 48(a0)
    ld a1, 8(a0)
    ld a0, 0(a0)
    sret
    .equ KENTRY_LEAVE_OFFSET, kentry_leave - kentry

    .text
    .globl kentry_exit
    .type kentry_exit, @function
kentry_exit:                    # a0 = frame, a1 = save area (identity address), a2 = satp
    ld t0, 0(a0)
    csrw sepc, t0
    li t0, 0x100                # SPP = user
    csrc sstatus, t0
    li t0, 0x20                 # SPIE
    csrs sstatus, t0
    ld t0, 80(a0)
    sd t0, 0(a1)
    ld t0, 88(a0)
    sd t0, 8(a1)
    sd a0, 16(a1)
    sd a0, 24(a1)               # the kernel stack is empty again: it starts right below the frame
    sd tp, 32(a1)
    ld ra, 8(a0)
    ld sp, 16(a0)
    ld gp, 24(a0)
    ld tp, 32(a0)
    ld t1, 48(a0)
    ld t2, 56(a0)
    ld s0, 64(a0)
    ld s1, 72(a0)
    ld a3, 104(a0)
    ld a4, 112(a0)
    ld a5, 120(a0)
    ld a6, 128(a0)
    ld a7, 136(a0)
    ld s2, 144(a0)
    ld s3, 152(a0)
    ld s4, 160(a0)
    ld s5, 168(a0)
    ld s6, 176(a0)
    ld s7, 184(a0)
    ld s8, 192(a0)
    ld s9, 200(a0)
    ld s10, 208(a0)
    ld s11, 216(a0)
    ld t3, 224(a0)
    ld t4, 232(a0)
    ld t5, 240(a0)
    ld t6, 248(a0)
    # Three registers are left: a2 (satp) moves to a1 and then gets its own value; t0 carries the jump's target.
    sd a2, 40(a1)
    ld a2, 96(a0)
    ld t0, 40(a0)
    sd t0, 48(a1)
    mv a0, a1
    ld a1, 40(a0)
    lui t0, 2
    addi t0, t0, KENTRY_LEAVE_OFFSET
    jr t0
