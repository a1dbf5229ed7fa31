// Each of these bugs breaks one rule of docs/spec, as its text says, and a named check catches it (test/audit/rule-mutants.test.ts).

// An object that is used is not held (vmm-policy 5.9.1, 5.9.2; files.md).
/** a page of a file is read or written without being owned (5.9.1) */
export const MUTANT_PAGE_UNHELD = 200;
/** a child's descriptors own no open file (5.9.1) */
export const MUTANT_FORK_FILES_UNHELD = 201;
/** an open file is used without being owned (5.9.1) */
export const MUTANT_FILE_UNHELD = 202;
/** a change marks no vseg as its own (5.9.2) */
export const MUTANT_CHANGE_UNMARKED = 203;
/** a fault does not mark its page (5.9.2) */
export const MUTANT_PAGE_UNMARKED = 204;
/** a freeze's hold on its process ends at once (5.9.1) */
export const MUTANT_FREEZE_UNHELD = 205;
/** a fetch of a page gives the process back twice (5.9.1) */
export const MUTANT_HOLD_ENDED_TWICE = 206;

// A request of a server's own level (5.9, 5.9.5).
/** the end of a freeze is a request of level REFERENCE */
export const MUTANT_LEVEL_FORK_END = 210;
/** a server registers its thread by a request of its own level */
export const MUTANT_LEVEL_REGISTER = 211;
/** a new copy asks for vsegs by requests of its server's level */
export const MUTANT_LEVEL_ATTACH = 212;
/** sharers are told by requests of level REFERENCE */
export const MUTANT_LEVEL_INVALIDATE = 213;
/** a manager takes copies by requests of its own level */
export const MUTANT_LEVEL_DOWNGRADE = 214;
/** a frame elsewhere is asked for by a request of level REFERENCE */
export const MUTANT_LEVEL_FRAME = 215;
/** a freeze is begun by a request of its server's level */
export const MUTANT_LEVEL_FORK_BEGIN = 216;

// A field is left out of a copy (5.9.7, 7.2, 7.4).
/** the upper part of a cut vseg maps the file's page of the lower one (7.1) */
export const MUTANT_LOST_FILE_PAGE = 220;
/** a vseg arrives as one of CODE (5.9.7) */
export const MUTANT_LOST_TYPE = 222;
/** a child does not know its parent's break (7.2) */
export const MUTANT_LOST_BREAK = 223;
/** a child does not know where its heap zone begins (7.2) */
export const MUTANT_LOST_HEAP = 224;
/** a child begins with empty floating-point registers (7.2) */
export const MUTANT_LOST_FLOATS = 225;
/** a vseg arrives one page short (5.9.7) */
export const MUTANT_LOST_PAGE = 227;
/** the upper part of a cut vseg has no sharers (5.9) */
export const MUTANT_LOST_SHARERS = 228;

// A bound or a check is missed (5.8, 5.10, 6.4, 5.9.2).
/** a fault gives the right that was asked for, whatever the vseg says (5.8) */
export const MUTANT_UNCHECKED_RIGHTS = 230;
/** a thread is made in a cluster that is not there (7.5) */
export const MUTANT_UNCHECKED_CLUSTER = 232;
/** a stack's guard page is part of it (6.4) */
export const MUTANT_UNGUARDED_STACK = 233;
/** munmap does not look at the address's alignment (7.1) */
export const MUTANT_UNCHECKED_ALIGNMENT = 236;
/** mprotect does not look for holes in its range (7.1) */
export const MUTANT_UNCHECKED_HOLE = 237;
/** mmap does not look at the number of bytes (I8) */
export const MUTANT_UNCHECKED_LENGTH = 238;
/** munmap takes CODE and STACK, too (7.1) */
export const MUTANT_UNCHECKED_TYPE = 234;

// A lock is not taken, or a fence is missing.
/** a VMM's lock (5.9) */
export const MUTANT_UNLOCKED_VMM = 240;
/** the lock of the kernel's small objects */
export const MUTANT_UNLOCKED_KCM = 241;
/** the lock of a bank */
export const MUTANT_UNLOCKED_BANK = 242;
/** the lock of the table of processes (5.9.1) */
export const MUTANT_UNLOCKED_TABLE = 243;
/** the lock of a cluster's futexes */
export const MUTANT_UNLOCKED_FUTEX = 244;
/** the lock of a DSM group */
export const MUTANT_UNLOCKED_GROUP = 245;

// Another order than that of 5.9.
/** Z loses rights before its sharers */
export const MUTANT_ORDER_OWN_FIRST = 250;
/** frames are freed before the sharers are told */
export const MUTANT_ORDER_FREED_FIRST = 251;
/** Z forgets a vseg before its sharers do */
export const MUTANT_ORDER_FORGOTTEN_FIRST = 252;
/** a fork takes pages that are not frozen (7.2) */
export const MUTANT_ORDER_TAKEN_FIRST = 254;
/** the old frame of a copy-on-write is freed before its entries are gone (7.3) */
export const MUTANT_ORDER_COW_FREED = 255;
/** a change ends before its vsegs are forgotten (5.9.2) */
export const MUTANT_ORDER_LEFT_EARLY = 256;
