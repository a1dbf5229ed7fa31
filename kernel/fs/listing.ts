// Listings of directories (docs/spec/files.md F5): cluster 0 writes the records of linux_dirent64 to the kernel memory of the thread that
// lists. A position is 0 before ".", 1 before "..", and else two more than the number of the last node listed.

import { ENAMETOOLONG, ENOENT } from "../abi/errno";
import { PATH_BYTES } from "../abi/file";
import { RPC_LIST, RPC_NODE_PATH } from "../abi/rpc-ops";
import {
    LIST_BYTES,
    LIST_DIRECTORY,
    LIST_POSITION,
    LIST_ROOM,
    LIST_TO,
    NODE_PATH_NODE,
    NODE_PATH_START,
    NODE_PATH_TO,
} from "../abi/rpc-words";
import { cstr } from "../hal/cstr";
import { remote_store8, remote_store32, remote_store64 } from "../hal/hal";
import { xptr_t } from "../hal/platform";
import { LEVEL_MANAGER } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { directory_begin, directory_end, node_address } from "./directory";
import { name_after, name_root, node_t } from "./names";

/** The header of a linux_dirent64 in bytes: ino, off (u64 each), reclen (u16), type (u8). The name follows. */
const HEADER: u32 = 19;
const DT_DIR: u32 = 4;
const DT_REG: u32 = 8;
const DT_LNK: u32 = 10;

export function listing_init(): void {
    const list: (desc: xptr_t) => void = serve_list;
    const path: (desc: xptr_t) => void = serve_path;
    rpc_register(RPC_LIST, <u32>list.index);
    rpc_register(RPC_NODE_PATH, <u32>path.index);
}

/**
 * Writes records of the directory's names from the position on to `to`, as many as there is room for. Returns their bytes; -1 when the
 * first does not fit.
 */
export function directory_list(directory: xptr_t, position: u64, to: xptr_t, room: u32): i64 {
    if (is_local(0)) return list_here(node_address(directory), position, to, room);
    const desc = rpc_arguments();
    desc.set(LIST_DIRECTORY, node_address(directory));
    desc.set(LIST_POSITION, position);
    desc.set(LIST_TO, to);
    desc.set(LIST_ROOM, room);
    rpc_send(0, LEVEL_MANAGER, RPC_LIST);
    return <i64>desc.get(LIST_BYTES);
}

function serve_list(desc: xptr_t): void {
    const directory = <usize>rpc_get(desc, LIST_DIRECTORY);
    const to = rpc_get(desc, LIST_TO);
    const bytes = list_here(directory, rpc_get(desc, LIST_POSITION), to, <u32>rpc_get(desc, LIST_ROOM));
    rpc_set(desc, LIST_BYTES, <u64>bytes);
}

function list_here(directory: usize, position: u64, to: xptr_t, room: u32): i64 {
    directory_begin();
    const node = directory == 0 ? name_root() : changetype<node_t>(directory);
    const parent = node.parent == 0 ? name_root() : changetype<node_t>(node.parent);
    let at: usize = position < 2 ? node.first : name_after(node, position - 2);
    let used: u32 = 0;
    let record: u32 = 1;
    while (record != 0) {
        if (position == 0) record = put(to + used, room - used, cstr("."), node, 1);
        else if (position == 1) record = put(to + used, room - used, cstr(".."), parent, 2);
        else if (at == 0) break;
        else {
            const child = changetype<node_t>(at);
            record = put(to + used, room - used, child.name, child, child.number + 2);
            at = child.next;
        }
        used += record;
        position = position < 2 ? position + 1 : 2;
    }
    directory_end();
    return used == 0 && record == 0 ? -1 : used;
}

/** Writes one record. Returns its bytes, 0 when there is no room. */
function put(to: xptr_t, room: u32, name: usize, node: node_t, next: u64): u32 {
    let length: u32 = 0;
    while (load<u8>(name + length) != 0) length++;
    const bytes = (HEADER + length + 1 + 7) & ~7;
    if (bytes > room) return 0;
    for (let i: u32 = 16; i < bytes; i += 8) remote_store64(to + i, 0);
    remote_store64(to, node.inode_number);
    remote_store64(to + 8, next);
    const type = node.directory != 0 ? DT_DIR : node.target != 0 ? DT_LNK : DT_REG;
    remote_store32(to + 16, bytes | (type << 16));
    for (let i: u32 = 0; i < length; i++) remote_store8(to + HEADER + i, load<u8>(name + i));
    return bytes;
}

/**
 * Writes the path of a node, of a directory or a file, to the end of the PATH_BYTES bytes at `to`. Returns where it begins there; or -ENOENT
 * when it has no name any more, -ENAMETOOLONG.
 */
export function directory_path(node: xptr_t, to: xptr_t): i64 {
    if (is_local(0)) return path_here(node_address(node), to);
    const desc = rpc_arguments();
    desc.set(NODE_PATH_NODE, node_address(node));
    desc.set(NODE_PATH_TO, to);
    rpc_send(0, LEVEL_MANAGER, RPC_NODE_PATH);
    return <i64>desc.get(NODE_PATH_START);
}

function serve_path(desc: xptr_t): void {
    rpc_set(desc, NODE_PATH_START, <u64>path_here(<usize>rpc_get(desc, NODE_PATH_NODE), rpc_get(desc, NODE_PATH_TO)));
}

function path_here(node: usize, to: xptr_t): i64 {
    directory_begin();
    const start = write_path(node == 0 ? name_root() : changetype<node_t>(node), to);
    directory_end();
    return start;
}

function write_path(node: node_t, to: xptr_t): i64 {
    const root = changetype<usize>(name_root());
    let start: u32 = PATH_BYTES - 1;
    remote_store8(to + start, 0);
    if (changetype<usize>(node) == root) remote_store8(to + --start, 47);
    for (let at = changetype<usize>(node); at != root; at = changetype<node_t>(at).parent) {
        if (changetype<node_t>(at).parent == 0) return -ENOENT;
        const name = changetype<node_t>(at).name;
        let length: u32 = 0;
        while (load<u8>(name + length) != 0) length++;
        if (length + 1 > start) return -ENAMETOOLONG;
        start -= length;
        for (let i: u32 = 0; i < length; i++) remote_store8(to + start + i, load<u8>(name + i));
        remote_store8(to + --start, 47);
    }
    return start;
}
