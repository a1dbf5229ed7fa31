# Linked to every test guest: the start, and what most of them need. Guests define `main`(argc, argv); its result is the exit code.
    .text
    .globl _start
_start:                         # a1 = argv in the args vseg, argc before it; what is on the stack is not needed: sp goes to its top
    ld a0, -8(a1)
    li t0, 4095
    add sp, sp, t0
    not t0, t0
    and sp, sp, t0
    call main
    .globl exit_group
exit_group:                     # a0 = exit code of the process
    li a7, SYS_EXIT_GROUP
    ecall

    .globl thread_exit
thread_exit:                    # a0 = the thread's value
    li a7, SYS_EXIT
    ecall

    .globl spawn
spawn:                          # a0 = entry(argument), a1 = argument, a2 = cluster; its id, or -errno. Entries end in thread_exit.
    li a7, SYS_THREAD_CREATE
    ecall
    ret

    .globl join
join:                           # a0 = thread, a1 = address of its value or 0
    li a7, SYS_THREAD_JOIN
    ecall
    ret

    .globl barrier_wait
barrier_wait:                   # a0 = {threads, arrived, round}, u32 each
    lw t0, 8(a0)
    fence r, rw
    li t1, 1
    addi t2, a0, 4
    amoadd.w.aqrl t1, t1, (t2)
    addi t1, t1, 1
    lw t2, (a0)
    bne t1, t2, 1f
    sw zero, 4(a0)
    li t1, 1
    addi a0, a0, 8
    amoadd.w.aqrl zero, t1, (a0)
    li a1, FUTEX_WAKE
    li a2, 0x7fffffff
    li a7, SYS_FUTEX
    ecall
    ret
1:  addi t3, a0, 8
2:  lw t1, (t3)
    bne t1, t0, 3f
    mv a0, t3
    li a1, FUTEX_WAIT
    mv a2, t0
    li a7, SYS_FUTEX
    ecall
    j 2b
3:  fence r, rw
    ret

    .globl equal
equal:                          # a0, a1 = NUL-terminated; 1 when they are the same text
    lbu t0, (a0)
    lbu t1, (a1)
    addi a0, a0, 1
    addi a1, a1, 1
    bne t0, t1, 1f
    bnez t0, equal
    li a0, 1
    ret
1:  li a0, 0
    ret

    .globl number_of
number_of:                      # a0 = decimal digits, NUL-terminated
    mv t0, a0
    li a0, 0
    li t2, 10
1:  lbu t1, (t0)
    beqz t1, 2f
    mul a0, a0, t2
    addi t1, t1, -48
    add a0, a0, t1
    addi t0, t0, 1
    j 1b
2:  ret

    .globl report
report:                         # a0 = label of at most 90 bytes, a1 = number: one line "LABEL NUMBER". Keeps a0 and a1.
    addi sp, sp, -160
    sd ra, 152(sp)
    sd a0, 144(sp)
    sd a1, 136(sp)
    mv t0, sp
1:  lbu t1, (a0)
    beqz t1, 2f
    sb t1, (t0)
    addi a0, a0, 1
    addi t0, t0, 1
    j 1b
2:  li t1, 32
    sb t1, (t0)
    addi t0, t0, 1
    bgez a1, 3f
    li t1, 45
    sb t1, (t0)
    addi t0, t0, 1
    neg a1, a1
3:  addi t2, sp, 128            # digits, from the last one on
    addi t4, sp, 128
    li t3, 10
4:  remu t1, a1, t3
    addi t1, t1, 48
    addi t2, t2, -1
    sb t1, (t2)
    divu a1, a1, t3
    bnez a1, 4b
5:  lbu t1, (t2)
    sb t1, (t0)
    addi t2, t2, 1
    addi t0, t0, 1
    bltu t2, t4, 5b
    li t1, 10
    sb t1, (t0)
    addi t0, t0, 1
    li a0, 1
    mv a1, sp
    sub a2, t0, sp
    li a7, SYS_WRITE
    ecall
    ld a0, 144(sp)
    ld a1, 136(sp)
    ld ra, 152(sp)
    addi sp, sp, 160
    ret
