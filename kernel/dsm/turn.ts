// Turns at a page of a manager (sm-dsm 3.4). One request has the page, from when its manager begins to serve it until its node has
// installed the page. The others are parked at the page in the order of coming (vmm-policy 5.9.4), and no server waits for acknowledgements
// of other nodes. A turn is handed to the next request itself, so that no request that comes meanwhile overtakes it.
//
// Each turn ends: the pages that it takes from nodes are given back by their holders, which wait for nothing, and a grant is always
// acknowledged. So each request gets its turn. That holds in a group that has died, too, where the request is refused then; when a group is
// freed no request is parked.

import { DSM_REQUEST_TURN } from "../abi/rpc-words";
import { xptr_t } from "../hal/platform";
import { parking_first, parking_park } from "../rpc/parking";
import { rpc_get, rpc_set } from "../rpc/rpc";
import { rpc_resume_next } from "../rpc/serve";
import { dsm_page_t, manager_lock, manager_t, manager_unlock } from "./pages";

function parked(page: dsm_page_t): usize {
    return changetype<usize>(page) + offsetof<dsm_page_t>("parked");
}

/** Takes the turn at the page for a new request. False when another has it. The caller holds the manager's lock, here and below. */
export function turn_take(page: dsm_page_t): bool {
    if (page.taken != 0) return false;
    page.taken = 1;
    return true;
}

/** The request gets its turn after all that have come before. Its handler returns at once. */
export function turn_await(page: dsm_page_t, desc: xptr_t): void {
    parking_park(parked(page), desc);
}

/** The page at which a request that is begun anew has its turn; 0 for a new request. Needs no lock. */
export function turn_of(desc: xptr_t): usize {
    return <usize>rpc_get(desc, DSM_REQUEST_TURN);
}

/** Ends the turn and gives it to the next request. It waits for nothing: an acknowledgement is a leaf request. */
export function turn_pass(page: dsm_page_t): void {
    const next = parking_first(parked(page));
    if (next == 0) {
        page.taken = 0;
        return;
    }
    rpc_set(next, DSM_REQUEST_TURN, changetype<usize>(page));
    rpc_resume_next(parked(page));
}

/** Does as turn_pass, and takes the lock itself. */
export function turn_end(manager: manager_t, page: dsm_page_t): void {
    manager_lock(manager);
    turn_pass(page);
    manager_unlock(manager);
}
