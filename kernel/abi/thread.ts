// A thread's kind, and the event that it waits for: the fields `kind`, `blocked` and `waiting` of its descriptor (sched/thread.ts).

export const KIND_USER = 0;
export const KIND_SERVER = 1;
export const KIND_IDLE = 2;
export const KIND_KERNEL = 3;

/** The answer to an RPC. */
export const BLOCKED_RPC = 1;
/** The end of a thread. */
export const BLOCKED_JOIN = 2;
export const BLOCKED_FUTEX = 4;
/** The other nodes of its group. */
export const BLOCKED_GROUP = 8;
/** Work for a thread of the kernel. */
export const BLOCKED_EVENT = 16;
/** No event: the thread has ended. */
export const BLOCKED_DEAD = 32;
/** The end of a child process. */
export const BLOCKED_CHILD = 64;
/** The end of a sleep. */
export const BLOCKED_SLEEP = 128;
/** A state of the kernel that another thread ends (rpc/parking.ts). */
export const BLOCKED_STATE = 256;
/** The thread's turn at an object (fs/turn.ts). */
export const BLOCKED_TURN = 512;
/** A signal. */
export const BLOCKED_SIGNAL = 1024;
/** Bytes or room in a pipe (fs/pipe.ts). */
export const BLOCKED_PIPE = 2048;
/** The end of the process's stop (proc/stop.ts). */
export const BLOCKED_STOP = 4096;
/** A change of an object that it polls (fs/pollers.ts). */
export const BLOCKED_POLL = 8192;
/** A kill ends these waits. An RPC always comes back, and a state of the kernel always ends (rpc/parking.ts). */
const BLOCKED_BY_CALL = BLOCKED_JOIN | BLOCKED_FUTEX | BLOCKED_GROUP | BLOCKED_CHILD | BLOCKED_SLEEP;
const BLOCKED_BY_FILE = BLOCKED_TURN | BLOCKED_PIPE | BLOCKED_POLL;
export const BLOCKED_BY_USER = BLOCKED_BY_CALL | BLOCKED_BY_FILE | BLOCKED_SIGNAL | BLOCKED_STOP;
/** A signal ends these waits, too (signals.md S5.1). The others hold it until they end. */
export const ENDED_BY_SIGNAL =
    BLOCKED_FUTEX | BLOCKED_CHILD | BLOCKED_SLEEP | BLOCKED_SIGNAL | BLOCKED_PIPE | BLOCKED_POLL;
