# Runs for ever, in user mode, without a system call.
    .text
    .globl main
main:
    j main
