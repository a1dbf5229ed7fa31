// The key of a futex: which list of which cluster its waiters are in (vmm-policy 7.7). A word in a page that processes share is keyed by
// the file and the offset in it, and kept in the file's home. Any other word in a public page is keyed by (P, address) and kept at Z, and a
// word in a private page by (P, K, address) and kept in K.

import { ACCESS_LOAD } from "../abi/access";
import { PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { VSEG_FILE } from "../abi/vseg-type";
import { local_cxy, uaddr_t, xptr_cxy } from "../hal/platform";
import { vpn_of } from "../mm/gpt";
import { hold_end } from "../mm/hold";
import { process_t } from "../mm/process-table";
import { user_fault } from "../mm/uaccess";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_is_private, vseg_t } from "../mm/vseg";
import { vsl_find } from "../mm/vsl";
import { this_thread } from "../sched/thread";

@unmanaged
export class futex_key_t {
    /** The cluster that keeps the list. */
    cxy: u32;
    padding: u32;
    /** The PID, or of a word that processes share FILE_OWNER and the xptr of the inode. */
    owner: u64;
    /** The user address, or the offset in the file. */
    address: u64;
}

/** The bit that no PID and no xptr has. */
export const FILE_OWNER: u64 = 1 << 63;

/** The keys of a call are behind the bytes of the thread's buffer that hold a user's words meanwhile. */
const FIRST_KEY: usize = 64;
const SECOND_KEY: usize = 96;

/** Returns the key of the word at `address`, or changetype(0) when there is no such word. It is the running thread's until its next call. */
export function futex_key(process: process_t, address: uaddr_t, shared: bool): futex_key_t {
    return make_key(process, address, shared, FIRST_KEY);
}

/** Does as futex_key, for the second word of a call. */
export function futex_second_key(process: process_t, address: uaddr_t, shared: bool): futex_key_t {
    return make_key(process, address, shared, SECOND_KEY);
}

/** The word is `shared` when its user has not said that one process alone uses it (FUTEX_PRIVATE_FLAG). */
function make_key(process: process_t, address: uaddr_t, shared: bool, place: usize): futex_key_t {
    const key = changetype<futex_key_t>(this_thread().buffer + place);
    // A word can be read through a table of Z's while its vseg is not registered here, so this is a fault in any case. A change may take the
    // registration away again.
    while (!find(process, address, shared, key)) {
        if (!user_fault(process, address, ACCESS_LOAD)) return changetype<futex_key_t>(0);
        hold_end();
    }
    return key;
}

/** False when the vseg must be known and is not. */
function find(process: process_t, address: uaddr_t, shared: bool, key: futex_key_t): bool {
    key.cxy = process.reference;
    key.owner = process.pid;
    key.address = address;
    vmm_lock(process);
    const found = vsl_find(vmm_vsegs(process), vpn_of(address));
    const vseg = changetype<vseg_t>(found);
    if (found != 0 && vseg_is_private(vseg.type)) key.cxy = local_cxy;
    if (found != 0 && shared && vseg.type == VSEG_FILE) {
        const page = <u64>vseg.file_page + <u64>(vpn_of(address) - vseg.first_vpn);
        key.cxy = xptr_cxy(vseg.file);
        key.owner = FILE_OWNER | vseg.file;
        key.address = (page << PAGE_SHIFT) | (address & (PAGE_SIZE - 1));
    }
    vmm_unlock(process);
    return found != 0 || !shared;
}
