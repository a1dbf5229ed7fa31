// The writers and runners of a file (docs/spec/files.md F8). A file that is open for writing has writers, one that processes execute has
// runners, and no file has both. The count is one word of the inode, which every cluster changes by single accesses.

import { remote_add32, remote_cas32, remote_load32 } from "../hal/hal";
import { xptr_t } from "../hal/platform";
import { inode_t } from "./inode";

/** Address of the count: above 0 the number of writers, below 0 that of runners. */
function count_of(inode: xptr_t): xptr_t {
    return inode + offsetof<inode_t>("writers");
}

/** One more writer. False while the file has runners. The caller holds the inode, here and below. */
export function writer_enter(inode: xptr_t): bool {
    return enter(inode, 1);
}

export function writer_leave(inode: xptr_t): void {
    remote_add32(count_of(inode), 0xffffffff);
}

/** One more runner. False while the file has writers. */
export function runner_enter(inode: xptr_t): bool {
    return enter(inode, -1);
}

export function runner_leave(inode: xptr_t): void {
    remote_add32(count_of(inode), 1);
}

/** Each turn of the loop is lost to another cluster, which has entered or left. */
function enter(inode: xptr_t, step: i32): bool {
    let seen = <i32>remote_load32(count_of(inode));
    while (seen == 0 || seen > 0 == step > 0) {
        const now = <i32>remote_cas32(count_of(inode), <u32>seen, <u32>(seen + step));
        if (now == seen) return true;
        seen = now;
    }
    return false;
}
