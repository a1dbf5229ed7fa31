// An invariant of the memory policy or of the DSM forbids each of these bugs (test/audit/mutants.test.ts), and the one named catches it.
/** the frame of a HEAP page is taken one cluster too far (2.3) */
export const MUTANT_WRONG_HOME = 1;
/** the frame of a STACK page is taken in another cluster (I12) */
export const MUTANT_STACK_ELSEWHERE = 2;
/** the frame of a CODE replica is taken in another cluster (I12) */
export const MUTANT_CODE_ELSEWHERE = 3;
/** a CODE replica has a wrong byte (I11) */
export const MUTANT_CODE_CONTENT = 4;
/** a replica of DATA has a frame of its own (I7) */
export const MUTANT_OTHER_FRAME = 5;
/** a replica of DATA may be executed (I7) */
export const MUTANT_MORE_RIGHTS = 6;
/** a fault on a STACK page sets no entry (I4) */
export const MUTANT_STACK_NOT_MAPPED = 7;
/** a fault on a HEAP page sets no entry at Z (I6) */
export const MUTANT_HEAP_NOT_MAPPED = 8;
/** K takes the entry of the next page too (I5) */
export const MUTANT_EXTRA_ENTRY = 9;
/** the frame of a HEAP page is freed as soon as it is mapped (I10) */
export const MUTANT_FREED_MAPPED = 10;
/** a DATA frame begins with two references (I10) */
export const MUTANT_REFCOUNT = 11;
/** the frames of a stack are freed twice (I10) */
export const MUTANT_FREED_TWICE = 12;
/** the frames of a stack are not freed (I10) */
export const MUTANT_LEAKED = 13;
/** the frames of a stack are freed, its entries stay (I10) */
export const MUTANT_KEPT_ENTRY = 14;
/** the frames of HEAP vsegs outlive their process (I10) */
export const MUTANT_HEAP_LEFT = 15;
/** the last cluster is not told of the end of a process (I10) */
export const MUTANT_CLUSTER_FORGOTTEN = 16;
/** a copy of a process loses a CODE vseg that it has used (I1) */
export const MUTANT_MISSING_CODE = 17;
/** a copy of a process gets the HEAP vsegs at once (I2) */
export const MUTANT_EXTRA_VSEG = 18;
/** a HEAP vseg vanishes from the list it was put into (I3) */
export const MUTANT_VSEG_LOST = 19;
/** every HEAP vseg begins at the same address (I8) */
export const MUTANT_OVERLAP = 20;
/** Z drops a vseg that it hands to a sharer (I9) */
export const MUTANT_Z_FORGETS_VSEG = 21;
/** Z does not note its sharers (5.9) */
export const MUTANT_MISSING_SHARER = 22;
/** sharers of a DSM page are not told that it goes (I9) */
export const MUTANT_LOST_INVALIDATION = 23;
/** a node keeps the entry of a DSM page that it gives away (I10) */
export const MUTANT_NODE_KEEPS_PAGE = 24;
/** a revoked DSM page stays writable (MRSW) */
export const MUTANT_REVOKE_KEEPS_WRITE = 25;
/** a node that asks to read a DSM page may write it (MRSW) */
export const MUTANT_TWO_WRITERS = 26;
/** a DSM page is granted to a writer before its readers have given it up (MRSW) */
export const MUTANT_GRANT_BEFORE_ACK = 27;
/** the manager does not note a reader of a DSM page (MRSW) */
export const MUTANT_MISSING_COPY = 28;
/** a DSM page is granted without its content (MRSW) */
export const MUTANT_STALE_COPY = 29;
/** the frame of a DSM page that was handed over is not freed (I10) */
export const MUTANT_SOURCE_LEAKED = 30;
/** harts in user mode keep their TLBs when rights are lost (MRSW) */
export const MUTANT_NO_SHOOTDOWN = 31;
/** a hart enters user mode with its old TLB (MRSW) */
export const MUTANT_NO_SFENCE = 32;
/** fork leaves its parent's other replicas the right to write (7.2) */
export const MUTANT_COW_REPLICA = 33;
/** fork leaves Z the right to write (7.2) */
export const MUTANT_COW_PARENT = 34;
/** the child of a fork may write what it shares (7.2) */
export const MUTANT_COW_CHILD = 35;
/** fork does not count the child as an owner of what it shares (I10) */
export const MUTANT_COW_UNCOUNTED = 36;
/** a copy-on-write fault does not give up the old frame (I10) */
export const MUTANT_COW_OLD_FRAME = 37;
/** munmap does not tell the sharers (I9) */
export const MUTANT_UNMAP_SHARER = 38;
/** munmap frees no frame (I10) */
export const MUTANT_UNMAP_LEAKS = 39;
/** mprotect leaves Z's entries their rights (5.8) */
export const MUTANT_PROTECT_KEEPS_RIGHTS = 40;
/** a mapping of a file's page is not counted as its owner (I10) */
export const MUTANT_FILE_UNCOUNTED = 41;
/** the child of a fork gets its parent's stack instead of a copy (I10) */
export const MUTANT_FORK_SHARES_STACK = 42;
/** cutting a vseg in two loses the upper part (I3) */
export const MUTANT_SPLIT_LOSES = 43;
/** REMOTE pages lie in Z, not in the cluster that was named (3) */
export const MUTANT_REMOTE_HOME = 44;
/** exec leaves the old image in the TLBs (I10) */
export const MUTANT_EXEC_KEEPS_TLB = 45;
/** release consistency: a node writes a shared page without a twin (4.4) */
export const MUTANT_NO_TWIN = 46;
/** a release leaves what it has sent writable (4.5) */
export const MUTANT_KEEPS_WRITE = 47;
/** an acquire gives up no copy (4.6) */
export const MUTANT_KEEPS_OLD_COPY = 48;
/** a diff sends whole words (4.7) */
export const MUTANT_DIFF_WORDS = 49;
