# clone with a stack, as C libraries make threads: shared memory, own stack and tp, ids, and the cleared word that joins it.
    .equ THREAD, 0x10f00
    .equ SETTLS, 0x80000
    .equ PARENT_SETTID, 0x100000
    .equ CHILD_CLEARTID, 0x200000
    .equ CHILD_SETTID, 0x1000000

    .text
    .globl main
main:
    li s3, 77                   # a clone has its caller's registers
    li a0, THREAD + SETTLS + PARENT_SETTID + CHILD_CLEARTID + CHILD_SETTID
    la a1, stack_end
    la a2, parent_tid
    li a3, 0x1234
    la a4, child_tid
    li a7, SYS_CLONE
    ecall
    beqz a0, child
    mv s0, a0
    la t0, parent_tid
    lw t1, (t0)
    sub a1, t1, s0              # the id is there before the thread runs
    la a0, parent_id
    call report
1:  la t0, child_tid            # its end clears the word
    lw a2, (t0)
    beqz a2, 2f
    mv a0, t0
    li a1, FUTEX_WAIT_BITSET
    li a3, 0
    li a5, -1
    li a7, SYS_FUTEX
    ecall
    j 1b
2:  la t0, results
    ld a1, (t0)
    sub a1, a1, s0
    la a0, child_id
    call report
    la t0, results
    ld a1, 8(t0)
    la a0, child_tp
    call report
    la t0, results
    ld a1, 16(t0)
    la t1, stack_end
    sub a1, a1, t1
    la a0, child_sp
    call report
    la t0, results
    ld a1, 24(t0)
    la a0, child_register
    call report
    la t0, results
    ld s1, 32(t0)
    li a7, SYS_CLUSTER_SELF
    ecall
    sub a1, s1, a0
    la a0, child_cluster
    call report
    li a0, 1                    # named by place_fork
    li a7, SYS_PLACE_FORK
    ecall
    li a0, THREAD + CHILD_CLEARTID + CHILD_SETTID
    la a1, stack_end
    la a4, child_tid
    li a7, SYS_CLONE
    ecall
    beqz a0, child
3:  la t0, child_tid
    lw a2, (t0)
    beqz a2, 4f
    mv a0, t0
    li a1, FUTEX_WAIT_BITSET
    li a3, 0
    li a5, -1
    li a7, SYS_FUTEX
    ecall
    j 3b
4:  la t0, results
    ld a1, 32(t0)
    la a0, placed
    call report
    li a0, 0x100                # flags that make neither a process nor a thread
    la a1, stack_end
    li a7, SYS_CLONE
    ecall
    mv a1, a0
    la a0, half
    call report
    li a0, THREAD + PARENT_SETTID
    la a1, stack_end
    li a2, 16
    li a7, SYS_CLONE
    ecall
    mv a1, a0
    la a0, bad_address
    call report
    li a0, 0
    j exit_group

child:
    la t0, results
    li a7, SYS_GETTID
    ecall
    sd a0, (t0)
    sd tp, 8(t0)
    sd sp, 16(t0)
    sd s3, 24(t0)
    li a7, SYS_CLUSTER_SELF
    ecall
    sd a0, 32(t0)
    li a0, 0
    li a7, SYS_EXIT
    ecall

    .section .rodata
parent_id:
    .asciz "parent_id"
child_id:
    .asciz "child_id"
child_tp:
    .asciz "child_tp"
child_sp:
    .asciz "child_sp"
child_register:
    .asciz "child_register"
child_cluster:
    .asciz "child_cluster"
placed:
    .asciz "placed"
half:
    .asciz "half"
bad_address:
    .asciz "bad_address"

    .data
    .balign 16
results:
    .dword 0, 0, 0, 0, 0
parent_tid:
    .word 0
child_tid:
    .word 0
    .balign 16
    .fill 4096, 1, 0
stack_end:
