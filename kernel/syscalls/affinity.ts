// The harts that threads may run on (Linux riscv64): sched_getaffinity and sched_setaffinity. Harts are numbered over the machine, cluster by
// cluster. A thread stays on the hart that it began on, so there is nothing to move.

import { EFAULT, EINVAL, ESRCH } from "../abi/errno";
import { REFUSED_SCHED_SETAFFINITY_ANOTHER_HART, REFUSED_SCHED_SETAFFINITY_ANOTHER_THREAD } from "../abi/refusals";
import { SYS_SCHED_GETAFFINITY, SYS_SCHED_SETAFFINITY } from "../abi/syscalls";
import { cluster_count, harts_per_cluster, local_cxy, uaddr_t } from "../hal/platform";
import { has_instance } from "../hal/topology";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { clones_stay } from "../proc/placement";
import { this_hart, this_thread } from "../sched/thread";
import { call_register, call_t, refused } from "./table";

export function affinity_calls(): void {
    call_register(SYS_SCHED_GETAFFINITY, sys_sched_getaffinity);
    call_register(SYS_SCHED_SETAFFINITY, sys_sched_setaffinity);
}

/**
 * sched_getaffinity(id, bytes, to): the harts where the calling thread, and the threads that it makes, may run. Only a thread is asked
 * about that is the caller, or by the PID.
 */
function sys_sched_getaffinity(process: process_t, call: call_t): i64 {
    const id = <u32>call.a0;
    const bytes = call.a1;
    const thread = this_thread();
    if (id != 0 && id != thread.id && id != process.pid) return -ESRCH;
    const size = ((cluster_count * harts_per_cluster + 63) >> 6) << 3;
    if (bytes < size || (bytes & 7) != 0) return -EINVAL;
    const stays = clones_stay();
    for (let word: u32 = 0; word < size >> 3; word++) {
        store<u64>(thread.buffer, harts_in(word, stays));
        if (copy_to_user(process, call.a2 + (word << 3), thread.buffer, 8) != 0) return -EFAULT;
    }
    return size;
}

/** The bits of 64 harts: those of this cluster, or of all clusters with harts. */
function harts_in(word: u32, only_here: bool): u64 {
    let bits: u64 = 0;
    for (let bit: u32 = 0; bit < 64; bit++) {
        const cxy = ((word << 6) + bit) / harts_per_cluster;
        if (cxy < cluster_count && (only_here ? cxy == local_cxy : has_instance(cxy))) bits |= (<u64>1) << bit;
    }
    return bits;
}

/** Returns 0 when the set of so many bytes at `from` names a hart that there is; else -EINVAL, or -EFAULT. */
export function names_a_hart(process: process_t, from: uaddr_t, bytes: u64): i64 {
    const buffer = this_thread().buffer;
    const harts = <u64>(cluster_count * harts_per_cluster);
    for (let byte: u64 = 0; byte < bytes && byte << 3 < harts; byte++) {
        if (copy_from_user(process, buffer, from + byte, 1) != 0) return -EFAULT;
        const bits = harts_in(<u32>(byte >> 3), false) >> ((byte & 7) << 3);
        if ((load<u8>(buffer) & <u8>bits) != 0) return 0;
    }
    return -EINVAL;
}

/** sched_setaffinity(id, bytes, from) takes a set that has the hart of the calling thread, which stays there anyway. */
function sys_sched_setaffinity(process: process_t, call: call_t): i64 {
    const id = <u32>call.a0;
    const thread = this_thread();
    const hart = local_cxy * harts_per_cluster + this_hart().lid;
    const byte = <u64>(hart >> 3);
    store<u8>(thread.buffer, 0);
    if (byte < call.a1 && copy_from_user(process, thread.buffer, call.a2 + byte, 1) != 0) return -EFAULT;
    if (id != 0 && id != thread.id) return refused(process, REFUSED_SCHED_SETAFFINITY_ANOTHER_THREAD);
    if ((load<u8>(thread.buffer) >> (hart & 7)) & 1) return 0;
    return refused(process, REFUSED_SCHED_SETAFFINITY_ANOTHER_HART);
}
