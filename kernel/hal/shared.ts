// SHARED (vmm-policy 8.2): the static words that instances access in other clusters' banks by xptr, in frames of their own so that
// accounts tell them from KDATA. At the same local address everywhere, zero at boot, each word on a line of its own.
import { SHARED_LOCAL } from "../abi/memory-map";

/** The RPC FIFOs (kernel/rpc/rpc.ts), at most SHARED_FIFO_BYTES. */
export const SHARED_FIFOS: usize = SHARED_LOCAL;
export const SHARED_FIFO_BYTES: usize = 0x1800;
const WORDS: usize = <usize>SHARED_LOCAL + 0x1800;

/** Cluster 0's: the instance whose turn it is to print its line at boot, which is also how many are up. */
export const SHARED_BOOT_TURN: usize = WORDS;
/** Cluster 0's: lock of the console. */
export const SHARED_CONSOLE: usize = WORDS + 64;
/** Cluster 0's: running processes, and the local address of the init thread that watches them. */
export const SHARED_RUNNING: usize = WORDS + 128;
export const SHARED_INIT_THREAD: usize = WORDS + 192;
/** User threads of the cluster. */
export const SHARED_LOAD: usize = WORDS + 256;
