// What a program starts with beside its image: arguments and environment (vmm-policy 6.1), working directory and descriptors.

import { ENOMEM, ENOTDIR } from "../abi/errno";
import { O_LARGEFILE } from "../abi/file";
import { ARGS_VADDR, PAGE_SHIFT, PAGE_SIZE } from "../abi/memory-map";
import { VSEG_DATA } from "../abi/vseg-type";
import { descriptors_begin_at, descriptors_open, descriptors_read_from } from "../fs/descriptors";
import {
    directory_do,
    directory_file,
    directory_release,
    IS_DIRECTORY,
    inode_release,
    LOOKUP_FIND,
} from "../fs/directory";
import { open_directory, open_file_create } from "../fs/open-file";
import { xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { envs_vaddr } from "../mm/user-space";
import { vmm_vsegs } from "../mm/vmm";
import { vseg_create, vseg_t } from "../mm/vseg";
import { vsl_insert } from "../mm/vsl";

/** A program that init asks for: a single one, or one node process of a DSM group. */
@unmanaged
export class program_t {
    path: u64;
    args: u64;
    args_size: u32;
    index: u32;
    threads: u32;
    node: u32;
    /** The xptr of the group that the node belongs to, or 0. */
    group: u64;
    envs: u64;
    envs_size: u64;
    /** Paths (xptrs) of the working directory, 0 for the root, and of the file that is its standard input, or 0. */
    cwd: u64;
    stdin: u64;
}

/** Adds the vsegs of args and environment. False without memory. */
export function program_strings(process: process_t, program: program_t): bool {
    if (program.args_size != 0 && !add_strings(process, ARGS_VADDR, program.args, program.args_size)) return false;
    return add_strings(process, envs_vaddr(), program.envs, <u32>program.envs_size);
}

/** Adds a vseg of at least one page, which begins with these bytes. */
function add_strings(process: process_t, vaddr: u32, content: xptr_t, bytes: u32): bool {
    const room: u32 = bytes == 0 ? 1 : bytes;
    const address = vseg_create(VSEG_DATA, vaddr >> PAGE_SHIFT, (vaddr + room + <u32>PAGE_SIZE - 1) >> PAGE_SHIFT);
    if (address == 0) return false;
    const vseg = changetype<vseg_t>(address);
    if (bytes != 0) {
        vseg.content = content;
        vseg.content_start = vaddr;
        vseg.content_end = vaddr + bytes;
    }
    vsl_insert(vmm_vsegs(process), vseg, process.pid);
    return true;
}

/** Opens the descriptors and the working directory that the program starts with (docs/spec/files.md F9). Returns 0 or -errno. */
export function program_files(process: process_t, program: program_t): i32 {
    if (!descriptors_open(process)) return -ENOMEM;
    const error = program.cwd == 0 ? 0 : begin_at(process, program.cwd);
    return error != 0 || program.stdin == 0 ? error : read_from(process, program.stdin);
}

function begin_at(process: process_t, path: xptr_t): i32 {
    const found = directory_do(LOOKUP_FIND, 0, path, 0);
    if (found < 0) return <i32>found;
    const object = <xptr_t>(found & ~IS_DIRECTORY);
    if ((found & IS_DIRECTORY) == 0) {
        inode_release(object);
        return -ENOTDIR;
    }
    const file = open_directory(object, 0);
    if (file == 0) {
        directory_release(object);
        return -ENOMEM;
    }
    descriptors_begin_at(process, file);
    return 0;
}

function read_from(process: process_t, path: xptr_t): i32 {
    const inode = directory_file(path);
    if (inode < 0) return <i32>inode;
    const file = open_file_create(<xptr_t>inode, O_LARGEFILE);
    if (file == 0) {
        inode_release(<xptr_t>inode);
        return -ENOMEM;
    }
    descriptors_read_from(process, file);
    return 0;
}
