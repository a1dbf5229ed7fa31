// A process is created in a named cluster, which becomes its owner and reference (vmm-policy 7.5, 7.6).

import { ENOMEM } from "../abi/errno";
import { RPC_PROCESS_CREATE } from "../abi/rpc-ops";
import { PROCESS_CREATE_PID, PROCESS_CREATE_PROGRAM } from "../abi/rpc-words";
import { group_join } from "../dsm/membership";
import { remote_load64 } from "../hal/hal";
import { local_cxy, xptr_local, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { PROCESS_NEW, process_t } from "../mm/process-table";
import { tell_process } from "../probe";
import { LEVEL_PROCESS } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { thread_t } from "../sched/thread";
import { first_thread_commit, first_thread_make } from "./first-thread";
import { process_create } from "./process";
import { program_t } from "./program";
import { process_free } from "./release";

export function create_init(): void {
    const create: (desc: xptr_t) => void = serve_create;
    rpc_register(RPC_PROCESS_CREATE, <u32>create.index);
}

/** Starts `program`, which is in this cluster's memory, in cluster `cxy`. Returns its pid, or -errno. */
export function process_start(cxy: u32, program: program_t): i64 {
    if (is_local(cxy)) return start_here(program);
    const desc = rpc_arguments();
    desc.set(PROCESS_CREATE_PROGRAM, xptr_local(changetype<usize>(program)));
    rpc_send(cxy, LEVEL_PROCESS, RPC_PROCESS_CREATE);
    return <i64>desc.get(PROCESS_CREATE_PID);
}

function serve_create(desc: xptr_t): void {
    const from = rpc_get(desc, PROCESS_CREATE_PROGRAM);
    const bytes = <u32>offsetof<program_t>();
    const copy = kcm_alloc(bytes);
    if (copy == 0) {
        rpc_set(desc, PROCESS_CREATE_PID, <u64>-ENOMEM);
        return;
    }
    for (let i: u32 = 0; i < bytes; i += 8) store<u64>(copy + i, remote_load64(from + i));
    rpc_set(desc, PROCESS_CREATE_PID, <u64>start_here(changetype<program_t>(copy)));
    kcm_free(copy);
}

function start_here(program: program_t): i64 {
    const address = process_create(program);
    if (address < 0) return address;
    const process = changetype<process_t>(<usize>address);
    const pid = process.pid;
    const thread = first_thread_make(
        process,
        program.args_size == 0 ? 0 : program.args,
        program.envs_size == 0 ? 0 : program.envs,
    );
    if (thread < 0) {
        process_free(process);
        return thread;
    }
    process.process_group = pid;
    process.session = pid;
    if (program.group != 0) group_join(program.group, program.node, pid);
    tell_process(pid, program.index, program.node, local_cxy, program.path, 0);
    first_thread_commit(process, changetype<thread_t>(<usize>thread), PROCESS_NEW);
    return pid;
}
