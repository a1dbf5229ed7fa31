/**
 * One hart's state in the shared memory: the table of emu/state/hart-layout.ts, which host TypeScript and AssemblyScript read. Owner: the hart
 * itself while it runs; others write only what is marked.
 */

import { UOP } from "./code-table.ts";
import { L0_VALUES } from "./l0-table.ts";
import { block, i32, layOut, roundUp, u32, u64, value } from "./layout.ts";

const TRIGGER_COUNT = 4;

export const HART_FIELDS = {
    X: u64("x0 to x31; x0 stays 0.", { count: 32 }),
    SINK: u64("Where writes to x0 go."),
    F: u64("f0 to f31.", { count: 32 }),

    PC: u64("Valid whenever the hart is not inside straight-line code of an engine."),
    TARGET: u64("Clock at which this turn's budget is used: clock = TARGET - BUDGET."),
    BUDGET: i32("Cycles left in this turn; negative: debt."),
    EXIT: u32("Bits of EXIT_* below, set by slow paths, cleared by the engine."),
    INSTRET_BIAS: u64("Instructions retired = INSTRET_BIAS - BUDGET."),
    L0_READ: u32("Host addresses of the current L0 tables."),
    L0_WRITE: u32(),
    L0_FETCH: u32(),
    PRIVILEGE: u32("PRIVILEGE_*."),
    HART_ID: u32("Its number in the machine, mhartid."),
    BANK_FRAME: u32("First frame of the bank of the hart's cluster."),
    STATE: u32("RUNNING, WAITING or ABSENT."),
    RESERVATION: u32("Host address reserved by LR; 0 = none."),
    L0_READY: u32("Bit r: the L0 set of regime r has been initialised."),
    L0_SUPERPAGES: u32("Bit r: the set of regime r may hold pieces of superpages."),
    L0_CONTEXT: u64("Regimes 0 to 3: satp (and MXR in bit 63) that the set is valid for.", {
        count: L0_VALUES.REGIMES.value,
    }),
    DATA_REGIME: u32("Regime of data accesses, and of fetches."),
    FETCH_REGIME: u32(),
    RANGES_ON: u32("1: compiled code may reach memory by its physical address alone (docs/performance.md)."),
    DATA_PRIVILEGE: u32("Privilege of data accesses (differs from PRIVILEGE under MPRV)."),
    MMIO_LO: u32("Value of an MMIO access, exchanged with the host.", { align: 8 }),
    MMIO_HI: u32(),

    MIP_LINES: u64(
        "mip is split by who drives a bit; the timer bits are computed when asked. Devices write MIP_LINES.",
    ),
    MIP_SOFTWARE: u64(),
    MTIMECMP: u64("Others may write MTIMECMP."),
    STIMECMP: u64(),
    MIE: u64("CSRs, as emu/isa/csr.ts names them."),
    MIDELEG: u64(),
    MEDELEG: u64(),
    MSTATUS: u64(),
    MTVEC: u64(),
    MSCRATCH: u64(),
    MEPC: u64(),
    MCAUSE: u64(),
    MTVAL: u64(),
    MCOUNTEREN: u64(),
    MENVCFG: u64(),
    MCOUNTINHIBIT: u64(),
    STVEC: u64(),
    SSCRATCH: u64(),
    SEPC: u64(),
    SCAUSE: u64(),
    STVAL: u64(),
    SCOUNTEREN: u64(),
    SENVCFG: u64(),
    SATP: u64(),
    PMPCFG0: u64(),
    PMPCFG2: u64(),
    PMPADDR0: u64(),
    PMPADDR1: u64(),
    PMPADDR2: u64(),
    PMPADDR3: u64(),
    PMPADDR4: u64(),
    PMPADDR5: u64(),
    PMPADDR6: u64(),
    PMPADDR7: u64(),
    PMPADDR8: u64(),
    PMPADDR9: u64(),
    PMPADDR10: u64(),
    PMPADDR11: u64(),
    PMPADDR12: u64(),
    PMPADDR13: u64(),
    PMPADDR14: u64(),
    PMPADDR15: u64(),
    CYCLE_OFFSET: u64("mcycle = clock + CYCLE_OFFSET, or CYCLE_FROZEN while inhibited; minstret likewise."),
    CYCLE_FROZEN: u64(),
    INSTRET_OFFSET: u64(),
    INSTRET_FROZEN: u64(),
    FCSR: u32("fcsr: fflags in bits 4:0, frm in bits 7:5."),
    FLOAT_ASKS: u32("1 unless mstatus.FS is Dirty and frm valid: float instructions then ask the core first."),
    TDATA1: u64("Of each trigger (emu/core/triggers.ts).", { count: TRIGGER_COUNT }),
    TDATA2: u64(undefined, { count: TRIGGER_COUNT }),
    TSELECT: u32("The one that tdata1 and tdata2 show."),
    TRIGGERS: u32("TRIGGER_*: the kinds that any of them is for."),
    PMP_CHECKS: u32("PMP_CHECKS_*: whose accesses PMP has to check (emu/core/pmp.ts)."),
    CROSS_WORD: u32(
        "Instruction that crosses a page, or is alone in its stand-in; of a short one the upper bits are set.",
        {
            align: 8,
        },
    ),
    CROSS_SLOT: block(2 * UOP.size, "Its micro-op: two slots, as any instruction of four bytes has.", {
        align: UOP.size,
    }),
    CROSS_END: block(UOP.size, "The end mark behind it."),
    IDLE: u64("Cycles that were idle (pause, WFI), a part of the clock."),

    LEFT_USER: u64(
        "Clocks: of its last trap out of user mode, and of its first entry to user mode since the host set it to 0 (the machine does, with each probe record). No guest sees them.",
    ),
    ENTERED_USER: u64(),

    CELLS: u32(
        "Of the models of emu/core/accounts.ts and tlb.ts: host addresses of the cells of its cluster and mode, of those of S and M, of the stall row of its cluster, and of its TLBs.",
    ),
    CELLS_BASE: u32(),
    STALL_ROW: u32(),
    TLB: u32(),
    TRAPPED: u64(
        "With `accounting`: exceptions of fetched instructions; loads, stores, atomics executed; PTEs read by walks.",
    ),
    LOADS: u64(),
    STORES: u64(),
    ATOMICS: u64(),
    PTE_READS: u64(),

    RAISED: u64(
        "Exceptions taken, those of fetches included: instructions that count against a limit and were not retired.",
    ),
    RESERVED_AT: u64(
        "Instructions retired when the reservation was made, the LR included; its age counts from there (turns.md 4.2).",
    ),
    COMPILED_INSTRUCTIONS: u64("Retired in compiled code, for people; no guest sees them."),
    RESERVATION_LOST: u32("1: a draw took the hart's reservation, and no SC of it has succeeded since (turns.md 4.3)."),
    CONFLICTS_LEFT: u32("Conflicts that the part of its turn may still meet (turns.md 2.7)."),
    KEPT: i32("Cycles of its budget for later parts of the round."),
    AWAY_UNTIL: u64("The hart is away until this round."),

    LOOKED_AT: u32("1: the host looks at each of its instructions. The host writes it."),

    STORE_COUNT: u32(
        "Stores in its buffer (docs/spec/memory-model.md); fences between them so far; draws made for it.",
    ),
    STORE_FENCES: u32(),
    DRAINS: u64(),

    L0_LINES: i32(
        "Of fidelity timing (emu/core/timing): from an entry of the present fetch table to the bits of its lines.",
    ),
    L1I: u32("Host addresses of its caches, and of what the model counts of it."),
    L1D: u32(),
    TIMED: u32(),
    GRANTED: u32("Bit s: the miss of slot s of the instruction GRANTED_AT was executed."),
    HEAP_AT: u32("Its place in the heap + 1, or 0."),
    GRANTED_AT: u64(),
    KEY: u64("Clock and rank by which it stands in the heap."),
    RANK: u64(),
} as const;

export const HART = layOut(HART_FIELDS);

const LINE = 64;

export const HART_VALUES = {
    HART_STRIDE: value(roundUp(HART.size, LINE), "Bytes from one hart to the next."),

    RUNNING: value(0),
    WAITING: value(1),
    ABSENT: value(2, "The cluster has no harts: this one never runs."),

    EXIT_PC_SET: value(
        1,
        "The slow path has set PC; otherwise the engine completes the instruction and goes to the next.",
    ),
    EXIT_REDISPATCH: value(2, "Translation, privilege or code changed: look everything up again."),
    EXIT_MAY_END: value(4, "A trap: the turn may end here."),
    EXIT_ENDS: value(8, "WFI or pause: the turn ends here."),
    EXIT_STOP: value(16, "The run must stop (finisher, reset, host's wish): the turn ends here."),

    TRIGGER_COUNT: value(TRIGGER_COUNT),
    TRIGGER_LOAD: value(1, "Bits of tdata1."),
    TRIGGER_STORE: value(2),
    TRIGGER_EXECUTE: value(4),

    PMP_CHECKS_M: value(1),
    PMP_CHECKS_S: value(2, "And U."),

    PRIVILEGE_U: value(0),
    PRIVILEGE_S: value(1),
    PRIVILEGE_M: value(3),
} as const;
