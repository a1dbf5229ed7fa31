// The tree of names, in cluster 0 (docs/spec/files.md F5). A node is a directory, or a name of a file or of a symbolic link; links.ts
// has what has several names. Names are found by their hash and listed in the order of their making. Only the operation of fs/directory.ts that is at work reads or changes the tree.

import { ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR } from "../abi/errno";
import { NAME_BYTES } from "../abi/file";
import { remote_load8, remote_load32, remote_load64 } from "../hal/hal";
import { xptr_cxy, xptr_local, xptr_make, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { rpc_yield } from "../rpc/serve";
import { attributes_modified, attributes_now, MODE_INITIAL } from "./attributes";

@unmanaged
export class node_t {
    /** The next nodes of the buckets of its name and of its number, or 0. */
    next_name: usize;
    next_number: usize;
    /** The directory that has it; 0 for the root, and for a node without a name. */
    parent: usize;
    /** Its neighbours in the parent's list, or in that of files without a name. */
    previous: usize;
    next: usize;
    /** The children of a directory, by ascending number. */
    first: usize;
    last: usize;
    /** 1 for a directory. */
    directory: u32;
    /** Nodes are numbered from 1 on in the order in which they came to their directories. */
    number: u64;
    /** The file's inode (xptr), 0 for a file of the initrd that was never looked up. */
    inode: u64;
    /** Initial content: xptr in the initrd, and its size in bytes. */
    data: u64;
    data_size: u64;
    /** For a directory and a link: its name, its open files, and calls at work on it. */
    owners: u32;
    hash: u32;
    /** The number of the inode. It stays when the node is renamed. */
    inode_number: u64;
    /** The name, a C string in memory of its own. */
    name: usize;
    /** 0 without a name; of a directory 2 and one for each subdirectory, of what has several names their number. */
    links: u32;
    /** The attributes of a directory or a link (attributes_t, fs/attributes.ts); of a file its initial mode. */
    accessed: i64;
    modified: i64;
    changed: i64;
    mode: u32;
    /** What a symbolic link names, a C string in memory of its own; its length is data_size. 0 for another node. */
    target: usize;
    /** For a further name of a file or link: the node with its attributes and links, which lasts as long as it. Else 0. */
    origin: usize;
    /** The next further name of the same, or 0. */
    next_link: usize;
}

/** The xptr of a directory's or a link's attributes_t, from the xptr of its node. */
export function node_attributes(node: xptr_t): xptr_t {
    return node + offsetof<node_t>("accessed");
}

/** The number of the inode of the node at an xptr. */
export function node_number(node: xptr_t): u64 {
    return remote_load64(node + offsetof<node_t>("inode_number"));
}

/** The links of the node at an xptr, which is no further name. */
export function node_links(node: xptr_t): u32 {
    return remote_load32(node + offsetof<node_t>("links"));
}

/** What the link at an xptr names: the xptr of a C string, and its length. Both stay as they are. */
export function node_target(node: xptr_t): xptr_t {
    return xptr_make(xptr_cxy(node), <usize>remote_load32(node + offsetof<node_t>("target")));
}

export function node_target_length(node: xptr_t): u64 {
    return remote_load64(node + offsetof<node_t>("data_size"));
}

/** First nodes of the buckets, by name and by number. */
const BUCKETS: u32 = 1024;
const by_name: usize = memory.data(1024 * 4, 4);
const by_number: usize = memory.data(1024 * 4, 4);
/** The number of nodes made, and the root. */
const made: usize = memory.data(8, 8);
const root: usize = memory.data(4, 4);
/** The component that walk has read last, with its NUL. */
const wanted: usize = memory.data(256, 8);
/** What is left of the paths whose links walk follows, an xptr each. */
const LINKS_MAX: u32 = 40;
const rests: usize = memory.data(40 * 8, 8);

export function name_root(): node_t {
    return changetype<node_t>(load<usize>(root));
}

/** Makes the root. False without memory. */
export function names_begin(): bool {
    store<u8>(wanted, 0);
    store<usize>(root, make_node(0, true));
    return load<usize>(root) != 0;
}

/** Makes a node of the wanted name, in no list. Returns its address, or 0 without memory. */
function make_node(hash: u32, directory: bool): usize {
    const name = copy_wanted();
    const address: usize = name == 0 ? <usize>0 : kcm_alloc(<u32>offsetof<node_t>());
    if (address == 0) {
        if (name != 0) kcm_free(name);
        return 0;
    }
    const node = changetype<node_t>(address);
    node.name = name;
    node.number = next_number();
    node.inode_number = node.number;
    node.hash = hash;
    node.owners = 1;
    node.directory = directory ? 1 : 0;
    node.links = directory ? 2 : 1;
    node.mode = MODE_INITIAL;
    node.modified = attributes_now();
    node.accessed = node.modified;
    node.changed = node.modified;
    return address;
}

/** Names have so many bytes at least: usual names, of any length, are objects of one size, and take the same frames. */
const NAME_LEAST: u32 = 64;

/** The wanted name in memory of its own, or 0. */
function copy_wanted(): usize {
    let length: u32 = 0;
    while (load<u8>(wanted + length) != 0) length++;
    const name = kcm_alloc(length < NAME_LEAST ? NAME_LEAST : length + 1);
    for (let i: u32 = 0; name != 0 && i <= length; i++) store<u8>(name + i, load<u8>(wanted + i));
    return name;
}

function next_number(): u64 {
    store<u64>(made, load<u64>(made) + 1);
    return load<u64>(made);
}

/** Where walk has come to. */
@unmanaged
export class place_t {
    /** The directory of the last component, and the node of that name; 0 when there is none. */
    parent: usize;
    node: usize;
    /** 1 when the last component is "." or "..", or the path is the root's. */
    special: u32;
    /** 1 when a "/" follows the last component, which then names a directory. */
    slash: u32;
}
const place: usize = memory.data(16, 4);

export function name_place(): place_t {
    return changetype<place_t>(place);
}

/** What walk does at a link that the last component names: nothing, follow it if a "/" is behind it, follow it. */
export const FOLLOW_NEVER: u32 = 0;
export const FOLLOW_SLASH: u32 = 1;
export const FOLLOW_ALWAYS: u32 = 2;

/**
 * Follows the path, a C string, from the directory `base`, and makes directories on the way with `makes`. Links on the way are followed, the
 * last one as FOLLOW_* says. Returns 0 when there is a directory for the last component, which name_place tells; or -errno.
 */
export function walk(base: node_t, path: xptr_t, makes: bool, follow: u32): i64 {
    const at = name_place();
    let from = path;
    let node = remote_load8(path) == 47 ? load<usize>(root) : changetype<usize>(base);
    let left: u32 = 0;
    let links: u32 = 0;
    if (remote_load8(path) == 0) return -ENOENT;
    place_at(node);
    while (true) {
        while (remote_load8(from) == 47) from++;
        if (remote_load8(from) == 0) {
            if (left == 0) return 0;
            from = load<u64>(rests + (--left << 3));
            continue;
        }
        if (node == 0 && makes) node = name_add(changetype<node_t>(at.parent), true);
        if (node == 0) return -ENOENT;
        if (changetype<node_t>(node).directory == 0) return -ENOTDIR;
        const length = read_component(from);
        if (length == 0) return -ENAMETOOLONG;
        from += length;
        at.parent = node;
        at.special = is_special() ? 1 : 0;
        // What is left behind a link begins with a "/".
        at.slash = remote_load8(from) == 47 || left != 0 ? 1 : 0;
        node = at.special != 0 ? special(changetype<node_t>(node)) : find(node);
        at.node = node;
        rpc_yield();
        if (node == 0 || changetype<node_t>(node).target == 0 || !follows(from, left, follow)) continue;
        if (++links > LINKS_MAX) return -ELOOP;
        if (remote_load8(from) != 0) store<u64>(rests + (left++ << 3), from);
        from = xptr_local(changetype<node_t>(node).target);
        node = remote_load8(from) == 47 ? load<usize>(root) : at.parent;
        place_at(node);
    }
}

/** Where a path or a link's target begins. */
function place_at(node: usize): void {
    const at = name_place();
    at.parent = node;
    at.node = node;
    at.special = 1;
    at.slash = 0;
}

/** Whether the link before `from` is followed, with `left` rests behind that. */
function follows(from: xptr_t, left: u32, follow: u32): bool {
    if (follow == FOLLOW_ALWAYS || (follow == FOLLOW_SLASH && name_place().slash != 0)) return true;
    let rest = from;
    let behind = left;
    while (true) {
        while (remote_load8(rest) == 47) rest++;
        if (remote_load8(rest) != 0) return true;
        if (behind == 0) return false;
        rest = load<u64>(rests + (--behind << 3));
    }
}

/** Copies the component at `from` to `wanted`. Returns its length, 0 when it is too long. */
function read_component(from: xptr_t): u32 {
    let length: u32 = 0;
    for (; length < <u32>NAME_BYTES; length++) {
        const c = remote_load8(from + length);
        store<u8>(wanted + length, c == 47 ? 0 : <u8>c);
        if (c == 0 || c == 47) return length;
    }
    return 0;
}

function is_special(): bool {
    if (load<u8>(wanted) != 46) return false;
    return load<u8>(wanted, 1) == 0 || (load<u8>(wanted, 1) == 46 && load<u8>(wanted, 2) == 0);
}

/** "." or "..". The parent of the root is the root, and so is that of a directory without a name. */
function special(node: node_t): usize {
    if (load<u8>(wanted, 1) == 0) return changetype<usize>(node);
    return node.parent != 0 ? node.parent : load<usize>(root);
}

/** Nodes of a bucket or list that are looked at before other threads run. */
const STEP: u32 = 16;

function hash_of(parent: usize): u32 {
    let hash: u32 = <u32>parent >> 5;
    for (let at = wanted; load<u8>(at) != 0; at++) hash = hash * 31 + load<u8>(at);
    return hash;
}

/** The node of the wanted name in the directory, or 0. */
function find(parent: usize): usize {
    let looked: u32 = 0;
    const hash = hash_of(parent);
    for (let at = load<usize>(by_name + ((hash % BUCKETS) << 2)); at != 0; at = changetype<node_t>(at).next_name) {
        const node = changetype<node_t>(at);
        if (node.hash == hash && node.parent == parent && same(node.name, wanted)) return at;
        if (++looked % STEP == 0) rpc_yield();
    }
    return 0;
}

function same(a: usize, b: usize): bool {
    while (load<u8>(a) == load<u8>(b)) {
        if (load<u8>(a) == 0) return true;
        a++;
        b++;
    }
    return false;
}

/** Adds a node of the wanted name to the directory. Returns its address, or 0 without memory. */
export function name_add(parent: node_t, directory: bool): usize {
    const address = make_node(hash_of(changetype<usize>(parent)), directory);
    if (address != 0) name_link(parent, changetype<node_t>(address));
    return address;
}

/** Puts the node at the end of the directory's list, and into the buckets. */
function name_link(parent: node_t, node: node_t): void {
    const address = changetype<usize>(node);
    node.parent = changetype<usize>(parent);
    if (node.directory != 0) parent.links++;
    attributes_modified(node_attributes(xptr_local(changetype<usize>(parent))));
    node.previous = parent.last;
    node.next = 0;
    if (parent.last == 0) parent.first = address;
    else changetype<node_t>(parent.last).next = address;
    parent.last = address;
    chain(node);
}

/** Puts the node into the buckets of its name and number. */
function chain(node: node_t): void {
    const address = changetype<usize>(node);
    const name = by_name + ((node.hash % BUCKETS) << 2);
    const number = by_number + ((<u32>node.number % BUCKETS) << 2);
    node.next_name = load<usize>(name);
    node.next_number = load<usize>(number);
    store<usize>(name, address);
    store<usize>(number, address);
}

/** Takes the node out of its directory and of the buckets. */
export function name_unlink(node: node_t): void {
    const parent = changetype<node_t>(node.parent);
    if (node.directory != 0) parent.links--;
    attributes_modified(node_attributes(xptr_local(changetype<usize>(parent))));
    if (node.previous == 0) parent.first = node.next;
    else changetype<node_t>(node.previous).next = node.next;
    if (node.next == 0) parent.last = node.previous;
    else changetype<node_t>(node.next).previous = node.previous;
    unchain(by_name + ((node.hash % BUCKETS) << 2), changetype<usize>(node), offsetof<node_t>("next_name"));
    unchain(by_number + ((<u32>node.number % BUCKETS) << 2), changetype<usize>(node), offsetof<node_t>("next_number"));
    node.parent = 0;
    node.previous = 0;
    node.next = 0;
}

function unchain(head: usize, node: usize, link: usize): void {
    let at = head;
    while (load<usize>(at) != node) at = load<usize>(at) + link;
    store<usize>(at, load<usize>(node + link));
}

/** Gives the node, which is in no list, the name and the place of `other`, which gets its name and is in no list then. */
export function name_take_place(node: node_t, other: node_t): void {
    const address = changetype<usize>(node);
    const name = node.name;
    node.name = other.name;
    other.name = name;
    node.hash = other.hash;
    node.number = other.number;
    node.parent = other.parent;
    node.previous = other.previous;
    node.next = other.next;
    if (node.previous == 0) changetype<node_t>(node.parent).first = address;
    else changetype<node_t>(node.previous).next = address;
    if (node.next == 0) changetype<node_t>(node.parent).last = address;
    else changetype<node_t>(node.next).previous = address;
    unchain(by_name + ((node.hash % BUCKETS) << 2), changetype<usize>(other), offsetof<node_t>("next_name"));
    unchain(by_number + ((<u32>node.number % BUCKETS) << 2), changetype<usize>(other), offsetof<node_t>("next_number"));
    chain(node);
}

/** The directory's first child with a number above `number`, or 0. The child of that number, if it is still there, leads to it. */
export function name_after(directory: node_t, number: u64): usize {
    if (number == 0) return directory.first;
    for (let at = load<usize>(by_number + ((<u32>number % BUCKETS) << 2)); at != 0; ) {
        const node = changetype<node_t>(at);
        if (node.number == number && node.parent == changetype<usize>(directory)) return node.next;
        at = node.next_number;
    }
    let looked: u32 = 0;
    let at = directory.first;
    while (at != 0 && changetype<node_t>(at).number <= number) {
        at = changetype<node_t>(at).next;
        if (++looked % STEP == 0) rpc_yield();
    }
    return at;
}

/** True when `node` is `directory` or lies below it. */
export function name_is_below(node: node_t, directory: node_t): bool {
    for (let at = changetype<usize>(node); at != 0; at = changetype<node_t>(at).parent) {
        if (at == changetype<usize>(directory)) return true;
    }
    return false;
}

/** Gives the node the wanted name in the directory `parent`, behind all others there. False, and nothing is done, without memory. */
export function name_move(node: node_t, parent: node_t): bool {
    const name = copy_wanted();
    if (name == 0) return false;
    name_unlink(node);
    kcm_free(node.name);
    node.name = name;
    node.number = next_number();
    node.hash = hash_of(changetype<usize>(parent));
    name_link(parent, node);
    return true;
}

/** Frees a node that is in no list. */
export function name_free(node: node_t): void {
    kcm_free(node.name);
    if (node.target != 0 && node.origin == 0) kcm_free(node.target);
    kcm_free(changetype<usize>(node));
}
