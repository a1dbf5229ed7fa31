/**
 * Random bare-metal programs that print all they did: arithmetic, memory, branches, atomics, CSRs, traps, translated accesses.
 * The same program on any RV64IMAC machine with Zba, Zbb and Zbs like QEMU's virt must print the same bytes.
 */
import { INSTRUCTIONS } from "../../../emu/isa/table.ts";
import { random } from "./guest.ts";

const ITEMS = 250;
const DATA_BYTES = 8192;
/** Registers with random content; s0 = data, s1 = atomics, s10 and s11 belong to the trap log. */
const POOL = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"];
const LOADS = ["lb", "lh", "lw", "ld", "lbu", "lhu", "lwu"];
const STORES = ["sb", "sh", "sw", "sd"];
/** CSRs whose legal values do not depend on the implementation (QEMU 7.2 keeps bit 0 of mepc and sepc). */
const CSRS = ["mscratch", "sscratch", "mtval", "stval", "mie", "sie", "mip", "sip", "mideleg", "satp"];
/** QEMU 7.2 has no Zicond. */
const REGISTER_OPERATIONS = INSTRUCTIONS.filter(
    ({ operands, extension }) => operands === "rd, rs1, rs2" && extension !== "Zicond",
).map((row) => row.name);
const UNARY_OPERATIONS = INSTRUCTIONS.filter((row) => row.operands === "rd, rs1").map((row) => row.name);
const SHIFTS = INSTRUCTIONS.filter((row) => row.operands === "rd, rs1, shamt").map((row) => row.name);
const IMMEDIATE_OPERATIONS = INSTRUCTIONS.filter((row) => row.operands === "rd, rs1, imm").map((row) => row.name);
const AMOS = INSTRUCTIONS.filter((row) => row.format === "AMO" && row.name.startsWith("amo")).map((row) => row.name);
/** 64 pages are mapped at 0x40000000, with random flags, to the data pages and to nothing. */
const MAPPED = 0x40000000;
const MAPPED_PAGES = 64;
/** The last pages are mapped to no memory; QEMU splits misaligned accesses to them, and tells of the part in mtval. */
const NOWHERE_PAGES = 4;

type Draw = (limit: number) => number;

/** Assembly text of one section for 0x80000000. */
export function randomProgram(seed: number): string {
    const next = random(seed * 2246822519);
    const draw: Draw = (limit) => next() % limit;
    const items = Array.from({ length: ITEMS }, () => item(draw, next));
    const registers = POOL.map((name) => `li ${name}, ${constant(next)}`);
    return `${START} ${registers.join("\n")}\n ${items.join("\n")} ${FINISH} ${tables(draw)} ${data(next)}`;
}

function item(draw: Draw, next: () => number): string {
    const pick = <T>(list: readonly T[]): T => list[draw(list.length)] as T;
    const register = () => pick(POOL);
    switch (draw(11)) {
        case 0:
        case 1:
            return `${pick(REGISTER_OPERATIONS)} ${register()}, ${register()}, ${register()}`;
        case 2:
            return `${pick(IMMEDIATE_OPERATIONS)} ${register()}, ${register()}, ${draw(4096) - 2048}`;
        case 3:
            if (draw(2) === 0) return `${pick(UNARY_OPERATIONS)} ${register()}, ${register()}`;
            return `${pick(SHIFTS)} ${register()}, ${register()}, ${draw(32)}`;
        case 4:
            return `${pick(LOADS)} ${register()}, ${draw(4096) - 2048}(s0)`;
        case 5:
            return `${pick(STORES)} ${register()}, ${draw(4096) - 2048}(s0)`;
        case 6:
            return `${pick(["beq", "bne", "blt", "bge", "bltu", "bgeu"])} ${register()}, ${register()}, 1f\n addi a0, a0, 3\n 1:`;
        case 7:
            return `addi t1, s1, ${8 * draw(32)}\n ${pick(AMOS)} ${register()}, ${register()}, (t1)`;
        case 8:
            return csrItem(pick, register);
        case 9:
            return faultItem(pick, register, next);
        default:
            return translatedItem(draw, pick, register);
    }
}

function csrItem(pick: <T>(list: readonly T[]) => T, register: () => string): string {
    const csr = pick(CSRS);
    // satp takes only modes that both machines have
    const operand = csr === "satp" ? "x0" : register();
    const [old, now] = [register(), register()];
    // QEMU 7.2 has more interrupts than these, with or without the extensions they belong to
    const mask = /^(mie|sie|mip|sip|mideleg)$/.test(csr) ? "0xaaa" : "-1";
    return `
        ${pick(["csrrw", "csrrs", "csrrc"])} ${old}, ${csr}, ${operand}
        li t1, ${mask}
        and ${old}, ${old}, t1
        csrr ${now}, ${csr}
        and ${now}, ${now}, t1`;
}

/** No AMOs to nowhere or misaligned: QEMU 7.2 gives load exceptions there, against the privileged ISA, 3.1.15. */
function faultItem(pick: <T>(list: readonly T[]) => T, register: () => string, next: () => number): string {
    const bad = `li t1, ${0x90000000 + (next() & 0xfff8)}\n`;
    return pick([
        "ecall",
        `${bad} ${pick(LOADS)} ${register()}, 0(t1)`,
        `${bad} ${pick(STORES)} ${register()}, 0(t1)`,
        ".word 0x00007057",
        "csrw cycle, x0",
        "csrr a0, 0x5c0",
        "lr.w a1, (s1)\n sc.w a2, a3, (s1)",
    ]);
}

/** Loads and stores under MPRV, as S or U with any SUM and MXR, at a random page, sometimes across two. */
function translatedItem(draw: Draw, pick: <T>(list: readonly T[]) => T, register: () => string): string {
    const page = draw(MAPPED_PAGES);
    const nowhere = page >= MAPPED_PAGES - NOWHERE_PAGES;
    const across = draw(4) === 0 && page < MAPPED_PAGES - NOWHERE_PAGES - 1;
    const offset = across ? 4088 + draw(8) : draw(4088);
    const at = MAPPED + 4096 * page + (nowhere ? offset & -8 : offset);
    const status = (1 << 17) | (draw(2) << 11) | (draw(2) << 18) | (draw(2) << 19);
    const access = draw(2) === 0 ? `${pick(LOADS)} ${register()}, 0(t1)` : `${pick(STORES)} ${register()}, 0(t1)`;
    return `
        li t1, 8
        slli t1, t1, 60
        la t2, root
        srli t2, t2, 12
        or t1, t1, t2
        csrw satp, t1
        li t1, ${at}
        li t2, ${status}
        csrw mstatus, t2
        ${access}
        csrw mstatus, x0
        csrw satp, x0
        sfence.vma`;
}

function constant(next: () => number): bigint {
    return BigInt.asIntN(64, (BigInt(next()) << 32n) | BigInt(next())) >> BigInt(next() & 63);
}

function tables(draw: Draw): string {
    const leaves = Array.from({ length: MAPPED_PAGES }, (_, i) => {
        const flags = draw(5) === 0 ? draw(256) : 1 | 2 | (draw(2) * 4) | (draw(2) * 8) | (draw(2) * 16);
        const page = i >= MAPPED_PAGES - NOWHERE_PAGES ? "0x90000" : `(0x80000 + ${PAGES_BEFORE_DATA} + ${draw(2)})`;
        return `.quad ${page} << 10 | ${flags}`;
    });
    return `
    .balign 4096
root: .zero 8
    .quad (0x80000 + ${PAGES_BEFORE_DATA - 2}) << 10 | 1
    .balign 4096
middle: .quad (0x80000 + ${PAGES_BEFORE_DATA - 1}) << 10 | 1
    .balign 4096
leaves: ${leaves.join("\n")}
    `;
}

function data(next: () => number): string {
    const words = Array.from({ length: DATA_BYTES / 4 }, () => `.word ${next()}`);
    return `
    .balign 4096
data: ${words.join("\n")}
log: .zero 32768
end:
    `;
}

/** The tables and the data follow the code, which has this many pages. */
const CODE_PAGES = 8;
const PAGES_BEFORE_DATA = CODE_PAGES + 3;

const START = `
    .text
begin: la t0, handler
    csrw mtvec, t0
    la s11, log
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    csrw mstatus, x0
    li t0, -1
    li t1, 0x2004000
    sd t0, 0(t1)
    la s0, data + 2048
    la s1, data + 3072
`;

/** Prints the registers, the data pages, the leaf entries and the trap log, then ends the run. */
const FINISH = `
    la t1, registers
    ${POOL.map((name, i) => `sd ${name}, ${8 * i}(t1)`).join("\n")}
    li t3, 0x10000000
    addi t2, t1, ${8 * POOL.length}
    jal t5, print
    la t1, leaves
    addi t2, t1, ${8 * MAPPED_PAGES}
    jal t5, print
    la t1, data
    li t2, ${DATA_BYTES}
    add t2, t2, t1
    jal t5, print
    la t1, log
    mv t2, s11
    jal t5, print
    li t0, 0x5555
    li t1, 0x100000
    sw t0, 0(t1)
1:  j 1b
print:
    bgeu t1, t2, 2f
    lbu t4, 5(t3)
    andi t4, t4, 0x20
    beqz t4, print
    lbu t4, 0(t1)
    sb t4, 0(t3)
    addi t1, t1, 1
    j print
2:  jr t5
    .balign 4
handler:
    csrw mstatus, x0
    csrr t0, mcause
    sd t0, 0(s11)
    csrr t0, mtval
    sd t0, 8(s11)
    csrr t0, mepc
    sd t0, 16(s11)
    addi s11, s11, 24
    addi t0, t0, 4
    csrw mepc, t0
    li t0, 0x1800
    csrw mstatus, t0
    mret
    .balign 8
registers: .zero ${8 * POOL.length}
codeEnd: .space ${CODE_PAGES * 4096} - (codeEnd - begin)
`;
