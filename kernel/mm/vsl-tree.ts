// The index of a VSL: an AVL tree of its vsegs, ordered by address, so that every search takes steps of the logarithm of their number. A vseg
// knows the gap in front of it and the widest gap of its subtree, for those who look for room. `root` is the address of the word that
// names the topmost vseg, or 0. The caller holds the lock of the list.

import { vseg_t } from "./vseg";

const LEFT: usize = offsetof<vseg_t>("left");
const RIGHT: usize = offsetof<vseg_t>("right");

function height_of(at: usize): u32 {
    return at == 0 ? 0 : changetype<vseg_t>(at).height;
}

function widest_of(at: usize): u32 {
    return at == 0 ? 0 : changetype<vseg_t>(at).widest_gap;
}

function child(at: usize, side: usize): usize {
    return load<usize>(at + side);
}

function set_child(at: usize, side: usize, below: usize): void {
    store<usize>(at + side, below);
    if (below != 0) changetype<vseg_t>(below).parent = at;
}

/** Puts `fresh` (or nothing, 0) below the vseg that `old` is below. */
function replace(root: usize, old: usize, fresh: usize): void {
    const parent = changetype<vseg_t>(old).parent;
    if (parent == 0) {
        store<usize>(root, fresh);
        if (fresh != 0) changetype<vseg_t>(fresh).parent = 0;
    } else set_child(parent, child(parent, LEFT) == old ? LEFT : RIGHT, fresh);
}

/** Computes what a vseg knows of its subtree from its children. */
function settle(at: usize): void {
    const vseg = changetype<vseg_t>(at);
    const left = height_of(vseg.left);
    const right = height_of(vseg.right);
    vseg.height = (left > right ? left : right) + 1;
    let widest = vseg.gap;
    if (widest_of(vseg.left) > widest) widest = widest_of(vseg.left);
    if (widest_of(vseg.right) > widest) widest = widest_of(vseg.right);
    vseg.widest_gap = widest;
}

/** The child at `side` takes the place of `at`, which goes below it. Returns the child. */
function rotate(root: usize, at: usize, side: usize): usize {
    const other = LEFT + RIGHT - side;
    const up = child(at, side);
    replace(root, at, up);
    set_child(at, side, child(up, other));
    set_child(up, other, at);
    settle(at);
    settle(up);
    return up;
}

/** Settles `at` and all above it, and turns those whose children differ by more than one in height. */
function settle_up(root: usize, from: usize): void {
    let at = from;
    while (at != 0) {
        settle(at);
        const vseg = changetype<vseg_t>(at);
        const left = height_of(vseg.left);
        const right = height_of(vseg.right);
        const side: usize = left > right + 1 ? LEFT : right > left + 1 ? RIGHT : 0;
        if (side != 0) {
            const other = LEFT + RIGHT - side;
            const high = child(at, side);
            if (height_of(child(high, other)) > height_of(child(high, side))) rotate(root, high, other);
            at = rotate(root, at, side);
        }
        at = changetype<vseg_t>(at).parent;
    }
}

/** Inserts a vseg between its neighbours in the list, of which either may be 0. */
export function tree_insert(root: usize, vseg: vseg_t, before: usize, after: usize): void {
    const at = changetype<usize>(vseg);
    vseg.left = 0;
    vseg.right = 0;
    vseg.parent = 0;
    // Of two neighbours the left one has no right child, or the right one no left child.
    if (after != 0 && changetype<vseg_t>(after).left == 0) set_child(after, LEFT, at);
    else if (before != 0) set_child(before, RIGHT, at);
    else store<usize>(root, at);
    set_gap(at, before);
    if (after != 0) set_gap(after, at);
    // The right neighbour of a new leaf is above it.
    settle_up(root, at);
}

/** Takes a vseg out; its neighbours in the list are as for tree_insert. */
export function tree_remove(root: usize, vseg: vseg_t, before: usize, after: usize): void {
    const at = changetype<usize>(vseg);
    let from = vseg.parent;
    if (vseg.left == 0) replace(root, at, vseg.right);
    else if (vseg.right == 0) replace(root, at, vseg.left);
    else {
        // The right neighbour is the lowest of the right subtree. It takes the place.
        const heir = changetype<vseg_t>(after);
        from = heir.parent == at ? after : heir.parent;
        replace(root, after, heir.right);
        set_child(after, LEFT, vseg.left);
        set_child(after, RIGHT, vseg.right);
        replace(root, at, after);
    }
    settle_up(root, from);
    if (after != 0) tree_gap_changed(root, after, before);
}

/** The gap in front of a vseg has changed; `before` is its left neighbour, or 0. */
export function tree_gap_changed(root: usize, at: usize, before: usize): void {
    set_gap(at, before);
    settle_up(root, at);
}

function set_gap(at: usize, before: usize): void {
    const end: u32 = before == 0 ? 0 : changetype<vseg_t>(before).end_vpn;
    changetype<vseg_t>(at).gap = changetype<vseg_t>(at).first_vpn - end;
}

/** The lowest vseg that ends behind `vpn`, or 0. */
export function tree_ends_behind(root: usize, vpn: u32): usize {
    let found: usize = 0;
    let at = load<usize>(root);
    while (at != 0) {
        const vseg = changetype<vseg_t>(at);
        if (vpn < vseg.end_vpn) {
            found = at;
            at = vseg.left;
        } else at = vseg.right;
    }
    return found;
}

/** The highest vseg that begins below `vpn`, or 0. */
export function tree_begins_below(root: usize, vpn: u32): usize {
    let found: usize = 0;
    let at = load<usize>(root);
    while (at != 0) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.first_vpn < vpn) {
            found = at;
            at = vseg.right;
        } else at = vseg.left;
    }
    return found;
}

/** The lowest vseg at or behind `vpn` with a gap of at least `pages` pages in front of it, or 0. */
export function tree_gap(root: usize, pages: u32, vpn: u32): usize {
    let at = vpn == 0 ? lowest(load<usize>(root)) : first_from(root, vpn);
    while (at != 0) {
        const vseg = changetype<vseg_t>(at);
        if (vseg.gap >= pages) return at;
        if (widest_of(vseg.right) >= pages) return lowest_gap(vseg.right, pages);
        let below = at;
        at = vseg.parent;
        while (at != 0 && child(at, RIGHT) == below) {
            below = at;
            at = changetype<vseg_t>(at).parent;
        }
    }
    return 0;
}

function lowest(from: usize): usize {
    let at = from;
    while (at != 0 && child(at, LEFT) != 0) at = child(at, LEFT);
    return at;
}

/** The lowest vseg that begins at or behind `vpn`, or 0. */
function first_from(root: usize, vpn: u32): usize {
    const below = tree_begins_below(root, vpn);
    return below == 0 ? lowest(load<usize>(root)) : changetype<vseg_t>(below).next;
}

/** The lowest vseg of a subtree that has such a gap. */
function lowest_gap(from: usize, pages: u32): usize {
    let at = from;
    while (true) {
        const vseg = changetype<vseg_t>(at);
        if (widest_of(vseg.left) >= pages) at = vseg.left;
        else if (vseg.gap >= pages) return at;
        else at = vseg.right;
    }
}
