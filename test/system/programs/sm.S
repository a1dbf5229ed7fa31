# Calls of sm_* one by one (docs/spec/sm-dsm.md 2): the first argument names the case. s8 = nodes, s9 = own id. `sm` reports nothing,
# `told` reports the result as "result N" if this is node s7 (0 unless the case says otherwise).
    .macro sm number, a0=zero, a1=zero
    mv a0, \a0
    mv a1, \a1
    li a7, \number
    ecall
    .endm
    .macro told number, a0=zero, a1=zero
    sm \number, \a0, \a1
    call tell
    .endm

    .text
    .globl main
main:
    ld a0, 8(a1)
    la a1, table
    call case_of
    beqz a0, failed
    mv s3, a0
    li s7, 0
    la a0, before_init
    beq s3, a0, 1f
    call begin
1:  jalr s3
    sm SYS_SM_BARRIER
    sm SYS_SM_EXIT
    li a0, 0
    j exit_group
failed:
    li a0, 1
    j exit_group

begin:
    la t0, counts
    addi t1, t0, 4
    sm SYS_SM_INIT, t0, t1
    bnez a0, failed
    la t0, counts
    lw s8, 0(t0)
    lw s9, 4(t0)
    ret

tell:                           # keeps a0
    bne s9, s7, 1f
    mv a1, a0
    la a0, result
    mv t6, ra
    addi sp, sp, -16
    sd t6, (sp)
    call report
    ld ra, (sp)
    addi sp, sp, 16
    mv a0, a1
1:  ret

before_init:                    # every call before sm_node_init
    mv s11, ra
    li s9, 0
    li t0, 16
    told SYS_SM_MALLOC, t0
    told SYS_SM_BARRIER
    told SYS_SM_BCAST, zero, zero
    told SYS_SM_FREE, zero
    told SYS_SM_LOCK, zero
    told SYS_SM_UNLOCK, zero
    told SYS_SM_COND_WAIT, zero, zero
    told SYS_SM_COND_WAKE, zero, zero
    told SYS_SM_STATS, zero
    told SYS_SM_EXIT
    call begin
    jr s11

bad_malloc:                     # nothing, and more than the region
    mv s11, ra
    told SYS_SM_MALLOC, zero
    li t0, 0xffff001
    told SYS_SM_MALLOC, t0
    li t0, -1
    told SYS_SM_MALLOC, t0
    jr s11

bad_free:                       # no request, the middle of one, beside one, twice
    mv s11, ra
    told SYS_SM_FREE, zero
    li t0, 0x20000000
    told SYS_SM_FREE, t0
    li t0, -16
    told SYS_SM_FREE, t0
    li t0, 9000
    sm SYS_SM_MALLOC, t0
    mv s4, a0
    li t0, 40
    sm SYS_SM_MALLOC, t0
    mv s5, a0
    li t0, 4096
    add t0, s4, t0
    told SYS_SM_FREE, t0
    addi t0, s4, 16
    told SYS_SM_FREE, t0
    addi t0, s5, 16
    told SYS_SM_FREE, t0
    addi t0, s5, 1
    told SYS_SM_FREE, t0
    told SYS_SM_FREE, s4
    told SYS_SM_FREE, s4
    told SYS_SM_FREE, s5
    told SYS_SM_FREE, s5
    jr s11

bad_root:                       # a broadcast of a node that is none, by every node
    mv s11, ra
    told SYS_SM_BCAST, zero, s8
    li t0, -1
    told SYS_SM_BCAST, zero, t0
    jr s11

bad_unlock:                     # of a lock of another node, of nobody's; a second lock of the same; a condition without its lock
    mv s11, ra
    li s7, 1
    li s4, 5
    bnez s9, 1f
    sm SYS_SM_LOCK, s4
1:  sm SYS_SM_BARRIER
    bnez s9, 2f
    sm SYS_SM_BARRIER
    sm SYS_SM_UNLOCK, s4
    jr s11
2:  told SYS_SM_UNLOCK, s4
    told SYS_SM_COND_WAIT, zero, s4
    sm SYS_SM_BARRIER
    li t0, 6
    told SYS_SM_UNLOCK, t0
    li t0, 6
    told SYS_SM_LOCK, t0
    li t0, 6
    told SYS_SM_LOCK, t0
    li t0, 6
    told SYS_SM_UNLOCK, t0
    jr s11

bad_stats:
    mv s11, ra
    told SYS_SM_STATS, zero
    jr s11

extra_barrier:                  # node 1 meets once more than the others
    li t0, 1
    bne s9, t0, 1f
    sm SYS_SM_BARRIER
1:  ret

two_roots:                      # node 1 broadcasts from another root than the others
    li t0, 1
    beq s9, t0, 1f
    li t0, 0
1:  sm SYS_SM_BCAST, zero, t0
    ret

lock_and_meet:                  # node 0 meets while it holds what the others want to have before they meet
    mv s11, ra
    li s4, 3
    bnez s9, 1f
    sm SYS_SM_LOCK, s4
1:  sm SYS_SM_BARRIER
    beqz s9, 2f
    sm SYS_SM_LOCK, s4
2:  jr s11

never_signalled:                # all wait for a condition
    mv s11, ra
    li s4, 9
    sm SYS_SM_LOCK, s4
    sm SYS_SM_COND_WAIT, s9, s4
    jr s11

hundred:                        # 100 requests of 16 bytes of one node
    mv s11, ra
    li s4, 100
1:  li t0, 16
    told SYS_SM_MALLOC, t0
    addi s4, s4, -1
    bnez s4, 1b
    jr s11

freed:                          # node 0 frees a page that all have read, and node 1 still reads it
    mv s11, ra
    li s4, 0
    bnez s9, 1f
    li t0, 8192
    sm SYS_SM_MALLOC, t0
    mv s4, a0
    sd s4, (s4)
1:  sm SYS_SM_BCAST, s4, zero
    mv s4, a0
    ld t0, (s4)
    sm SYS_SM_BARRIER
    bnez s9, 2f
    sm SYS_SM_FREE, s4
2:  sm SYS_SM_BARRIER
    li t0, 1
    bne s9, t0, 3f
    ld t0, (s4)
3:  sm SYS_SM_BARRIER
    jr s11

reuse:                          # 40 rounds: another node allocates each time, all write and read, another frees: never more than 3 pages
    mv s11, ra
    li s5, 0
1:  remu s6, s5, s8
    li s4, 0
    bne s9, s6, 2f
    li t0, 12288
    sm SYS_SM_MALLOC, t0
    mv s4, a0
2:  sm SYS_SM_BCAST, s4, s6
    mv s4, a0
    li t0, 0x20000000
    bne s4, t0, failed
    sm SYS_SM_BARRIER
    slli t0, s9, 3
    add t0, s4, t0
    sd s9, 64(t0)
    sm SYS_SM_BARRIER
    addi t0, s9, 1
    remu t0, t0, s8
    slli t1, t0, 3
    add t1, s4, t1
    ld t1, 64(t1)
    bne t0, t1, failed
    sm SYS_SM_BARRIER
    addi t0, s6, 1
    remu t0, t0, s8
    bne s9, t0, 3f
    sm SYS_SM_FREE, s4
    bnez a0, failed
3:  sm SYS_SM_BARRIER
    addi s5, s5, 1
    li t0, 40
    bltu s5, t0, 1b
    jr s11

ordered:                        # node 0 holds the lock until all others wait; they get it in the order of coming, which `turn` shows
    mv s11, ra
    li s4, 0
    bnez s9, 1f
    li t0, 16
    sm SYS_SM_MALLOC, t0
    mv s4, a0
1:  sm SYS_SM_BCAST, s4, zero
    mv s4, a0
    li s5, 2
    bnez s9, 2f
    sm SYS_SM_LOCK, s5
2:  sm SYS_SM_BARRIER
    beqz s9, 4f
    li t0, 60000                # node n comes n times as late
    mul t0, t0, s9
3:  addi t0, t0, -1
    bnez t0, 3b
    sm SYS_SM_LOCK, s5
    ld t0, (s4)
    addi t0, t0, 1
    sd t0, (s4)
    bne t0, s9, failed
    sm SYS_SM_UNLOCK, s5
    jr s11
4:  li t0, 60000
    addi t1, s8, 2
    mul t0, t0, t1
5:  addi t0, t0, -1
    bnez t0, 5b
    sm SYS_SM_UNLOCK, s5
    jr s11

sequential:                     # node 0 writes 16 pages, node 1 reads them in order
    mv s11, ra
    li s4, 0
    bnez s9, 1f
    li t0, 65536
    sm SYS_SM_MALLOC, t0
    mv s4, a0
1:  sm SYS_SM_BCAST, s4, zero
    mv s4, a0
    li t1, 16
    li t2, 4096
    bnez s9, 3f
2:  sd t1, 8(s4)
    add s4, s4, t2
    addi t1, t1, -1
    bnez t1, 2b
3:  sm SYS_SM_BARRIER
    li t0, 1
    bne s9, t0, 5f
    li t1, 16
    li t2, 4096
4:  ld t0, 8(s4)
    bne t0, t1, failed
    add s4, s4, t2
    addi t1, t1, -1
    bnez t1, 4b
5:  sm SYS_SM_BARRIER
    jr s11

    .rodata
    .balign 8
table:
    .irp name, before_init, bad_malloc, bad_free, bad_root, bad_unlock, bad_stats, extra_barrier, two_roots, lock_and_meet
    .dword \name\()_text, \name
    .endr
    .irp name, never_signalled, hundred, freed, reuse, ordered, sequential
    .dword \name\()_text, \name
    .endr
    .dword 0, 0
    .irp name, before_init, bad_malloc, bad_free, bad_root, bad_unlock, bad_stats, extra_barrier, two_roots, lock_and_meet
\name\()_text:
    .asciz "\name"
    .endr
    .irp name, never_signalled, hundred, freed, reuse, ordered, sequential
\name\()_text:
    .asciz "\name"
    .endr
result:
    .asciz "result"

    .data
    .balign 8
counts:
    .word 0, 0
