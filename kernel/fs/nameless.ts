// Files without a name whose inode lasts: a list in cluster 0, so that what a program's end leaves is found. Each operation is one step,
// under the list's lock: requests of any level come to it.

import { lock_acquire, lock_release } from "../hal/lock";
import { node_t } from "./names";

/** The first node, and the lock. */
const first: usize = memory.data(4, 4);
const lock: usize = memory.data(4, 4);

/** The address of the list's first node, or 0. */
export function nameless_first(): usize {
    return load<usize>(first);
}

export function nameless_add(node: node_t): void {
    lock_acquire(lock);
    node.next = load<usize>(first);
    if (node.next != 0) changetype<node_t>(node.next).previous = changetype<usize>(node);
    store<usize>(first, changetype<usize>(node));
    lock_release(lock);
}

export function nameless_remove(node: node_t): void {
    lock_acquire(lock);
    if (node.previous != 0) changetype<node_t>(node.previous).next = node.next;
    else store<usize>(first, node.next);
    if (node.next != 0) changetype<node_t>(node.next).previous = node.previous;
    lock_release(lock);
}
