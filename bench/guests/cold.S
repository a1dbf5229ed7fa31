# 50,000 small blocks, one behind the other, run through TRIPS times.
    .option norvc
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
    .rept 50000
    add  a0, a0, a1
    xori a1, a1, 21
    slli t1, a0, 3
    sub  a0, t1, a0
    # bltu a0, a1, .+8 and j .+4 as words: the assembler takes half a minute to find that 50,000 jumps are short.
    .word 0x00b56463
    addi a0, a0, 1
    .word 0x0040006f
    .endr
    ret
    .section .data
    .balign 8
back: .dword 0
