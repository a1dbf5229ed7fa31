// The calls by which a parent waits for its children (Linux riscv64): wait4 and waitid.

import { EFAULT, EINTR, EINVAL, ESRCH } from "../abi/errno";
import { REFUSED_WAITID_P_PIDFD } from "../abi/refusals";
import { CLD_CONTINUED, CLD_EXITED, CLD_KILLED, CLD_STOPPED, SIGCHLD, SIGCONT } from "../abi/signal";
import { SYS_WAIT4, SYS_WAITID } from "../abi/syscalls";
import { STATUS_CONTINUED, STATUS_STOPPED, WCONTINUED, WEXITED, WNOHANG, WNOWAIT, WUNTRACED } from "../abi/wait";
import { uaddr_t } from "../hal/platform";
import { process_t } from "../mm/process-table";
import { copy_to_user } from "../mm/uaccess";
import { family_wait, WAIT_ANY, WAIT_FOR_GROUP, WAIT_FOR_PID } from "../proc/family";
import { signal_restarts } from "../proc/signal-take";
import { this_thread } from "../sched/thread";
import { call_register, call_t, refused } from "./table";
import { tell_usage } from "./time";

/** __WNOTHREAD, __WALL and __WCLONE: children are those of the whole process. */
const WHOSE: u32 = 0xe0000000;

export function wait_calls(): void {
    call_register(SYS_WAIT4, sys_wait4);
    call_register(SYS_WAITID, sys_waitid);
}

/** wait4(pid, status, options, usage) */
function sys_wait4(process: process_t, call: call_t): i64 {
    const pid = <i32>call.a0;
    const options = <u32>call.a2;
    if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED | WHOSE)) != 0) return -EINVAL;
    if (pid == i32.MIN_VALUE) return -ESRCH;
    const kind = pid == -1 ? WAIT_ANY : pid > 0 ? WAIT_FOR_PID : WAIT_FOR_GROUP;
    const found = family_wait(process, kind, <u32>(pid > 0 ? pid : -pid), options | WEXITED);
    if (found == -EINTR) signal_restarts(call.a0);
    if (found <= 0) return found;
    const status: uaddr_t = call.a1;
    const thread = this_thread();
    store<u32>(thread.buffer, <u32>thread.join_value);
    if (status != 0 && copy_to_user(process, status, thread.buffer, 4) != 0) return -EFAULT;
    return call.a3 != 0 && tell_waited(process, call.a3) != 0 ? -EFAULT : found;
}

const P_ALL: u32 = 0;
const P_PID: u32 = 1;
const P_PGID: u32 = 2;
const P_PIDFD: u32 = 3;

/** waitid(kind, number, siginfo, options, usage) */
function sys_waitid(process: process_t, call: call_t): i64 {
    const kind = <u32>call.a0;
    const number = <i32>call.a1;
    const options = <u32>call.a3;
    const taken = WNOHANG | WNOWAIT | WEXITED | WUNTRACED | WCONTINUED;
    if ((options & ~(taken | WHOSE)) != 0 || (options & (WEXITED | WUNTRACED | WCONTINUED)) == 0) return -EINVAL;
    if (kind == P_PIDFD) return refused(process, REFUSED_WAITID_P_PIDFD);
    if (kind > P_PIDFD || (kind == P_PID && number <= 0) || (kind == P_PGID && number < 0)) return -EINVAL;
    const who = kind == P_ALL ? WAIT_ANY : kind == P_PID ? WAIT_FOR_PID : WAIT_FOR_GROUP;
    const found = family_wait(process, who, <u32>number, options);
    if (found == -EINTR) signal_restarts(call.a0);
    if (found < 0) return found;
    const thread = this_thread();
    if (found > 0 && call.a4 != 0 && tell_waited(process, call.a4) != 0) return -EFAULT;
    const to: uaddr_t = call.a2;
    return to == 0 ? 0 : tell_child(process, to, <u32>found, <u32>thread.join_value);
}

/** Writes the usage of the child that the running thread has waited for. Returns 0 or -EFAULT. */
function tell_waited(process: process_t, to: uaddr_t): i64 {
    const thread = this_thread();
    return tell_usage(process, to, thread.wait_user_cycles, thread.wait_system_cycles);
}

/** Bytes of struct siginfo up to the end of si_status: signal, errno, code, a gap, pid, uid, status. The others stay as they are. */
const SIGINFO_SIZE: u32 = 28;

/** Writes the fields of a struct siginfo that tell of a child; without one (pid 0) they are 0. */
function tell_child(process: process_t, to: uaddr_t, pid: u32, status: u32): i64 {
    const buffer = this_thread().buffer;
    for (let i: u32 = 0; i < SIGINFO_SIZE; i += 4) store<u32>(buffer + i, 0);
    if (pid != 0) {
        store<u32>(buffer, SIGCHLD);
        store<u32>(buffer, pid, 16);
        tell_status(buffer, status);
    }
    return copy_to_user(process, to, buffer, SIGINFO_SIZE);
}

/** Writes si_code and si_status. */
function tell_status(info: usize, status: u32): void {
    const low = status & 0x7f;
    let code: u32 = low == 0 ? CLD_EXITED : CLD_KILLED;
    let value = low == 0 ? status >> 8 : low;
    if (status == STATUS_CONTINUED) {
        code = CLD_CONTINUED;
        value = SIGCONT;
    } else if (low == STATUS_STOPPED) {
        code = CLD_STOPPED;
        value = status >> 8;
    }
    store<u32>(info, code, 8);
    store<u32>(info, value, 24);
}
