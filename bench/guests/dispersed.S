# 2,000 blocks of 256 bytes, each entered from another place of the 512 KiB, TRIPS times around.
    .option norvc
    .globl main
main:
    li   t0, TRIPS
    li   a0, 0
    li   a1, 1
    j    blocks
    .balign 4096
blocks:
    .set number, 0
    .rept 2000
    .set next, (number * 1621 + 1) % 2000
    add  a0, a0, a1
    xori a1, a1, 21
    slli t1, a0, 3
    sub  a0, t1, a0
    .if next == 0
    addi t0, t0, -1
    beqz t0, done
    .endif
    j    blocks + next * 256
    .balign 256
    .set number, number + 1
    .endr
done:
    ret
