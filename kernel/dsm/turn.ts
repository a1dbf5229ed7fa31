// Turns at a page of a manager (sm-dsm 3.4): one request has the page, from when its manager begins to serve it until its node has
// installed what it was granted; the others are parked at the page in the order of coming (vmm-policy 5.9.4), and no server waits for
// acknowledgements of other nodes. A turn is handed to the next request itself, so that none that comes meanwhile overtakes it. Each turn
// ends: what it takes from nodes is given back by their holders, who wait for nothing, and a grant is always acknowledged. So each
// request gets its turn, in a group that has died, too, where it is refused then; when a group is freed no request is parked.

import { xptr_t } from "../hal/platform";
import { parking_first, parking_park } from "../rpc/parking";
import { rpc_get, rpc_resume_next, rpc_set } from "../rpc/rpc";
import { dsm_page_t, manager_lock, manager_t, manager_unlock } from "./pages";

/** The argument of a request whose turn has come: the page's address. Its client leaves it 0. */
const AT_TURN: u32 = 4;

function parked(page: dsm_page_t): usize {
    return changetype<usize>(page) + offsetof<dsm_page_t>("parked");
}

/** Takes the turn at the page for a request that has come. False: another has it. The caller holds the manager's lock, here and below. */
export function turn_take(page: dsm_page_t): bool {
    if (page.taken != 0) return false;
    page.taken = 1;
    return true;
}

/** The request gets its turn after all that have come before: its handler returns at once. */
export function turn_await(page: dsm_page_t, desc: xptr_t): void {
    parking_park(parked(page), desc);
}

/** Of a request that is begun anew: the page at which it has its turn; 0: it has just come. Needs no lock. */
export function turn_of(desc: xptr_t): usize {
    return <usize>rpc_get(desc, AT_TURN);
}

/** The request that had the page needs it no more. It waits for nothing: an acknowledgement is a leaf. */
export function turn_pass(page: dsm_page_t): void {
    const next = parking_first(parked(page));
    if (next == 0) {
        page.taken = 0;
        return;
    }
    rpc_set(next, AT_TURN, changetype<usize>(page));
    rpc_resume_next(parked(page));
}

/** As turn_pass without the lock. */
export function turn_end(manager: manager_t, page: dsm_page_t): void {
    manager_lock(manager);
    turn_pass(page);
    manager_unlock(manager);
}
