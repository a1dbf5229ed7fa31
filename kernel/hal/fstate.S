# The f registers and fcsr of a thread, 8 bytes each (kernel/sched/fstate.ts). mstatus.FS must not be Off.
    .text
    .macro each_float instruction
    \instruction f0, 0(a0)
    \instruction f1, 8(a0)
    \instruction f2, 16(a0)
    \instruction f3, 24(a0)
    \instruction f4, 32(a0)
    \instruction f5, 40(a0)
    \instruction f6, 48(a0)
    \instruction f7, 56(a0)
    \instruction f8, 64(a0)
    \instruction f9, 72(a0)
    \instruction f10, 80(a0)
    \instruction f11, 88(a0)
    \instruction f12, 96(a0)
    \instruction f13, 104(a0)
    \instruction f14, 112(a0)
    \instruction f15, 120(a0)
    \instruction f16, 128(a0)
    \instruction f17, 136(a0)
    \instruction f18, 144(a0)
    \instruction f19, 152(a0)
    \instruction f20, 160(a0)
    \instruction f21, 168(a0)
    \instruction f22, 176(a0)
    \instruction f23, 184(a0)
    \instruction f24, 192(a0)
    \instruction f25, 200(a0)
    \instruction f26, 208(a0)
    \instruction f27, 216(a0)
    \instruction f28, 224(a0)
    \instruction f29, 232(a0)
    \instruction f30, 240(a0)
    \instruction f31, 248(a0)
    .endm

    .globl fstate_save
    .type fstate_save, @function
fstate_save:                    # a0 = area
    each_float fsd
    csrr t0, fcsr
    sd t0, 256(a0)
    ret

    .globl fstate_restore
    .type fstate_restore, @function
fstate_restore:                 # a0 = area
    each_float fld
    ld t0, 256(a0)
    csrw fcsr, t0
    ret
