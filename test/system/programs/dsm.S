# A node process (docs/spec/sm-dsm.md). The first argument names what it does; every node that ends well leaves the group.
# s8 = nodes, s9 = own id, s10 = an address that all nodes have got from node 0 by a broadcast.
    .macro sm number, a0=zero, a1=zero
    mv a0, \a0
    mv a1, \a1
    li a7, \number
    ecall
    .endm
    .macro on_node node, label
    li t0, \node
    bne s9, t0, \label
    .endm

    .text
    .globl main
main:
    ld a0, 8(a1)
    la a1, table
    call case_of
    beqz a0, failed
    mv s3, a0
    la s1, counts
    addi s2, s1, 4
    sm SYS_SM_INIT, s1, s2
    bnez a0, failed
    lw s8, 0(s1)
    lw s9, 4(s1)
    call shared_page
    jalr s3
    sm SYS_SM_BARRIER
    sm SYS_SM_EXIT
    li a0, 0
    j exit_group
failed:
    li a0, 1
    j exit_group

shared_page:                    # s10: one page of node 0
    mv s11, ra
    li s10, 0
    bnez s9, 1f
    li t0, 4096
    sm SYS_SM_MALLOC, t0
    mv s10, a0
1:  sm SYS_SM_BCAST, s10, zero
    mv s10, a0
    jr s11

    .globl touch_nothing
    .type touch_nothing, @function
touch_nothing:                  # node 1 reads a page of the region that nobody has allocated; the others wait
    on_node 1, 1f
    li t0, 0x2f000000
    ld t0, (t0)
1:  sm SYS_SM_BARRIER
    j failed
    .size touch_nothing, . - touch_nothing

    .globl segfault
    .type segfault, @function
segfault:
    on_node 1, 1f
    sd zero, (zero)
1:  sm SYS_SM_BARRIER
    j failed
    .size segfault, . - segfault

exit_three:                     # the last node; the others spin in user mode
    addi t1, s8, -1
1:  bne s9, t1, 1b
    li a0, 3
    j exit_group

exit_early:                     # the last node ends with code 0 and without leaving; the others meet ten times
    addi t1, s8, -1
    bne s9, t1, 1f
    li a0, 0
    j exit_group
1:  li s4, 10
2:  sm SYS_SM_BARRIER
    addi s4, s4, -1
    bnez s4, 2b
    ret

die_faulting:                   # every node but the last writes the page in turn; the last dies while they do
    addi t1, s8, -1
    bne s9, t1, 1f
    li t0, 2000
2:  addi t0, t0, -1
    bnez t0, 2b
    sd zero, (zero)
1:  sd s9, (s10)
    j 1b

small_requests:                 # three requests of 40 bytes and one of 4000: the first three share a page
    mv s11, ra
    li s4, 3
1:  li t0, 40
    sm SYS_SM_MALLOC, t0
    mv a1, a0
    la a0, small
    call report
    addi s4, s4, -1
    bnez s4, 1b
    li t0, 4000
    sm SYS_SM_MALLOC, t0
    mv a1, a0
    la a0, small
    call report
    li t0, 9000
    sm SYS_SM_MALLOC, t0
    mv s5, a0
    mv a1, a0
    la a0, large
    call report
    sd s9, (s5)
    li t0, 8992
    add t0, s5, t0
    sd s9, (t0)
    ld t1, (s5)
    bne t1, s9, failed
    jr s11

broadcasts:                     # each node in turn is the root
    mv s11, ra
    li s4, 0
1:  addi t0, s9, 100
    slli t0, t0, 8
    sm SYS_SM_BCAST, t0, s4
    addi t0, s4, 100
    slli t0, t0, 8
    bne a0, t0, failed
    addi s4, s4, 1
    bltu s4, s8, 1b
    jr s11

barriers:                       # 50 rounds: node r mod n writes the page, all read what it wrote
    mv s11, ra
    li s4, 1
1:  remu t0, s4, s8
    bne t0, s9, 2f
    slli t1, s4, 4
    sd t1, 8(s10)
2:  sm SYS_SM_BARRIER
    ld t1, 8(s10)
    slli t2, s4, 4
    bne t1, t2, failed
    sm SYS_SM_BARRIER
    addi s4, s4, 1
    li t0, 50
    bleu s4, t0, 1b
    jr s11

counter:                        # all nodes add to one word, 200 times each, by LR/SC on the shared page
    mv s11, ra
    li s4, 200
1:  lr.d.aq t0, (s10)
    addi t0, t0, 1
    sc.d.rl t1, t0, (s10)
    bnez t1, 1b
    addi s4, s4, -1
    bnez s4, 1b
    sm SYS_SM_BARRIER
    ld a1, (s10)
    li t0, 200
    mul t0, t0, s8
    bne a1, t0, failed
    jr s11

locked_replicas:                # as replicas, with loads and stores under a lock
    la s2, locker
    j 0f
replicas:                       # each node adds with one thread in every cluster, then all nodes compare (3.1)
    la s2, adder
0:  mv s11, ra
    li a7, SYS_CLUSTER_COUNT
    ecall
    mv s5, a0
    li s4, 0
    la s6, ids
1:  mv a0, s2
    mv a1, s10
    mv a2, s4
    call spawn
    bltz a0, failed
    sd a0, (s6)
    addi s6, s6, 8
    addi s4, s4, 1
    bltu s4, s5, 1b
    la s7, ids
2:  ld a0, (s7)
    li a1, 0
    call join
    bnez a0, failed
    addi s7, s7, 8
    bltu s7, s6, 2b
    sm SYS_SM_BARRIER
    ld a1, (s10)
    la a0, total
    bnez s9, 3f
    call report
3:  mul t0, s5, s8
    li t1, 20
    mul t0, t0, t1
    bne a1, t0, failed
    jr s11
adder:
    mv s1, a0
    li s0, 20
1:  li t0, 1
    amoadd.d.aqrl zero, t0, (s1)
    addi s0, s0, -1
    bnez s0, 1b
    j thread_exit
locker:
    mv s1, a0
    li s0, 20
    li s2, 7
1:  sm SYS_SM_LOCK, s2
    ld t0, (s1)
    addi t0, t0, 1
    sd t0, (s1)
    sm SYS_SM_UNLOCK, s2
    addi s0, s0, -1
    bnez s0, 1b
    j thread_exit

    .rodata
    .balign 8
table:
    .irp name, touch_nothing, segfault, exit_three, exit_early, die_faulting, small_requests, broadcasts, barriers, counter
    .dword \name\()_text, \name
    .endr
    .dword replicas_text, replicas
    .dword locked_text, locked_replicas
    .dword 0, 0
    .irp name, touch_nothing, segfault, exit_three, exit_early, die_faulting, small_requests, broadcasts, barriers, counter
\name\()_text:
    .asciz "\name"
    .endr
replicas_text:
    .asciz "replicas"
locked_text:
    .asciz "locked_replicas"
small:
    .asciz "small"
large:
    .asciz "large"
total:
    .asciz "total"

    .data
    .balign 8
counts:
    .word 0, 0
ids:
    .zero 256 * 8
