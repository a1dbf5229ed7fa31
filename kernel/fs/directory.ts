// Operations on the tree of names (docs/spec/files.md F5): requests to cluster 0, one after the other. A file of the initrd gets an inode
// when it is first looked up; the homes of files go round the clusters. What an operation gives, an inode or a directory, has the caller as
// an owner: inode_release and directory_release give it back.

import { EBUSY, EEXIST, EINVAL, EISDIR, ENOENT, ENOMEM, ENOTDIR, ENOTEMPTY, EPERM, EXDEV } from "../abi/errno";
import { RPC_NAME, RPC_NODE_FREE } from "../abi/rpc-ops";
import {
    NAME_ANSWER,
    NAME_BASE,
    NAME_MODE,
    NAME_OTHER,
    NAME_OTHER_BASE,
    NAME_PATH,
    NAME_TASK,
    NODE_FREE_NODE,
} from "../abi/rpc-words";
import { remote_add32 } from "../hal/hal";
import { xptr_cxy, xptr_lpa, xptr_make, xptr_t } from "../hal/platform";
import { instance_cluster, instance_count } from "../hal/topology";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { LEVEL_LEAF, LEVEL_MANAGER } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register, rpc_yield } from "../rpc/serve";
import { attributes_changed } from "./attributes";
import { inode_destroy } from "./cache";
import { initrd_first, initrd_next, initrd_t } from "./initrd";
import { inode_attributes, inode_create, inode_leave, inode_node, inode_share } from "./inode";
import { link_add, link_changed, link_has_others, link_origin, link_remove, link_symbolic } from "./links";
import { nameless_add, nameless_first, nameless_remove } from "./nameless";
import {
    FOLLOW_ALWAYS,
    FOLLOW_NEVER,
    FOLLOW_SLASH,
    name_add,
    name_free,
    name_is_below,
    name_move,
    name_place,
    name_root,
    name_unlink,
    names_begin,
    node_t,
    walk,
} from "./names";

/** The tasks. The first three look for a name, and differ in what they do without a file of that name, and with one. */
export const LOOKUP_FIND: u32 = 0;
export const LOOKUP_MAKE: u32 = 1;
export const LOOKUP_MAKE_NEW: u32 = 2;
/** mkdir, symlink, link, unlink, rmdir, and rename, which with NAME_RENAME_NEW replaces nothing. */
export const NAME_MKDIR: u32 = 3;
const NAME_SYMLINK: u32 = 4;
const NAME_LINK: u32 = 5;
export const NAME_UNLINK: u32 = 6;
export const NAME_RMDIR: u32 = 7;
export const NAME_RENAME: u32 = 8;
export const NAME_RENAME_NEW: u32 = 9;
/** A bit beside a lookup: it finds a link, and not what the link names. */
export const NO_FOLLOW: u32 = 256;

/** A bit beside the xptr of a directory in an answer. */
export const IS_DIRECTORY: i64 = 1 << 62;

/** The same for a symbolic link, whose owner the caller is as of a directory. */
export const IS_LINK: i64 = 1 << 60;

/** 1 while an operation is at work; it may wait for another cluster. */
const busy: usize = memory.data(4, 4);
/** Number of inodes made. */
const inodes: usize = memory.data(4, 4);

export function directory_init(): void {
    const name: (desc: xptr_t) => void = serve_name;
    const free: (desc: xptr_t) => void = serve_free;
    rpc_register(RPC_NAME, <u32>name.index);
    rpc_register(RPC_NODE_FREE, <u32>free.index);
}

/** Makes the names of the initrd's files. Called in cluster 0, before the first program starts. False without memory. */
export function directory_mount(): bool {
    const file = changetype<initrd_t>(kcm_alloc(<u32>offsetof<initrd_t>()));
    if (changetype<usize>(file) == 0) return false;
    let done = names_begin();
    for (let more = initrd_first(file); more && done; more = initrd_next(file)) {
        done = walk(name_root(), file.name, true, FOLLOW_NEVER) == 0;
        if (!done || name_place().node != 0) continue;
        const address = name_add(changetype<node_t>(name_place().parent), false);
        done = address != 0;
        if (!done) break;
        changetype<node_t>(address).data = file.data;
        changetype<node_t>(address).data_size = file.size;
    }
    kcm_free(changetype<usize>(file));
    return done;
}

/** Gives back every inode and name. Called in cluster 0, at the end of the last program. */
export function directory_unmount(): void {
    while (nameless_first() != 0) {
        const node = changetype<node_t>(nameless_first());
        nameless_remove(node);
        inode_destroy(node.inode);
        name_free(node);
    }
    let at = changetype<usize>(name_root());
    while (at != 0) {
        const node = changetype<node_t>(at);
        if (node.first != 0) {
            at = node.first;
            continue;
        }
        at = node.parent;
        if (link_has_others(node)) {
            link_remove(node);
            continue;
        }
        if (at != 0) name_unlink(node);
        if (node.inode != 0) inode_destroy(node.inode);
        name_free(node);
    }
}

/**
 * Carries out a task for the path at the xptr `path`, from the directory `base` (0: the root). A lookup gives an inode, or a directory with
 * IS_DIRECTORY, or a link with IS_LINK; an unlink the inode that has lost its name; the others 0. Returns that or -errno. What is made gets `mode`.
 */
export function directory_do(task: u32, base: xptr_t, path: xptr_t, mode: u32): i64 {
    return ask(task, base, path, 0, 0, mode);
}

/** symlink: a link to the target, a C string of at most TARGET_BYTES bytes. Returns 0 or -errno. */
export function directory_symlink(base: xptr_t, path: xptr_t, target: xptr_t): i64 {
    return ask(NAME_SYMLINK, base, path, 0, target, 0);
}

/** link: a further name of `found`, a lookup's answer whose owner the caller is, or 0 for what is not in the tree. Returns 0 or -errno. */
export function directory_link(base: xptr_t, path: xptr_t, found: i64): i64 {
    return ask(NAME_LINK, base, path, 0, <u64>found, 0);
}

/** The inode of the file of that name, with the caller as an owner; or -errno, -EISDIR for a directory. */
export function directory_file(path: xptr_t): i64 {
    const found = directory_do(LOOKUP_FIND, 0, path, 0);
    if (found < 0 || (found & IS_DIRECTORY) == 0) return found;
    directory_release(<xptr_t>(found & ~IS_DIRECTORY));
    return -EISDIR;
}

/** Renames; `task` is NAME_RENAME or NAME_RENAME_NEW. Returns the inode whose name was replaced, which is the caller's then; 0 or -errno. */
export function directory_rename(task: u32, base: xptr_t, path: xptr_t, to_base: xptr_t, to: xptr_t): i64 {
    return ask(task, base, path, to_base, to, 0);
}

/** The address of a node in cluster 0; 0 for 0, which names the root. */
export function node_address(node: xptr_t): usize {
    return node == 0 ? 0 : xptr_lpa(node);
}

function ask(task: u32, base: xptr_t, path: xptr_t, other_base: xptr_t, other: xptr_t, mode: u32): i64 {
    if (is_local(0)) return do_here(task, node_address(base), path, node_address(other_base), other, mode);
    const desc = rpc_arguments();
    desc.set(NAME_TASK, task);
    desc.set(NAME_BASE, node_address(base));
    desc.set(NAME_PATH, path);
    desc.set(NAME_OTHER_BASE, node_address(other_base));
    desc.set(NAME_OTHER, other);
    desc.set(NAME_MODE, mode);
    rpc_send(0, LEVEL_MANAGER, RPC_NAME);
    return <i64>desc.get(NAME_ANSWER);
}

function serve_name(desc: xptr_t): void {
    const base = <usize>rpc_get(desc, NAME_BASE);
    const other = <usize>rpc_get(desc, NAME_OTHER_BASE);
    const task = <u32>rpc_get(desc, NAME_TASK);
    const mode = <u32>rpc_get(desc, NAME_MODE);
    const answer = do_here(task, base, rpc_get(desc, NAME_PATH), other, rpc_get(desc, NAME_OTHER), mode);
    rpc_set(desc, NAME_ANSWER, <u64>answer);
}

/** Begins an operation on the tree, when no other is at work. One at work waits for leaf requests only. */
export function directory_begin(): void {
    while (atomic.cmpxchg<u32>(busy, 0, 1) != 0) rpc_yield();
}

export function directory_end(): void {
    atomic.store<u32>(busy, 0);
}

function do_here(wish: u32, base: usize, path: xptr_t, other_base: usize, other: xptr_t, mode: u32): i64 {
    const task = wish & ~NO_FOLLOW;
    directory_begin();
    let answer = walk(base_of(base), path, false, follow_of(task, (wish & NO_FOLLOW) != 0));
    if (answer == 0 && task >= NAME_RENAME) answer = rename(task, base_of(other_base), other);
    else if (answer == 0 && task >= NAME_UNLINK) answer = remove(task);
    else if (answer == 0 && task == NAME_LINK) answer = link(<i64>other);
    else if (answer == 0 && task == NAME_SYMLINK) answer = make_link(other);
    else if (answer == 0) answer = look_up(task, mode);
    directory_end();
    return answer;
}

/** What changes a name is about the link itself, not about what it names. */
function follow_of(task: u32, never: bool): u32 {
    if (task >= LOOKUP_MAKE_NEW) return FOLLOW_NEVER;
    return never ? FOLLOW_SLASH : FOLLOW_ALWAYS;
}

function make_link(target: xptr_t): i64 {
    const at = name_place();
    const error = free_place();
    if (error != 0) return error;
    return link_symbolic(changetype<node_t>(at.parent), target) == 0 ? -ENOMEM : 0;
}

/** Gives what was found, as for directory_link, a further name. */
function link(found: i64): i64 {
    const error = free_place();
    if (error != 0) return error;
    if (found == 0) return -EXDEV;
    if (found & IS_DIRECTORY) return -EPERM;
    const object = <xptr_t>(found & ~IS_LINK);
    const self = found & IS_LINK ? object : inode_node(object);
    if (self == 0) return -EXDEV;
    const origin = changetype<node_t>(xptr_lpa(self));
    if (origin.links == 0) return -ENOENT;
    if (!link_add(changetype<node_t>(name_place().parent), origin)) return -ENOMEM;
    link_changed(origin);
    return 0;
}

/** 0 when a link can be made where the walk has led to, or -errno. */
function free_place(): i64 {
    const at = name_place();
    if (at.node != 0) return -EEXIST;
    return !has_room() || at.slash != 0 ? -ENOENT : 0;
}

function base_of(base: usize): node_t {
    return base == 0 ? name_root() : changetype<node_t>(base);
}

/** True when the place's directory may get a name: it has one itself. */
function has_room(): bool {
    const parent = changetype<node_t>(name_place().parent);
    return parent.parent != 0 || changetype<usize>(parent) == changetype<usize>(name_root());
}

/** Finds what the walk has led to, or makes it with that mode. */
function look_up(task: u32, mode: u32): i64 {
    const at = name_place();
    const makes = task != LOOKUP_FIND;
    if (at.node != 0) {
        const node = changetype<node_t>(at.node);
        if (task == LOOKUP_MAKE_NEW || task == NAME_MKDIR) return -EEXIST;
        if (node.directory == 0 && at.slash != 0) return -ENOTDIR;
        if (node.directory != 0 && makes) return -EISDIR;
        return give(node);
    }
    if (!makes || !has_room()) return -ENOENT;
    if (at.slash != 0 && task != NAME_MKDIR) return -EISDIR;
    const made = name_add(changetype<node_t>(at.parent), task == NAME_MKDIR);
    if (made == 0) return -ENOMEM;
    changetype<node_t>(made).mode = mode;
    const answer: i64 = task == NAME_MKDIR ? 0 : give(changetype<node_t>(made));
    if (answer < 0) {
        name_unlink(changetype<node_t>(made));
        name_free(changetype<node_t>(made));
    }
    return answer;
}

/** The inode of a file, made now if there is none yet, a directory or a link; the caller becomes an owner. */
function give(node: node_t): i64 {
    const self = xptr_make(0, changetype<usize>(link_origin(node)));
    if (node.directory != 0 || node.target != 0) {
        directory_share(self);
        return <i64>self | (node.directory != 0 ? IS_DIRECTORY : IS_LINK);
    }
    if (node.inode == 0) {
        const home = instance_cluster(load<u32>(inodes) % instance_count());
        node.inode = inode_create(home, node.data, node.data_size, self, node.inode_number, node.mode);
        if (node.inode == 0) return -ENOMEM;
        store<u32>(inodes, load<u32>(inodes) + 1);
    }
    inode_share(node.inode);
    return <i64>node.inode;
}

/** unlink and rmdir. The inode that loses its name is the caller's: inode_release. */
function remove(task: u32): i64 {
    const at = name_place();
    if (at.node == 0) return -ENOENT;
    const node = changetype<node_t>(at.node);
    if (task == NAME_UNLINK) {
        if (node.directory != 0) return -EISDIR;
        return at.slash != 0 ? -ENOTDIR : take_name(node);
    }
    if (node.directory == 0) return -ENOTDIR;
    if (changetype<usize>(node) == changetype<usize>(name_root())) return -EBUSY;
    if (at.special != 0) return node.first != 0 || at.parent != at.node ? -ENOTEMPTY : -EINVAL;
    return node.first != 0 ? -ENOTEMPTY : take_name(node);
}

/** Takes a name from a file, a link or an empty directory. Returns the inode that has none any more, whose owner the caller becomes, or 0. */
function take_name(node: node_t): i64 {
    if (link_has_others(node)) {
        const origin = link_origin(node);
        link_remove(node);
        link_changed(origin);
        return 0;
    }
    name_unlink(node);
    node.links = 0;
    if (node.directory != 0 || node.target != 0) {
        directory_release(xptr_make(0, changetype<usize>(node)));
        return 0;
    }
    const inode = <i64>node.inode;
    if (inode != 0) attributes_changed(inode_attributes(<xptr_t>inode));
    if (inode == 0) {
        name_free(node);
        return 0;
    }
    nameless_add(node);
    return inode;
}

/** Renames what the walk has led to. */
function rename(task: u32, base: node_t, to: xptr_t): i64 {
    const at = name_place();
    if (at.special != 0) return -EBUSY;
    if (at.node == 0) return -ENOENT;
    const node = changetype<node_t>(at.node);
    if (node.directory == 0 && at.slash != 0) return -ENOTDIR;
    const error = walk(base, to, false, FOLLOW_NEVER);
    if (error != 0) return error;
    if (at.special != 0) return task == NAME_RENAME_NEW ? -EEXIST : -EBUSY;
    if (at.node != 0 && task == NAME_RENAME_NEW) return -EEXIST;
    if (at.slash != 0 && node.directory == 0) return -ENOTDIR;
    const parent = changetype<node_t>(at.parent);
    if (!has_room()) return -ENOENT;
    if (node.directory != 0 && name_is_below(parent, node)) return -EINVAL;
    if (at.node != 0 && link_origin(changetype<node_t>(at.node)) == link_origin(node)) return 0;
    if (at.node != 0) {
        const other = changetype<node_t>(at.node);
        if (name_is_below(node, other)) return -ENOTEMPTY;
        if (other.directory != 0 && node.directory == 0) return -EISDIR;
        if (other.directory == 0 && node.directory != 0) return -ENOTDIR;
        if (other.first != 0) return -ENOTEMPTY;
        if (!name_move(node, parent)) return -ENOMEM;
        return take_name(other);
    }
    return name_move(node, parent) ? 0 : -ENOMEM;
}

/** Adds an owner. The caller is one itself, or holds an open file of the directory. */
export function directory_share(directory: xptr_t): void {
    remote_add32(directory + offsetof<node_t>("owners"), 1);
}

/** A directory or a link has one owner less; without a name and owners it ends. Leaf. */
export function directory_release(directory: xptr_t): void {
    if (directory == 0 || remote_add32(directory + offsetof<node_t>("owners"), 0xffffffff) != 1) return;
    node_free(directory);
}

/** An inode has lost its last owner: its pages end, and the node that knew it. */
export function inode_release(inode: xptr_t): void {
    if (inode == 0) return;
    const node = inode_node(inode);
    if (!inode_leave(inode)) return;
    inode_destroy(inode);
    if (node != 0) node_free(node);
}

function node_free(node: xptr_t): void {
    if (is_local(xptr_cxy(node))) {
        free_here(changetype<node_t>(xptr_lpa(node)));
        return;
    }
    rpc_arguments().set(NODE_FREE_NODE, xptr_lpa(node));
    rpc_send(xptr_cxy(node), LEVEL_LEAF, RPC_NODE_FREE);
}

function serve_free(desc: xptr_t): void {
    free_here(changetype<node_t>(<usize>rpc_get(desc, NODE_FREE_NODE)));
}

/** Frees a node without name and owners. That of a file is in the list of those. */
function free_here(node: node_t): void {
    if (node.directory == 0 && node.target == 0) nameless_remove(node);
    name_free(node);
}
