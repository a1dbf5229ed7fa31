# System calls with bad arguments: each result is reported, and the program goes on to `done 0`. Argument: a cluster, where a
# thread makes the calls.
    .macro call_and_report label, number, a0=0, a1=0, a2=0, a3=0
    li a3, \a3
    li a2, \a2
    li a1, \a1
    li a0, \a0
    li a7, \number
    ecall
    mv a1, a0
    .pushsection .rodata
91:
    .asciz "\label"
    .popsection
    la a0, 91b
    call report
    .endm

    .text
    .globl main
main:
    mv s0, a1
    ld a0, 8(a1)
    call number_of
    mv a2, a0
    la a0, calls
    call spawn
    mv s1, a0
    li a1, 0
    call join
    mv a1, a0
    la a0, joined
    call report
    mv a0, s1                   # a thread is joined once
    li a1, 0
    call join
    mv a1, a0
    la a0, joined_again
    call report
    li a0, 0
    j exit_group

calls:
    call_and_report write_null, SYS_WRITE, 1, 0, 4
    call_and_report write_kentry, SYS_WRITE, 1, 0x2000, 4
    call_and_report write_kernel, SYS_WRITE, 1, 0x40004000, 4
    call_and_report write_bank, SYS_WRITE, 2, 0x80000000, 4
    call_and_report write_end_of_user, SYS_WRITE, 1, 0x3ffffffc, 8
    call_and_report write_huge_length, SYS_WRITE, 1, 0x40000000, 0x7fffffff
    call_and_report write_negative, SYS_WRITE, 1, -1, 1
    call_and_report write_bad_file, SYS_WRITE, 7, 0x400000, 1
    call_and_report write_nothing, SYS_WRITE, 1, 0, 0
    call_and_report time_to_code, SYS_CLOCK_GETTIME, 0, 0x10000
    call_and_report time_to_null, SYS_CLOCK_GETTIME, 0, 0
    call_and_report time_to_data, SYS_CLOCK_GETTIME, 0, 0x400010
    call_and_report unknown, 9999
    call_and_report unknown_again, 9999
    call_and_report negative, -1
    call_and_report futex_odd, SYS_FUTEX, 0x400001, FUTEX_WAIT, 0
    call_and_report futex_null, SYS_FUTEX, 0, FUTEX_WAIT, 0
    call_and_report futex_changed, SYS_FUTEX, 0x400000, FUTEX_WAIT, 5
    call_and_report futex_operation, SYS_FUTEX, 0x400000, 77, 0
    call_and_report futex_wake_nobody, SYS_FUTEX, 0x400000, FUTEX_WAKE, 1
    call_and_report thread_no_cluster, SYS_THREAD_CREATE, 0x10000, 0, 9999
    call_and_report thread_negative_cluster, SYS_THREAD_CREATE, 0x10000, 0, -2
    call_and_report join_unknown, SYS_THREAD_JOIN, 0x0fff, 0
    call_and_report join_no_cluster, SYS_THREAD_JOIN, 0x7fff0000, 0
    call_and_report join_all_ones, SYS_THREAD_JOIN, -1, 0
    li a7, SYS_GETTID
    ecall
    li a1, 0
    call join
    mv a1, a0
    la a0, join_self
    call report
    call_and_report mmap_nothing, SYS_MMAP, 0, 0, 3, 0x22
    call_and_report mmap_too_large, SYS_MMAP, 0, 0x40000000, 3, 0x22
    call_and_report mmap_no_gap, SYS_MMAP, 0, 0x1ff00000, 3, 0x22
    call_and_report mmap_all, SYS_MMAP, 0, -1, 3, 0x22
    call_and_report mmap_file, SYS_MMAP, 0, 4096, 3, 2
    la a0, group
    addi a1, a0, 4
    li a7, SYS_SM_INIT
    ecall
    call_and_report sm_malloc_nothing, SYS_SM_MALLOC, 0
    call_and_report sm_malloc_too_large, SYS_SM_MALLOC, 0x10000000
    call_and_report sm_bcast_root, SYS_SM_BCAST, 0, 5
    la a0, done
    li a1, 0
    call report
    li a0, 0
    j thread_exit

    .rodata
done:
    .asciz "done"
joined:
    .asciz "joined"
joined_again:
    .asciz "joined_again"
join_self:
    .asciz "join_self"

    .data
    .balign 16
group:
    .dword 0, 0, 0, 0
