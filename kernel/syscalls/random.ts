// getrandom.

import { EFAULT } from "../abi/errno";
import { PAGE_SIZE } from "../abi/memory-map";
import { SYS_GETRANDOM } from "../abi/syscalls";
import { process_t } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import { random_next } from "../random";
import { rpc_between_pages } from "../rpc/serve";
import { THREAD_BUFFER, this_thread } from "../sched/thread";
import { call_register, call_t } from "./table";

export function random_calls(): void {
    call_register(SYS_GETRANDOM, sys_getrandom);
}

/** getrandom(to, bytes, flags): the random bytes are a function of the run's seed. */
function sys_getrandom(process: process_t, call: call_t): i64 {
    const bytes = call.a1;
    const buffer = this_thread().buffer;
    let done: u64 = 0;
    while (done < bytes) {
        const left = bytes - done;
        const count: u32 = left < THREAD_BUFFER ? <u32>left : THREAD_BUFFER;
        for (let i: u32 = 0; i < count; i += 8) store<u64>(buffer + i, random_next());
        if (copy_to_user(process, call.a0 + done, buffer, count) != 0) return done != 0 ? <i64>done : -EFAULT;
        done += count;
        if ((done & (PAGE_SIZE - 1)) == 0 && !rpc_between_pages()) break;
    }
    return <i64>done;
}
