/**
 * boot_info: what the firmware hands to each kernel instance, at BOOT_INFO_LOCAL; and the rows of the program table that it points to. The table
 * of kernel/abi/boot-info.ts, where the names begin with BI_ and PE_; the host writes fields by these names (words.ts).
 */

import { type Fields, layOut, u16, u64, value } from "../../emu/state/layout.ts";

/** Most clusters that a machine has: rows of the topology's tables. */
const CLUSTERS = 256;
/** Where the topology and its tables begin. */
const TOPOLOGY = 512;

export const BOOT_INFO_FIELDS = {
    MAGIC: u64("BOOT_MAGIC."),
    CLUSTERS: u64("Size of the mesh, and of a cluster."),
    MESH_X: u64(),
    MESH_Y: u64(),
    HARTS_PER_CLUSTER: u64(),
    BANK_SHIFT: u64(),
    IMAGE_END: u64("First local address behind the image: frames start there, page aligned."),
    INITRD: u64("xptr of the cpio archive in the boot cluster's bank, and its bytes."),
    INITRD_SIZE: u64(),
    STACK_SIZE: u64("Bytes of a user stack, and the most threads of a process."),
    THREADS_MAX: u64(),
    TIME_SLICE: u64("Timer ticks a thread runs before another gets the hart."),
    PROGRAMS: u64("Rows of the program table, and its xptr (in the boot cluster's bank)."),
    PROGRAM_TABLE: u64(),
    BOOT_BANK_END: u64(
        "Bytes of the boot cluster's bank below the host's medium (initrd, table): its frames end there.",
    ),
    POLICY_CODE: u64("Policy switches (abi/policy.ts), and the prime of HOME_PRIME."),
    POLICY_DATA: u64(),
    POLICY_HEAP: u64(),
    POLICY_STACK: u64(),
    POLICY_GPT: u64(),
    POLICY_REGISTRATION: u64(),
    HOME_PRIME: u64(),
    POLICY_PROTOCOL: u64(),
    THREAD_PLACEMENT: u64("The cluster of a thread that clone makes (abi/policy.ts)."),
    MUTANT: u64("Read by kernels built with mutants only (kernel/mutants/mutant.ts): which one is on, 0 none."),
    CHECK_STACKS: u64("1: stack slots are unique over all clusters (mm/stack-slot.ts)."),
    ARGS_SIZE: u64("Bytes of args and envs (mm/user-space.ts)."),
    ENVS_SIZE: u64(),
    DSM_MANAGER: u64("Who manages the pages of DSM groups (abi/policy.ts)."),
    SEED: u64("The run's seed, for the random numbers that programs get (kernel/random.ts)."),
    TIMEBASE_DIVIDER: u64("Cycles a tick of `time`."),
    DSM_PREFETCH: u64("Pages that a read fault fetches ahead."),
    DSM_CONSISTENCY: u64("What sm_malloc gives (abi/policy.ts)."),
    RPC_JITTER: u64("Turns that a request may be late (kernel/rpc/rpc.ts), 0: none is."),

    MEMORY_COUNT: u64("Topology (kernel/hal/topology.ts): clusters with memory, clusters with harts.", {
        align: TOPOLOGY,
    }),
    INSTANCE_COUNT: u64(),
    MANAGERS: u16("By cxy: the instance that manages its bank, or BI_NO_MANAGER: it has no memory.", {
        count: CLUSTERS,
        align: TOPOLOGY,
    }),
    MEMORY_LIST: u16("By rank: the clusters with memory, and those with harts.", { count: CLUSTERS }),
    INSTANCES: u16(undefined, { count: CLUSTERS }),
} as const satisfies Fields;

export const BOOT_INFO = layOut(BOOT_INFO_FIELDS);

export const BOOT_INFO_VALUES = {
    BOOT_MAGIC: value(0x41524348, '"ARCH".'),
    BI_NO_MANAGER: value(0xffff),
    BOOT_INFO_SIZE: value(BOOT_INFO.size),
} as const;

export const PROGRAM_FIELDS = {
    PATH: u64("xptr of the NUL-terminated path."),
    CLUSTER: u64("Owner cluster, or -1: least loaded."),
    NODES: u64("DSM node processes, 1 for an ordinary program."),
    THREADS: u64("Threads the program should use, 0: its own choice."),
    ARGS: u64("xptr and bytes of the args image, laid out for ARGS_VADDR: argc, argv[], NULL, strings."),
    ARGS_SIZE: u64(),
    HOSTS: u64("xptr of the list of clusters for the nodes (u64 each), 0: all in order."),
    HOSTS_COUNT: u64(),
    ENVS: u64("xptr and bytes of the envs image, laid out for its vseg: envp[], NULL, strings; 0 bytes: none."),
    ENVS_SIZE: u64(),
    CWD: u64("xptr of the path of the working directory, 0: the root."),
    STDIN: u64("xptr of the path of the file that is its standard input, 0: none."),
} as const satisfies Fields;

export const PROGRAM_ENTRY = layOut(PROGRAM_FIELDS);

export const PROGRAM_VALUES = { PROGRAM_ENTRY_SIZE: value(PROGRAM_ENTRY.size) } as const;
