// How a manager of a DSM group serves a request that has its turn at a page (sm-dsm 3.3-3.5, 4.3, 4.4): it carries out the request's row
// (rows.ts), with every acknowledgement that the row needs, and grants the page or takes it back.

import { DSM_INVALIDATE, DSM_PREFETCH, DSM_READ_FAULT, DSM_REVOKE, DSM_WRITE_FAULT } from "../abi/dsm-action";
import {
    DSM_COPY,
    DSM_COUNTED,
    DSM_GRANT_WRITE,
    DSM_INVALIDATE_OTHERS,
    DSM_NOTE,
    DSM_REVOKE_OWNER,
    DSM_TWIN,
} from "../abi/dsm-table";
import { PAGE_SHIFT } from "../abi/memory-map";
import { cstr } from "../hal/cstr";
import { remote_load32 } from "../hal/hal";
import { assert_kernel } from "../panic";
import { dsm_downgrade } from "./downgrade";
import { group_member_xptr, group_report, group_t, node_t } from "./group";
import { dsm_page_t, manager_t, page_has_copy, page_note_writer, page_set_copy } from "./pages";
import {
    DOWNGRADE_HAND_OVER,
    DOWNGRADE_INVALIDATE,
    DOWNGRADE_LEAVE,
    DOWNGRADE_LOST,
    DOWNGRADE_NO_MEMORY,
    DOWNGRADE_REVOKE,
    DOWNGRADE_SHARE,
    GRANT_DEAD,
    GRANT_FREE,
    GRANT_GONE,
    GRANT_KEEP,
    GRANT_NO_MEMORY,
    GRANT_NOTE,
    GRANT_OK,
    GRANT_PPN_SHIFT,
    GRANT_SHARED,
    GRANT_TWIN,
    GRANT_WRITE,
} from "./protocol";
import { actions_of } from "./rows";
import { turn_end } from "./turn";

/** The purposes of a request. */
export const TO_READ: u32 = 0;
export const TO_WRITE: u32 = 1;
export const TO_RETIRE: u32 = 2;
export const TO_PREFETCH: u32 = 3;
/** To write, as the only node that has the page. */
export const TO_TAKE: u32 = 4;

function is_write(what: u32): bool {
    return what == TO_WRITE || what == TO_TAKE;
}

/** True when a node of the group has died: nothing is granted any more (3.8). */
export function is_dead(manager: manager_t): bool {
    return remote_load32(manager.group + offsetof<group_t>("dead")) != 0;
}

/** For sm_free: every copy goes, the owner's last. The page has no owner until it is allocated again. */
export function retire_page(manager: manager_t, page: dsm_page_t, vpn: u32): u64 {
    const owner = page.owner;
    for (let holder: u32 = 0; holder < manager.nodes; holder++) {
        if (holder != owner && page_has_copy(page, holder)) retire_copy(manager, page, holder, vpn);
    }
    if (page_has_copy(page, owner)) retire_copy(manager, page, owner, vpn);
    page.gone = 1;
    turn_end(manager, page);
    return GRANT_OK;
}

function retire_copy(manager: manager_t, page: dsm_page_t, holder: u32, vpn: u32): void {
    downgrade(manager, holder, vpn, DOWNGRADE_INVALIDATE, page.owner);
    page_set_copy(page, holder, false);
}

/** The action that a counted request is reported as. */
function fault_of(what: u32): u32 {
    return what == TO_PREFETCH ? DSM_PREFETCH : is_write(what) ? DSM_WRITE_FAULT : DSM_READ_FAULT;
}

/** Carries out the request's row (3.3-3.5, 4.3, 4.4), with every acknowledgement it needs, and grants. */
export function grant_page(manager: manager_t, page: dsm_page_t, node: u32, vpn: u32, what: u32): u64 {
    const actions = actions_of(manager, page, node, is_write(what), what == TO_TAKE);
    assert_kernel(actions != 0, cstr("dsm: a page is in a state that cannot be"));
    const owner = page.owner;
    if (actions & DSM_COUNTED) report(manager, fault_of(what), vpn, node, owner, node);
    if (actions & DSM_REVOKE_OWNER) {
        report(manager, DSM_REVOKE, vpn, owner, owner, node);
        const frame = downgrade(manager, owner, vpn, page.release != 0 ? DOWNGRADE_SHARE : DOWNGRADE_REVOKE, node);
        if (is_failure(frame)) return fail(manager, page, frame);
        page.ppn = frame;
        page.writer = 0;
    }
    // At the owner's first touch there is nothing to keep.
    const untouched = owner == node && page.writer != 0 && page.ppn == 0;
    let flags = GRANT_OK;
    let source = page.ppn;
    if (actions & DSM_INVALIDATE_OTHERS) {
        source = invalidate_others(manager, page, node, vpn, (actions & DSM_COPY) != 0);
        if (is_failure(source)) return fail(manager, page, source);
        if (source != 0) flags |= GRANT_FREE;
    }
    if (actions & DSM_GRANT_WRITE) {
        page.owner = node;
        page.writer = 1;
    }
    if (is_write(what)) page_note_writer(manager, page, node);
    page_set_copy(page, node, true);
    flags |= rights_of(page, actions);
    if (actions & DSM_COPY) return flags | (source << GRANT_PPN_SHIFT);
    return untouched ? flags : flags | GRANT_KEEP;
}

function is_failure(frame: u64): bool {
    return frame >= DOWNGRADE_NO_MEMORY;
}

/**
 * Ends a request without a grant, for the content cannot be had. A node that ends before all have left ends with its group. A node that
 * ends later takes its pages with it, which is not the answer of an owner that has not touched the page.
 */
function fail(manager: manager_t, page: dsm_page_t, answer: u64): u64 {
    turn_end(manager, page);
    if (is_dead(manager)) return GRANT_DEAD;
    return answer == DOWNGRADE_LOST ? GRANT_GONE : GRANT_NO_MEMORY;
}

/** The rights to the page, beside reading it, that the node gets. */
function rights_of(page: dsm_page_t, actions: u32): u64 {
    let flags: u64 = 0;
    if ((actions & DSM_GRANT_WRITE) != 0) flags |= GRANT_WRITE;
    if (page.release != 0 && page.writer == 0) flags |= GRANT_SHARED;
    if (actions & DSM_TWIN) flags |= GRANT_TWIN;
    if (actions & DSM_NOTE) flags |= GRANT_NOTE;
    return flags;
}

/**
 * Takes every copy but the node's own, one after the other. The owner's goes last, for under release consistency the bytes of others may
 * still have to go there. With `hand_over` the owner's frame is left, and returned.
 */
function invalidate_others(manager: manager_t, page: dsm_page_t, node: u32, vpn: u32, hand_over: bool): u64 {
    const owner = page.owner;
    for (let holder: u32 = 0; holder < manager.nodes; holder++) {
        if (holder == node || holder == owner || !page_has_copy(page, holder)) continue;
        invalidate(manager, page, holder, vpn, leave_mode(manager, page, holder), node);
    }
    if (owner == node) return 0;
    const frame = invalidate(manager, page, owner, vpn, hand_over ? DOWNGRADE_HAND_OVER : DOWNGRADE_INVALIDATE, node);
    return hand_over ? frame : 0;
}

/**
 * DOWNGRADE_LEAVE when a node beside the holder and the owner, whose copy is the reference copy, has a copy now; it may be the node that
 * asks.
 */
function leave_mode(manager: manager_t, page: dsm_page_t, holder: u32): u32 {
    for (let node: u32 = 0; node < manager.nodes; node++) {
        if (node != holder && node != page.owner && page_has_copy(page, node)) return DOWNGRADE_LEAVE;
    }
    return DOWNGRADE_INVALIDATE;
}

function invalidate(manager: manager_t, page: dsm_page_t, holder: u32, vpn: u32, mode: u32, to: u32): u64 {
    report(manager, DSM_INVALIDATE, vpn, holder, holder, to);
    const frame = downgrade(manager, holder, vpn, mode, to);
    page_set_copy(page, holder, false);
    return frame;
}

function downgrade(manager: manager_t, node: u32, vpn: u32, mode: u32, to: u32): u64 {
    const pid = remote_load32(group_member_xptr(manager.group, node) + offsetof<node_t>("pid"));
    return dsm_downgrade(pid, vpn, mode, to);
}

function report(manager: manager_t, action: u32, vpn: u32, node: u32, from: u32, to: u32): void {
    group_report(manager.group, action, (<u64>vpn) << PAGE_SHIFT, node, from, to);
}
