# Not linked to lib.S: prints sp and then every word from there to the top of the stack, one line of 16 hexadecimal digits each.
    .text
    .globl _start
_start:
    mv s0, sp
    mv s10, a0
    li t0, 4095
    add s1, sp, t0
    not t0, t0
    and s1, s1, t0
    addi sp, sp, -32
    mv a1, s10
    call print
    mv a1, s0
    call print
1:  ld a1, (s0)
    call print
    addi s0, s0, 8
    bltu s0, s1, 1b
    li a0, 0
    li a7, SYS_EXIT_GROUP
    ecall

print:                          # a1 = word
    li t0, 60
    mv t1, sp
2:  srl t2, a1, t0
    andi t2, t2, 15
    addi t3, t2, 48
    li t4, 10
    blt t2, t4, 3f
    addi t3, t2, 87
3:  sb t3, (t1)
    addi t1, t1, 1
    addi t0, t0, -4
    bgez t0, 2b
    li t3, 10
    sb t3, (t1)
    li a0, 1
    mv a1, sp
    li a2, 17
    li a7, SYS_WRITE
    ecall
    ret
