// Paths as users name them. There is one directory.

import { ENAMETOOLONG } from "../abi/errno";
import { DIRENT_NAME_SIZE } from "../abi/file";
import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_from_user } from "../mm/uaccess";

/** Copies a user's path to the thread's buffer. Leading "/" and "./" are dropped, because there is one directory. Returns 0 or -errno. */
export function user_path(process: process_t, path: uaddr_t, to: usize): i64 {
    for (let i: u32 = 0; i < <u32>DIRENT_NAME_SIZE; i++) {
        const error = copy_from_user(process, to + i, path + i, 1);
        if (error != 0) return error;
        if (load<u8>(to + i) == 0) return strip(to);
    }
    return -ENAMETOOLONG;
}

function strip(path: usize): i64 {
    let from = path;
    while (load<u8>(from) == 47 || (load<u8>(from) == 46 && (load<u8>(from, 1) == 47 || load<u8>(from, 1) == 0)))
        from++;
    let to = path;
    for (; load<u8>(from) != 0; to++, from++) store<u8>(to, load<u8>(from));
    store<u8>(to, 0);
    return 0;
}
