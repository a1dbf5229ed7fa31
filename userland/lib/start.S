# First instructions of a program and of each of its threads. main(argc, argv) is the program's exported function.
    .text
    .globl _start
_start:                         # sp names argc (psABI); a1 = argv in the args vseg, which threads in other clusters see too
    ld a0, (sp)
    call main
    li a7, 94                   # exit_group
    ecall

    .globl thread_entry_address
thread_entry_address:
    la a0, thread_entry
    ret

thread_entry:                   # a0 = {function: u64, argument: u64}
    ld t0, 0(a0)
    ld a0, 8(a0)
    jalr t0
    li a7, 93                   # exit: the thread's value is the function's
    ecall
