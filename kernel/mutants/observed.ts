// The audits that watch the kernel at work find these bugs (test/audit/observed-mutants.test.ts).
// memory:
/** a description of a process is read after it has been given back */
export const MUTANT_USED_AFTER_FREE = 101;
/** the copy of a description is four bytes too short */
export const MUTANT_BEYOND_END = 102;
/** the last words of a new thread's descriptor are not written */
export const MUTANT_UNWRITTEN = 103;
/** an object is given back twice */
export const MUTANT_OBJECT_FREED_TWICE = 104;
/** a process keeps the address of what its exec has given back */
export const MUTANT_DANGLING = 105;
/** the strings of an exec are given back before they are copied */
export const MUTANT_MISSING_HOLD = 106;
// waits:
/** a bank's lock is taken before KCM's, elsewhere behind it */
export const MUTANT_LOCK_ORDER = 107;
/** a VMM's lock is not given back */
export const MUTANT_LOCK_KEPT = 108;
/** a frame is asked for at the level of the servers that ask (5.9) */
export const MUTANT_OWN_LEVEL = 109;
/** the directory stays busy */
export const MUTANT_STATE_KEPT = 110;
// contents:
/** half of a page is copied */
export const MUTANT_SHORT_COPY = 111;
/** a new frame is not zeroed */
export const MUTANT_NOT_ZEROED = 112;
/** a file's last page goes on behind the file's end */
export const MUTANT_FILE_TAIL = 113;
