/**
 * The machine-wide state in the shared memory: the table of emu/state/machine-layout.ts. Written by the host before the run, unless marked.
 */

import { BLOCK_BYTES } from "../isa/semantics.ts";
import { layOut, u32, u64, value } from "./layout.ts";

/** Host address of the block. */
const MACHINE = 1024;
/** AssemblyScript's own statics start here. */
const CORE_BASE = 8192;
const FIRMWARE_ROM_FRAMES = 256;

/** Offsets are host addresses: they include MACHINE. */
export const MACHINE_FIELDS = {
    HART_COUNT: u32("Size of the machine."),
    HARTS_PER_CLUSTER: u32(),
    BANK_FRAMES: u32(),
    RAM_FRAMES: u32(),
    LOCAL_WINDOW: u32("1: there is a local window (kernel machines)."),
    STEPPING: u32("1: a turn may end after any instruction."),
    DIVIDER: u32("Cycles a tick of mtime, and cycles of a turn."),
    QUANTUM: u32(),
    HARTS_BASE: u32("Host addresses of the tables."),
    L0_BASE: u32(),
    RUNNABLE_BASE: u32("One bit per hart: it may have something to do. Slow paths write it."),
    CODE_BASE: u32("u32 per frame: host address of its decoded page, or 0."),
    OWNER_BASE: u32("u16 per frame: OWNER_* below."),
    DECODED_BASE: u32("The decoded pages, and how many there are."),
    DECODED_COUNT: u32(),
    CHAINS_BASE: u32("The chains of the content hash (code-layout.ts)."),
    FRAMES_BASE: u32("Frames: first the ROMs, then RAM."),
    HTIF_WORD: u32("Host address of the 8 bytes HTIF watches, or 0."),
    STOP: u32("The run must stop after this turn (written by devices through the host)."),
    CURSOR: u32("Next hart of the current round."),
    SEED: u64("The run's seed."),
    MTIME_OFFSET: u64("mtime = clock / DIVIDER + MTIME_OFFSET."),
    ROUND: u64("Number of the current round."),
    NEXT_EVENT: u64("No waiting hart has a timer event before this clock."),
    ALARM: u64("mtime at which the clock of the day rings (emu/dev/goldfish-rtc.ts); all ones: never."),
    WORK: u64("Instructions of all harts, trapped ones included, as of the last turn end."),
    LIMIT: u64("Argument of a run: stop when WORK reaches this."),
    ENGINE_INDEX: u32("Table index of the engine's entry point."),
    DECODED_NEXT_FRESH: u32("Next decoded page never used yet, and the list of freed ones."),
    DECODED_FREE: u32(),
    ROUND_LIMIT: u64("Stop when ROUND reaches this."),
    STEPPER_INDEX: u32("Table index of the interpreter that can end a turn after any instruction."),
    PREEMPTION: u32("Turns of rounds are extended by the draw (turns.md 2.5)."),
    TURN: u32("How the present turn stands, TURN_* below."),

    ACCOUNTING: u32(
        "Accesses are counted; accesses stall by distance; either of them, so that the TLB model is in use.",
        { align: 128 },
    ),
    LATENCY: u32(),
    MODELLED: u32(),
    CELL_OF_FRAME: u32("Host address of the offsets of each frame's cell (accounting-layout.ts), u32 a frame."),
    TLB_SETS: u32("Sets and ways of a TLB, and its bytes."),
    TLB_WAYS: u32(),
    TLB_BYTES: u32(),
    LOCAL_STALL: u32('Cycles that an access of the own bank stalls in fidelity "latency", and one of a device.'),
    DEVICE_STALL: u32(),
    DEVICE_CELL: u32("Offset of the cell of device accesses."),

    SHARED_WINDOW: u32(
        "SHARED_RANGES pairs, first and count: pages of the local window that show bank 0 to every hart; a count of 0 is none.",
        { count: 4 },
    ),
    BANKS_MISSING: u32("Some bank is missing."),
    MISSING_BANKS: u32("One bit a cluster: its bank is missing.", { count: 8 }),
    MARKS_ORIGIN: u32(
        "Of a watched machine, where the marks of the byte at host address 0 would lie (watch-layout.ts).",
    ),
    CONFLICTS: u32(
        'Scheduler "conflicts" (turns.md 2.7); which part of the round runs; some hart has a part to come in the next.',
    ),
    PART: u32(),
    PARTS_LEFT: u32(),
    PROBE_PORTS: u32("Host address of the ports of the probe, or 0: 8 words a hart (emu/dev/probe.ts)."),
    RANGES: u32("1: harts without translation may have RANGES_ON."),
    STORES_BASE: u32("Host address of the STORES_* of each bank (stores-layout.ts)."),
    JIT_THRESHOLD: u32("Arrivals at a place before it is compiled; HEAT_COMPILED: it never is."),
    JIT_WAITING: u32("Places that wait to be compiled. The host writes it."),
    LOOKS_BASE: u32("Host address of where the host looks (look-layout.ts)."),
    HALT: u32(
        "The run is to halt (turns.md 6.6): the host has seen the instruction, or the end of the turn, that it looks for.",
    ),
    HALTED: u32("Host address of the hart in whose turn the run has halted, or 0; how far the turn is, PHASE_* below."),
    PHASE: u32(),
    EXECUTED_BEFORE: u64(
        "Instructions that the hart of the present turn had executed before it, and those at which its extension ends.",
    ),
    EXTENSION_END: u64(),
    PMP_ENTRIES: u32("0 or 16: entries of physical memory protection."),
    UPDATES_MARKS: u32("1: menvcfg.ADUE is set at reset, so that the hardware sets A and D."),
    GUARDED_PAGE: u32("The decoded page that stands for code that is fetched one by one (emu/core/code.ts), or 0."),
    SEMIHOSTING: u32("Harts may ask the host by semihosting."),
    CELLS_OF_USER: u32("Bytes from the cells of a cluster's S and M to those of its U (accounting-layout.ts)."),
    NOTES_ORIGIN: u32("With it, where the note of the word at host address 0 would lie (note-layout.ts)."),
    STORE_BUFFERS: u32(
        "Host address of the store buffers (store-buffer-layout.ts); entries of each, 0 with memoryModel sc; 1: stores may pass each other.",
    ),
    STORE_DEPTH: u32(),
    STORE_REORDERS: u32(),
} as const;

const LAYOUT = layOut(MACHINE_FIELDS, MACHINE);

export const MACHINE_STATE = LAYOUT;

export const MACHINE_VALUES = {
    MACHINE: value(MACHINE, "Host address of this block."),
    CORE_BASE: value(CORE_BASE, "AssemblyScript's own statics start here."),
    SHARED_RANGES: value(MACHINE_FIELDS.SHARED_WINDOW.count / 2),

    PROBE_ADDRESS: value(0x10200000, "Physical address of the probe (emu/mem/map.ts)."),

    BLOCK_BYTES: value(BLOCK_BYTES, "What cbo.zero makes zero."),

    RESET_ROM_FRAME: value(0, "Frames of ROM: reset ROM (1), firmware ROM (256)."),
    FIRMWARE_ROM_FRAME: value(1),
    FIRMWARE_ROM_FRAMES: value(FIRMWARE_ROM_FRAMES),
    RAM_FRAME: value(1 + FIRMWARE_ROM_FRAMES),

    OWNER_NEVER: value(0),
    OWNER_NONE: value(1, "Written, and no L0 write entry refers to it."),
    OWNER_FIRST: value(2, "2 + hart: only that hart may have L0 write entries."),
    OWNER_MANY: value(65535),

    TURN_BUDGET: value(
        0,
        "The hart runs on its budget; has met pause; goes on where its turn would end (turns.md 2.5, 4.2); has ended it for good.",
    ),
    TURN_PAUSED: value(1),
    TURN_EXTENDED: value(2),
    TURN_OVER: value(3),

    PHASE_BUDGET: value(0, "The engine runs on the budget; the turn goes on beyond it (turns.md 2.5, 4.2)."),
    PHASE_BEYOND: value(1),

    RUN_LIMIT: value(0, "Results of a run of turns."),
    RUN_STOP: value(1),
    RUN_HTIF: value(2),
    RUN_ROUNDS: value(3),
    RUN_DEADLOCK: value(4),
    RUN_HALT: value(5),
} as const;
