// Generated from boot/abi/operations.ts by `npm run generate`: the operations of RPC; the words of each: rpc-words.ts.
/** takes a frame from the bank of cxy, which this instance manages; zeroed 0: the asker fills all of it; ppn 0: it has none */
export const RPC_FRAME_ALLOC = 1;
/** tells how many frames are free in the bank of cxy, which this instance manages */
export const RPC_BANK_FREE = 126;
/** asks Z for the first vseg from the page on; found: 1, or 0 without one */
export const RPC_VSEG_NEXT = 127;
/** takes an owner from a frame */
export const RPC_FRAME_FREE = 2;
/** asks Z for the vseg of a page, of which the cluster `sharer` becomes a sharer; found: VSEG_NONE, VSEG_BUSY or VSEG_FOUND */
export const RPC_GET_VSEG = 3;
/** asks Z for the entry of a page that Z seems to have; outcome: OUTCOME_NONE when it has none that allows the access */
export const RPC_TAKE_PAGE = 19;
/** asks Z for the entry of a page, which Z makes first if need be; table: xptr of the leaf table of a linked page */
export const RPC_GET_PAGE = 4;
/** puts pte in place of the sharer's copy of an entry; the answer is the acknowledgement */
export const RPC_INVALIDATE = 5;
/** asks Z for a new vseg of so many pages; place: the page that the attributes wish for */
export const RPC_MMAP = 6;
/** gives a mapping another length, and another place if how says so: MOVE_* of kernel/mm/mremap.ts */
export const RPC_MREMAP = 119;
/** takes the pages of a range away; its vsegs stay */
export const RPC_DROP_PAGES = 120;
/** tells of up to 64 pages, a bit a page: those in public vsegs, those with a frame; ppn: the first one's frame, or 0 */
export const RPC_RESIDENCE = 121;
/** does as mmap, in place of what is mapped there */
export const RPC_MMAP_FIXED = 118;
/** adds an owner to a frame */
export const RPC_FRAME_SHARE = 7;
/** counts the owners of a frame */
export const RPC_FRAME_OWNERS = 8;
/** removes the pages from vpn `first` to before `end`; answer: 0 or -errno */
export const RPC_MUNMAP = 9;
/** leaves a sharer at most these rights on the pages from vpn `first` to before `end`; FORGET_ALL: no entry and no vseg */
export const RPC_INVALIDATE_RANGE = 16;
/** gives the pages from vpn `first` to before `end` these rights; answer: 0 or -errno */
export const RPC_MPROTECT = 17;
/** moves the break to the address; 0 only asks; answer: the break that there is then, or -errno */
export const RPC_BRK = 18;
/** tells Z that the asking cluster does not need the page any more that Z promised it */
export const RPC_HOLD_END = 33;
/** gives a replica a new entry of Z */
export const RPC_SET_ENTRY = 68;
/** asks which thread has a stack slot of the cluster; id NO_THREAD: none has it any more */
export const RPC_STACK_OWNER = 80;
/** is answered by Z when the page's vseg is part of no change */
export const RPC_AWAIT_CHANGE = 110;
/** lets all harts of a process execute fence.i before they run it again */
export const RPC_ICACHE = 122;
/** does so for the harts of the cluster */
export const RPC_ICACHE_HERE = 123;
/** starts the program at the xptr `program` in the cluster */
export const RPC_PROCESS_CREATE = 10;
/** makes cxy active for a process; counted 1: a thread there is counted at Z, so that cxy is active even if the process is ending; alive 0: it is not to be; parent: pid, and birth above 32 bits; descriptor: xptr at Z */
export const RPC_PROCESS_ATTACH = 11;
/** asks Z for the first CODE and DATA vsegs from the page on, once no change has the first; buffer: xptr of room for ATTACH_VSEGS_MOST of them (mm/vseg-message.ts); next: the page of the first one that is not among them, 0: there is none */
export const RPC_ATTACH_VSEGS = 12;
/** of a cluster to itself: completes the copy of a process that was begun for a clone; process: the copy's local address */
export const RPC_ATTACH_LATER = 140;
/** begins the end of a process */
export const RPC_PROCESS_KILL = 13;
/** kills the threads that a process has in the cluster */
export const RPC_KILL_LOCAL = 14;
/** frees what a process has in the cluster; user and system: cycles of its threads there */
export const RPC_FREE_LOCAL = 15;
/** does as FREE_LOCAL, but the cluster tells the end by LOCAL_FREED; begun 0: it has no memory to remember that, and nothing is done */
export const RPC_FREE_BEGIN = 142;
/** of a cluster to itself: frees what a process has here, and tells Z */
export const RPC_FREE_LATER = 143;
/** tells Z that a cluster has freed what the process had there; user and system: cycles of its threads there */
export const RPC_LOCAL_FREED = 144;
/** makes a thread in the cluster, which begins at `entry` with these registers and this mask of signals; reference: cxy of Z */
export const RPC_THREAD_CREATE = 20;
/** announces a new thread to Z; alive 0: the process is ending */
export const RPC_THREAD_REGISTER = 21;
/** tells Z that a thread has ended, with the exit status that the process has if the thread was its last one */
export const RPC_THREAD_GONE = 22;
/** registers the thread that joins the thread `id` */
export const RPC_THREAD_JOIN = 23;
/** makes a thread for clone; from: xptr of the thread whose registers it gets; wish: xptr of a clone_t, set: xptr of a set of harts (0: none); id: 0 for a new one; made: its local address */
export const RPC_THREAD_CLONE = 26;
/** does as THREAD_CLONE for a new id, where that needs no wait: if need be the cluster's copy of the process, with memory for so many vsegs, is begun and completed later; made: the thread's local address, 0: THREAD_CLONE is needed */
export const RPC_THREAD_RESERVE = 141;
/** launches the thread that THREAD_CLONE or THREAD_RESERVE made; thread: its local address */
export const RPC_THREAD_LAUNCH = 27;
/** undoes the thread that THREAD_CLONE made; moved: not 0, it is in cluster moved - 1 from now on */
export const RPC_THREAD_CANCEL = 28;
/** ASK_*: binds a thread to a set of harts (xptr), or writes those that it may run on there; moved: not 0, the thread is in cluster moved - 1 */
export const RPC_THREAD_ASK = 29;
/** a thread that has its number from here and began elsewhere ends */
export const RPC_THREAD_FORGET = 125;
/** asks Z for the cycles of a process's threads in all clusters, in user mode and in the kernel, and those of the children that it has waited for */
export const RPC_USAGE = 24;
/** asks for the cycles of a process's threads in the cluster, in user mode and in the kernel */
export const RPC_USAGE_HERE = 25;
/** puts the thread into the list of a futex that has the expected value; owner: as in proc/futex-key.ts */
export const RPC_FUTEX_WAIT = 30;
/** wakes so many threads that wait at `from` with a bit of the mask, and moves so many others to `to` */
export const RPC_FUTEX_WAKE = 31;
/** takes a thread off the list of a futex; found 0: it has been woken meanwhile */
export const RPC_FUTEX_CANCEL = 32;
/** freezes the parent at Z; descriptor: its local address there, held; 0: it is ending */
export const RPC_FORK_BEGIN = 60;
/** ends the freeze and the hold of FORK_BEGIN */
export const RPC_FORK_END = 61;
/** makes a child in the cluster; thread: the one that forks; root: the caller's GPT; wish: xptr of a clone_t; pid: the child's */
export const RPC_FORK = 62;
/** asks Z for a child that has ended, stopped or gone on; kind and number: which (proc/family.ts); blocks 1: without one the thread is registered; options: of waitid; status: as wait4 has it, the child's pid above 32 bits; 0: none; pending 1: signals are pending for the process */
export const RPC_WAIT = 63;
/** tells the parent's Z that a child has ended, has stopped or goes on, which makes SIGCHLD pending; birth: the parent's; user and system: cycles of the child and of the children that it has waited for */
export const RPC_CHILD_CHANGED = 64;
/** hands Z the new image of a process; strings: xptr of its arguments and environment; mask: the signals that its thread blocks */
export const RPC_EXEC = 65;
/** asks Z for the parent's first vseg from the page on that a child inherits; found: 1, or 0 without one */
export const RPC_FORK_VSEG = 111;
/** lets Z note one more child of the parent; birth: the parent's, its process group above 32 bits */
export const RPC_FORK_CHILD = 112;
/** takes back the joiner, which waits no more */
export const RPC_THREAD_JOIN_CANCEL = 113;
/** takes a thread off the parent's list of waiters */
export const RPC_WAIT_CANCEL = 114;
/** asks Z for the process group and the session of a process; group 0: there is no such process */
export const RPC_GROUP_OF = 35;
/** puts a process into a group at its Z, and with session 1 makes it a session of its own; parent, birth: as it knows its parent */
export const RPC_GROUP_SET = 36;
/** tells the parent's Z the process group of a child, or with group 0 only asks for it; has: its group, 0: no such child */
export const RPC_CHILD_GROUP = 37;
/** asks Z whether a process or one of its children is in the process group */
export const RPC_FAMILY_HAS = 38;
/** asks for the first process of the group, or with group 0 of any, from that slot of the table on, of which this cluster is the reference; pid 0: there is none; slot: its slot; parent: its parent's pid; state: PROCESS_*, NEW for one that may come to be in the group */
export const RPC_GROUP_NEXT = 39;
/** wakes the thread that waits for a child of vfork; page: ppn of what the child has left on the stack, so many bytes, or 0; taken 1: the page is the thread's now */
export const RPC_VFORK_DONE = 34;
/** asks whether the process of this pid and birth lives; answer: 1 or 0 */
export const RPC_PROCESS_IS_ALIVE = 115;
/** makes a signal pending for a process, or with thread 1 only asks what becomes of it; outcome: POST_*; offer: the signals that a thread must be found for; active: the clusters to ask, one bit each; round: of SIGCONT 1 when a stopped process goes on, whose parent is then parent (parent_word), of a signal that stops the number of SIGCONT before it */
export const RPC_SIGNAL_POST = 81;
/** lets threads of the cluster look for these signals if they do not block them; left: those that all of them block */
export const RPC_SIGNAL_OFFER = 82;
/** makes a signal pending for one thread; signal 0 only asks whether the thread is there; moved: not 0, the thread is in cluster moved - 1 */
export const RPC_SIGNAL_THREAD = 83;
/** takes a pending signal of the process that is not blocked, with its action, or gives the action of the thread's own signal; only 1: the action does not count; left: what is pending still; mask: of a signal without a handler the number of SIGCONT so far */
export const RPC_SIGNAL_TAKE = 84;
/** gives the action of a signal, and with set 1 replaces it */
export const RPC_SIGNAL_ACTION = 85;
/** stops a process by the signal, unless it is stopped or has got a SIGCONT since round; round 1: it has stopped now; active: its clusters */
export const RPC_PROCESS_STOP = 92;
/** lets the threads of the process in the cluster look whether it has stopped or goes on */
export const RPC_STOP_TELL = 93;
/** gives the pending signals of a process (offer), and its clusters */
export const RPC_SIGNAL_STATE = 86;
/** notes that threads of the process block signals */
export const RPC_SIGNAL_MASKS = 87;
/** copies the actions of a process to the frame at the xptr `to`; copied 0: they are the default ones */
export const RPC_SIGNALS_COPY = 88;
/** makes, sets, asks or deletes a timer of the process, TIMER_*; times are ticks of `time`; left: until it expires, 0: it does not run */
export const RPC_TIMER_CALL = 89;
/** makes an inode with the content at the xptr `data`; inode 0: no memory */
export const RPC_FILE_CREATE = 50;
/** gives a file's page to the caller, HOLD_*, and takes back the page `last`; ppn 0: there is none, or no memory; next: HOLD_TAKE */
export const RPC_FILE_PAGE = 51;
/** cuts a file at `size` bytes, and drops some of its pages from `index` on; next: the index to go on with */
export const RPC_FILE_TRUNCATE = 52;
/** carries out a task (kernel/fs/directory.ts) for the name of the path at an xptr, and for another one of rename; mode: of what is made */
export const RPC_NAME = 53;
/** writes records of a directory's names to the xptr `to`; bytes: how many, -1 when the first does not fit */
export const RPC_LIST = 54;
/** writes the path of a node to the end of the 4,096 bytes at the xptr `to`; start: where it begins */
export const RPC_NODE_PATH = 91;
/** frees a node without name and owners */
export const RPC_NODE_FREE = 90;
/** frees an inode that nothing maps or opens any more */
export const RPC_FILE_DESTROY = 67;
/** takes the lowest free descriptor of a process from `from` on */
export const RPC_FD_RESERVE = 55;
/** makes the caller one more owner of a descriptor's open file; file 0: there is none */
export const RPC_FD_HOLD = 56;
/** takes a descriptor out of the table; its open file is the caller's then; file 0: there is none */
export const RPC_FD_TAKE = 57;
/** frees an open file that has lost its last owner */
export const RPC_OPEN_FILE_FREE = 58;
/** lets a reserved descriptor name the open file; file 0: it is free again; closes 1: an exec closes it */
export const RPC_FD_INSTALL = 59;
/** copies the descriptors of a process to the table at the xptr `to`; closes: those that an exec closes, a bit each */
export const RPC_FD_COPY = 69;
/** lets a descriptor name the open file; old: what it named before, which is the caller's then, 0 for nothing */
export const RPC_FD_REPLACE = 73;
/** tells whether an exec closes the descriptor, 1 or 0; CLOSES_SET and CLOSES_CLEAR change that first */
export const RPC_FD_CLOSES = 74;
/** copies the first bytes of a pipe, at most a page, to the xptr `to`; answer: their number, 0 at the end */
export const RPC_PIPE_READ = 75;
/** takes the first bytes out of a pipe */
export const RPC_PIPE_CONSUME = 76;
/** writes at most a page from an xptr to a pipe, with whole 1 all of it or nothing; answer: the bytes written */
export const RPC_PIPE_WRITE = 77;
/** puts a thread into the list of those that wait for bytes or room in a pipe; listed 0: it can go on */
export const RPC_PIPE_AWAIT = 78;
/** takes a thread off the list, or lets another one go on in its place */
export const RPC_PIPE_CANCEL = 79;
/** gives the events of a pipe's side that are wanted; without one the thread is woken at the next change, unless it is 0; events: POLL*, or -errno */
export const RPC_PIPE_POLL = 94;
/** takes a thread off the list of those that changes wake */
export const RPC_PIPE_UNPOLL = 95;
/** tells a pipe that an open file at that side has lost its last owner */
export const RPC_PIPE_LEAVE = 66;
/** puts a thread into the list of those that wait for the turn; taken 1: it was free, and the thread has it */
export const RPC_TURN_WAIT = 70;
/** gives the turn to the oldest waiter */
export const RPC_TURN_GIVE = 71;
/** takes a thread off the list; found 0: it has the turn */
export const RPC_TURN_CANCEL = 72;
/** makes a group of so many nodes in the cluster; group: its local address, 0 without memory */
export const RPC_GROUP_CREATE = 40;
/** lets the process be this node of the group */
export const RPC_GROUP_JOIN = 41;
/** reports that a node of the group has died; first 1: it is the first one */
export const RPC_GROUP_DEAD = 42;
/** asks for the process of a node; pid 0: it never started, -1: there is no such node */
export const RPC_GROUP_MEMBER = 43;
/** frees a group that has ended */
export const RPC_GROUP_FREE = 44;
/** asks a manager for a page, TO_*; turn: 0, or the local address of the page at which a parked request has its turn */
export const RPC_DSM_REQUEST = 45;
/** tells the manager that a node has installed the granted page in this frame */
export const RPC_DSM_ACK = 46;
/** asks a node to give up rights on a page in favour of the node `to`; answer: ppn, or as protocol.ts says */
export const RPC_DSM_DOWNGRADE = 47;
/** sm_malloc in the group's region; address 0: there is no room; REUSED in it: the pages had another life */
export const RPC_SM_MALLOC = 48;
/** announces the node's thread at the meeting point; met: MEET_* */
export const RPC_SM_MEET = 49;
/** makes the manager of a node in the cluster; manager: its local address, 0 without memory */
export const RPC_MANAGER_CREATE = 96;
/** frees a manager */
export const RPC_MANAGER_FREE = 97;
/** gives so many pages from vpn on to the manager's node again */
export const RPC_DSM_ADOPT = 98;
/** sm_free; freed: number of pages, and the index of the first above 32 bits, or NO_REQUEST */
export const RPC_SM_FREE = 99;
/** lets the region use the pages of SM_FREE again, which no node has any more */
export const RPC_SM_FORGET = 100;
/** takes a lock for the thread; answer: 0, MUST_WAIT with the holder's node, or -errno */
export const RPC_SM_LOCK = 101;
/** gives back the thread's lock */
export const RPC_SM_UNLOCK = 102;
/** lets the thread wait for a condition, and gives back its lock; answer: MUST_WAIT or -errno */
export const RPC_SM_COND_WAIT = 103;
/** wakes one thread that waits for the condition, or all */
export const RPC_SM_COND_WAKE = 104;
/** takes a thread that was ended out of all lists of the group */
export const RPC_SM_CANCEL = 105;
/** posts that the node has written so many pages; vpns: xptr of their numbers */
export const RPC_SM_POST = 106;
/** reads the posts of other nodes since the ones that the node knows; reading: xptr of where they go */
export const RPC_SM_NOTICES = 107;
/** tells the manager that a node has given up its copy */
export const RPC_DSM_DROP = 108;
/** lets the node's Z do a release or an acquire; what: RELEASE or ACQUIRE of kernel/dsm/synchronise.ts */
export const RPC_SM_SYNCHRONISE = 109;
/** begins a group of one node anew, for exec */
export const RPC_GROUP_RESTART = 116;
/** begins the manager of such a group anew */
export const RPC_MANAGER_RESTART = 117;
