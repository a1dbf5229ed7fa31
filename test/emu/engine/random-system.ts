/**
 * What random-flow.ts puts between its instructions when it writes systems: programs that change privilege, translation, page tables,
 * float state and rounding, take interrupts, wait, store to code, and reach the ends of memory and devices. Machine mode handles all
 * traps: it skips what failed, and gets code out of spaces where it cannot run.
 */
import { SATP_FIELDS, shiftOf } from "../../../emu/isa/fields.ts";
import type { Machine } from "../../../emu/machine.ts";
import { RAM, random } from "./guest.ts";
import { A, D, PageTables, R, U, V, W, X } from "./page-tables.ts";

type Draw = (limit: number) => number;

const MIB = 1048576;
const PAGE = 4096;
/** Of each bank. */
export const BANK_BYTES = 8 * MIB;
/** What s3 points to: pages that the second tables of each privilege permute. */
export const FAR = RAM + 4 * MIB;
const FAR_PAGES = 256;
const TABLES = RAM + 6 * MIB;
const TABLE_BYTES = 65536;
/** Pages of this range are mapped, or not, with changing rights; it is the local window's address, too. */
const VIEW = 0x40000000;
const VIEW_PAGES = 16;
/** A root for supervisors, one with permuted pages, and the same for users. */
const ROOTS = [0, 1, 2, 3].map((i) => TABLES + i * TABLE_BYTES);
/** By privilege and two random bits: values of satp. */
const SPACES = [
    [0, 3, 4, 3],
    [0, 1, 2, 1],
    [0, 1, 2, 3],
    [0, 1, 2, 4],
];
const STATUS = { MPP: 0x1800, MPRV: 0x20000, SUM: 0x40000, MXR: 0x80000, FS: 0x6000 };
const PATCHES = 8;

/** Makes the tables of a machine whose program randomFlow has written. */
export function makeTables(machine: Machine, seed: number): void {
    const next = random(seed * 40503 + 5);
    for (const [i, root] of ROOTS.entries()) {
        const user = i >= 2 ? U : 0;
        const tables = new PageTables(machine, root);
        // First, so that its entries lie at viewEntry.
        for (let k = 0; k < VIEW_PAGES; k++) {
            const rights = V | R | (next() & (W | X | A | D)) | (next() % 4 ? user : U - user);
            tables.map(VIEW + k * PAGE, FAR + (next() % FAR_PAGES) * PAGE, rights);
        }
        const all = V | R | W | X | A | D | user;
        for (const base of [0, 2 * MIB * 16, 0x10000000]) tables.map(base, base, all, 1);
        for (let at = RAM; at < RAM + BANK_BYTES; at += 2 * MIB) if (at !== FAR) tables.map(at, at, all, 1);
        for (let k = 0; k < FAR_PAGES; k++) {
            const to = i % 2 === 0 ? k : next() % FAR_PAGES;
            const rights = i % 2 === 0 || next() % 8 ? all : V | R | (next() & (W | U | A | D));
            tables.map(FAR + k * PAGE, FAR + to * PAGE, rights);
        }
    }
}

function satp(index: number): bigint {
    if (index === 0) return 0n;
    const asid = BigInt(index) << shiftOf(SATP_FIELDS, "ASID");
    return (8n << shiftOf(SATP_FIELDS, "MODE")) | asid | BigInt((ROOTS[index - 1] as number) / PAGE);
}

/** Emitted at the start of each hart, in machine mode; tp becomes its number. */
export function systemStart(): string {
    return `
    csrr tp, mhartid
    la   t1, saved
    slli t2, tp, 6
    add  t1, t1, t2
    csrw mscratch, t1
    li   t1, 0x8a
    csrw mie, t1
    li   t1, -1
    csrw mcounteren, t1
    csrw scounteren, t1
    csrsi mstatus, 8
    li   s3, ${FAR}`;
}

/** Of f registers: zeros, ones, infinities, NaNs quiet and signalling, subnormals, limits, of both formats, boxed or not. */
const SPECIALS = [
    0n,
    1n << 63n,
    0x3ff0000000000000n,
    0x7ff0000000000000n,
    0xfff0000000000000n,
    0x7ff8000000000000n,
    0x7ff0000000000001n,
    0xfff4000000000000n,
    1n,
    0x000fffffffffffffn,
    0x0010000000000000n,
    0x7fefffffffffffffn,
    0x41dfffffffc00000n,
    0xc1e0000000000000n,
    0x43e0000000000000n,
    0x3fefffffffffffffn,
    0xffffffff3f800000n,
    0xffffffff7f800001n,
    0xffffffff7fc00000n,
    0xffffffff00000001n,
    0xffffffff7f7fffffn,
    0x000000003f800000n,
    0xffffffff80000000n,
    0x3ca0000000000000n,
];

/** The handler of all traps, and its data. */
export const SYSTEM_TRAP = `
trap:
    csrrw t5, mscratch, t5
    sd   t6, 0(t5)
    sd   t4, 8(t5)
    csrr t6, mscratch
    sd   t6, 16(t5)
    csrw mscratch, t5
    li   t6, ${STATUS.MPRV}
    csrc mstatus, t6
    csrr t6, mcause
    bltz t6, interrupted
    addi a0, a0, 1
    li   t4, 12
    beq  t6, t4, unfetched
    li   t4, 1
    beq  t6, t4, unfetched
    li   t4, 2
    bne  t6, t4, 1f
    andi t4, a2, 3
    beqz t4, skip
    li   t4, 0x2000
    csrs mstatus, t4
    j    skip
1:  li   t4, 8
    bltu t6, t4, skip
    li   t4, 12
    bgeu t6, t4, skip
    andi t4, a1, 3
    addi t6, t4, -2
    bnez t6, 1f
    li   t4, 3
1:  li   t6, ${STATUS.MPP}
    csrc mstatus, t6
    slli t6, t4, 11
    csrs mstatus, t6
    slli t4, t4, 2
    andi t6, a2, 3
    add  t4, t4, t6
    slli t4, t4, 3
    la   t6, spaces
    add  t4, t4, t6
    ld   t4, 0(t4)
    csrw satp, t4
    andi t4, a3, 1
    beqz t4, skip
    sfence.vma
skip:
    csrr t4, mepc
    srli t6, t4, 31
    beqz t6, toCaller
    lbu  t6, 0(t4)
    andi t6, t6, 3
    addi t6, t6, -3
    addi t4, t4, 2
    bnez t6, 1f
    addi t4, t4, 2
1:  csrw mepc, t4
resume:
    ld   t6, 0(t5)
    ld   t4, 8(t5)
    ld   t5, 16(t5)
    mret
unfetched:
    csrw satp, x0
    csrr t4, mepc
    srli t6, t4, 31
    bnez t6, resume
toCaller:
    csrw mepc, ra
    j    resume
interrupted:
    andi t6, t6, 63
    li   t4, 7
    bne  t6, t4, 1f
    csrr t6, time
    andi t4, a3, 255
    add  t6, t6, t4
    addi t6, t6, 200
    slli t4, tp, 3
    sd   t4, 24(t5)
    li   t4, 0x2004000
    sd   t3, 32(t5)
    ld   t3, 24(t5)
    add  t4, t4, t3
    ld   t3, 32(t5)
    sd   t6, 0(t4)
    j    resume
1:  li   t4, 3
    bne  t6, t4, 1f
    slli t6, tp, 2
    li   t4, 0x2000000
    add  t4, t4, t6
    sw   x0, 0(t4)
    j    resume
1:  csrci mip, 2
    j    resume
    .balign 64
spaces:
${SPACES.flat()
    .map((index) => ` .dword ${satp(index)}`)
    .join("\n")}
specials:
${SPECIALS.map((bits) => ` .dword ${bits}`).join("\n")}
    .balign 64
saved:
    .zero 1024
`;

/** A word in a block that systemItem may overwrite: addi a0, a0, 1. */
export function patch(index: number): string {
    return index < PATCHES ? `patch${index}: .word 0x00150513` : "";
}

export interface SystemPlace {
    readonly draw: Draw;
    /** A register with random content. */
    readonly x: () => string;
    readonly f: () => string;
    readonly amo: () => string;
    readonly harts: number;
    readonly clusters: number;
}

/** An item of a block: uses t5 and t6 beside what it draws. */
export function systemItem(place: SystemPlace): string {
    const kinds = [...accesses(place), ...accesses(place), ...spaces(place), ...states(place), ...waits(place)];
    return (kinds[place.draw(kinds.length)] as () => string)();
}

function accesses({ draw, x, f, amo, clusters }: SystemPlace): (() => string)[] {
    const any = () => {
        const load = ["lb", "lh", "lw", "ld", "lbu", "lwu"][draw(6)];
        const list = [
            `${load} ${x()}, 0(t5)`,
            `${load} ${x()}, 8(t5)\n ${load} ${x()}, -16(t5)`,
            `${["sb", "sh", "sw", "sd"][draw(4)]} ${x()}, 0(t5)`,
            `fld ${f()}, 0(t5)\n flw ${f()}, 4(t5)`,
            `fsd ${f()}, 0(t5)\n fsw ${f()}, 8(t5)`,
        ];
        return list[draw(list.length)] as string;
    };
    const inPage = () => (draw(3) ? draw(PAGE) : PAGE - 1 - draw(9));
    const at = (address: number) => `li t5, ${address}\n ${any()}`;
    const top = RAM + clusters * BANK_BYTES;
    return [
        () => at(VIEW + draw(VIEW_PAGES) * PAGE + inPage()),
        () => at(VIEW + draw(VIEW_PAGES) * PAGE + inPage()),
        () => `li t5, ${VIEW + draw(VIEW_PAGES) * PAGE + 8 * draw(512)}\n ${amo()} ${x()}, ${x()}, (t5)`,
        () => at(FAR + draw(FAR_PAGES) * PAGE + inPage()),
        () => at(top - 1 - draw(1100)),
        () => at(RAM + draw(20) - 10),
        () => at(RAM + draw(clusters) * BANK_BYTES + 3 * MIB + draw(MIB)),
        () => at(VIEW + 3 * MIB + draw(MIB)),
        () => `la t5, specials\n fld ${f()}, ${8 * draw(SPECIALS.length)}(t5)`,
        () => `la t5, specials\n fld ${f()}, ${8 * draw(SPECIALS.length)}(t5)`,
        () => `li t5, 0x200bff8\n ld ${x()}, 0(t5)`,
        () => `li t5, 0x10000000\n sb ${x()}, 0(t5)`,
    ];
}

/** Changes of privilege, of spaces and of their tables. */
function spaces({ draw, x }: SystemPlace): (() => string)[] {
    const viewEntry = () => (ROOTS[draw(4)] as number) + 2 * PAGE + 8 * draw(VIEW_PAGES);
    const fence = () => ["sfence.vma", "sfence.vma", `sfence.vma ${x()}`, ""][draw(4)];
    return [
        () => "ecall",
        () => "ecall",
        () => `li t5, ${viewEntry()}\n ld t6, 0(t5)\n xori t6, t6, ${1 << draw(8)}\n sd t6, 0(t5)\n ${fence()}`,
        () => `li t5, ${viewEntry()}\n ld t6, 0(t5)\n xori t6, t6, ${1 << 10}\n sd t6, 0(t5)\n ${fence()}`,
        () => `la t5, spaces\n ld t6, ${8 * draw(16)}(t5)\n csrw satp, t6`,
        () => `li t6, ${draw(2) ? STATUS.SUM : STATUS.MXR}\n ${draw(2) ? "csrs" : "csrc"} sstatus, t6`,
        () =>
            `li t6, ${STATUS.MPRV + 0x800 * draw(2)}\n csrs mstatus, t6\n li t5, ${VIEW + draw(VIEW_PAGES) * PAGE + 8}\n ld ${x()}, 0(t5)\n sw ${x()}, 0(s0)\n li t6, ${STATUS.MPRV}\n csrc mstatus, t6`,
        () => `la t5, 78f\n csrw sepc, t5\n sret\n 78:`,
        () => `li t5, ${VIEW + draw(VIEW_PAGES) * PAGE}\n jalr t5`,
        () => `li t5, ${FAR + draw(FAR_PAGES) * PAGE}\n li t6, 0x8082\n sh t6, 0(t5)\n fence.i\n jalr t5`,
    ];
}

/** Float state, and code that changes. */
function states({ draw, x, f }: SystemPlace): (() => string)[] {
    return [
        () => `li t6, ${STATUS.FS}\n csrc sstatus, t6`,
        () => `li t6, 0x2000\n csrs sstatus, t6`,
        () => `csrwi frm, ${draw(8)}`,
        () => `csrwi frm, 0`,
        () => `csrwi fcsr, ${draw(32)}`,
        () => `csrsi fflags, 1`,
        () => `la t5, patch${draw(PATCHES)}\n li t6, ${0x00050513 + draw(2048) * 0x100000}\n sw t6, 0(t5)\n fence.i`,
        () => `fsqrt.${"sd"[draw(2)]} ${f()}, ${f()}`,
        () =>
            `fcvt.${["w", "wu", "l", "lu"][draw(4)]}.${"sd"[draw(2)]} ${x()}, ${f()}, ${["rtz", "rne", "dyn"][draw(3)]}`,
        () => `fcvt.d.${["w", "wu"][draw(2)]} ${f()}, ${x()}`,
        () => `fcvt.${"sd"[draw(2)]}.l ${f()}, ${x()}`,
        () => `fcvt.s.d ${f()}, ${f()}\n fcvt.d.s ${f()}, ${f()}`,
        () => `fclass.${"sd"[draw(2)]} ${x()}, ${f()}`,
        () => `fmv.x.${"wd"[draw(2)]} ${x()}, ${f()}`,
        () => `fmv.${"wd"[draw(2)]}.x ${f()}, ${x()}`,
        () => {
            const g = f();
            return `fsgnj${["", "n", "x"][draw(3)]}.${"sd"[draw(2)]} ${f()}, ${g}, ${draw(2) ? g : f()}`;
        },
        () =>
            `li s7, ${10 + draw(60)}\n 79: fmadd.d ${f()}, ${f()}, ${f()}, ${f()}\n fmul.d ${f()}, ${f()}, ${f()}\n fadd.d ${f()}, ${f()}, ${f()}\n flt.d ${x()}, ${f()}, ${f()}\n fdiv.d ${f()}, ${f()}, ${f()}\n addi s7, s7, -1\n bgtz s7, 79b`,
    ];
}

/** Timers, messages, and waits for them. */
function waits({ draw, harts }: SystemPlace): (() => string)[] {
    const timer = () =>
        `slli t5, tp, 3\n li t6, 0x2004000\n add t5, t5, t6\n csrr t6, time\n addi t6, t6, ${draw(300)}\n sd t6, 0(t5)`;
    return [
        timer,
        () => `${timer()}\n wfi`,
        () => `li t5, ${0x2000000 + 4 * draw(harts)}\n li t6, ${draw(3) ? 1 : 0}\n sw t6, 0(t5)`,
        () => ".word 0x0100000f",
        () => "csrsi sip, 2",
    ];
}
