// The machine-wide state in the shared memory: host addresses, and what fields hold.
// Generated from emu/state/machine-table.ts by `npm run generate`.

/** u32 each. Size of the machine. */
export const HART_COUNT = 1024;
export const HARTS_PER_CLUSTER = 1028;
export const BANK_FRAMES = 1032;
export const RAM_FRAMES = 1036;
/** u32. 1: there is a local window (kernel machines). */
export const LOCAL_WINDOW = 1040;
/** u32. 1: a turn may end after any instruction. */
export const STEPPING = 1044;
/** u32 each. Cycles a tick of mtime, and cycles of a turn. */
export const DIVIDER = 1048;
export const QUANTUM = 1052;
/** u32 each. Host addresses of the tables. */
export const HARTS_BASE = 1056;
export const L0_BASE = 1060;
/** u32. One bit per hart: it may have something to do. Slow paths write it. */
export const RUNNABLE_BASE = 1064;
/** u32. u32 per frame: host address of its decoded page, or 0. */
export const CODE_BASE = 1068;
/** u32. u16 per frame: OWNER_* below. */
export const OWNER_BASE = 1072;
/** u32 each. The decoded pages, and how many there are. */
export const DECODED_BASE = 1076;
export const DECODED_COUNT = 1080;
/** u32. The chains of the content hash (code-layout.ts). */
export const CHAINS_BASE = 1084;
/** u32. Frames: first the ROMs, then RAM. */
export const FRAMES_BASE = 1088;
/** u32. Host address of the 8 bytes HTIF watches, or 0. */
export const HTIF_WORD = 1092;
/** u32. The run must stop after this turn (written by devices through the host). */
export const STOP = 1096;
/** u32. Next hart of the current round. */
export const CURSOR = 1100;
/** u64. The run's seed. */
export const SEED = 1104;
/** u64. mtime = clock / DIVIDER + MTIME_OFFSET. */
export const MTIME_OFFSET = 1112;
/** u64. Number of the current round. */
export const ROUND = 1120;
/** u64. No waiting hart has a timer event before this clock. */
export const NEXT_EVENT = 1128;
/** u64. mtime at which the clock of the day rings (emu/dev/goldfish-rtc.ts); all ones: never. */
export const ALARM = 1136;
/** u64. Instructions of all harts, trapped ones included, as of the last turn end. */
export const WORK = 1144;
/** u64. Argument of a run: stop when WORK reaches this. */
export const LIMIT = 1152;
/** u32. Table index of the engine's entry point. */
export const ENGINE_INDEX = 1160;
/** u32 each. Next decoded page never used yet, and the list of freed ones. */
export const DECODED_NEXT_FRESH = 1164;
export const DECODED_FREE = 1168;
/** u64. Stop when ROUND reaches this. */
export const ROUND_LIMIT = 1176;
/** u32. Table index of the interpreter that can end a turn after any instruction. */
export const STEPPER_INDEX = 1184;
/** u32. Turns of rounds are extended by the draw (turns.md 2.5). */
export const PREEMPTION = 1188;
/** u32. How the present turn stands, TURN_* below. */
export const TURN = 1192;
/** u32 each. Accesses are counted; accesses stall by distance; either of them, so that the TLB model is in use. */
export const ACCOUNTING = 1280;
export const LATENCY = 1284;
export const MODELLED = 1288;
/** u32. Host address of the offsets of each frame's cell (accounting-layout.ts), u32 a frame. */
export const CELL_OF_FRAME = 1292;
/** u32 each. Sets and ways of a TLB, and its bytes. */
export const TLB_SETS = 1296;
export const TLB_WAYS = 1300;
export const TLB_BYTES = 1304;
/** u32 each. Cycles that an access of the own bank stalls in fidelity "latency", and one of a device. */
export const LOCAL_STALL = 1308;
export const DEVICE_STALL = 1312;
/** u32. Offset of the cell of device accesses. */
export const DEVICE_CELL = 1316;
/** 4 u32. SHARED_RANGES pairs, first and count: pages of the local window that show bank 0 to every hart; a count of 0 is none. */
export const SHARED_WINDOW = 1320;
/** u32. Some bank is missing. */
export const BANKS_MISSING = 1336;
/** 8 u32. One bit a cluster: its bank is missing. */
export const MISSING_BANKS = 1340;
/** u32. Of a watched machine, where the marks of the byte at host address 0 would lie (watch-layout.ts). */
export const MARKS_ORIGIN = 1372;
/** u32 each. Scheduler "conflicts" (turns.md 2.7); which part of the round runs; some hart has a part to come in the next. */
export const CONFLICTS = 1376;
export const PART = 1380;
export const PARTS_LEFT = 1384;
/** u32. Host address of the ports of the probe, or 0: 8 words a hart (emu/dev/probe.ts). */
export const PROBE_PORTS = 1388;
/** u32. 1: harts without translation may have RANGES_ON. */
export const RANGES = 1392;
/** u32. Host address of the STORES_* of each bank (stores-layout.ts). */
export const STORES_BASE = 1396;
/** u32. Arrivals at a place before it is compiled; HEAT_COMPILED: it never is. */
export const JIT_THRESHOLD = 1400;
/** u32. Places that wait to be compiled. The host writes it. */
export const JIT_WAITING = 1404;
/** u32. Host address of where the host looks (look-layout.ts). */
export const LOOKS_BASE = 1408;
/** u32. The run is to halt (turns.md 6.6): the host has seen the instruction, or the end of the turn, that it looks for. */
export const HALT = 1412;
/** u32 each. Host address of the hart in whose turn the run has halted, or 0; how far the turn is, PHASE_* below. */
export const HALTED = 1416;
export const PHASE = 1420;
/** u64 each. Instructions that the hart of the present turn had executed before it, and those at which its extension ends. */
export const EXECUTED_BEFORE = 1424;
export const EXTENSION_END = 1432;
/** u32. 0 or 16: entries of physical memory protection. */
export const PMP_ENTRIES = 1440;
/** u32. 1: menvcfg.ADUE is set at reset, so that the hardware sets A and D. */
export const UPDATES_MARKS = 1444;
/** u32. The decoded page that stands for code that is fetched one by one (emu/core/code.ts), or 0. */
export const GUARDED_PAGE = 1448;
/** u32. Harts may ask the host by semihosting. */
export const SEMIHOSTING = 1452;
/** u32. Bytes from the cells of a cluster's S and M to those of its U (accounting-layout.ts). */
export const CELLS_OF_USER = 1456;
/** u32. With it, where the note of the word at host address 0 would lie (note-layout.ts). */
export const NOTES_ORIGIN = 1460;
/** u32 each. Host address of the store buffers (store-buffer-layout.ts); entries of each, 0 with memoryModel sc; 1: stores may pass each other. */
export const STORE_BUFFERS = 1464;
export const STORE_DEPTH = 1468;
export const STORE_REORDERS = 1472;

/** Host address of this block. */
export const MACHINE = 1024;
/** AssemblyScript's own statics start here. */
export const CORE_BASE = 8192;
export const SHARED_RANGES = 2;
/** Physical address of the probe (emu/mem/map.ts). */
export const PROBE_ADDRESS = 270532608;
/** What cbo.zero makes zero. */
export const BLOCK_BYTES = 64;
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
/** The engine runs on the budget; the turn goes on beyond it (turns.md 2.5, 4.2). */
export const PHASE_BUDGET = 0;
export const PHASE_BEYOND = 1;
/** Results of a run of turns. */
export const RUN_LIMIT = 0;
export const RUN_STOP = 1;
export const RUN_HTIF = 2;
export const RUN_ROUNDS = 3;
export const RUN_DEADLOCK = 4;
export const RUN_HALT = 5;
