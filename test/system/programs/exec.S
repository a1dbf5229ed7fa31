# Replaces itself by /hello, with one argument and one environment string of as many bytes as the two arguments say; reports the
# result if it comes back.
    .text
    .globl main
main:
    mv s0, a1
    ld a0, 8(s0)
    call number_of
    la a1, argument
    call string
    ld a0, 16(s0)
    call number_of
    la a1, variable
    call string
    la a0, path
    la a1, argv
    la a2, envp
    li a7, SYS_EXECVE
    ecall
    mv a1, a0
    la a0, execve
    call report
    li a0, 0
    j exit_group

string:                         # a0 bytes at a1, and NUL
    li t0, 97
1:  beqz a0, 2f
    sb t0, (a1)
    addi a1, a1, 1
    addi a0, a0, -1
    j 1b
2:  sb zero, (a1)
    ret

    .section .rodata
path: .asciz "/hello"
execve: .asciz "execve"
    .data
    .balign 8
argv: .dword argument, 0
envp: .dword variable, 0
argument: .zero 8192
variable: .zero 8192
