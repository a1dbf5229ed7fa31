// The calls for whole processes: execve, exit_group and program_threads. clone, which also forks, is in clone.ts.

import { SYS_EXECVE, SYS_EXIT_GROUP, SYS_PROGRAM_THREADS } from "../abi/syscalls";
import { process_t } from "../mm/process-table";
import { process_exec } from "../proc/exec";
import { process_kill } from "../proc/kill";
import { user_thread_exit } from "../proc/thread-end";
import { vfork_leave } from "../proc/vfork";
import { this_thread } from "../sched/thread";
import { user_path } from "./path";
import { sm_leave } from "./sm-wait";
import { call_register, call_t } from "./table";

export function process_calls(): void {
    call_register(SYS_EXECVE, sys_execve);
    call_register(SYS_EXIT_GROUP, sys_exit_group);
    call_register(SYS_PROGRAM_THREADS, sys_program_threads);
}

/** execve(path, argv, envp) */
function sys_execve(process: process_t, call: call_t): i64 {
    const thread = this_thread();
    let error = user_path(process, call.a0, thread.buffer);
    if (error == 0) error = process_exec(process, thread.buffer, call.a1, call.a2);
    // The old image is gone, so this thread never sees the call's end.
    if (error == 0) thread.killed = 1;
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
