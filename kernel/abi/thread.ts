// What a thread is for, and what it waits for: fields `kind`, `blocked` and `waiting` of its descriptor (sched/thread.ts).

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
/** A thread of the kernel: work. */
export const BLOCKED_EVENT = 16;
/** It has ended. */
export const BLOCKED_DEAD = 32;
/** The end of a child process. */
export const BLOCKED_CHILD = 64;
/** The end of a sleep. */
export const BLOCKED_SLEEP = 128;
/** A state that the kernel is in, and that another thread ends (rpc/parking.ts). */
export const BLOCKED_STATE = 256;
/** Its turn at an object (fs/turn.ts). */
export const BLOCKED_TURN = 512;
/** Waits that a kill ends. An RPC always comes back, and so does a state that the kernel is in (rpc/parking.ts). */
export const BLOCKED_BY_USER =
    BLOCKED_JOIN | BLOCKED_FUTEX | BLOCKED_GROUP | BLOCKED_CHILD | BLOCKED_SLEEP | BLOCKED_TURN;
