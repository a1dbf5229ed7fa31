# Start of a C program without an operating system's C library: sp names argc, argv, envp (RISC-V psABI). The TLS block is the one of
# the image (link.ld): such a program has one thread.
    .text
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la tp, __tls_base
    ld a0, (sp)
    addi a1, sp, 8
    slli a2, a0, 3
    add a2, a2, a1
    addi a2, a2, 8
    mv ra, zero
    mv s0, zero
    call start_main
    ebreak                      # start_main never returns
