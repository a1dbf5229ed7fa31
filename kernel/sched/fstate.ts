// The f registers and fcsr of user threads (RISC-V privileged ISA, 3.1.6.6). The kernel uses none. A hart's registers belong to the thread
// that used them last, its owner. Every other thread enters user mode with FS = Off, so that its first float instruction is illegal: then
// the owner's registers are saved in its block, and the thread's own are loaded. A thread stays on its hart, so no other hart ever has a
// part in that, and a thread that uses no floats pays for none.

import { CSR_SSTATUS, SSTATUS_FS } from "../abi/csr";
import { FSTATE_SIZE } from "../abi/trap-frame";
import { fstate_restore, fstate_save } from "../hal/asm";
import { csr_clear, csr_set, remote_load32 } from "../hal/hal";
import { copy_bytes, xptr_local, xptr_t } from "../hal/platform";
import { hart_t, this_hart, this_thread, thread_fstate, thread_t } from "./thread";

/**
 * Called after an illegal instruction. True when that may be for want of the registers: the running thread has them now, and must try
 * again. False when it had them. An instruction that is no float instruction at all costs its thread a second trap.
 */
export function fstate_take(): bool {
    const hart = this_hart();
    const thread = this_thread();
    const self = changetype<usize>(thread);
    if (hart.fstate_owner == self) return false;
    csr_set(CSR_SSTATUS, SSTATUS_FS);
    if (hart.fstate_owner != 0) fstate_save(thread_fstate(changetype<thread_t>(hart.fstate_owner)));
    hart.fstate_owner = self;
    const area = thread_fstate(thread);
    if (thread.fstate_used == 0) {
        for (let i: usize = 0; i < <usize>FSTATE_SIZE; i += 8) store<u64>(area + i, 0);
        thread.fstate_used = 1;
    }
    fstate_restore(area);
    return true;
}

/** Sets FS on the way to user mode. Without an owner FS is Off. */
export function fstate_enter(hart: hart_t, thread: thread_t): void {
    if (hart.fstate_owner == 0) return;
    if (hart.fstate_owner == changetype<usize>(thread)) csr_set(CSR_SSTATUS, SSTATUS_FS);
    else csr_clear(CSR_SSTATUS, SSTATUS_FS);
}

/** Brings the running thread's block up to date, for fork. */
export function fstate_flush(): void {
    const thread = this_thread();
    if (this_hart().fstate_owner != changetype<usize>(thread)) return;
    csr_set(CSR_SSTATUS, SSTATUS_FS);
    fstate_save(thread_fstate(thread));
}

/** The value of an f register of the running thread, which has used them. */
export function fstate_get(register: u32): u64 {
    fstate_flush();
    return load<u64>(thread_fstate(this_thread()) + ((<usize>register) << 3));
}

export function fstate_set(register: u32, value: u64): void {
    fstate_flush();
    const area = thread_fstate(this_thread());
    store<u64>(area + ((<usize>register) << 3), value);
    if (this_hart().fstate_owner == changetype<usize>(this_thread())) fstate_restore(area);
}

/** Sets all registers of the running thread from the FSTATE_SIZE bytes at `from`, where fcsr has 4 bytes. */
export function fstate_set_all(from: usize): void {
    const thread = this_thread();
    let some: u64 = 0;
    for (let i: usize = 0; i < <usize>FSTATE_SIZE; i += 8) some |= load<u64>(from + i);
    if (thread.fstate_used == 0 && some == 0) return;
    const area = thread_fstate(thread);
    copy_bytes(xptr_local(area), xptr_local(from), <u32>FSTATE_SIZE);
    store<u64>(area + (32 << 3), load<u64>(area + (32 << 3)) & 0xff);
    thread.fstate_used = 1;
    if (this_hart().fstate_owner != changetype<usize>(thread)) return;
    csr_set(CSR_SSTATUS, SSTATUS_FS);
    fstate_restore(area);
}

/** For fork: a new thread gets the registers that its parent (xptr) has flushed. */
export function fstate_copy(thread: thread_t, parent: xptr_t): void {
    thread.fstate_used = remote_load32(parent + offsetof<thread_t>("fstate_used"));
    if (thread.fstate_used == 0) return;
    const area = thread_fstate(thread);
    // Blocks have the same layout in every cluster.
    copy_bytes(xptr_local(area), parent + (area - changetype<usize>(thread)), <u32>FSTATE_SIZE);
}

/** Takes the registers from the running thread, which ends. */
export function fstate_drop(): void {
    const hart = this_hart();
    if (hart.fstate_owner != changetype<usize>(this_thread())) return;
    hart.fstate_owner = 0;
    csr_clear(CSR_SSTATUS, SSTATUS_FS);
}
