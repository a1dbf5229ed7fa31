/**
 * Random programs of many blocks whose flow of control is random too: loops, calls, returns, jumps through a table, code on several pages,
 * stores to code, accesses that miss, trap or lie across pages, atomics, float instructions. A fuel counter ends them. They show what
 * straight programs (random-program.ts) do not: engines that see more than an instruction at a time.
 */
import { INSTRUCTIONS } from "../../../emu/isa/table.ts";
import { random } from "./guest.ts";
import { patch, SYSTEM_TRAP, systemItem, systemStart } from "./random-system.ts";

type Draw = (limit: number) => number;

const BLOCKS = 60;
const FUNCTIONS = 8;
/** Registers with random content. s0: data, s1: fuel, s2: table of blocks, s3: data far away; t5 and t6 are scratch. */
const POOL = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "t0", "t1", "t2", "t3", "t4", "s4", "s5"];
const FLOATS = ["fa0", "fa1", "fa2", "fa3", "ft0", "ft1"];
const named = (operands: string) => INSTRUCTIONS.filter((row) => row.operands === operands).map((row) => row.name);
const REGISTER = named("rd, rs1, rs2");
const IMMEDIATE = named("rd, rs1, imm");
const UNARY = named("rd, rs1");
const SHIFTS = named("rd, rs1, shamt");
const ROUNDED = named("frd, frs1, frs2, rm");
const FUSED = named("frd, frs1, frs2, frs3, rm");
const UNROUNDED = named("frd, frs1, frs2");
const COMPARED = named("rd, frs1, frs2");
const LOADS = ["lb", "lh", "lw", "ld", "lbu", "lhu", "lwu"];
const STORES = ["sb", "sh", "sw", "sd"];
const AMOS = INSTRUCTIONS.filter((row) => row.format === "AMO" && row.name.startsWith("amo")).map((row) => row.name);
const BRANCHES = ["beq", "bne", "blt", "bge", "bltu", "bgeu"];

/** Skips what failed. */
const TRAP = `
trap:
    csrr t5, mepc
    lbu  t6, 0(t5)
    andi t6, t6, 3
    addi t6, t6, -3
    addi t5, t5, 2
    bnez t6, 1f
    addi t5, t5, 2
1:  csrw mepc, t5
    addi a0, a0, 1
    mret
`;

export interface FlowOptions {
    /** Blocks that may run. */
    readonly fuel: number;
    /** The harts run it at once, on the same data. */
    readonly harts: number;
    /** Of a system (random-system.ts), for a machine with so many clusters. */
    readonly clusters?: number | undefined;
}

/** Assembly text. Hart 0 ends the run when all are done. */
export function randomFlow(seed: number, { fuel, harts, clusters }: FlowOptions): string {
    const next = random(seed * 2654435761 + 17);
    const draw = (limit: number) => next() % limit;
    const item = itemsOf(draw, harts, clusters);
    const blocks = Array.from({ length: BLOCKS }, (_, i) => block(i, draw, item, clusters)).join("\n");
    const functions = Array.from({ length: FUNCTIONS }, (_, i) => leaf(i, draw, item)).join("\n");
    const table = Array.from({ length: BLOCKS }, (_, i) => ` .dword block${i}`).join("\n");
    return `
    csrr t0, mhartid
    li   s5, 0x2000
    csrs mstatus, s5
    la   t1, trap
    csrw mtvec, t1
    la   s0, data
    la   s3, far
    la   s2, table
    la   sp, stacks
    slli t2, t0, 12
    add  sp, sp, t2
    li   s1, ${fuel}
    ${POOL.slice(0, 12)
        .map((name) => `li ${name}, ${next() % 1000000}`)
        .join("\n ")}
    fcvt.d.l fa0, a0
    fcvt.d.l fa1, a1
    ${clusters === undefined ? "" : systemStart()}
    j    block0
${blocks}
${functions}
done:
    la   t5, count
    li   t6, 1
    amoadd.w x0, t6, (t5)
    csrr t0, mhartid
    bnez t0, sleep
1:  lw   t6, 0(t5)
    li   t4, ${harts}
    bne  t6, t4, 1b
    finish
sleep:
    wfi
    j    sleep
    .balign 4
${clusters === undefined ? TRAP : SYSTEM_TRAP}
    .balign 4096
changed:
    .word 0x13
    ret
    .balign 4096
table:
${table}
count:
    .dword 0
    .balign 4096
data:
    .zero 16384
stacks:
    .zero ${4096 * (harts + 1)}
far:
    .zero 1048576
`;
}

function itemsOf(draw: Draw, harts: number, clusters: number | undefined): () => string {
    const pick = (list: readonly string[]) => list[draw(list.length)] as string;
    if (clusters === undefined) return () => plainItem(draw);
    const every = 3 + draw(12);
    const place = { draw, x: () => pick(POOL), f: () => pick(FLOATS), amo: () => pick(AMOS), harts, clusters };
    return () => (draw(every) === 0 ? systemItem(place) : plainItem(draw));
}

function block(index: number, draw: Draw, item: () => string, clusters: number | undefined): string {
    const items = Array.from({ length: 1 + draw(12) }, item).join("\n ");
    const changing = clusters === undefined ? "" : patch(index);
    const target = () => `block${draw(BLOCKS)}`;
    const near = () => `block${Math.min(BLOCKS - 1, Math.max(0, index + draw(7) - 4))}`;
    const register = () => POOL[draw(POOL.length)];
    const branch = `${BRANCHES[draw(BRANCHES.length)]} ${register()}, ${register()}, 77f\n j ${near()}\n77:`;
    const endings = [
        () => branch,
        () => branch,
        () => `j ${near()}`,
        () => `call function${draw(FUNCTIONS)}`,
        () => `call changed`,
        () => `la t5, function${draw(FUNCTIONS)}\n jalr t5`,
        () => `andi t5, ${register()}, 31\n slli t5, t5, 3\n add t5, t5, s2\n ld t5, 0(t5)\n jr t5`,
        () => `andi s6, ${register()}, 15\n 76: ${item()}\n addi s6, s6, -1\n bgtz s6, 76b\n ${branch}`,
        () => `j ${target()}`,
        () => "nop",
    ];
    const ending = (endings[draw(endings.length)] as () => string)();
    return `block${index}:\n addi s1, s1, -1\n blez s1, 75f\n ${items}\n ${changing}\n ${ending}\n j 74f\n75: j done\n74:`;
}

function leaf(index: number, draw: Draw, item: () => string): string {
    const items = Array.from({ length: 1 + draw(6) }, item).join("\n ");
    const inner = index === 0 ? "" : `call function${draw(index)}\n `;
    return `function${index}:\n addi sp, sp, -16\n sd ra, 0(sp)\n ${items}\n ${inner}ld ra, 0(sp)\n addi sp, sp, 16\n ret`;
}

function plainItem(draw: Draw): string {
    const pick = (list: readonly string[]): string => list[draw(list.length)] as string;
    const x = () => pick(POOL);
    const f = () => pick(FLOATS);
    switch (draw(14)) {
        case 0:
        case 1:
            return `${pick(REGISTER)} ${x()}, ${x()}, ${x()}`;
        case 2:
            return `${pick(IMMEDIATE)} ${x()}, ${x()}, ${draw(4096) - 2048}`;
        case 3:
            if (draw(2) === 0) return `${pick(UNARY)} ${x()}, ${x()}`;
            return `${pick(SHIFTS)} ${x()}, ${x()}, ${draw(32)}`;
        case 4:
        case 5:
            return `${pick(LOADS)} ${x()}, ${draw(2048)}(s0)`;
        case 6:
            return `${pick(STORES)} ${x()}, ${draw(2048)}(s0)`;
        case 7:
            return `li t6, 0xffff8\n and t5, ${x()}, t6\n add t5, t5, s3\n ${draw(2) ? `ld ${x()}, 0(t5)` : `sw ${x()}, 3(t5)`}`;
        case 8:
            return `addi t5, s0, ${8 * draw(32)}\n ${pick(AMOS)} ${x()}, ${x()}, (t5)`;
        case 9:
            return `${pick(ROUNDED)} ${f()}, ${f()}, ${f()}`;
        case 10:
            return draw(2)
                ? `${pick(FUSED)} ${f()}, ${f()}, ${f()}, ${f()}`
                : `${pick(UNROUNDED)} ${f()}, ${f()}, ${f()}`;
        case 11:
            return draw(2)
                ? `fld ${f()}, ${8 * draw(128)}(s0)\n fsw ${f()}, ${4 * draw(128)}(s0)`
                : `${pick(COMPARED)} ${x()}, ${f()}, ${f()}`;
        case 12:
            return rare(draw, x);
        default:
            return `${pick(["lui", "auipc"])} ${x()}, ${draw(1 << 20)}`;
    }
}

function rare(draw: Draw, x: () => string): string {
    const page = 4096 - 1 - draw(7);
    const kinds = [
        () => `lw ${x()}, 0(${x()})`,
        () => `li t5, ${page}\n add t5, t5, s0\n ${draw(2) ? `ld ${x()}, 0(t5)` : `sd ${x()}, 0(t5)`}`,
        () => `csrr ${x()}, ${draw(2) ? "minstret" : "mcycle"}`,
        () => `fence`,
        () => `csrwi fflags, ${draw(32)}`,
        () =>
            `la t5, changed\n li t6, ${0x13 | (10 << 7) | (10 << 15)} + ${draw(2048)} * ${1 << 20}\n sw t6, 0(t5)\n fence.i`,
        () => `lr.d t5, (s0)\n sc.d ${x()}, t5, (s0)`,
        () => `ecall`,
        () => `addi t5, s0, ${draw(2048)}\n cbo.zero (${draw(2) ? "t5" : x()})`,
        () => `la t5, changed\n ld t6, 0(t5)\n cbo.zero (t5)\n sd t6, 0(t5)`,
        () => `fcvt.l.d ${x()}, fa${draw(4)}, rtz`,
    ];
    return (kinds[draw(kinds.length)] as () => string)();
}
