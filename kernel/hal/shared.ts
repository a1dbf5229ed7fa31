// SHARED (vmm-policy 8.2) holds the static words that instances access in other clusters' banks by xptr. It has frames of its own, so that
// accounts tell its words from KDATA. It is at the same local address everywhere, and zero at boot. Each word has a line of its own.
import { SHARED_LOCAL } from "../abi/memory-map";

/** The RPC FIFOs (kernel/rpc/rpc.ts) take at most SHARED_FIFO_BYTES. */
export const SHARED_FIFOS: usize = SHARED_LOCAL;
export const SHARED_FIFO_BYTES: usize = 0x1800;
const WORDS: usize = <usize>SHARED_LOCAL + 0x1800;

/** In cluster 0: the rank of the instance whose turn it is to print its line at boot, which is also how many are up. */
export const SHARED_BOOT_TURN: usize = WORDS;
/** In cluster 0: the lock of the console. */
export const SHARED_CONSOLE: usize = WORDS + 64;
/** In cluster 0: the number of running processes, and the local address of the init thread that watches them. */
export const SHARED_RUNNING: usize = WORDS + 128;
export const SHARED_INIT_THREAD: usize = WORDS + 192;
/** The number of user threads of the cluster. */
export const SHARED_LOAD: usize = WORDS + 256;
