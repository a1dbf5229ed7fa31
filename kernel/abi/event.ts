// Generated from boot/abi/events.ts by `npm run generate`: the number of each event, in bits 7 to 0 of word 0 of its record.
/** cxy, freeFrames: an instance manages this cluster's bank */
export const PROBE_BOOT = 1;
/** pid, fd, bytes: so many bytes that follow on the UART are the process's */
export const PROBE_WRITE = 2;
/** pid, type, vaddr, access, how, thread: a page fault is resolved: VSEG_*, ACCESS_*, FAULT_*; thread: xptr of the one that waited, or 0 */
export const PROBE_FAULT = 3;
/** cxy, ppn, tag, pid, allocated: frames are taken (1) or given back (0); tag: kind (vseg-type.ts) + 256 * order */
export const PROBE_FRAME = 4;
/** level, operation, server: a request is sent; server: its cxy */
export const PROBE_RPC_SENT = 5;
/** level, operation, client: a request is served; client: its cxy */
export const PROBE_RPC_SERVED = 6;
/** pid, program, node, cxy, path, parent: a process begins; program: its index; node: of its group, or 0xffffffff: a fork of `parent`; path: xptr */
export const PROBE_PROCESS = 7;
/** pid, code, signal: a process has ended */
export const PROBE_EXIT = 8;
/** pid, signal, vaddr, access, pc, thread, cxy: a process is killed for a fault; thread: id */
export const PROBE_KILLED = 9;
/** action, address, node, from, to, leader: DSM_* of a group's manager or allocator; address: the page's; leader: pid of node 0 */
export const PROBE_DSM = 10;
/** message, pc, sp, ra, scause, stval, trapped: the kernel gives up; message: xptr; trapped: 1 when a trap gave the registers */
export const PROBE_PANIC = 11;
/** pid, cxy, thread, hart: a user thread begins; thread: id */
export const PROBE_THREAD = 12;
/** pid, code: a system call refuses a request: REFUSED_* */
export const PROBE_REFUSED = 18;
/** pid, number: a system call that the kernel does not have */
export const PROBE_ENOSYS = 13;
/** pid, type, firstVpn, endVpn, cxy, registered: a vseg is put into the VSL of cxy (1), or taken from it (0) */
export const PROBE_VSEG = 14;
/** pid, firstVpn, endVpn: madvise has taken the pages of a range, whose vsegs stay */
export const PROBE_DROPPED = 19;
/** program, errno: a program could not be started; program: its index */
export const PROBE_NO_START = 15;
/** pid, dead: a process is ended for a dead node of its group, `dead`: its pid */
export const PROBE_GROUP_KILL = 16;
/** home, cxy, kind, pid, ppn: a frame was found in cxy, because the bank that the rule names (home) is full */
export const PROBE_SPILL = 17;
/** thread, pid, vaddr, access, byKernel: a thread (xptr) begins a fault: a trap's (0), or one that a user copy of the kernel found (1); PHASE_VSL begins */
export const PROBE_FAULT_BEGIN = 30;
/** thread, phase: PHASE_* of a thread's fault begins; from any hart that works for it */
export const PROBE_PHASE = 31;
/** thread: a thread's fault is resolved; after a trap the hart's next entry to user mode is the thread's */
export const PROBE_FAULT_END = 32;
/** kind, home, ppn, toucher, pid: a frame for a page whose rule names `home`; toucher: cxy of the thread it is for */
export const PROBE_ALLOC = 33;
/** pid, type, firstVpn, endVpn, cxy, root, named: a vseg's end begins, the tables still show its pages; root: xptr of the GPT; named: the cxy that the vseg names */
export const PROBE_VSEG_END = 34;
/** pid, vaddr, thread, owner, cxy: after killed: the stack is that of the thread `owner` (0xffffffff: of none any more) of cxy */
export const PROBE_FOREIGN_STACK = 35;
/** pid, node, leader, reason, id, holder, thread: a thread waits in SM_* (0: it goes on); id: root, lock or condition; holder: the node that has the lock, or -1 */
export const PROBE_SM_WAIT = 40;
/** pid, node, leader, thread, call, pc, caller: before a thread meets or waits: call is SM_* + 256 * id (0: it is refused), pc its ecall, caller the return address */
export const PROBE_SM_CALL = 46;
/** pid, leader, thread, cxy: the last call of this thread can never meet those of other nodes */
export const PROBE_SM_MISMATCH = 47;
/** pid, address, ppn, thread: a process may write a DSM page, in this frame, from now on; thread: xptr of the one whose fault asked for it */
export const PROBE_WRITABLE = 42;
/** pid, address: it may not any more; the frame holds what it wrote */
export const PROBE_WRITABLE_END = 43;
/** leader, address, bytes, node, consistency: sm_malloc gave a node memory; consistency: DSM_SEQUENTIAL or DSM_RELEASE */
export const PROBE_SM_REQUEST = 44;
/** own, twin, reference: bytes in which a written copy (ppn) differs from its twin (xptr) go to the reference copy (ppn) next */
export const PROBE_MERGE = 45;
/** cxy, address: local address of the instance's audit_roots_t */
export const PROBE_ROOTS = 64;
/** pid: the kernel's last step on this hart: it enters the process's user mode; 0: it goes idle */
export const PROBE_LEAVE = 65;
/** pid, operation, vaddr: OPERATION_* on the process begins; its invariants need not hold before it ends */
export const PROBE_BEGIN = 66;
/** pid, operation: OPERATION_* on the process ends */
export const PROBE_END = 67;
/** ppn, held: a transfer is about to own a FILE frame (1), or has given it up (0) */
export const PROBE_PAGE_HELD = 69;
