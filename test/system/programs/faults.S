# One bad deed, named by the first argument; with a second one it is done by a thread in that cluster. What is survived is
# reported with exit code 99.
    .macro deed name
    .globl \name
    .type \name, @function
\name:
    .endm

    .text
    .globl main
main:                           # a0 = argc, a1 = argv
    mv s0, a0
    mv s1, a1
    la s2, table
next:
    ld a0, 8(s1)
    ld a1, (s2)
    beqz a1, unknown
    call equal
    bnez a0, found
    addi s2, s2, 16
    j next
unknown:
    li a0, 98
    j exit_group
found:
    ld s3, 8(s2)
    li t0, 3
    bge s0, t0, elsewhere
    jalr s3
    li a0, 99
    j exit_group
elsewhere:
    ld a0, 16(s1)
    call number_of
    mv a2, a0
    la a0, worker
    mv a1, s3
    call spawn
    bltz a0, unknown
    li a1, 0
    call join
    li a0, 97
    j exit_group
worker:
    jalr a0
    li a0, 99
    j exit_group

    deed write_code
    la t0, write_code
    sw zero, (t0)
    ret
    .size write_code, . - write_code
    deed jump_to_zero
    jr zero
    .size jump_to_zero, . - jump_to_zero
    deed execute_data
    la t0, data
    jr t0
    .size execute_data, . - execute_data
    deed execute_stack
    addi sp, sp, -16
    jr sp
    .size execute_stack, . - execute_stack
    deed read_zero
    ld t0, 8(zero)
    ret
    .size read_zero, . - read_zero
    deed recurse                # 48 bytes of stack a call, without end
    addi sp, sp, -48
    sd ra, 40(sp)
    call recurse
    ld ra, 40(sp)
    addi sp, sp, 48
    ret
    .size recurse, . - recurse
    deed write_kentry
    li t0, 0x2000
    sd zero, (t0)
    ret
    .size write_kentry, . - write_kentry
    deed read_kentry_save
    li t0, 0x3008
    ld t0, (t0)
    ret
    .size read_kentry_save, . - read_kentry_save
    deed execute_kentry
    li t0, 0x2000
    jr t0
    .size execute_kentry, . - execute_kentry
    deed write_window
    li t0, 0x40000000
    sd zero, (t0)
    ret
    .size write_window, . - write_window
    deed read_bank
    li t0, 0x80000000
    ld t0, (t0)
    ret
    .size read_bank, . - read_bank
    deed execute_kernel
    li t0, 0x40004000
    jr t0
    .size execute_kernel, . - execute_kernel
    deed read_noncanonical
    li t0, 1
    slli t0, t0, 63
    lb t0, 17(t0)
    ret
    .size read_noncanonical, . - read_noncanonical
    deed write_probe            # the device's physical address is an unmapped place of the heap zone
    li t0, 0x10200000
    sd zero, (t0)
    ret
    .size write_probe, . - write_probe
    deed behind_mapping
    li a0, 0
    li a1, 4096
    li a2, 3
    li a3, 0x22
    li a7, SYS_MMAP
    ecall
    li t0, 4096
    add t0, a0, t0
    sb zero, -1(t0)
    sb zero, (t0)
    ret
    .size behind_mapping, . - behind_mapping
    deed illegal_instruction
    .word 0
    ret
    .size illegal_instruction, . - illegal_instruction
    deed read_satp
    csrr t0, satp
    ret
    .size read_satp, . - read_satp
    deed return_from_trap
    sret
    ret
    .size return_from_trap, . - return_from_trap
    deed flush_tlb
    sfence.vma
    ret
    .size flush_tlb, . - flush_tlb
    deed breakpoint
    ebreak
    ret
    .size breakpoint, . - breakpoint

    .data
    .balign 8
data:
    .word 0x00008067            # ret
    .word 0

    .rodata
    .balign 8
table:
    .irp name, write_code, jump_to_zero, execute_data, execute_stack, read_zero, recurse, write_kentry
    .dword \name\()_text, \name
    .endr
    .irp name, read_kentry_save, execute_kentry, write_window, read_bank, execute_kernel, read_noncanonical
    .dword \name\()_text, \name
    .endr
    .irp name, write_probe, behind_mapping, illegal_instruction, read_satp, return_from_trap, flush_tlb, breakpoint
    .dword \name\()_text, \name
    .endr
    .dword 0, 0
    .irp name, write_code, jump_to_zero, execute_data, execute_stack, read_zero, recurse, write_kentry
\name\()_text:
    .asciz "\name"
    .endr
    .irp name, read_kentry_save, execute_kentry, write_window, read_bank, execute_kernel, read_noncanonical
\name\()_text:
    .asciz "\name"
    .endr
    .irp name, write_probe, behind_mapping, illegal_instruction, read_satp, return_from_trap, flush_tlb, breakpoint
\name\()_text:
    .asciz "\name"
    .endr
