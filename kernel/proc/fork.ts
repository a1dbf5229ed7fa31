// fork (vmm-policy 7.2). The child's cluster Y makes the child: it freezes the parent at Z (copy-on-write in every replica), takes
// over VSL and GPT of Z by remote reads, copies the calling thread's stack from its cluster, and starts the thread.

import { EAGAIN, ENOMEM } from "../abi/errno";
import { MUTANT_COW_CHILD, MUTANT_COW_UNCOUNTED } from "../abi/mutants";
import { PROBE_PROCESS } from "../abi/probe";
import { VSEG_CODE, VSEG_FILE } from "../abi/vseg-type";
import { descriptors_copy } from "../fs/descriptors";
import { remote_load32, remote_load64 } from "../hal/hal";
import { copy_bytes, local_cxy, xptr_local, xptr_make, xptr_t } from "../hal/platform";
import { frame_share } from "../mm/frame";
import { gpt_remote, gpt_slot } from "../mm/gpt";
import { kcm_free } from "../mm/kcm";
import { PTE_R, PTE_W, PTE_X, pte_has_frame, pte_ppn, pte_restrict } from "../mm/pte";
import { structure_copied, structure_release, structure_share } from "../mm/structure";
import { vmm_lock, vmm_unlock, vmm_vsegs } from "../mm/vmm";
import { vseg_create, vseg_t, vsl_insert } from "../mm/vseg";
import { Mutant } from "../mutant";
import { probe7 } from "../probe";
import { RPC_FORK, RPC_FORK_BEGIN, RPC_FORK_END } from "../rpc/ops";
import {
    is_local,
    LEVEL_PROCESS,
    LEVEL_REFERENCE,
    rpc_arguments,
    rpc_get,
    rpc_register,
    rpc_send,
    rpc_set,
} from "../rpc/rpc";
import { cluster_least_loaded } from "./cluster";
import { fstate_flush } from "./fstate";
import { process_blank, process_make_vmm } from "./process";
import { PROCESS_ALIVE, process_hold, process_release, process_t } from "./process-table";
import { program_started } from "./programs";
import { process_free } from "./release";
import { start_stack_touch } from "./start-stack";
import { this_thread } from "./thread";
import { user_thread_clone } from "./user-thread";

export function fork_init(): void {
    const fork: (desc: xptr_t) => void = serve_fork;
    const begin: (desc: xptr_t) => void = serve_begin;
    const end: (desc: xptr_t) => void = serve_end;
    rpc_register(RPC_FORK, <u32>fork.index);
    rpc_register(RPC_FORK_BEGIN, <u32>begin.index);
    rpc_register(RPC_FORK_END, <u32>end.index);
}

/** fork in cluster `place` (-1: the least loaded): the child's pid, or -errno. The child returns 0 from the same call. */
export function process_fork(process: process_t, place: i32): i64 {
    start_stack_touch(process);
    const cxy = place < 0 ? cluster_least_loaded() : <u32>place;
    const thread = xptr_local(changetype<usize>(this_thread()));
    fstate_flush();
    if (is_local(cxy)) return fork_here(process.pid, process.reference, thread, process.root);
    const desc = rpc_arguments();
    desc.arg0 = process.pid;
    desc.arg1 = process.reference;
    desc.arg2 = thread;
    desc.arg3 = process.root;
    rpc_send(cxy, LEVEL_PROCESS, RPC_FORK);
    return <i64>desc.arg0;
}

function serve_fork(desc: xptr_t): void {
    const pid = <u32>rpc_get(desc, 0);
    const reference = <u32>rpc_get(desc, 1);
    rpc_set(desc, 0, <u64>fork_here(pid, reference, rpc_get(desc, 2), <usize>rpc_get(desc, 3)));
}

function fork_here(parent: u32, reference: u32, thread: xptr_t, root: usize): i64 {
    const address = process_blank();
    if (address == 0) return -EAGAIN;
    const child = changetype<process_t>(address);
    const pid = child.pid;
    child.parent = parent;
    if (process_make_vmm(child) != 0) {
        process_free(child);
        return -ENOMEM;
    }
    const source = fork_begin(parent, reference);
    if (source == 0) {
        process_free(child);
        return -EAGAIN;
    }
    const taken = take_over(child, xptr_make(reference, source), reference);
    fork_end(parent, reference, taken);
    if (!taken) {
        process_free(child);
        return -ENOMEM;
    }
    return begin_life(child, pid, thread, root);
}

function begin_life(child: process_t, pid: u32, thread: xptr_t, root: usize): i64 {
    const parent = child.parent;
    child.state = PROCESS_ALIVE;
    program_started();
    probe7(PROBE_PROCESS, pid, child.program, NOT_A_NODE, local_cxy, 0, parent, 0);
    const started = user_thread_clone(child, thread, root);
    // A clone that failed was the child's last thread: its end is the reaper's, and the parent's to wait for.
    return started < 0 ? started : pid;
}
/** In place of a node id: a forked process. */
const NOT_A_NODE: u64 = 0xffffffff;

/** Freezes the parent at Z for the copy; its descriptor's local address there, or 0: it is ending. */
function fork_begin(pid: u32, reference: u32): usize {
    if (is_local(reference)) return begin_here(pid);
    const desc = rpc_arguments();
    desc.arg0 = pid;
    rpc_send(reference, LEVEL_REFERENCE, RPC_FORK_BEGIN);
    return <usize>desc.arg0;
}

function serve_begin(desc: xptr_t): void {
    rpc_set(desc, 0, begin_here(<u32>rpc_get(desc, 0)));
}

/** The hold lasts until fork_end. */
function begin_here(pid: u32): usize {
    const process = changetype<process_t>(process_hold(pid));
    if (changetype<usize>(process) == 0) return 0;
    structure_share(process);
    return changetype<usize>(process);
}

function fork_end(pid: u32, reference: u32, child: bool): void {
    if (is_local(reference)) {
        end_here(pid, child);
        return;
    }
    const desc = rpc_arguments();
    desc.arg0 = pid;
    desc.arg1 = child ? 1 : 0;
    rpc_send(reference, LEVEL_REFERENCE, RPC_FORK_END);
}

function serve_end(desc: xptr_t): void {
    end_here(<u32>rpc_get(desc, 0), rpc_get(desc, 1) != 0);
}

function end_here(pid: u32, child: bool): void {
    const process = changetype<process_t>(process_hold(pid));
    structure_release(process);
    if (child) {
        vmm_lock(process);
        process.children++;
        vmm_unlock(process);
    }
    process_release(process);
    process_release(process);
}

/** Fields, vsegs, entries and descriptors of the frozen parent whose reference descriptor is at `from`. */
function take_over(child: process_t, from: xptr_t, reference: u32): bool {
    child.program = remote_load32(from + offsetof<process_t>("program"));
    child.program_threads = remote_load32(from + offsetof<process_t>("program_threads"));
    child.heap_first = remote_load32(from + offsetof<process_t>("heap_first"));
    child.brk = remote_load64(from + offsetof<process_t>("brk"));
    child.entry = remote_load64(from + offsetof<process_t>("entry"));
    const root = xptr_make(reference, <usize>remote_load32(from + offsetof<process_t>("root")));
    let at = <usize>remote_load32(from + offsetof<process_t>("vsegs"));
    while (at != 0) {
        const vseg = xptr_make(reference, at);
        at = <usize>remote_load32(vseg + offsetof<vseg_t>("next"));
        if (!take_vseg(child, vseg, root)) return false;
    }
    return descriptors_copy(child, child.parent, reference);
}

/** CODE and FILE are refilled on demand; of the copied types the mapped pages are shared copy-on-write. */
function take_vseg(child: process_t, from: xptr_t, root: xptr_t): bool {
    const type = remote_load32(from + offsetof<vseg_t>("type"));
    const frozen = remote_load32(from + offsetof<vseg_t>("busy")) != 0;
    const copied = structure_copied(type) && frozen;
    if (!copied && type != VSEG_CODE && type != VSEG_FILE) return true;
    const address = vseg_create(type, 0, 0);
    if (address == 0) return false;
    const vseg = changetype<vseg_t>(address);
    copy_bytes(xptr_local(address), from, <u32>offsetof<vseg_t>());
    vseg.busy = 0;
    if (!vsl_insert(vmm_vsegs(child), vseg, child.pid)) {
        kcm_free(address);
        return false;
    }
    return !copied || take_pages(child, vseg, root);
}

function take_pages(child: process_t, vseg: vseg_t, root: xptr_t): bool {
    for (let vpn = vseg.first_vpn; vpn < vseg.end_vpn; vpn++) {
        const pte = gpt_remote(root, vpn);
        if (!pte_has_frame(pte)) continue;
        const slot = gpt_slot(child.root, vpn, true, child.pid);
        if (slot == 0) return false;
        if (!Mutant.on(MUTANT_COW_UNCOUNTED)) frame_share(pte_ppn(pte));
        store<u64>(slot, Mutant.on(MUTANT_COW_CHILD) ? pte | PTE_W : pte_restrict(pte, PTE_R | PTE_X));
    }
    return true;
}
