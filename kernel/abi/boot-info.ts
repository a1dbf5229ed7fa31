// boot_info and the rows of the program table: offsets in bytes.
// Generated from boot/abi/boot-info.ts by `npm run generate`.

/** "ARCH". */
export const BOOT_MAGIC = 1095910216;
export const BI_NO_MANAGER = 65535;
export const BOOT_INFO_SIZE = 2560;
/** u64. BOOT_MAGIC. */
export const BI_MAGIC = 0;
/** u64 each. Size of the mesh, and of a cluster. */
export const BI_CLUSTERS = 8;
export const BI_MESH_X = 16;
export const BI_MESH_Y = 24;
export const BI_HARTS_PER_CLUSTER = 32;
export const BI_BANK_SHIFT = 40;
/** u64. First local address behind the image: frames start there, page aligned. */
export const BI_IMAGE_END = 48;
/** u64 each. xptr of the cpio archive in the boot cluster's bank, and its bytes. */
export const BI_INITRD = 56;
export const BI_INITRD_SIZE = 64;
/** u64 each. Bytes of a user stack, and the most threads of a process. */
export const BI_STACK_SIZE = 72;
export const BI_THREADS_MAX = 80;
/** u64. Timer ticks a thread runs before another gets the hart. */
export const BI_TIME_SLICE = 88;
/** u64 each. Rows of the program table, and its xptr (in the boot cluster's bank). */
export const BI_PROGRAMS = 96;
export const BI_PROGRAM_TABLE = 104;
/** u64. Bytes of the boot cluster's bank below the host's medium (initrd, table): its frames end there. */
export const BI_BOOT_BANK_END = 112;
/** u64 each. Policy switches (abi/policy.ts), and the prime of HOME_PRIME. */
export const BI_POLICY_CODE = 120;
export const BI_POLICY_DATA = 128;
export const BI_POLICY_HEAP = 136;
export const BI_POLICY_STACK = 144;
export const BI_POLICY_GPT = 152;
export const BI_POLICY_REGISTRATION = 160;
export const BI_HOME_PRIME = 168;
export const BI_POLICY_PROTOCOL = 176;
/** u64. The cluster of a thread that clone makes (abi/policy.ts). */
export const BI_THREAD_PLACEMENT = 184;
/** u64. Read by kernels built with mutants only (kernel/mutants/mutant.ts): which one is on, 0 none. */
export const BI_MUTANT = 192;
/** u64. 1: stack slots are unique over all clusters (mm/stack-slot.ts). */
export const BI_CHECK_STACKS = 200;
/** u64 each. Bytes of args and envs (mm/user-space.ts). */
export const BI_ARGS_SIZE = 208;
export const BI_ENVS_SIZE = 216;
/** u64. Who manages the pages of DSM groups (abi/policy.ts). */
export const BI_DSM_MANAGER = 224;
/** u64. The run's seed, for the random numbers that programs get (kernel/random.ts). */
export const BI_SEED = 232;
/** u64. Cycles a tick of `time`. */
export const BI_TIMEBASE_DIVIDER = 240;
/** u64. Pages that a read fault fetches ahead. */
export const BI_DSM_PREFETCH = 248;
/** u64. What sm_malloc gives (abi/policy.ts). */
export const BI_DSM_CONSISTENCY = 256;
/** u64. Turns that a request may be late (kernel/rpc/rpc.ts), 0: none is. */
export const BI_RPC_JITTER = 264;
/** u64 each. Topology (kernel/hal/topology.ts): clusters with memory, clusters with harts. */
export const BI_MEMORY_COUNT = 512;
export const BI_INSTANCE_COUNT = 520;
/** 256 u16. By cxy: the instance that manages its bank, or BI_NO_MANAGER: it has no memory. */
export const BI_MANAGERS = 1024;
/** 256 u16 each. By rank: the clusters with memory, and those with harts. */
export const BI_MEMORY_LIST = 1536;
export const BI_INSTANCES = 2048;

export const PROGRAM_ENTRY_SIZE = 96;
/** u64. xptr of the NUL-terminated path. */
export const PE_PATH = 0;
/** u64. Owner cluster, or -1: least loaded. */
export const PE_CLUSTER = 8;
/** u64. DSM node processes, 1 for an ordinary program. */
export const PE_NODES = 16;
/** u64. Threads the program should use, 0: its own choice. */
export const PE_THREADS = 24;
/** u64 each. xptr and bytes of the args image, laid out for ARGS_VADDR: argc, argv[], NULL, strings. */
export const PE_ARGS = 32;
export const PE_ARGS_SIZE = 40;
/** u64 each. xptr of the list of clusters for the nodes (u64 each), 0: all in order. */
export const PE_HOSTS = 48;
export const PE_HOSTS_COUNT = 56;
/** u64 each. xptr and bytes of the envs image, laid out for its vseg: envp[], NULL, strings; 0 bytes: none. */
export const PE_ENVS = 64;
export const PE_ENVS_SIZE = 72;
/** u64. xptr of the path of the working directory, 0: the root. */
export const PE_CWD = 80;
/** u64. xptr of the path of the file that is its standard input, 0: none. */
export const PE_STDIN = 88;
