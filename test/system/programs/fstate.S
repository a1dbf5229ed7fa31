# f registers and fcsr of threads and processes. The first argument names the case; main ends with exit code 0 when all is right.

    .macro each instruction     # instruction REGISTER, NUMBER
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \instruction f\n, \n
    .endr
    .endm
    .macro put register, number
    addi t0, s0, \number
    fmv.d.x \register, t0
    .endm
    .macro test_register register, number
    addi t0, s0, \number
    fmv.x.d t1, \register
    beq t0, t1, 1f
    addi s4, s4, 1
1:
    .endm
    .macro test_zero register, number
    fmv.x.d t1, \register
    beqz t1, 1f
    addi s4, s4, 1
1:
    .endm

    .text
    .globl main
main:
    ld a0, 8(a1)
    la a1, table
    call case_of
    beqz a0, failed
    jalr a0
    mv s11, a0
    la a0, differing
    mv a1, s11
    call report
    snez a0, s11
    j exit_group
failed:
    li a0, 1
    j exit_group

self:
    li a7, SYS_CLUSTER_SELF
    ecall
    ret

fill:                           # f registers and fcsr of owner a0; keeps it in s0, and fcsr in s1
    slli s0, a0, 32
    each put
    andi s1, a0, 31
    li t0, 5
    rem t0, a0, t0
    slli t0, t0, 5
    or s1, s1, t0
    fscsr s1
    ret

check:                          # adds to s4 what differs from s0 and s1
    each test_register
    frcsr t0
    beq t0, s1, 1f
    addi s4, s4, 1
1:  ret

check_zero:                       # adds to s4 what is not zero
    each test_zero
    frcsr t0
    beqz t0, 1f
    addi s4, s4, 1
1:  ret

crowd:                          # 8 threads of one cluster fill, and check for many time slices
    addi sp, sp, -112
    sd ra, 104(sp)
    li s4, 0
    li s5, 8
1:  call self
    mv a2, a0
    la a0, member
    addi a1, s5, 100
    call spawn
    bltz a0, failed
    addi s5, s5, -1
    slli t0, s5, 3
    add t0, t0, sp
    sd a0, (t0)
    bnez s5, 1b
    li s5, 8
2:  addi s5, s5, -1
    slli t0, s5, 3
    add t0, t0, sp
    ld a0, (t0)
    addi a1, sp, 96
    call join
    ld t0, 96(sp)
    add s4, s4, t0
    bnez s5, 2b
    call check_zero                   # main's own registers, which it never wrote
    mv a0, s4
    ld ra, 104(sp)
    addi sp, sp, 112
    ret
member:
    mv s6, a0
    li s4, 0
    call check_zero
    mv a0, s6
    call fill
    li s5, 300
1:  call check
    addi s5, s5, -1
    bnez s5, 1b
    mv a0, s4
    j thread_exit

fork:                           # the child has the parent's registers; then each has its own
    addi sp, sp, -16
    sd ra, 8(sp)
    li s4, 0
    li a0, 77
    call fill
    li s7, 0
1:  mv a0, s7                   # the child lives in each cluster in turn
    li a7, SYS_PLACE_FORK
    ecall
    bnez a0, 3f
    li a0, 17
    li a1, 0
    li a7, SYS_CLONE
    ecall
    bltz a0, failed
    bnez a0, 2f
    call check
    addi a0, s7, 200
    call fill
    call check
    mv a0, s4
    j exit_group
2:  mv s8, a0
    call check
    mv a0, s8
    mv a1, sp
    li a2, 0
    li a7, SYS_WAIT4
    ecall
    lw t0, (sp)
    add s4, s4, t0
    call check
    addi s7, s7, 1
    li t0, 4
    bne s7, t0, 1b
    mv a0, s4
    ld ra, 8(sp)
    addi sp, sp, 16
    ret
3:  li a0, 1
    j exit_group

illegal:                        # an illegal instruction that is none of float
    .word 0
    j failed

succession:                     # a thread that starts after one has ended has zeros, whatever it left
    addi sp, sp, -16
    sd ra, 8(sp)
    li s4, 0
    li s5, 4
1:  call self
    mv a2, a0
    la a0, heir
    li a1, 55
    call spawn
    bltz a0, failed
    mv a1, sp
    call join
    ld t0, (sp)
    add s4, s4, t0
    addi s5, s5, -1
    bnez s5, 1b
    mv a0, s4
    ld ra, 8(sp)
    addi sp, sp, 16
    ret
heir:
    mv s6, a0
    li s4, 0
    call check_zero
    mv a0, s6
    call fill
    mv a0, s4
    j thread_exit

    .rodata
differing:
    .asciz "differing"
crowd_name:
    .asciz "crowd"
fork_name:
    .asciz "fork"
illegal_name:
    .asciz "illegal"
succession_name:
    .asciz "succession"
    .balign 8
table:
    .dword crowd_name, crowd, fork_name, fork, illegal_name, illegal, succession_name, succession, 0, 0
