# Two harts add to a plain counter under an LR/SC spin lock; the sum shows whether the lock excludes.
.equ ROUNDS, 1000
.equ HARTS, 2

    li t0, HARTS
    bgeu a0, t0, park
    la s0, lock
    li s1, ROUNDS
work:
    li t1, 1
acquire:
    lr.w.aq t0, (s0)
    bnez t0, busy
    sc.w t0, t1, (s0)
    beqz t0, acquired
busy:
    pause
    j acquire
acquired:
    ld t2, 8(s0)            # counter
    addi t2, t2, 1
    sd t2, 8(s0)
    fence rw, w
    sw zero, (s0)
    addi s1, s1, -1
    bnez s1, work

    addi t1, s0, 16         # finished harts
    li t2, 1
    amoadd.w.aqrl zero, t2, (t1)
    bnez a0, park
await:
    pause
    lw t0, (t1)
    li t2, HARTS
    bne t0, t2, await
    fence r, rw
    ld t0, 8(s0)
    li t1, ROUNDS * HARTS
    bne t0, t1, wrong
    putchar 'o'
    putchar 'k'
    putchar '\n'
    pass
wrong:
    fail 2
park:
    wfi
    j park

    .balign 8
lock:
    .dword 0
    .dword 0
    .dword 0
