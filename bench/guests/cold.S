# 50,000 blocks of 64 bytes, one behind the other, run through TRIPS times.
    .globl main
main:
    li   t0, TRIPS
    li   a0, 0
    li   a1, 1
    lla  t1, back
    sd   ra, (t1)
1:  call blocks
    addi t0, t0, -1
    beqz t0, 2f
    j    1b
2:  lla  t1, back
    ld   ra, (t1)
    ret
    .balign 64
blocks:
    .set number, 0
    .rept 50000
    add  a0, a0, a1
    xori a1, a1, 21
    slli t1, a0, 3
    sub  a0, t1, a0
    bltu a0, a1, 3f
    addi a0, a0, 1
3:  j    4f
    .balign 64
4:
    .endr
    ret
    .section .data
    .balign 8
back: .dword 0
