# Context switch between kernel threads, and the first code of a new one. Layout: context_t in kernel/sched/thread.ts.
    .text
    .globl context_switch
    .type context_switch, @function
context_switch:                 # a0 = from, a1 = to
    sd ra, 0(a0)
    sd sp, 8(a0)
    sd s0, 16(a0)
    sd s1, 24(a0)
    sd s2, 32(a0)
    sd s3, 40(a0)
    sd s4, 48(a0)
    sd s5, 56(a0)
    sd s6, 64(a0)
    sd s7, 72(a0)
    sd s8, 80(a0)
    sd s9, 88(a0)
    sd s10, 96(a0)
    sd s11, 104(a0)
    mv tp, a1
    ld ra, 0(a1)
    ld sp, 8(a1)
    ld s0, 16(a1)
    ld s1, 24(a1)
    ld s2, 32(a1)
    ld s3, 40(a1)
    ld s4, 48(a1)
    ld s5, 56(a1)
    ld s6, 64(a1)
    ld s7, 72(a1)
    ld s8, 80(a1)
    ld s9, 88(a1)
    ld s10, 96(a1)
    ld s11, 104(a1)
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
