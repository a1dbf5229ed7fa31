/**
 * The state of fidelity "timing" (docs/spec/timing.md): the table of emu/state/timing-layout.ts. One block of parameters and of what the
 * order of misses needs, and the layouts of the tables that a machine of that fidelity has beside it.
 *
 *     L1 (two a hart: instructions, data)   u32 a way: line << 2 | state; behind the ways u8 a set: the way that is replaced next
 *     L2 (one a cluster)                    u32 a way: line + 1, 0 is empty; u64 a way: directory; u64 a way: busy until; u8 a set: next way
 *     calendars                             CALENDAR_*, then a ring of {u64 bits, u64 number} for words of 64 cycles
 *     lines of a fetch entry                one bit a line of the page: it is in L1I; 16 bytes an entry, beside the entries of L0
 */
import { layOut, u32, u64, value } from "./layout.ts";
import { MACHINE_STATE, MACHINE_VALUES } from "./machine-table.ts";

/** Host address of the block, behind the machine's. */
const TIMING_BASE = 4096;

export const TIMING_FIELDS = {
    TIMING: u32("1 in machines of fidelity timing."),
    LINE_SHIFT: u32("log2 of a line's bytes."),
    L1I_SETS: u32("Sets and ways of each hart's caches, and of each cluster's L2."),
    L1I_WAYS: u32(),
    L1D_SETS: u32(),
    L1D_WAYS: u32(),
    L2_SETS: u32(),
    L2_WAYS: u32(),
    L2_TAGS: u32("Host addresses of the tables of the L2s, that of cluster 0 first."),
    L2_DIRECTORY: u32(),
    L2_BUSY: u32(),
    L2_NEXT: u32(),
    TIMED_HARTS: u32("Host address of what is counted of harts, TIMED_HART_STRIDE each."),
    LINKS: u32("Host addresses of the calendars of links, of L2 ports and of memory channels."),
    PORTS: u32(),
    CHANNELS: u32(),
    MAPS: u32(
        "Host address of the maps of lines with many sharers, their bytes, and how many there are and were taken.",
    ),
    MAP_BYTES: u32(),
    MAP_COUNT: u32(),
    MAPS_TAKEN: u32(),
    MAPS_FREE: u32("First freed map + 1, or 0; a freed one names the next."),
    FETCH_LINES: u32("Host address of the bits of the lines of fetch entries, by hart, regime and entry."),
    MESH_WIDTH: u32("Clusters of a row of the mesh."),
    CLUSTER_COUNT: u32(),
    BANK_LINES: u32("Lines of a bank."),
    RAM_LINES: u32("Lines of all banks. Lines of ROM have the numbers from here on."),
    DATA_FLITS: u32("Flits of a message with a line."),
    LOCAL_CYCLES: u32("Parameters, as section 9 of the rules names them."),
    HOP_CYCLES: u32(),
    L2_CYCLES: u32(),
    L2_PORT_CYCLES: u32(),
    L1_PROBE_CYCLES: u32(),
    MEMORY_CYCLES: u32(),
    MEMORY_OCCUPANCY: u32(),
    LINK_CONTENTION: u32(),
    DIRECTORY_POINTERS: u32(),
    DIRECTORY_BROADCAST: u32(),
    LOOKAHEAD: u32(),
    PAUSE_CYCLES: u32(),
    FENCE_I_CYCLES: u32(),
    DEVICE_CYCLES: u32(),
    HEAP: u32("Host address of the heap of harts that have something to do: a u32 each, the host address of the hart."),
    HEAP_SIZE: u32(),
    CURRENT: u32("Host address of the hart whose turn it is, or 0."),
    UNCOUNTED: u32("1: the instruction in progress has no account as fetched yet."),
    NOW: u64("Key of the hart whose turn was last."),
    NEXT_CLOCK: u64("Clock and rank of the smallest key but that of the hart whose turn it is."),
    NEXT_RANK: u64(),
    LATE: u64("Reservations before the window of their calendar."),
    OVERFLOWS: u64("Lines with many sharers for which no map was left."),
} as const;

export const TIMING_STATE = layOut(TIMING_FIELDS, TIMING_BASE);
if (MACHINE_STATE.size > TIMING_BASE) throw new Error("machine layout: runs into that of timing; raise TIMING_BASE");
if (TIMING_STATE.size > MACHINE_VALUES.CORE_BASE.value) throw new Error("timing layout: runs into the core's statics");

const PARTS = 9;

/** What the model counts of a hart, a block in the table `timedHarts`. */
export const TIMED_HART_FIELDS = {
    STALLS: u64("Cycles of misses: of fetches, of data, of walks, each by the PART_* that they were spent in.", {
        count: 3 * PARTS,
    }),
    STALL_DEVICE: u64("Other cycles in which nothing is retired: of device accesses, pause, fence.i."),
    STALL_PAUSE: u64(),
    STALL_FENCE: u64(),
    MISSES: u64("Misses of fetches, data and walks.", { count: 3 }),
    UPGRADES: u64("Of them, those that found the line shared in the own cache."),
    FORWARDS: u64("Of them, those that another cache had to give up or to share."),
    INVALIDATIONS: u64("Copies of other caches that its misses invalidated."),
    INCLUSIONS: u64("Copies that went because a miss of its replaced the line in L2."),
    MEMORY_READS: u64("Misses that L2 missed, too."),
    WRITE_BACKS: u64("Dirty lines that its caches replaced."),
    YIELDS: u64("Turns that ended before an instruction because another hart was behind."),
} as const;

export const TIMED_HART = layOut(TIMED_HART_FIELDS);

export const CALENDAR_FIELDS = {
    CALENDAR_BUSY: u64("Cycles taken."),
    CALENDAR_WAITED: u64("Cycles that takers waited, and the longest wait."),
    CALENDAR_LONGEST: u64(),
    CALENDAR_USES: u64("Times that it was taken."),
} as const;

export const CALENDAR = layOut(CALENDAR_FIELDS);

const CALENDAR_WORD = 16;
const LINK_WORDS = 32;
const PORT_WORDS = 64;

export const TIMING_VALUES = {
    TIMING_BASE: value(TIMING_BASE),
    TIMED_HART_STRIDE: value(TIMED_HART.size),
    STATE_INVALID: value(0, "States of a line in L1."),
    STATE_SHARED: value(1),
    STATE_EXCLUSIVE: value(2),
    STATE_MODIFIED: value(3),
    CALENDAR_RING: value(CALENDAR.size, "Offset of the ring in a calendar, and the words of rings."),
    CALENDAR_WORD: value(CALENDAR_WORD),
    LINK_WORDS: value(LINK_WORDS),
    PORT_WORDS: value(PORT_WORDS),
    LINK_STRIDE: value(CALENDAR.size + LINK_WORDS * CALENDAR_WORD),
    PORT_STRIDE: value(CALENDAR.size + PORT_WORDS * CALENDAR_WORD),
    NETWORKS: value(
        2,
        "Networks, and the links that a cluster has in each: east, west, south, north, injection, ejection.",
    ),
    NETWORK_REQUESTS: value(0),
    NETWORK_DATA: value(1),
    CLUSTER_LINKS: value(6),
    LINK_EAST: value(0),
    LINK_WEST: value(1),
    LINK_SOUTH: value(2),
    LINK_NORTH: value(3),
    LINK_INJECTION: value(4),
    LINK_EJECTION: value(5),
    LINE_BYTES_OF_ENTRY: value(16, "Bytes of the bits of a fetch entry's lines."),
    PART_HOPS: value(0, "What the cycles of a miss were spent in."),
    PART_LINKS: value(1),
    PART_PORT: value(2),
    PART_L2: value(3),
    PART_CHANNEL: value(4),
    PART_MEMORY: value(5),
    PART_DIRECTORY: value(6),
    PART_FORWARD: value(7),
    PART_INVALIDATION: value(8),
    PARTS: value(PARTS),
    MISS_FETCH: value(0, "What missed."),
    MISS_DATA: value(1),
    MISS_WALK: value(2),
} as const;
