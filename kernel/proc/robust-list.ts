// The list of locks that a thread has told the kernel (set_robust_list; Linux): when the thread ends, however it ends, whoever waits for a lock
// that it still has hears of it. The list is the user's, so every address may be wrong and the list may have no end. The ending thread walks
// it itself, as user memory asks for (vmm-policy 5.9.10).

import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";
import { NO_WORD, user_word_read, user_word_swap } from "../mm/user-word";
import { this_thread } from "../sched/thread";
import { ANY_BIT, futex_wake } from "./futex";

/** Bytes of struct robust_list_head: the first entry, the offset from an entry to its futex, the entry that is being put in or taken out. */
export const ROBUST_LIST_HEAD_SIZE: u64 = 24;
/** The most entries that are looked at (5.9.9), as in Linux. */
const ENTRIES_MAX: u32 = 2048;
/** In the address of an entry: the lock has priority inheritance. */
const INHERITS: u64 = 1;
const FUTEX_WAITERS: u32 = 0x80000000;
const FUTEX_OWNER_DIED: u32 = 0x40000000;
const FUTEX_TID_MASK: u32 = 0x3fffffff;

/** Gives up the locks of the running thread, which ends. */
export function robust_list_end(process: process_t): void {
    const thread = this_thread();
    const head: uaddr_t = thread.robust_list;
    thread.robust_list = 0;
    if (head == 0 || copy_from_user(process, thread.buffer, head, <u32>ROBUST_LIST_HEAD_SIZE) != 0) return;
    let entry = load<u64>(thread.buffer);
    const offset = load<u64>(thread.buffer, 8);
    const pending = load<u64>(thread.buffer, 16);
    for (let left = ENTRIES_MAX; left != 0 && (entry & ~INHERITS) != head; left--) {
        // The next one is read first: a waiter that goes on may use the entry for something else.
        const is_last = copy_from_user(process, thread.buffer, entry & ~INHERITS, 8) != 0;
        const next = load<u64>(thread.buffer);
        if ((entry & ~INHERITS) != (pending & ~INHERITS) && !give_up(process, entry, offset, false)) return;
        if (is_last) return;
        entry = next;
    }
    if (pending != 0) give_up(process, pending, offset, true);
}

/**
 * Gives up the lock of an entry, if the thread has it. False for an entry that is none. The thread may have ended between taking a
 * `pending` lock out and waking its waiter.
 */
function give_up(process: process_t, entry: u64, offset: u64, pending: bool): bool {
    const word: uaddr_t = (entry & ~INHERITS) + offset;
    const inherits = (entry & INHERITS) != 0;
    let value = user_word_read(process, word);
    while (value != NO_WORD) {
        if (pending && !inherits && value == 0) {
            futex_wake(process, word, true, 1, ANY_BIT);
            return true;
        }
        const seen = <u32>value;
        if ((seen & FUTEX_TID_MASK) != this_thread().id) return true;
        value = user_word_swap(process, word, seen, (seen & FUTEX_WAITERS) | FUTEX_OWNER_DIED);
        if (value != <i64>seen) continue;
        if (!inherits && (seen & FUTEX_WAITERS) != 0) futex_wake(process, word, true, 1, ANY_BIT);
        return true;
    }
    return false;
}
