// Write notices (sm-dsm 4.5, 4.6) at a group's home: the written pages of release consistency, their writers, and the order. Each page has
// one notice, in a list in the order of the last posts. So the list never grows beyond the pages, and a node that has seen all up to a post
// reads only the newer end.
import { DSM_BASE, PAGE_SHIFT } from "../abi/memory-map";
import { FRAME_KERNEL } from "../abi/vseg-type";
import { remote_load32, remote_store32 } from "../hal/hal";
import { xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { page_zero, ppm_alloc, ppm_free } from "../mm/ppm";
import { THREAD_BUFFER, this_thread } from "../sched/thread";
import { group_lock, group_t, group_unlock } from "./group";

const FIRST_VPN: u32 = DSM_BASE >> PAGE_SHIFT;
const TABLE_BYTES: u32 = 1024;

/** A notice has 16 bytes, so a frame has the notices of 256 pages. */
@unmanaged
class notice_t {
    /** The number of its last post, 0 before the first; and of the last one by another node than `writer`. */
    post: u32;
    other_post: u32;
    writer: u16;
    padding: u16;
    /** Neighbours in the list: their index + 1, or 0. */
    newer: u16;
    older: u16;
}

/** Makes room for the notices of these pages. False without memory; room that was made stays. The caller holds the group's lock. */
export function notices_make(group: group_t, first: u32, count: u32): bool {
    if (group.notices == 0) group.notices = kcm_alloc(TABLE_BYTES);
    if (group.notices == 0) return false;
    for (let table = first >> 8; table <= (first + count - 1) >> 8; table++) {
        const slot = group.notices + (table << 2);
        if (load<usize>(slot) != 0) continue;
        const frame = ppm_alloc(0, FRAME_KERNEL, 0);
        if (frame == 0) return false;
        page_zero(frame);
        store<usize>(slot, frame);
    }
    return true;
}

/** True when the group has, or had, pages of release consistency; from any cluster. */
export function notices_are_kept(group: xptr_t): bool {
    return remote_load32(group + offsetof<group_t>("notices")) != 0;
}

/** Frees the notices, at the end of the group. */
export function notices_free(group: group_t): void {
    if (group.notices == 0) return;
    for (let i: u32 = 0; i < 256; i++) {
        const frame = load<usize>(group.notices + (i << 2));
        if (frame != 0) ppm_free(frame);
    }
    kcm_free(group.notices);
}

function notice_of(group: group_t, index: u32): notice_t {
    return changetype<notice_t>(load<usize>(group.notices + ((index >> 8) << 2)) + ((index & 255) << 4));
}

/** The number of notices ever posted in the group; from any cluster. */
export function notices_posted(group: xptr_t): u32 {
    return remote_load32(group + offsetof<group_t>("posted"));
}

/** The number of VPNs that fit into the thread's buffer, in which notices go to and come from the home. */
export const POSTS_AT_ONCE: u32 = THREAD_BUFFER / 4;
@unmanaged
class reading_t {
    /** The number of notices read; `more` is 1 when there are others. */
    count: u16;
    more: u16;
    /** The last post that was looked at, from which the next reading goes on. */
    last: u32;
}
/** reading_t.more, in the word of the count. */
const MORE: u32 = 1 << 16;
/** The number of pairs {vpn, number of the post} that fit behind a reading_t. */
const READINGS_AT_ONCE: u32 = (THREAD_BUFFER - 8) / 8;

/** Posts notices of node `node` for the `count` pages whose VPNs (u32) stand at `vpns`. */
export function notices_post(group: group_t, node: u32, vpns: xptr_t, count: u32): void {
    group_lock(group);
    for (let i: u32 = 0; i < count; i++) post_one(group, node, remote_load32(vpns + (i << 2)) - FIRST_VPN);
    group_unlock(group);
}

function post_one(group: group_t, node: u32, index: u32): void {
    const notice = notice_of(group, index);
    if (notice.post != 0) {
        unlink(group, notice);
        if (<u32>notice.writer != node) notice.other_post = notice.post;
    }
    notice.writer = <u16>node;
    notice.post = group.posted + 1;
    notice.newer = 0;
    notice.older = <u16>group.newest;
    if (group.newest != 0) notice_of(group, group.newest - 1).newer = <u16>(index + 1);
    group.newest = index + 1;
    // The number comes last: a node that reads it finds the notice that belongs to it.
    atomic.store<u32>(changetype<usize>(group) + offsetof<group_t>("posted"), notice.post);
}

function unlink(group: group_t, notice: notice_t): void {
    if (notice.newer != 0) notice_of(group, notice.newer - 1).older = notice.older;
    else group.newest = notice.older;
    if (notice.older != 0) notice_of(group, notice.older - 1).newer = notice.newer;
}

/** The number of notices that were read. */
export function notices_count(): u32 {
    return <u32>changetype<reading_t>(this_thread().buffer).count;
}

/**
 * False when the reading came to the newest notice. A node that has acted on it and on the ones before has acted on everything that was
 * posted before it. That includes pages that were posted anew between two readings, and so went to the newer end.
 */
export function notices_are_more(): bool {
    return changetype<reading_t>(this_thread().buffer).more != 0;
}

/** The post from which the next reading goes on. */
export function notices_last(): u32 {
    return changetype<reading_t>(this_thread().buffer).last;
}

export function notice_vpn(i: u32): u32 {
    return load<u32>(this_thread().buffer + offsetof<reading_t>() + (i << 3));
}

export function notice_post(i: u32): u32 {
    return load<u32>(this_thread().buffer + offsetof<reading_t>() + (i << 3), 4);
}

/**
 * Reads notices that other nodes than `node` posted after post `seen` into the buffer of a thread at `reading`. It reads those of the pages
 * whose last posts, by any node, are the oldest ones after post `last`. The two numbers are of two orders: `last` goes from one reading to
 * the next; `seen` stays, for the post of another node is older than the page's last one. That thread gets the result by notices_count,
 * notices_last, notice_vpn and notice_post.
 */
export function notices_read(group: group_t, node: u32, seen: u32, last: u32, reading: xptr_t): void {
    group_lock(group);
    let at = group.newest;
    while (at != 0 && is_new(group, notice_of(group, at - 1).older, last)) at = notice_of(group, at - 1).older;
    if (!is_new(group, at, last)) at = 0;
    let count: u32 = 0;
    for (; at != 0 && count < READINGS_AT_ONCE; at = notice_of(group, at - 1).newer) {
        const notice = notice_of(group, at - 1);
        const post = <u32>notice.writer == node ? notice.other_post : notice.post;
        if (post > seen) {
            const entry = reading + offsetof<reading_t>() + (count++ << 3);
            remote_store32(entry, FIRST_VPN + at - 1);
            remote_store32(entry + 4, post);
        }
        last = notice.post;
    }
    remote_store32(reading + offsetof<reading_t>("last"), at == 0 ? group.posted : last);
    remote_store32(reading + offsetof<reading_t>("count"), at == 0 ? count : count | MORE);
    group_unlock(group);
}

function is_new(group: group_t, at: u32, last: u32): bool {
    return at != 0 && notice_of(group, at - 1).post > last;
}
