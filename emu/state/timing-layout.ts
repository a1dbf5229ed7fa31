// Fidelity "timing" in the shared memory: host addresses, offsets in its tables, and what fields hold.
// Generated from emu/state/timing-table.ts by `npm run generate`.

/** u32. 1 in machines of fidelity timing. */
export const TIMING = 4096;
/** u32. log2 of a line's bytes. */
export const LINE_SHIFT = 4100;
/** u32 each. Sets and ways of each hart's caches, and of each cluster's L2. */
export const L1I_SETS = 4104;
export const L1I_WAYS = 4108;
export const L1D_SETS = 4112;
export const L1D_WAYS = 4116;
export const L2_SETS = 4120;
export const L2_WAYS = 4124;
/** u32 each. Host addresses of the tables of the L2s, that of cluster 0 first. */
export const L2_TAGS = 4128;
export const L2_DIRECTORY = 4132;
export const L2_BUSY = 4136;
export const L2_NEXT = 4140;
/** u32. Host address of what is counted of harts, TIMED_HART_STRIDE each. */
export const TIMED_HARTS = 4144;
/** u32 each. Host addresses of the calendars of links, of L2 ports and of memory channels. */
export const LINKS = 4148;
export const PORTS = 4152;
export const CHANNELS = 4156;
/** u32 each. Host address of the maps of lines with many sharers, their bytes, and how many there are and were taken. */
export const MAPS = 4160;
export const MAP_BYTES = 4164;
export const MAP_COUNT = 4168;
export const MAPS_TAKEN = 4172;
/** u32. First freed map + 1, or 0; a freed one names the next. */
export const MAPS_FREE = 4176;
/** u32. Host address of the bits of the lines of fetch entries, by hart, regime and entry. */
export const FETCH_LINES = 4180;
/** u32 each. Clusters of a row of the mesh. */
export const MESH_WIDTH = 4184;
export const CLUSTER_COUNT = 4188;
/** u32. Lines of a bank. */
export const BANK_LINES = 4192;
/** u32. Lines of all banks. Lines of ROM have the numbers from here on. */
export const RAM_LINES = 4196;
/** u32. Flits of a message with a line. */
export const DATA_FLITS = 4200;
/** u32 each. Parameters, as section 9 of the rules names them. */
export const LOCAL_CYCLES = 4204;
export const HOP_CYCLES = 4208;
export const L2_CYCLES = 4212;
export const L2_PORT_CYCLES = 4216;
export const L1_PROBE_CYCLES = 4220;
export const MEMORY_CYCLES = 4224;
export const MEMORY_OCCUPANCY = 4228;
export const LINK_CONTENTION = 4232;
export const DIRECTORY_POINTERS = 4236;
export const DIRECTORY_BROADCAST = 4240;
export const LOOKAHEAD = 4244;
export const PAUSE_CYCLES = 4248;
export const FENCE_I_CYCLES = 4252;
export const DEVICE_CYCLES = 4256;
/** u32 each. Host address of the heap of harts that have something to do: a u32 each, the host address of the hart. */
export const HEAP = 4260;
export const HEAP_SIZE = 4264;
/** u32. Host address of the hart whose turn it is, or 0. */
export const CURRENT = 4268;
/** u32. 1: the instruction in progress has no account as fetched yet. */
export const UNCOUNTED = 4272;
/** u64. Key of the hart whose turn was last. */
export const NOW = 4280;
/** u64 each. Clock and rank of the smallest key but that of the hart whose turn it is. */
export const NEXT_CLOCK = 4288;
export const NEXT_RANK = 4296;
/** u64. Reservations before the window of their calendar. */
export const LATE = 4304;
/** u64. Lines with many sharers for which no map was left. */
export const OVERFLOWS = 4312;

/** 27 u64. Cycles of misses: of fetches, of data, of walks, each by the PART_* that they were spent in. */
export const STALLS = 0;
/** u64 each. Other cycles in which nothing is retired: of device accesses, pause, fence.i. */
export const STALL_DEVICE = 216;
export const STALL_PAUSE = 224;
export const STALL_FENCE = 232;
/** 3 u64. Misses of fetches, data and walks. */
export const MISSES = 240;
/** u64. Of them, those that found the line shared in the own cache. */
export const UPGRADES = 264;
/** u64. Of them, those that another cache had to give up or to share. */
export const FORWARDS = 272;
/** u64. Copies of other caches that its misses invalidated. */
export const INVALIDATIONS = 280;
/** u64. Copies that went because a miss of its replaced the line in L2. */
export const INCLUSIONS = 288;
/** u64. Misses that L2 missed, too. */
export const MEMORY_READS = 296;
/** u64. Dirty lines that its caches replaced. */
export const WRITE_BACKS = 304;
/** u64. Turns that ended before an instruction because another hart was behind. */
export const YIELDS = 312;

/** u64. Cycles taken. */
export const CALENDAR_BUSY = 0;
/** u64 each. Cycles that takers waited, and the longest wait. */
export const CALENDAR_WAITED = 8;
export const CALENDAR_LONGEST = 16;
/** u64. Times that it was taken. */
export const CALENDAR_USES = 24;

export const TIMING_BASE = 4096;
export const TIMED_HART_STRIDE = 320;
/** States of a line in L1. */
export const STATE_INVALID = 0;
export const STATE_SHARED = 1;
export const STATE_EXCLUSIVE = 2;
export const STATE_MODIFIED = 3;
/** Offset of the ring in a calendar, and the words of rings. */
export const CALENDAR_RING = 32;
export const CALENDAR_WORD = 16;
export const LINK_WORDS = 32;
export const PORT_WORDS = 64;
export const LINK_STRIDE = 544;
export const PORT_STRIDE = 1056;
/** Networks, and the links that a cluster has in each: east, west, south, north, injection, ejection. */
export const NETWORKS = 2;
export const NETWORK_REQUESTS = 0;
export const NETWORK_DATA = 1;
export const CLUSTER_LINKS = 6;
export const LINK_EAST = 0;
export const LINK_WEST = 1;
export const LINK_SOUTH = 2;
export const LINK_NORTH = 3;
export const LINK_INJECTION = 4;
export const LINK_EJECTION = 5;
/** Bytes of the bits of a fetch entry's lines. */
export const LINE_BYTES_OF_ENTRY = 16;
/** What the cycles of a miss were spent in. */
export const PART_HOPS = 0;
export const PART_LINKS = 1;
export const PART_PORT = 2;
export const PART_L2 = 3;
export const PART_CHANNEL = 4;
export const PART_MEMORY = 5;
export const PART_DIRECTORY = 6;
export const PART_FORWARD = 7;
export const PART_INVALIDATION = 8;
export const PARTS = 9;
/** What missed. */
export const MISS_FETCH = 0;
export const MISS_DATA = 1;
export const MISS_WALK = 2;
