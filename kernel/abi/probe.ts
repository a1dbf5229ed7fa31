// Probe events (DESIGN 4.5): word 0 of a record; the other words as named here.

/** cxy, lid, instance up: the cluster's free frames, image bytes */
export const PROBE_BOOT = 1;
/** console bytes that follow on the UART belong to: pid, fd, bytes */
export const PROBE_WRITE = 2;
/** pid, vseg type, vaddr, access (0 fetch, 1 load, 2 store), how (FAULT_LOCAL ...), xptr of the thread, or 0 */
export const PROBE_FAULT = 3;
/** home cxy, ppn, frame kind (vseg-type.ts), pid, 1 allocated | 0 freed */
export const PROBE_FRAME = 4;
/** level, opcode, server cxy */
export const PROBE_RPC_SENT = 5;
/** level, opcode, client cxy */
export const PROBE_RPC_SERVED = 6;
/** pid, program index, node id, cxy, xptr of the path */
export const PROBE_PROCESS = 7;
/** pid, exit code, signal */
export const PROBE_EXIT = 8;
/** pid, signal, vaddr, access, pc, thread id, cxy: the process is killed for a fault */
export const PROBE_KILLED = 9;
/** action (DSM_*), page address, node, from, to, pid group leader */
export const PROBE_DSM = 10;
/** panic: message xptr, pc, sp, ra, scause, stval, 1 when it is a trap that gave them */
export const PROBE_PANIC = 11;
/** pid, cxy, thread id, hart */
export const PROBE_THREAD = 12;
/** an unknown system call: pid, number */
export const PROBE_ENOSYS = 13;
/** pid, vseg type, min vpn, max vpn, registered in cxy, 1 registered | 0 removed */
export const PROBE_VSEG = 14;
/** program index, errno: the program could not be started */
export const PROBE_NO_START = 15;
/** pid, the pid of the dead node of its group that it is ended for */
export const PROBE_GROUP_KILL = 16;
/** from cxy (the rule's home), to cxy (where a frame was found), frame kind, pid, ppn */
export const PROBE_SPILL = 17;
// For the auditor (boot/audit):
/** cxy, local address of the instance's audit_roots_t */
export const PROBE_ROOTS = 64;
/** the kernel's last step on this hart: pid of the process whose user mode it enters, 0 when the hart goes idle */
export const PROBE_LEAVE = 65;
/** pid, OPERATION_*, vaddr (of a fault): an operation on the process begins; its invariants need not hold before it ends */
export const PROBE_BEGIN = 66;
/** pid, OPERATION_* */
export const PROBE_END = 67;
/** ppn of a FILE frame, 1: a transfer is about to own it, 0: it has given it up */
export const PROBE_PAGE_HELD = 69;

export const OPERATION_FAULT = 1;
export const OPERATION_MMAP = 2;
export const OPERATION_THREAD_CREATE = 3;
export const OPERATION_THREAD_EXIT = 4;
/** The teardown of the process; PROBE_EXIT ends it, or PROBE_END when exec gives it a new image. */
export const OPERATION_TEARDOWN = 5;
/** munmap, mprotect, brk, and the parent's side of fork (kernel/mm/structure.ts) */
export const OPERATION_STRUCTURE = 6;
/** sm_free: copies of the pages go, in all nodes of the group */
export const OPERATION_SM_FREE = 7;
/** A release or an acquire that has copies to compare or to give up */
export const OPERATION_SM_SYNCHRONISE = 8;
/** Of no process (pid 0): pages of a file are given up */
export const OPERATION_TRUNCATE = 9;

/** xptr of the faulting thread, pid, vaddr, access, 1 when a user copy of the kernel found it | 0 a trap: PHASE_VSL begins */
export const PROBE_FAULT_BEGIN = 30;
/** xptr of the faulting thread, PHASE_*: that phase begins; from any hart that works for it */
export const PROBE_PHASE = 31;
/** xptr of the faulting thread: its fault is resolved; after a trap the hart's next entry to user mode is the thread's */
export const PROBE_FAULT_END = 32;
/** frame kind, cxy that the page's rule names, ppn given, cxy of the thread it is for, pid */
export const PROBE_ALLOC = 33;
/** pid, vseg type, min vpn, max vpn, cxy, xptr of the GPT's root, cxy the vseg names: its end begins, the tables still show its pages */
export const PROBE_VSEG_END = 34;
/** after PROBE_KILLED: pid, vaddr, thread id, id of the thread whose stack it is or 0xffffffff, that thread's cxy */
export const PROBE_FOREIGN_STACK = 35;

/** pid, node, pid group leader, SM_* it waits in or 0: it goes on, root | lock | condition, node that holds the lock or -1, thread id */
export const PROBE_SM_WAIT = 40;
export const SM_BARRIER = 1;
export const SM_BCAST = 2;
export const SM_EXIT = 3;
export const SM_LOCK = 4;
export const SM_COND = 5;

// For the report on false sharing (boot/observe/false-sharing.ts):
/** pid, page address, ppn, xptr of the thread whose fault asked for it: the process may write the page, in this frame, from now on */
export const PROBE_WRITABLE = 42;
/** pid, page address: it may not any more; the frame holds what it wrote */
export const PROBE_WRITABLE_END = 43;
/** pid of the group leader, address, bytes, node, its pages' DSM_* consistency: sm_malloc gave the node this memory */
export const PROBE_SM_REQUEST = 44;
/** ppn of a written copy, xptr of its twin, ppn of the reference copy: bytes in which the first two differ go to the third next */
export const PROBE_MERGE = 45;

/** Phases of a fault; each mark ends the one before. 0: from the trap to PROBE_FAULT_BEGIN. */
export const PHASE_TRAP = 0;
export const PHASE_VSL = 1;
export const PHASE_RPC_OUT = 2;
export const PHASE_QUEUE = 3;
export const PHASE_SERVICE = 4;
export const PHASE_ALLOC = 5;
export const PHASE_FILL = 6;
export const PHASE_GPT = 7;
export const PHASE_RETURN = 8;

export const FAULT_LOCAL = 0;
export const FAULT_THROUGH_Z = 1;
export const FAULT_SPURIOUS = 2;

export const ACCESS_FETCH = 0;
export const ACCESS_LOAD = 1;
export const ACCESS_STORE = 2;
/** Between trap and fault handler only: a store, or a load reserved, that must be the page's only access; told as ACCESS_STORE. */
export const ACCESS_ATOMIC = 3;

export const DSM_READ_FAULT = 0;
export const DSM_WRITE_FAULT = 1;
export const DSM_INVALIDATE = 2;
export const DSM_REVOKE = 3;
export const DSM_MALLOC = 4;
export const DSM_BARRIER = 5;
export const DSM_BCAST = 6;
export const DSM_FREE = 7;
/** Counted (sm_stats), not recorded. */
export const DSM_LOCK = 8;
export const DSM_PREFETCH = 9;
/** Release consistency: a written copy's bytes go to the reference copy; a copy is given up for its age. */
export const DSM_DIFF = 10;
export const DSM_DROP = 11;

/** In place of a signal: the process is ending already, nothing is to be said. */
export const ENDING = 63;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGKILL = 9;
export const SIGSEGV = 11;
