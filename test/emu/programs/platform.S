# Prefix of every program here: addresses of the virt machine, and macros. Programs are one section, loaded and entered at
# 0x80000000 by every hart with a0 = hart id; they run on QEMU's virt machine too.

.equ UART, 0x10000000
.equ FINISHER, 0x100000
.equ FINISHER_PASS, 0x5555
.equ FINISHER_FAIL, 0x3333
.equ CLINT_MSIP, 0x2000000
.equ CLINT_MTIMECMP, 0x2004000
.equ CLINT_MTIME, 0x200bff8
.equ PLIC, 0xc000000

# Ends the run successfully.
.macro pass
    li t0, FINISHER
    li t1, FINISHER_PASS
    sw t1, (t0)
.Lend\@:
    j .Lend\@
.endm

# Ends the run with an exit code.
.macro fail code
    li t0, FINISHER
    li t1, FINISHER_FAIL | (\code << 16)
    sw t1, (t0)
.Lend\@:
    j .Lend\@
.endm

# Prints one character; changes t0 and t1.
.macro putchar character
    li t0, UART
    li t1, \character
    sb t1, (t0)
.endm

# Opens all memory to S and U mode where there is physical memory protection.
.macro open_pmp
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
.endm

# Waits in wfi until interrupts have made the register non-zero; looks with interrupts off, so that none is missed.
.macro await register
.Lagain\@:
    csrci mstatus, 1 << 3
    bnez \register, .Ldone\@
    wfi
    csrsi mstatus, 1 << 3
    j .Lagain\@
.Ldone\@:
    csrsi mstatus, 1 << 3
.endm
