// Layout of the machine-wide state in the shared memory. Written by the host before the run, unless marked.

/** Host address of this block; AssemblyScript's own statics start at CORE_BASE. */
export const MACHINE = 1024;
export const CORE_BASE = 8192;

/** u32 each, offsets from 0 (they include MACHINE). */
export const HART_COUNT = 1024;
export const HARTS_PER_CLUSTER = 1028;
export const BANK_FRAMES = 1032;
export const RAM_FRAMES = 1036;
export const LOCAL_WINDOW = 1040;
/** 1: a turn may end after any instruction. */
export const STEPPING = 1044;
export const DIVIDER = 1048;
export const QUANTUM = 1052;
/** u32 host addresses of the tables. */
export const HARTS_BASE = 1056;
export const L0_BASE = 1060;
/** One bit per hart: it may have something to do. Slow paths write it. */
export const RUNNABLE_BASE = 1064;
/** u32 per frame: host address of its decoded page, or 0. */
export const CODE_BASE = 1068;
/** u16 per frame: OWNER_* below. */
export const OWNER_BASE = 1072;
export const DECODED_BASE = 1076;
export const DECODED_COUNT = 1080;
export const CHAINS_BASE = 1084;
/** Frames: first the ROMs, then RAM. */
export const FRAMES_BASE = 1088;
/** u32: host address of the 8 bytes HTIF watches, or 0. */
export const HTIF_WORD = 1092;
/** u32: the run must stop after this turn (written by devices through the host). */
export const STOP = 1096;
/** u32: next hart of the current round. */
export const CURSOR = 1100;
/** u64 each */
export const SEED = 1104;
export const MTIME_OFFSET = 1112;
/** u64: number of the current round. */
export const ROUND = 1120;
/** u64: no waiting hart has a timer event before this clock. */
export const NEXT_EVENT = 1128;
/** u64: instructions of all harts, trapped ones included, as of the last turn end. */
export const WORK = 1136;
/** u64, argument of a run: stop when WORK reaches this. */
export const LIMIT = 1144;
/** u32: table index of the engine's entry point. */
export const ENGINE_INDEX = 1152;
/** u32: next decoded page never used yet, and the list of freed ones. */
export const DECODED_NEXT_FRESH = 1156;
export const DECODED_FREE = 1160;
/** u64: stop when ROUND reaches this. */
export const ROUND_LIMIT = 1168;
/** u32: table index of the interpreter that can end a turn after any instruction. */
export const STEPPER_INDEX = 1176;
/** u32: turns of rounds are extended by the draw (turns.md 2.5). */
export const PREEMPTION = 1180;
/** u32: how the present turn stands, TURN_* below. */
export const TURN = 1184;
/** u32: scheduler "conflicts" (turns.md 2.7); which part of the round runs; some hart has a part to come in the next. */
export const CONFLICTS = 1188;
export const PART = 1192;
export const PARTS_LEFT = 1196;
/** u32: with it, where the note of the word at host address 0 would lie (note-layout.ts). */
export const NOTES_ORIGIN = 1200;

/** u32 each: accesses are counted; accesses stall by distance; either of them, so that the TLB model is in use. */
export const ACCOUNTING = 1280;
export const LATENCY = 1284;
export const MODELLED = 1288;
/** u32 host addresses: offset of each frame's cell (accounting-layout.ts), u32 a frame. */
export const CELL_OF_FRAME = 1292;
/** u32 each: sets and ways of a TLB, and its bytes. */
export const TLB_SETS = 1296;
export const TLB_WAYS = 1300;
export const TLB_BYTES = 1304;
/** u32 each: cycles that an access of the own bank stalls in fidelity "latency", and one of a device. */
export const LOCAL_STALL = 1308;
export const DEVICE_STALL = 1312;
/** u32: offset of the cell of device accesses. */
export const DEVICE_CELL = 1316;

/** u32: of a watched machine, where the marks of the byte at host address 0 would lie (watch-layout.ts). */
export const MARKS_ORIGIN = 1372;

/** Two pairs of u32, first and count: pages of the local window that show bank 0 to every hart; a count of 0 is none. */
export const SHARED_WINDOW = 1320;
export const SHARED_RANGES = 2;
/** u32: some bank is missing; and one bit a cluster, 8 u32: its bank is. */
export const BANKS_MISSING = 1336;
export const MISSING_BANKS = 1340;

/** Frames of ROM: reset ROM (1), firmware ROM (256). */
export const RESET_ROM_FRAME = 0;
export const FIRMWARE_ROM_FRAME = 1;
export const FIRMWARE_ROM_FRAMES = 256;
export const RAM_FRAME = 257;

export const OWNER_NEVER = 0;
/** Written, and no L0 write entry refers to it. */
export const OWNER_NONE = 1;
/** 2 + hart: only that hart may have L0 write entries. */
export const OWNER_FIRST = 2;
export const OWNER_MANY = 65535;

/** The hart runs on its budget; has met pause; goes on where its turn would end (turns.md 2.5, 4.2); has ended it for good. */
export const TURN_BUDGET = 0;
export const TURN_PAUSED = 1;
export const TURN_EXTENDED = 2;
export const TURN_OVER = 3;

/** Results of a run of turns. */
export const RUN_LIMIT = 0;
export const RUN_STOP = 1;
export const RUN_HTIF = 2;
export const RUN_ROUNDS = 3;
export const RUN_DEADLOCK = 4;
