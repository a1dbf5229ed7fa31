# Threads among themselves. The first argument names the case; main ends with exit code 0 when all is right.
    .text
    .globl main
main:
    ld a0, 8(a1)
    la a1, table
    call case_of
    beqz a0, failed
    jalr a0
    li a0, 0
    j exit_group
failed:
    li a0, 1
    j exit_group

self:
    li a7, SYS_CLUSTER_SELF
    ecall
    ret

preempt:                        # main spins in user mode until a thread of the same cluster sets the flag, and back
    mv s11, ra
    call self
    mv a2, a0
    la a0, setter
    li a1, 0
    call spawn
    bltz a0, failed
    la t0, flag
1:  lw t1, (t0)
    beqz t1, 1b
    li t1, 1
    sw t1, 4(t0)
    li a1, 0
    call join
    jr s11
setter:
    la t0, flag
    li t1, 1
    sw t1, (t0)
1:  lw t1, 4(t0)
    beqz t1, 1b
    j thread_exit

crowd:                          # 12 threads of one cluster spin until all 12 run
    mv s11, ra
    call self
    mv s5, a0
    li s4, 12
    la s6, ids
1:  la a0, member
    li a1, 12
    mv a2, s5
    call spawn
    bltz a0, failed
    sd a0, (s6)
    addi s6, s6, 8
    addi s4, s4, -1
    bnez s4, 1b
    la s7, ids
2:  ld a0, (s7)
    li a1, 0
    call join
    bnez a0, failed
    addi s7, s7, 8
    bltu s7, s6, 2b
    jr s11
member:
    la t0, flag
    li t1, 1
    amoadd.w.aqrl zero, t1, (t0)
1:  lw t1, (t0)
    bne t1, a0, 1b
    j thread_exit

main_ends:                      # exit of main ends threads that spin, sleep, and join each other, in every cluster
    mv s11, ra
    li a7, SYS_CLUSTER_COUNT
    ecall
    mv s5, a0
    li s4, 0
1:  la a0, spinner
    mv a2, s4
    call spawn
    bltz a0, failed
    mv a1, a0
    la a0, joiner
    mv a2, s4
    call spawn
    bltz a0, failed
    la a0, sleeper
    mv a2, s4
    call spawn
    bltz a0, failed
    addi s4, s4, 1
    bltu s4, s5, 1b
    li t0, 3
    mul t0, t0, s5
    la t1, flag
2:  lw t2, (t1)
    bne t2, t0, 2b
    jr s11

killed:                         # as main_ends, but the end is a fault of main
    call main_ends
    sd zero, (zero)

last_thread_ends:               # main ends as a thread; the process lives until the other one has written
    call self
    mv a2, a0
    la a0, late
    li a1, 0
    call spawn
    li a0, 7
    j thread_exit
late:
    li t0, 100000
1:  addi t0, t0, -1
    bnez t0, 1b
    la a0, written
    li a1, 1
    call report
    li a0, 0
    j thread_exit

spinner:
    la t0, flag
    li t1, 1
    amoadd.w.aqrl zero, t1, (t0)
1:  j 1b
joiner:
    mv s0, a0
    la t0, flag
    li t1, 1
    amoadd.w.aqrl zero, t1, (t0)
    mv a0, s0
    li a1, 0
    call join
    j failed
sleeper:
    la t0, flag
    li t1, 1
    amoadd.w.aqrl zero, t1, (t0)
    la a0, never
    li a1, FUTEX_WAIT
    li a2, 0
    li a7, SYS_FUTEX
    ecall
    j failed

values:                         # join of threads of every cluster that have ended long ago gives their values
    mv s11, ra
    li a7, SYS_CLUSTER_COUNT
    ecall
    mv s5, a0
    li s4, 0
    la s6, ids
1:  la a0, square
    mv a1, s4
    mv a2, s4
    call spawn
    bltz a0, failed
    sd a0, (s6)
    addi s6, s6, 8
    addi s4, s4, 1
    bltu s4, s5, 1b
    li t0, 200000
2:  addi t0, t0, -1
    bnez t0, 2b
    li s4, 0
    la s6, ids
3:  ld a0, (s6)
    la a1, value
    call join
    bnez a0, failed
    la t0, value
    ld t0, (t0)
    addi t1, s4, 1000
    mul t1, t1, t1
    bne t0, t1, failed
    addi s6, s6, 8
    addi s4, s4, 1
    bltu s4, s5, 3b
    jr s11
square:
    addi a0, a0, 1000
    mul a0, a0, a0
    j thread_exit

create_many:                    # 300 threads one after another, joined each: stacks and blocks are used again
    mv s11, ra
    li s4, 300
1:  li a7, SYS_CLUSTER_COUNT
    ecall
    remu a2, s4, a0
    la a0, square
    mv a1, s4
    call spawn
    bltz a0, failed
    li a1, 0
    call join
    bnez a0, failed
    addi s4, s4, -1
    bnez s4, 1b
    jr s11

meetings:                       # one thread a cluster and main meet 40 times at a futex barrier
    mv s11, ra
    li a7, SYS_CLUSTER_COUNT
    ecall
    mv s5, a0
    addi t0, a0, 1
    la t1, barrier
    sw t0, (t1)
    li s4, 0
1:  la a0, visitor
    mv a2, s4
    call spawn
    bltz a0, failed
    addi s4, s4, 1
    bltu s4, s5, 1b
    li s4, 40
2:  la a0, barrier
    call barrier_wait
    addi s4, s4, -1
    bnez s4, 2b
    jr s11
visitor:
    li s4, 40
1:  la t0, flag
    li t1, 1
    amoadd.w.aqrl zero, t1, (t0)
    la a0, barrier
    call barrier_wait
    addi s4, s4, -1
    bnez s4, 1b
    li a0, 0
    j thread_exit

    .rodata
    .balign 8
table:
    .irp name, preempt, crowd, main_ends, killed, last_thread_ends, values, create_many, meetings
    .dword \name\()_text, \name
    .endr
    .dword 0, 0
    .irp name, preempt, crowd, main_ends, killed, last_thread_ends, values, create_many, meetings
\name\()_text:
    .asciz "\name"
    .endr
written:
    .asciz "written"

    .data
    .balign 8
flag:
    .word 0, 0
never:
    .word 0
barrier:
    .word 0, 0, 0
    .balign 8
value:
    .dword 0
ids:
    .zero 256 * 8
