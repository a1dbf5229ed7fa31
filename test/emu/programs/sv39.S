# S-mode under Sv39: a page seen at two addresses, a store to a read-only page, a load from no page, an access to a user
# page without and with SUM, a syscall from U-mode. Traps are delegated to S; each must come with its cause and stval.
.equ PTE_V, 1
.equ PTE_R, 2
.equ PTE_W, 4
.equ PTE_X, 8
.equ PTE_U, 16
.equ PTE_A, 64
.equ PTE_D, 128
.equ LEAF, PTE_V | PTE_R | PTE_A | PTE_D
.equ RAM, 0x80000000
.equ ROOT, RAM + 0x100000       # page tables and pages lie here
.equ MIDDLE, ROOT + 0x1000
.equ LEAVES, ROOT + 0x2000
.equ DATA, ROOT + 0x3000
.equ WINDOW, 0x40000000         # mapped by LEAVES: page 0 writable, 1 read-only, 2 user, 3 user code
.equ SUM, 1 << 18
.equ MPP, 3 << 11
.equ SPP, 1 << 8

# Checks that the next trap has the cause, and stval the address in t5.
.macro expect_trap cause
    li s10, \cause
    mv s11, t5
    li s9, 1                # armed; the handler clears it and skips 4 bytes
.endm

.macro check_trapped code
    beqz s9, 1f
    fail \code
1:
.endm

    bnez a0, park
    la t0, wrong
    csrw mtvec, t0
    open_pmp

    li t0, ROOT
    li t1, LEAF | PTE_W                     # 0..1 GiB: devices
    sd t1, (t0)
    li t1, (MIDDLE >> 2) | PTE_V
    sd t1, 8(t0)
    li t1, (RAM >> 2) | LEAF | PTE_W | PTE_X
    sd t1, 16(t0)
    li t0, MIDDLE
    li t1, (LEAVES >> 2) | PTE_V
    sd t1, (t0)
    li t0, LEAVES
    li t1, (DATA >> 2) | LEAF | PTE_W
    sd t1, (t0)
    li t1, (DATA >> 2) | LEAF
    sd t1, 8(t0)
    li t1, (DATA >> 2) | LEAF | PTE_W | PTE_U
    sd t1, 16(t0)
    li t1, ((DATA + 0x1000) >> 2) | LEAF | PTE_X | PTE_U
    sd t1, 24(t0)

    li t0, (8 << 60) | (ROOT >> 12)
    csrw satp, t0
    sfence.vma
    li t0, 0xb1ff
    csrw medeleg, t0
    la t0, handler
    csrw stvec, t0
    li t0, MPP
    csrc mstatus, t0
    li t0, 1 << 11
    csrs mstatus, t0
    la t0, supervisor
    csrw mepc, t0
    mret

supervisor:
    li s0, WINDOW
    li s1, DATA
    li t0, 0x0123456789abcdef
    sd t0, 8(s1)
    ld t1, 8(s0)
    bne t0, t1, wrong
    li t0, 0x1000
    add s2, s0, t0          # read-only
    ld t1, 8(s2)
    ld t0, 8(s1)
    bne t0, t1, wrong

    addi t5, s2, 16
    expect_trap 15
    sw zero, 16(s2)
    check_trapped 3

    li t5, WINDOW + 0x5008
    expect_trap 13
    lw zero, (t5)
    check_trapped 4

    li t5, WINDOW + 0x2008
    expect_trap 13
    ld t1, (t5)
    check_trapped 5
    li t0, SUM
    csrs sstatus, t0
    ld t1, (t5)
    ld t0, 8(s1)
    bne t0, t1, wrong

    li t5, 1 << 45          # not canonical
    expect_trap 13
    ld t1, (t5)
    check_trapped 6

    la t0, user             # copy the user code to its page
    la t1, user_end
    li t2, DATA + 0x1000
copy:
    lw t3, (t0)
    sw t3, (t2)
    addi t0, t0, 4
    addi t2, t2, 4
    bltu t0, t1, copy
    fence.i
    li t0, SPP
    csrc sstatus, t0
    li t0, WINDOW + 0x3000
    csrw sepc, t0
    li s9, 0
    sret

    .balign 4
    .option push
    .option norvc
user:                       # runs at WINDOW + 0x3000 in U-mode
    li a7, 42
    ecall
user_end:
    .option pop

    .balign 4
handler:
    csrr s8, scause
    li t6, 8
    beq s8, t6, syscall
    beqz s9, wrong
    bne s8, s10, wrong
    csrr s8, stval
    bne s8, s11, wrong
    li s9, 0
    csrr s8, sepc
    addi s8, s8, 4
    csrw sepc, s8
    sret
syscall:
    li t6, 42
    bne a7, t6, wrong
    csrr s8, sepc
    li t6, WINDOW + 0x3004
    bne s8, t6, wrong
    putchar 'o'
    putchar 'k'
    putchar '\n'
    pass

    .balign 4
wrong:
    fail 7
park:
    wfi
    j park
