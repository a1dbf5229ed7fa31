// Operations that change the structures of a process in several steps. The auditor (boot/audit) checks nothing between begin and end.
export const OPERATION_FAULT = 1;
export const OPERATION_MMAP = 2;
export const OPERATION_THREAD_CREATE = 3;
export const OPERATION_THREAD_EXIT = 4;
/** The teardown of the process. PROBE_EXIT ends it, or PROBE_END when exec gives the process a new image. */
export const OPERATION_TEARDOWN = 5;
/** munmap, mprotect, brk, and the parent's side of fork (kernel/mm/structure.ts). */
export const OPERATION_STRUCTURE = 6;
/** sm_free: the copies of the pages go, in all nodes of the group. */
export const OPERATION_SM_FREE = 7;
/** A release or an acquire that has copies to compare or to give up. */
export const OPERATION_SM_SYNCHRONISE = 8;
/** Pages of a file are given up. The operation has no process (pid 0). */
export const OPERATION_TRUNCATE = 9;
