// Creation of a process in a named cluster, which becomes its owner and reference (vmm-policy 7.5, 7.6).

import { ENOMEM } from "../abi/errno";
import { PROBE_PROCESS } from "../abi/event";
import { MUTANT_BEYOND_END, MUTANT_OBJECT_FREED_TWICE, MUTANT_USED_AFTER_FREE } from "../abi/observed-mutants";
import { group_join } from "../dsm/membership";
import { remote_load64 } from "../hal/hal";
import { local_cxy, xptr_local, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { Mutant } from "../mutant";
import { probe7 } from "../probe";
import { RPC_PROCESS_CREATE } from "../rpc/ops";
import { is_local, LEVEL_PROCESS, rpc_arguments, rpc_get, rpc_register, rpc_send, rpc_set } from "../rpc/rpc";
import { process_create, program_t } from "./process";
import { PROCESS_NEW, process_t } from "./process-table";
import { process_free } from "./release";
import { thread_t } from "./thread";
import { user_thread_commit, user_thread_first } from "./user-thread";

export function create_init(): void {
    const create: (desc: xptr_t) => void = serve_create;
    rpc_register(RPC_PROCESS_CREATE, <u32>create.index);
}

/** Starts `program` (in this cluster's memory) in cluster `cxy`: its pid, or -errno. */
export function process_start(cxy: u32, program: program_t): i64 {
    if (is_local(cxy)) return start_here(program);
    const desc = rpc_arguments();
    desc.arg0 = xptr_local(changetype<usize>(program));
    rpc_send(cxy, LEVEL_PROCESS, RPC_PROCESS_CREATE);
    return <i64>desc.arg0;
}

/** Copies the client's program_t, then starts it. */
function serve_create(desc: xptr_t): void {
    const from = rpc_get(desc, 0);
    const bytes = <u32>offsetof<program_t>();
    const copy = kcm_alloc(Mutant.on(MUTANT_BEYOND_END) ? bytes - 4 : bytes);
    if (copy == 0) {
        rpc_set(desc, 0, <u64>-ENOMEM);
        return;
    }
    for (let i: u32 = 0; i < bytes; i += 8) store<u64>(copy + i, remote_load64(from + i));
    if (Mutant.on(MUTANT_USED_AFTER_FREE) || Mutant.on(MUTANT_OBJECT_FREED_TWICE)) kcm_free(copy);
    rpc_set(desc, 0, Mutant.on(MUTANT_OBJECT_FREED_TWICE) ? 0 : <u64>start_here(changetype<program_t>(copy)));
    kcm_free(copy);
}

function start_here(program: program_t): i64 {
    const address = process_create(program);
    if (address < 0) return address;
    const process = changetype<process_t>(<usize>address);
    const pid = process.pid;
    const thread = user_thread_first(process, program.args_size == 0 ? 0 : program.args, 0);
    if (thread < 0) {
        process_free(process);
        return thread;
    }
    if (program.group != 0) group_join(program.group, program.node, pid);
    probe7(PROBE_PROCESS, pid, program.index, program.node, local_cxy, program.path, 0, 0);
    user_thread_commit(process, changetype<thread_t>(<usize>thread), PROCESS_NEW);
    return pid;
}
