// The beginning of a process's end, from any cluster (vmm-policy 7.4). Its reaper does the rest (proc/reaper.ts).

import { RPC_PROCESS_KILL } from "../abi/rpc-ops";
import { PROCESS_KILL_CODE, PROCESS_KILL_PID, PROCESS_KILL_SIGNAL } from "../abi/rpc-words";
import { xptr_t } from "../hal/platform";
import {
    PROCESS_ALIVE,
    PROCESS_DYING,
    PROCESS_EXEC,
    process_hold,
    process_release,
    process_t,
} from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { reaper_wake } from "./reaper-event";

export function kill_init(): void {
    const kill: (desc: xptr_t) => void = serve_kill;
    rpc_register(RPC_PROCESS_KILL, <u32>kill.index);
}

/** Begins the end of a process. The reason of the first call stays. Leaf. */
export function process_kill(pid: u32, code: u32, signal: u32): void {
    const reference = pid >> 16;
    if (is_local(reference)) {
        kill_here(pid, code, signal);
        return;
    }
    const desc = rpc_arguments();
    desc.set(PROCESS_KILL_PID, pid);
    desc.set(PROCESS_KILL_CODE, code);
    desc.set(PROCESS_KILL_SIGNAL, signal);
    rpc_send(reference, LEVEL_LEAF, RPC_PROCESS_KILL);
}

function serve_kill(desc: xptr_t): void {
    kill_here(
        <u32>rpc_get(desc, PROCESS_KILL_PID),
        <u32>rpc_get(desc, PROCESS_KILL_CODE),
        <u32>rpc_get(desc, PROCESS_KILL_SIGNAL),
    );
}

function kill_here(pid: u32, code: u32, signal: u32): void {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    // An exec under way is no end: a kill meanwhile ends the process.
    if (process.state == PROCESS_ALIVE || process.state == PROCESS_EXEC) {
        process.state = PROCESS_DYING;
        process.exit_code = code;
        process.signal = signal;
    }
    vmm_unlock(process);
    process_release(process);
    reaper_wake();
}
