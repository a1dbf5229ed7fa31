# The context switch between kernel threads, and the first code of a new thread. CONTEXT_* are offsets in context_t
# (kernel/sched/thread.ts).
    .include "kernel/hal/layout.S"
    .text
    .globl context_switch
    .type context_switch, @function
context_switch:                 # a0 = from, a1 = to
    sd ra, CONTEXT_RA(a0)
    sd sp, CONTEXT_SP(a0)
    sd s0, CONTEXT_S0(a0)
    sd s1, CONTEXT_S1(a0)
    sd s2, CONTEXT_S2(a0)
    sd s3, CONTEXT_S3(a0)
    sd s4, CONTEXT_S4(a0)
    sd s5, CONTEXT_S5(a0)
    sd s6, CONTEXT_S6(a0)
    sd s7, CONTEXT_S7(a0)
    sd s8, CONTEXT_S8(a0)
    sd s9, CONTEXT_S9(a0)
    sd s10, CONTEXT_S10(a0)
    sd s11, CONTEXT_S11(a0)
    mv tp, a1
    ld ra, CONTEXT_RA(a1)
    ld sp, CONTEXT_SP(a1)
    ld s0, CONTEXT_S0(a1)
    ld s1, CONTEXT_S1(a1)
    ld s2, CONTEXT_S2(a1)
    ld s3, CONTEXT_S3(a1)
    ld s4, CONTEXT_S4(a1)
    ld s5, CONTEXT_S5(a1)
    ld s6, CONTEXT_S6(a1)
    ld s7, CONTEXT_S7(a1)
    ld s8, CONTEXT_S8(a1)
    ld s9, CONTEXT_S9(a1)
    ld s10, CONTEXT_S10(a1)
    ld s11, CONTEXT_S11(a1)
    ret

    .globl thread_start_address
    .type thread_start_address, @function
thread_start_address:
    la a0, thread_start
    ret

    .globl thread_start
    .type thread_start, @function
thread_start:                   # s0 = function, s1 = its argument
    call sched_switched
    mv a0, s1
    jalr s0
1:  ebreak                      # a thread's function never returns
    j 1b
