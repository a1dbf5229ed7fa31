# Saves and loads the f registers and fcsr of a thread, 8 bytes each (kernel/sched/fstate.ts). mstatus.FS must not be Off.
    .include "kernel/hal/layout.S"
    .text
    .macro each_float instruction
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \instruction f\n, FSTATE_F + 8 * \n(a0)
    .endr
    .endm

    .globl fstate_save
    .type fstate_save, @function
fstate_save:                    # a0 = area
    each_float fsd
    csrr t0, fcsr
    sd t0, FSTATE_FCSR(a0)
    ret

    .globl fstate_restore
    .type fstate_restore, @function
fstate_restore:                 # a0 = area
    each_float fld
    ld t0, FSTATE_FCSR(a0)
    csrw fcsr, t0
    ret
