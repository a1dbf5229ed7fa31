// An aligned word of user memory that the kernel changes while user threads and other processes change it, too. As every user copy, this is
// for the running thread alone (vmm-policy 5.9.10, 5.10).

import { ACCESS_STORE } from "../abi/access";
import { PAGE_SIZE, USER_END } from "../abi/memory-map";
import { remote_cas32, remote_load32 } from "../hal/hal";
import { uaddr_t } from "../hal/platform";
import { hold_end } from "./hold";
import { process_t } from "./process-table";
import { pin_page } from "./uaccess";
import { vmm_unpin } from "./vmm";

/** In place of a word: there is none at the address that the user may write. */
export const NO_WORD: i64 = -1;

/** Puts `desired` into the word if it is `expected`. Returns the word as it was before, or NO_WORD. `address` is a multiple of 4. */
export function user_word_swap(process: process_t, address: uaddr_t, expected: u32, desired: u32): i64 {
    if (address >= <u64>USER_END || (address & 3) != 0) return NO_WORD;
    const page = pin_page(process, address, ACCESS_STORE);
    if (page == 0) return NO_WORD;
    const before = remote_cas32(page + (address & (PAGE_SIZE - 1)), expected, desired);
    unpin(process);
    return before;
}

/** Returns the word, which the user may write, or NO_WORD. `address` is a multiple of 4. */
export function user_word_read(process: process_t, address: uaddr_t): i64 {
    if (address >= <u64>USER_END || (address & 3) != 0) return NO_WORD;
    const page = pin_page(process, address, ACCESS_STORE);
    if (page == 0) return NO_WORD;
    const value = remote_load32(page + (address & (PAGE_SIZE - 1)));
    unpin(process);
    return value;
}

/** The hold of a DSM page ends behind the pin, as in copy_user. */
function unpin(process: process_t): void {
    vmm_unpin(process);
    hold_end();
}
