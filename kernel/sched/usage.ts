// The time of threads on their harts, in cycles (getrusage, CPU-time clocks): in user mode, and in the kernel. What interrupts do for others
// counts for the thread that they interrupt, as in Linux.
import { CSR_CYCLE } from "../abi/csr";
import { csr_read } from "../hal/hal";
import { thread_t } from "./thread";

/** The thread begins to run in the kernel. */
export function usage_begin(thread: thread_t): void {
    thread.counted = csr_read(CSR_CYCLE);
}

/** Counts the cycles that the running thread has been in the kernel. */
export function usage_count(thread: thread_t): void {
    const now = csr_read(CSR_CYCLE);
    thread.system_cycles += now - thread.counted;
    thread.counted = now;
}

/** Counts the cycles that the running thread has been in user mode, at a trap. */
export function usage_leave(thread: thread_t): void {
    const now = csr_read(CSR_CYCLE);
    thread.user_cycles += now - thread.counted;
    thread.counted = now;
}
