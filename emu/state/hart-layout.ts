// One hart's state in the shared memory: byte offsets, and what fields hold.
// Generated from emu/state/hart-table.ts by `npm run generate`.

/** 32 u64. x0 to x31; x0 stays 0. */
export const X = 0;
/** u64. Where writes to x0 go. */
export const SINK = 256;
/** 32 u64. f0 to f31. */
export const F = 264;
/** u64. Valid whenever the hart is not inside straight-line code of an engine. */
export const PC = 520;
/** u64. Clock at which this turn's budget is used: clock = TARGET - BUDGET. */
export const TARGET = 528;
/** i32. Cycles left in this turn; negative: debt. */
export const BUDGET = 536;
/** u32. Bits of EXIT_* below, set by slow paths, cleared by the engine. */
export const EXIT = 540;
/** u64. Instructions retired = INSTRET_BIAS - BUDGET. */
export const INSTRET_BIAS = 544;
/** u32 each. Host addresses of the current L0 tables. */
export const L0_READ = 552;
export const L0_WRITE = 556;
export const L0_FETCH = 560;
/** u32. PRIVILEGE_*. */
export const PRIVILEGE = 564;
/** u32. Its number in the machine, mhartid. */
export const HART_ID = 568;
/** u32. First frame of the bank of the hart's cluster. */
export const BANK_FRAME = 572;
/** u32. RUNNING, WAITING or ABSENT. */
export const STATE = 576;
/** u32. Host address reserved by LR; 0 = none. */
export const RESERVATION = 580;
/** u32. Bit r: the L0 set of regime r has been initialised. */
export const L0_READY = 584;
/** u32. Bit r: the set of regime r may hold pieces of superpages. */
export const L0_SUPERPAGES = 588;
/** 4 u64. Regimes 0 to 3: satp (and MXR in bit 63) that the set is valid for. */
export const L0_CONTEXT = 592;
/** u32 each. Regime of data accesses, and of fetches. */
export const DATA_REGIME = 624;
export const FETCH_REGIME = 628;
/** u32. 1: compiled code may reach memory by its physical address alone (docs/performance.md). */
export const RANGES_ON = 632;
/** u32. Privilege of data accesses (differs from PRIVILEGE under MPRV). */
export const DATA_PRIVILEGE = 636;
/** u32 each. Value of an MMIO access, exchanged with the host. */
export const MMIO_LO = 640;
export const MMIO_HI = 644;
/** u64 each. mip is split by who drives a bit; the timer bits are computed when asked. Devices write MIP_LINES. */
export const MIP_LINES = 648;
export const MIP_SOFTWARE = 656;
/** u64 each. Others may write MTIMECMP. */
export const MTIMECMP = 664;
export const STIMECMP = 672;
/** u64 each. CSRs, as emu/isa/csr.ts names them. */
export const MIE = 680;
export const MIDELEG = 688;
export const MEDELEG = 696;
export const MSTATUS = 704;
export const MTVEC = 712;
export const MSCRATCH = 720;
export const MEPC = 728;
export const MCAUSE = 736;
export const MTVAL = 744;
export const MCOUNTEREN = 752;
export const MENVCFG = 760;
export const MCOUNTINHIBIT = 768;
export const STVEC = 776;
export const SSCRATCH = 784;
export const SEPC = 792;
export const SCAUSE = 800;
export const STVAL = 808;
export const SCOUNTEREN = 816;
export const SENVCFG = 824;
export const SATP = 832;
export const PMPCFG0 = 840;
export const PMPCFG2 = 848;
export const PMPADDR0 = 856;
export const PMPADDR1 = 864;
export const PMPADDR2 = 872;
export const PMPADDR3 = 880;
export const PMPADDR4 = 888;
export const PMPADDR5 = 896;
export const PMPADDR6 = 904;
export const PMPADDR7 = 912;
export const PMPADDR8 = 920;
export const PMPADDR9 = 928;
export const PMPADDR10 = 936;
export const PMPADDR11 = 944;
export const PMPADDR12 = 952;
export const PMPADDR13 = 960;
export const PMPADDR14 = 968;
export const PMPADDR15 = 976;
/** u64 each. mcycle = clock + CYCLE_OFFSET, or CYCLE_FROZEN while inhibited; minstret likewise. */
export const CYCLE_OFFSET = 984;
export const CYCLE_FROZEN = 992;
export const INSTRET_OFFSET = 1000;
export const INSTRET_FROZEN = 1008;
/** u32. fcsr: fflags in bits 4:0, frm in bits 7:5. */
export const FCSR = 1016;
/** u32. 1 unless mstatus.FS is Dirty and frm valid: float instructions then ask the core first. */
export const FLOAT_ASKS = 1020;
/** 4 u64 each. Of each trigger (emu/core/triggers.ts). */
export const TDATA1 = 1024;
export const TDATA2 = 1056;
/** u32. The one that tdata1 and tdata2 show. */
export const TSELECT = 1088;
/** u32. TRIGGER_*: the kinds that any of them is for. */
export const TRIGGERS = 1092;
/** u32. PMP_CHECKS_*: whose accesses PMP has to check (emu/core/pmp.ts). */
export const PMP_CHECKS = 1096;
/** u32. Instruction that crosses a page, or is alone in its stand-in; of a short one the upper bits are set. */
export const CROSS_WORD = 1104;
/** Its micro-op: two slots, as any instruction of four bytes has. */
export const CROSS_SLOT = 1120;
/** The end mark behind it. */
export const CROSS_END = 1152;
/** u64. Cycles that were idle (pause, WFI), a part of the clock. */
export const IDLE = 1168;
/** u64 each. Clocks: of its last trap out of user mode, and of its first entry to user mode since the host set it to 0 (the machine does, with each probe record). No guest sees them. */
export const LEFT_USER = 1176;
export const ENTERED_USER = 1184;
/** u32 each. Of the models of emu/core/accounts.ts and tlb.ts: host addresses of the cells of its cluster and mode, of those of S and M, of the stall row of its cluster, and of its TLBs. */
export const CELLS = 1192;
export const CELLS_BASE = 1196;
export const STALL_ROW = 1200;
export const TLB = 1204;
/** u64 each. With `accounting`: exceptions of fetched instructions; loads, stores, atomics executed; PTEs read by walks. */
export const TRAPPED = 1208;
export const LOADS = 1216;
export const STORES = 1224;
export const ATOMICS = 1232;
export const PTE_READS = 1240;
/** u64. Exceptions taken, those of fetches included: instructions that count against a limit and were not retired. */
export const RAISED = 1248;
/** u64. Instructions retired when the reservation was made, the LR included; its age counts from there (turns.md 4.2). */
export const RESERVED_AT = 1256;
/** u64. Retired in compiled code, for people; no guest sees them. */
export const COMPILED_INSTRUCTIONS = 1264;
/** u32. 1: a draw took the hart's reservation, and no SC of it has succeeded since (turns.md 4.3). */
export const RESERVATION_LOST = 1272;
/** u32. Conflicts that the part of its turn may still meet (turns.md 2.7). */
export const CONFLICTS_LEFT = 1276;
/** i32. Cycles of its budget for later parts of the round. */
export const KEPT = 1280;
/** u64. The hart is away until this round. */
export const AWAY_UNTIL = 1288;
/** u32. 1: the host looks at each of its instructions. The host writes it. */
export const LOOKED_AT = 1296;
/** u32 each. Stores in its buffer (docs/spec/memory-model.md); fences between them so far; draws made for it. */
export const STORE_COUNT = 1300;
export const STORE_FENCES = 1304;
export const DRAINS = 1312;
/** i32. Of fidelity timing (emu/core/timing): from an entry of the present fetch table to the bits of its lines. */
export const L0_LINES = 1320;
/** u32 each. Host addresses of its caches, and of what the model counts of it. */
export const L1I = 1324;
export const L1D = 1328;
export const TIMED = 1332;
/** u32. Bit s: the miss of slot s of the instruction GRANTED_AT was executed. */
export const GRANTED = 1336;
/** u32 each. Its place in the heap + 1, or 0. */
export const HEAP_AT = 1340;
export const GRANTED_AT = 1344;
/** u64 each. Clock and rank by which it stands in the heap. */
export const KEY = 1352;
export const RANK = 1360;

/** Bytes from one hart to the next. */
export const HART_STRIDE = 1408;
export const RUNNING = 0;
export const WAITING = 1;
/** The cluster has no harts: this one never runs. */
export const ABSENT = 2;
/** The slow path has set PC; otherwise the engine completes the instruction and goes to the next. */
export const EXIT_PC_SET = 1;
/** Translation, privilege or code changed: look everything up again. */
export const EXIT_REDISPATCH = 2;
/** A trap: the turn may end here. */
export const EXIT_MAY_END = 4;
/** WFI or pause: the turn ends here. */
export const EXIT_ENDS = 8;
/** The run must stop (finisher, reset, host's wish): the turn ends here. */
export const EXIT_STOP = 16;
export const TRIGGER_COUNT = 4;
/** Bits of tdata1. */
export const TRIGGER_LOAD = 1;
export const TRIGGER_STORE = 2;
export const TRIGGER_EXECUTE = 4;
export const PMP_CHECKS_M = 1;
/** And U. */
export const PMP_CHECKS_S = 2;
export const PRIVILEGE_U = 0;
export const PRIVILEGE_S = 1;
export const PRIVILEGE_M = 3;
