/** Programs of random loads, stores, atomics, jumps, pauses, traps and device accesses; each hart takes its own way through them. */
import { mapRow } from "../../../emu/mem/map.ts";
import { random } from "../engine/guest.ts";

const BLOCKS = 12;
const CLINT = mapRow("clint").base;

export function randomProgram(seed: number): string {
    const next = random(seed);
    const pick = (items: readonly string[]) => items[next() % items.length] as string;
    const step = () =>
        pick([
            `ld t1, ${8 * (next() % 64)}(t0)`,
            `sd t2, ${8 * (next() % 64)}(t0)`,
            `lw t1, ${next() % 500}(t0)`,
            `sw t2, ${next() % 500}(t0)`,
            "amoadd.d t1, t2, (t0)",
            "amoswap.w t1, t2, (s1)",
            "lr.d t1, (t0)\n sc.d t3, t2, (t0)",
            "ld t1, 8(s1)",
            "ld t1, 16(s1)",
            "pause",
            "mul t1, t2, t2",
            pick(["pause", "ecall", "fence.i", `li t3, ${CLINT}\n lw t1, 0(t3)`, "nop"]),
        ]);
    const block = (index: number) => `
        b${index}:
            li t0, 0x80040000
            li t1, ${1048576 * (next() % 6) + 64 * (next() % 600)}
            add t0, t0, t1
            slli t1, s3, ${6 + (next() % 5)}
            add t0, t0, t1
            ${Array.from({ length: 6 + (next() % 20) }, step).join("\n")}
            addi s3, s3, -1
            bnez s3, 2f
            j rest
        2:  add t1, s3, s0
            andi t1, t1, ${1 + (next() % 7)}
            bnez t1, 1f
            j b${next() % BLOCKS}
        1:  j b${(index + 1 + (next() % 3)) % BLOCKS}
            .balign ${pick(["4", "64", "1024"])}`;
    return `
            la t0, trap
            csrw mtvec, t0
            csrr s0, mhartid
            li s1, 0x80050000
            li s3, 120
            j b0
            ${Array.from({ length: BLOCKS }, (_, index) => block(index)).join("\n")}
        rest:
            wfi
            j rest
            .balign 4
        trap:
            csrr t1, mepc
            addi t1, t1, 4
            csrw mepc, t1
            mret`;
}
