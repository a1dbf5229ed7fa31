// The calls for whole processes: execve, exit_group and program_threads. clone, which also forks, is in clone.ts.

import { EACCES } from "../abi/errno";
import { SYS_EXECVE, SYS_EXIT_GROUP, SYS_PROGRAM_THREADS } from "../abi/syscalls";
import { attributes_mode } from "../fs/attributes";
import { directory_release, IS_DIRECTORY, inode_release, LOOKUP_FIND } from "../fs/directory";
import { xptr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { process_exec } from "../proc/exec";
import { process_kill } from "../proc/kill";
import { user_thread_exit } from "../proc/thread-end";
import { vfork_leave } from "../proc/vfork";
import { this_thread } from "../sched/thread";
import { AT_FDCWD, path_do } from "./path";
import { sm_leave } from "./sm-wait";
import { call_register, call_t } from "./table";
import { target_attributes, target_executes } from "./target";

export function process_calls(): void {
    call_register(SYS_EXECVE, sys_execve);
    call_register(SYS_EXIT_GROUP, sys_exit_group);
    call_register(SYS_PROGRAM_THREADS, sys_program_threads);
}

/** execve(path, argv, envp) */
function sys_execve(process: process_t, call: call_t): i64 {
    const inode = path_do(process, LOOKUP_FIND, AT_FDCWD, call.a0);
    if (inode < 0) return inode;
    if (inode & IS_DIRECTORY) {
        directory_release(<xptr_t>(inode & ~IS_DIRECTORY));
        return -EACCES;
    }
    if (!target_executes(attributes_mode(target_attributes(inode)), inode)) {
        inode_release(<xptr_t>inode);
        return -EACCES;
    }
    const error = process_exec(process, <xptr_t>inode, call.a1, call.a2);
    inode_release(<xptr_t>inode);
    // The old image is gone, so this thread never sees the call's end.
    if (error == 0) this_thread().killed = 1;
    return error;
}

function sys_exit_group(process: process_t, call: call_t): i64 {
    const code = <u32>call.a0;
    if (code == 0) sm_leave(process);
    vfork_leave(process);
    process_kill(process.pid, code & 255, 0);
    user_thread_exit(0);
    return 0;
}

/** Returns the number of threads that the config wants of the program. */
function sys_program_threads(process: process_t, call: call_t): i64 {
    return process.program_threads;
}
