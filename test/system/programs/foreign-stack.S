# A thread is given a pointer into another thread's stack (vmm-policy 2.2, 6.4). Arguments: what it does with it (load, write,
# returned; forked: the first thread of a child process in cluster 3 gives it to one in the given cluster), its cluster. It reports the value it finds: 41 is the owner's, 7 its own.
    .text
    .globl main
main:
    addi sp, sp, -16
    mv s0, a1
    li t0, 41
    sd t0, 0(sp)
    ld a0, 16(s0)
    call number_of
    mv s1, a0
    ld a0, 8(s0)
    la a1, load_name
    call equal
    la s2, use_load
    bnez a0, 1f
    ld a0, 8(s0)
    la a1, write_name
    call equal
    la s2, use_write
    bnez a0, 1f
    ld a0, 8(s0)
    la a1, fork_name
    call equal
    bnez a0, forked
    la s2, give_back
1:  mv a0, s2
    mv a1, sp
    mv a2, s1
    call spawn
    bltz a0, failed
    la a1, value
    call join
    bnez a0, failed
    la t0, give_back
    bne s2, t0, 2f
    la t0, value                # the other way round: a pointer to a local of a thread that has ended
    ld a0, (t0)
    call touch_foreign
2:  li a0, 0
    j exit_group
failed:
    li a0, 1
    j exit_group

forked:
    li a0, 3
    li a7, SYS_PLACE_FORK
    ecall
    li a0, 17
    li a1, 0
    li a7, SYS_CLONE
    ecall
    la s2, use_load
    beqz a0, 1b                 # the child goes on as if it were the program
    bltz a0, failed
    la a1, value
    li a2, 0
    li a3, 0
    li a7, SYS_WAIT4
    ecall
    bltz a0, failed
    la t0, value
    lw a1, (t0)
    la a0, status
    call report
    li a0, 0
    j exit_group

    .globl touch_foreign
touch_foreign:
    ld a1, (a0)
    la a0, label
    j report

use_load:
    addi sp, sp, -16
    li t0, 7
    sd t0, 0(sp)
    call touch_foreign
    li a0, 0
    j thread_exit

use_write:                      # the kernel reads the byte for it
    addi sp, sp, -16
    li t0, 7
    sd t0, 0(sp)
    mv a1, a0
    li a0, 1
    li a2, 1
    .globl write_foreign
write_foreign:
    li a7, SYS_WRITE
    ecall
    mv a1, a0
    la a0, label
    call report
    li a0, 0
    j thread_exit

give_back:                      # its value is a pointer to a local of its own
    addi sp, sp, -16
    li t0, 7
    sd t0, 0(sp)
    mv a0, sp
    j thread_exit

    .rodata
load_name:
    .asciz "load"
write_name:
    .asciz "write"
fork_name:
    .asciz "forked"
status:
    .asciz "status"
label:
    .asciz "found"
    .data
    .balign 8
value:
    .dword 0
