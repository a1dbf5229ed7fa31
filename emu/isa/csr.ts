/** The control and status registers (RISC-V privileged ISA, 2.2), and the fields of those that have them. */

export interface CsrRow {
    readonly name: string;
    /** Bits 11:10 = 3: read-only; bits 9:8: lowest privilege that may access it. */
    readonly number: number;
}

/** Fields as [high bit, low bit]. */
export type CsrFields = Readonly<Record<string, readonly [high: number, low: number]>>;

const SINGLE: readonly (readonly [string, number])[] = [
    ["fflags", 0x001],
    ["frm", 0x002],
    ["fcsr", 0x003],
    ["cycle", 0xc00],
    ["time", 0xc01],
    ["instret", 0xc02],
    ["sstatus", 0x100],
    ["sie", 0x104],
    ["stvec", 0x105],
    ["scounteren", 0x106],
    ["senvcfg", 0x10a],
    ["sscratch", 0x140],
    ["sepc", 0x141],
    ["scause", 0x142],
    ["stval", 0x143],
    ["sip", 0x144],
    ["stimecmp", 0x14d],
    ["satp", 0x180],
    ["mvendorid", 0xf11],
    ["marchid", 0xf12],
    ["mimpid", 0xf13],
    ["mhartid", 0xf14],
    ["mconfigptr", 0xf15],
    ["mstatus", 0x300],
    ["misa", 0x301],
    ["medeleg", 0x302],
    ["mideleg", 0x303],
    ["mie", 0x304],
    ["mtvec", 0x305],
    ["mcounteren", 0x306],
    ["menvcfg", 0x30a],
    ["mcountinhibit", 0x320],
    ["mscratch", 0x340],
    ["mepc", 0x341],
    ["mcause", 0x342],
    ["mtval", 0x343],
    ["mip", 0x344],
    ["mcycle", 0xb00],
    ["minstret", 0xb02],
];

export const CSRS: readonly CsrRow[] = [
    ...SINGLE.map(([name, number]) => ({ name, number })),
    ...family("hpmcounter", 0xc00, 3, 31),
    ...family("mhpmcounter", 0xb00, 3, 31),
    ...family("mhpmevent", 0x320, 3, 31),
    // RV64 has only the even pmpcfg registers
    ...family("pmpcfg", 0x3a0, 0, 15).filter((row) => row.number % 2 === 0),
    ...family("pmpaddr", 0x3b0, 0, 63),
];

/** Privileged ISA 3.1.6. */
export const MSTATUS_FIELDS: CsrFields = {
    SIE: [1, 1],
    MIE: [3, 3],
    SPIE: [5, 5],
    MPIE: [7, 7],
    SPP: [8, 8],
    MPP: [12, 11],
    FS: [14, 13],
    MPRV: [17, 17],
    SUM: [18, 18],
    MXR: [19, 19],
    TVM: [20, 20],
    TW: [21, 21],
    TSR: [22, 22],
    UXL: [33, 32],
    SXL: [35, 34],
    SD: [63, 63],
};

/** Privileged ISA 12.1.11. */
export const SATP_FIELDS: CsrFields = { MODE: [63, 60], ASID: [59, 44], PPN: [43, 0] };

/** Sv39 page table entry, privileged ISA 12.4.1. */
export const PTE_FIELDS: CsrFields = {
    V: [0, 0],
    R: [1, 1],
    W: [2, 2],
    X: [3, 3],
    U: [4, 4],
    G: [5, 5],
    A: [6, 6],
    D: [7, 7],
    PPN: [53, 10],
};

const names = new Map(CSRS.map((row) => [row.number, row.name]));
const numbers = new Map(CSRS.map((row) => [row.name, row.number]));

/** Name of the CSR with this number. */
export function csrName(number: number): string | undefined {
    return names.get(number);
}

/** Number of the CSR with this name. */
export function csrNumber(name: string): number | undefined {
    return numbers.get(name);
}

function family(stem: string, first: number, from: number, to: number): CsrRow[] {
    return Array.from({ length: to - from + 1 }, (_, i) => ({ name: `${stem}${from + i}`, number: first + from + i }));
}
