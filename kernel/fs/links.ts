// Links (docs/spec/files.md F5): names of what a path names, and further names of a file. What has several names is known by one node, its
// origin, which stays while it lasts: inodes, open files and calls know it. Only the operation of directory.ts that is at work calls these.

import { remote_load8 } from "../hal/hal";
import { xptr_local, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { rpc_yield } from "../rpc/serve";
import { attributes_changed } from "./attributes";
import { inode_attributes } from "./inode";
import { name_add, name_free, name_take_place, name_unlink, node_attributes, node_t } from "./names";

/** The most bytes of a link's target without its NUL. */
export const TARGET_BYTES: u32 = 1023;

/** Adds a symbolic link of the wanted name to the directory, with the C string at the xptr as its target. Returns its address, or 0 without memory. */
export function link_symbolic(parent: node_t, target: xptr_t): usize {
    let length: u32 = 0;
    while (length < TARGET_BYTES && remote_load8(target + length) != 0) length++;
    const copy = kcm_alloc(length + 1);
    const address: usize = copy == 0 ? <usize>0 : name_add(parent, false);
    if (address == 0) {
        if (copy != 0) kcm_free(copy);
        return 0;
    }
    for (let i: u32 = 0; i < length; i++) store<u8>(copy + i, <u8>remote_load8(target + i));
    const node = changetype<node_t>(address);
    node.target = copy;
    node.data_size = length;
    node.mode = LINK_MODE;
    return address;
}
/** 0777, whatever the umask is. */
const LINK_MODE: u32 = 0x1ff;

/** The node with the attributes and links of what the node names. */
export function link_origin(node: node_t): node_t {
    return node.origin != 0 ? changetype<node_t>(node.origin) : node;
}

/** The names of the file or symbolic link of that origin have changed now. */
export function link_changed(origin: node_t): void {
    const inode = origin.inode;
    attributes_changed(inode != 0 ? inode_attributes(inode) : node_attributes(xptr_local(changetype<usize>(origin))));
}

/** True for a name of a file or symbolic link with further names. */
export function link_has_others(node: node_t): bool {
    return node.directory == 0 && link_origin(node).links > 1;
}

/** Adds the wanted name to the directory, for the file or symbolic link of that origin. False, and nothing is done, without memory. */
export function link_add(parent: node_t, origin: node_t): bool {
    const address = name_add(parent, false);
    if (address == 0) return false;
    const node = changetype<node_t>(address);
    node.inode = origin.inode;
    node.inode_number = origin.inode_number;
    node.target = origin.target;
    node.origin = changetype<usize>(origin);
    node.next_link = origin.next_link;
    origin.next_link = address;
    origin.links++;
    return true;
}

/** Further names that are looked at before other threads run. */
const STEP: u32 = 16;

/** Takes the name of the node from what has others, too. An origin gets one of those in its place. */
export function link_remove(node: node_t): void {
    const origin = link_origin(node);
    let gone = node;
    name_unlink(node);
    if (node.origin == 0) {
        gone = changetype<node_t>(origin.next_link);
        origin.next_link = gone.next_link;
        name_take_place(origin, gone);
    } else {
        let looked: u32 = 0;
        let before = origin;
        while (before.next_link != changetype<usize>(node)) {
            before = changetype<node_t>(before.next_link);
            if (++looked % STEP == 0) rpc_yield();
        }
        before.next_link = node.next_link;
    }
    origin.links--;
    name_free(gone);
}
