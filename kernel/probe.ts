// Records to the probe device (docs/kernel.md, "Probe records"), a function an event. They are always written. The store to word 0 commits; the
// one to word 7 says that the record begins, so that the host knows what telling costs (emu/dev/probe.ts).
// Generated from boot/abi/events.ts by `npm run generate`.

import * as event from "./abi/event";
import { PROBE_BASE } from "./abi/memory-map";
import { remote_store64 } from "./hal/hal";

function begins(): void {
    remote_store64(PROBE_BASE + 56, 0);
}

/** an instance manages this cluster's bank */
export function tell_boot(cxy: u32, free_frames: u32): void {
    begins();
    remote_store64(PROBE_BASE, event.PROBE_BOOT | ((<u64>(<i32>cxy)) << 8) | ((<u64>free_frames) << 24));
}

/** so many bytes that follow on the UART are the process's */
export function tell_write(pid: u32, fd: u32, bytes: u32): void {
    begins();
    remote_store64(PROBE_BASE + 8, <u64>fd | ((<u64>(<i32>bytes)) << 32));
    remote_store64(PROBE_BASE, event.PROBE_WRITE | ((<u64>pid) << 8));
}

/** a page fault is resolved: VSEG_*, ACCESS_*, FAULT_*; thread: xptr of the one that waited, or 0 */
export function tell_fault(pid: u32, type: u32, vaddr: u64, access: u32, how: u32, thread: u64): void {
    begins();
    remote_store64(PROBE_BASE + 16, thread);
    remote_store64(PROBE_BASE + 8, vaddr);
    remote_store64(
        PROBE_BASE,
        event.PROBE_FAULT |
            ((<u64>pid) << 8) |
            ((<u64>(<i32>type)) << 40) |
            ((<u64>(<i32>access)) << 48) |
            ((<u64>(<i32>how)) << 56),
    );
}

/** frames are taken (1) or given back (0); tag: kind (vseg-type.ts) + 256 * order */
export function tell_frame(cxy: u32, ppn: u32, tag: u32, pid: u32, allocated: u32): void {
    begins();
    remote_store64(PROBE_BASE + 8, <u64>(<i32>tag) | ((<u64>pid) << 16));
    remote_store64(
        PROBE_BASE,
        event.PROBE_FRAME | ((<u64>(<i32>cxy)) << 8) | ((<u64>ppn) << 24) | ((<u64>(<i32>allocated)) << 56),
    );
}

/** a request is sent; server: its cxy */
export function tell_rpc_sent(level: u32, operation: u32, server: u32): void {
    begins();
    remote_store64(
        PROBE_BASE,
        event.PROBE_RPC_SENT |
            ((<u64>(<i32>level)) << 8) |
            ((<u64>(<i32>operation)) << 16) |
            ((<u64>(<i32>server)) << 32),
    );
}

/** a request is served; client: its cxy */
export function tell_rpc_served(level: u32, operation: u32, client: u32): void {
    begins();
    remote_store64(
        PROBE_BASE,
        event.PROBE_RPC_SERVED |
            ((<u64>(<i32>level)) << 8) |
            ((<u64>(<i32>operation)) << 16) |
            ((<u64>(<i32>client)) << 32),
    );
}

/** a process begins; program: its index; node: of its group, or 0xffffffff: a fork of `parent`; path: xptr */
export function tell_process(pid: u32, program: u32, node: u32, cxy: u32, path: u64, parent: u32): void {
    begins();
    remote_store64(PROBE_BASE + 24, <u64>parent);
    remote_store64(PROBE_BASE + 16, path);
    remote_store64(PROBE_BASE + 8, <u64>program | ((<u64>(<i32>node)) << 32));
    remote_store64(PROBE_BASE, event.PROBE_PROCESS | ((<u64>pid) << 8) | ((<u64>(<i32>cxy)) << 40));
}

/** a process has ended */
export function tell_exit(pid: u32, code: u64, signal: u32): void {
    begins();
    remote_store64(PROBE_BASE + 8, code);
    remote_store64(PROBE_BASE, event.PROBE_EXIT | ((<u64>pid) << 8) | ((<u64>(<i32>signal)) << 40));
}

/** a process is killed for a fault; thread: id */
export function tell_killed(pid: u32, signal: u32, vaddr: u64, access: u32, pc: u64, thread: u32, cxy: u32): void {
    begins();
    remote_store64(PROBE_BASE + 24, <u64>thread | ((<u64>(<i32>cxy)) << 32));
    remote_store64(PROBE_BASE + 16, pc);
    remote_store64(PROBE_BASE + 8, vaddr);
    remote_store64(
        PROBE_BASE,
        event.PROBE_KILLED | ((<u64>pid) << 8) | ((<u64>(<i32>signal)) << 40) | ((<u64>(<i32>access)) << 48),
    );
}

/** DSM_* of a group's manager or allocator; address: the page's; leader: pid of node 0 */
export function tell_dsm(action: u32, address: u64, node: u32, from: u32, to: u32, leader: u32): void {
    begins();
    remote_store64(PROBE_BASE + 24, <u64>leader);
    remote_store64(PROBE_BASE + 16, <u64>from | ((<u64>(<i32>to)) << 32));
    remote_store64(PROBE_BASE + 8, address);
    remote_store64(PROBE_BASE, event.PROBE_DSM | ((<u64>(<i32>action)) << 8) | ((<u64>node) << 16));
}

/** the kernel gives up; message: xptr; trapped: 1 when a trap gave the registers */
export function tell_panic(message: u64, pc: u64, sp: u64, ra: u64, scause: u64, stval: u64, trapped: u32): void {
    begins();
    remote_store64(PROBE_BASE + 48, stval);
    remote_store64(PROBE_BASE + 40, scause);
    remote_store64(PROBE_BASE + 32, ra);
    remote_store64(PROBE_BASE + 24, sp);
    remote_store64(PROBE_BASE + 16, pc);
    remote_store64(PROBE_BASE + 8, message);
    remote_store64(PROBE_BASE, event.PROBE_PANIC | ((<u64>(<i32>trapped)) << 8));
}

/** a user thread begins; thread: id */
export function tell_thread(pid: u32, cxy: u32, thread: u32, hart: u32): void {
    begins();
    remote_store64(PROBE_BASE + 8, <u64>thread | ((<u64>(<i32>hart)) << 32));
    remote_store64(PROBE_BASE, event.PROBE_THREAD | ((<u64>pid) << 8) | ((<u64>(<i32>cxy)) << 40));
}

/** a system call refuses a request: REFUSED_* */
export function tell_refused(pid: u32, code: u32): void {
    begins();
    remote_store64(PROBE_BASE + 8, <u64>code);
    remote_store64(PROBE_BASE, event.PROBE_REFUSED | ((<u64>pid) << 8));
}

/** a system call that the kernel does not have */
export function tell_enosys(pid: u32, number: u32): void {
    begins();
    remote_store64(PROBE_BASE + 8, <u64>number);
    remote_store64(PROBE_BASE, event.PROBE_ENOSYS | ((<u64>pid) << 8));
}

/** a vseg is put into the VSL of cxy (1), or taken from it (0) */
export function tell_vseg(pid: u32, type: u32, first_vpn: u32, end_vpn: u32, cxy: u32, registered: u32): void {
    begins();
    remote_store64(PROBE_BASE + 8, <u64>first_vpn | ((<u64>(<i32>end_vpn)) << 32));
    remote_store64(
        PROBE_BASE,
        event.PROBE_VSEG |
            ((<u64>pid) << 8) |
            ((<u64>(<i32>type)) << 40) |
            ((<u64>(<i32>cxy)) << 44) |
            ((<u64>(<i32>registered)) << 60),
    );
}

/** madvise has taken the pages of a range, whose vsegs stay */
export function tell_dropped(pid: u32, first_vpn: u32, end_vpn: u32): void {
    begins();
    remote_store64(PROBE_BASE + 8, <u64>first_vpn | ((<u64>(<i32>end_vpn)) << 32));
    remote_store64(PROBE_BASE, event.PROBE_DROPPED | ((<u64>pid) << 8));
}

/** a program could not be started; program: its index */
export function tell_no_start(program: u32, errno: u32): void {
    begins();
    remote_store64(PROBE_BASE, event.PROBE_NO_START | ((<u64>program) << 8) | ((<u64>(<i32>errno)) << 40));
}

/** a process is ended for a dead node of its group, `dead`: its pid */
export function tell_group_kill(pid: u32, dead: u32): void {
    begins();
    remote_store64(PROBE_BASE + 8, <u64>dead);
    remote_store64(PROBE_BASE, event.PROBE_GROUP_KILL | ((<u64>pid) << 8));
}

/** a frame was found in cxy, because the bank that the rule names (home) is full */
export function tell_spill(home: u32, cxy: u32, kind: u32, pid: u32, ppn: u64): void {
    begins();
    remote_store64(PROBE_BASE + 16, ppn);
    remote_store64(PROBE_BASE + 8, <u64>pid);
    remote_store64(
        PROBE_BASE,
        event.PROBE_SPILL | ((<u64>(<i32>home)) << 8) | ((<u64>(<i32>cxy)) << 24) | ((<u64>(<i32>kind)) << 40),
    );
}

/** a thread (xptr) begins a fault: a trap's (0), or one that a user copy of the kernel found (1); PHASE_VSL begins */
export function tell_fault_begin(thread: u64, pid: u32, vaddr: u64, access: u32, by_kernel: u32): void {
    begins();
    remote_store64(PROBE_BASE + 16, vaddr);
    remote_store64(PROBE_BASE + 8, thread);
    remote_store64(
        PROBE_BASE,
        event.PROBE_FAULT_BEGIN | ((<u64>pid) << 8) | ((<u64>(<i32>access)) << 40) | ((<u64>(<i32>by_kernel)) << 48),
    );
}

/** PHASE_* of a thread's fault begins; from any hart that works for it */
export function tell_phase(thread: u64, phase: u32): void {
    begins();
    remote_store64(PROBE_BASE, event.PROBE_PHASE | (thread << 8) | ((<u64>(<i32>phase)) << 56));
}

/** a thread's fault is resolved; after a trap the hart's next entry to user mode is the thread's */
export function tell_fault_end(thread: u64): void {
    begins();
    remote_store64(PROBE_BASE, event.PROBE_FAULT_END | (thread << 8));
}

/** a frame for a page whose rule names `home`; toucher: cxy of the thread it is for */
export function tell_alloc(kind: u32, home: u32, ppn: u32, toucher: u32, pid: u32): void {
    begins();
    remote_store64(PROBE_BASE + 8, <u64>(<i32>toucher) | ((<u64>pid) << 16));
    remote_store64(
        PROBE_BASE,
        event.PROBE_ALLOC | ((<u64>(<i32>kind)) << 8) | ((<u64>(<i32>home)) << 16) | ((<u64>(<i32>ppn)) << 32),
    );
}

/** a vseg's end begins, the tables still show its pages; root: xptr of the GPT; named: the cxy that the vseg names */
export function tell_vseg_end(
    pid: u32,
    type: u32,
    first_vpn: u32,
    end_vpn: u32,
    cxy: u32,
    root: u64,
    named: u32,
): void {
    begins();
    remote_store64(PROBE_BASE + 24, <u64>named);
    remote_store64(PROBE_BASE + 16, root);
    remote_store64(PROBE_BASE + 8, <u64>first_vpn | ((<u64>(<i32>end_vpn)) << 32));
    remote_store64(
        PROBE_BASE,
        event.PROBE_VSEG_END | ((<u64>pid) << 8) | ((<u64>(<i32>type)) << 40) | ((<u64>(<i32>cxy)) << 48),
    );
}

/** after killed: the stack is that of the thread `owner` (0xffffffff: of none any more) of cxy */
export function tell_foreign_stack(pid: u32, vaddr: u64, thread: u32, owner: u32, cxy: u32): void {
    begins();
    remote_store64(PROBE_BASE + 24, <u64>cxy);
    remote_store64(PROBE_BASE + 16, <u64>thread | ((<u64>(<i32>owner)) << 32));
    remote_store64(PROBE_BASE + 8, vaddr);
    remote_store64(PROBE_BASE, event.PROBE_FOREIGN_STACK | ((<u64>pid) << 8));
}

/** a thread waits in SM_* (0: it goes on); id: root, lock or condition; holder: the node that has the lock, or -1 */
export function tell_sm_wait(pid: u32, node: u32, leader: u32, reason: u32, id: u64, holder: u64, thread: u32): void {
    begins();
    remote_store64(PROBE_BASE + 32, <u64>thread);
    remote_store64(PROBE_BASE + 24, holder);
    remote_store64(PROBE_BASE + 16, id);
    remote_store64(PROBE_BASE + 8, <u64>node | ((<u64>(<i32>leader)) << 32));
    remote_store64(PROBE_BASE, event.PROBE_SM_WAIT | ((<u64>pid) << 8) | ((<u64>(<i32>reason)) << 40));
}

/** before a thread meets or waits: call is SM_* + 256 * id (0: it is refused), pc its ecall, caller the return address */
export function tell_sm_call(pid: u32, node: u32, leader: u32, thread: u32, call: u64, pc: u64, caller: u64): void {
    begins();
    remote_store64(PROBE_BASE + 40, caller);
    remote_store64(PROBE_BASE + 32, pc);
    remote_store64(PROBE_BASE + 24, call);
    remote_store64(PROBE_BASE + 16, <u64>thread);
    remote_store64(PROBE_BASE + 8, <u64>node | ((<u64>(<i32>leader)) << 32));
    remote_store64(PROBE_BASE, event.PROBE_SM_CALL | ((<u64>pid) << 8));
}

/** the last call of this thread can never meet those of other nodes */
export function tell_sm_mismatch(pid: u32, leader: u32, thread: u32, cxy: u32): void {
    begins();
    remote_store64(PROBE_BASE + 8, <u64>leader | ((<u64>(<i32>thread)) << 32));
    remote_store64(PROBE_BASE, event.PROBE_SM_MISMATCH | ((<u64>pid) << 8) | ((<u64>(<i32>cxy)) << 40));
}

/** a process may write a DSM page, in this frame, from now on; thread: xptr of the one whose fault asked for it */
export function tell_writable(pid: u32, address: u64, ppn: u64, thread: u64): void {
    begins();
    remote_store64(PROBE_BASE + 24, thread);
    remote_store64(PROBE_BASE + 16, ppn);
    remote_store64(PROBE_BASE + 8, address);
    remote_store64(PROBE_BASE, event.PROBE_WRITABLE | ((<u64>pid) << 8));
}

/** it may not any more; the frame holds what it wrote */
export function tell_writable_end(pid: u32, address: u64): void {
    begins();
    remote_store64(PROBE_BASE + 8, address);
    remote_store64(PROBE_BASE, event.PROBE_WRITABLE_END | ((<u64>pid) << 8));
}

/** sm_malloc gave a node memory; consistency: DSM_SEQUENTIAL or DSM_RELEASE */
export function tell_sm_request(leader: u32, address: u64, bytes: u64, node: u32, consistency: u32): void {
    begins();
    remote_store64(PROBE_BASE + 16, bytes);
    remote_store64(PROBE_BASE + 8, address);
    remote_store64(
        PROBE_BASE,
        event.PROBE_SM_REQUEST | ((<u64>leader) << 8) | ((<u64>(<i32>node)) << 40) | ((<u64>(<i32>consistency)) << 56),
    );
}

/** bytes in which a written copy (ppn) differs from its twin (xptr) go to the reference copy (ppn) next */
export function tell_merge(own: u64, twin: u64, reference: u64): void {
    begins();
    remote_store64(PROBE_BASE + 24, reference);
    remote_store64(PROBE_BASE + 16, twin);
    remote_store64(PROBE_BASE + 8, own);
    remote_store64(PROBE_BASE, event.PROBE_MERGE);
}

/** local address of the instance's audit_roots_t */
export function tell_roots(cxy: u32, address: u64): void {
    begins();
    remote_store64(PROBE_BASE + 8, address);
    remote_store64(PROBE_BASE, event.PROBE_ROOTS | ((<u64>(<i32>cxy)) << 8));
}

/** the kernel's last step on this hart: it enters the process's user mode; 0: it goes idle */
export function tell_leave(pid: u32): void {
    begins();
    remote_store64(PROBE_BASE, event.PROBE_LEAVE | ((<u64>pid) << 8));
}

/** OPERATION_* on the process begins; its invariants need not hold before it ends */
export function tell_begin(pid: u32, operation: u32, vaddr: u64): void {
    begins();
    remote_store64(PROBE_BASE + 8, vaddr);
    remote_store64(PROBE_BASE, event.PROBE_BEGIN | ((<u64>pid) << 8) | ((<u64>(<i32>operation)) << 40));
}

/** OPERATION_* on the process ends */
export function tell_end(pid: u32, operation: u32): void {
    begins();
    remote_store64(PROBE_BASE, event.PROBE_END | ((<u64>pid) << 8) | ((<u64>(<i32>operation)) << 40));
}

/** a transfer is about to own a FILE frame (1), or has given it up (0) */
export function tell_page_held(ppn: u64, held: u32): void {
    begins();
    remote_store64(PROBE_BASE, event.PROBE_PAGE_HELD | (ppn << 8) | ((<u64>(<i32>held)) << 48));
}
