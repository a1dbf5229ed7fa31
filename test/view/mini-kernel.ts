/** A kernel in small that is not ours: tasks in an array and in a ring, a list of free pages, page tables; it echoes what is typed until q. */

import { bareElf } from "../emu/bare-elf.ts";

const TEXT = `
    .globl _start
_start:
    csrr t0, mhartid
    bnez t0, park
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    la t0, root
    srli t0, t0, 12
    li t1, 8
    slli t1, t1, 60
    or t0, t0, t1
    csrw satp, t0
    li t0, 0x1800
    csrc mstatus, t0
    li t0, 0x800
    csrs mstatus, t0
    la t0, supervisor
    csrw mepc, t0
    mret
park:
    wfi
    j park

supervisor:
    # The free pages, the last one first.
    la t0, pages
    la t1, kmem
    li t2, 9
    li t3, 4096
1:  ld t4, 24(t1)
    sd t4, 0(t0)
    sd t0, 24(t1)
    add t0, t0, t3
    addi t2, t2, -1
    bnez t2, 1b
    # Page 0x5000 of the second task: user_root > user_middle > user_leaf > pages, readable and executable.
    la t0, user_root
    la t1, user_middle
    srli t2, t1, 2
    ori t2, t2, 1
    sd t2, 0(t0)
    la t3, user_leaf
    srli t2, t3, 2
    ori t2, t2, 1
    sd t2, 0(t1)
    la t4, pages
    srli t2, t4, 2
    ori t2, t2, 0xdb
    sd t2, 40(t3)
    la t1, tasks
    sd t0, 96(t1)
    li s0, 0x10000000
    la s1, hello
2:  lbu t0, 0(s1)
    beqz t0, 3f
    sb t0, 0(s0)
    addi s1, s1, 1
    j 2b
3:  la s2, tasks
4:  lbu t0, 5(s0)
    andi t0, t0, 1
    beqz t0, 4b
    lbu t1, 0(s0)
    sb t1, 0(s0)
    # Typed characters are counted in the first task.
    lw t2, 4(s2)
    addi t2, t2, 1
    sw t2, 4(s2)
    li t0, 113
    bne t1, t0, 4b
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
    j park

    .data
    .balign 4096
root:
    .dword 0xc7, 0, 0x200000cf
    .zero 8 * 508
    .dword 0x200000cf
user_root:
    .zero 4096
user_middle:
    .zero 4096
user_leaf:
    .zero 4096
pages:
    .zero 9 * 4096
    # state, typed, name, parent, table, link (next, previous), nothing: 64 bytes
tasks:
    .word 4, 0
    .asciz "init"
    .zero 11
    .dword 0, 0
    .dword second + 40, ring, 0
second:
    .word 2, -7
    .asciz "shell"
    .zero 10
    .dword tasks, 0
    .dword ring, tasks + 40, 0
    .zero 64
ring:
    .dword tasks + 40, second + 40
kmem:
    .zero 24
    .dword 0
hello:
    .asciz "mini kernel\\n"
`;

/** An ELF file for `boot --elf` and `view --elf`. */
export function miniKernel(): Uint8Array {
    return bareElf(TEXT);
}

/** A lens for it. */
export const MINI_LENS = {
    lens: 1,
    name: "mini",
    enums: { state: ["UNUSED", "SLEEPING", "RUNNABLE", "ZOMBIE", "RUNNING"] },
    structs: {
        task: {
            size: 64,
            fields: {
                state: { at: 0, type: "state" },
                typed: { at: 4, type: "i32" },
                name: { at: 8, type: "text", size: 16 },
                parent: { at: 24, type: "pointer", show: "task.name" },
                table: { at: 32, type: "pointer" },
                link: { at: 40, type: "link" },
            },
        },
        page: { fields: { next: { at: 0, type: "pointer" } } },
    },
    views: [
        {
            title: "Tasks",
            struct: "task",
            array: { from: "tasks", count: 3 },
            where: { field: "state", not: "UNUSED" },
            columns: ["name", "state", "typed", "parent"],
        },
        { title: "Ring", struct: "task", list: { from: "ring", next: "link" }, columns: ["name", "@"] },
        { title: "Free pages", struct: "page", list: { from: "*kmem+24", next: "next" }, count: true },
        { title: "Page tables", pageTable: { each: "Tasks", field: "table" } },
        { title: "Kernel table", pageTable: { from: "root" } },
    ],
};
