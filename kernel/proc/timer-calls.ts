// What a process asks of its timers at Z, and the signals of those that have expired (signals.md S7).

import { CSR_TIME } from "../abi/csr";
import { EAGAIN, EINVAL, ENOMEM } from "../abi/errno";
import { RPC_TIMER_CALL } from "../abi/rpc-ops";
import {
    TIMER_CALL_ERROR,
    TIMER_CALL_FIRST,
    TIMER_CALL_ID,
    TIMER_CALL_INTERVAL,
    TIMER_CALL_LEFT,
    TIMER_CALL_OVERRUN,
    TIMER_CALL_PID,
    TIMER_CALL_SECOND,
    TIMER_CALL_THIRD,
    TIMER_CALL_WHAT,
} from "../abi/rpc-words";
import { SI_KERNEL, SI_TIMER, SIGALRM } from "../abi/signal";
import {
    OWN_VALUE,
    SIGEV_NONE,
    SIGEV_SIGNAL,
    SIGEV_THREAD_ID,
    TIMER_CREATE,
    TIMER_DELETE,
    TIMER_SET,
} from "../abi/timer";
import { csr_read } from "../hal/hal";
import { xptr_local, xptr_t } from "../hal/platform";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { vmm_lock, vmm_unlock } from "../mm/vmm";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { this_thread } from "../sched/thread";
import { signal_process, signal_thread } from "./signal-send";
import { signals_make, signals_timer } from "./signals";
import { TIMERS, timer_start, timer_stop, timer_t, timers_take } from "./timers";

/** The timer of setitimer(ITIMER_REAL), which is always there. */
export const ITIMER: u32 = 0;

export function timer_calls_init(): void {
    const call: (desc: xptr_t) => void = serve_call;
    rpc_register(RPC_TIMER_CALL, <u32>call.index);
}

/**
 * TIMER_CREATE: `first` is the signal, and SIGEV_* above 32 bits, `second` si_value, `third` a thread; returns the timer's number. TIMER_SET:
 * `first` is the deadline, 0 stops it, `second` the interval. Returns -errno otherwise, or 0. The state of the timer before is in the
 * running thread's request: the results of RPC_TIMER_CALL. Leaf.
 */
export function timer_call(process: process_t, what: u32, id: u32, first: u64, second: u64, third: u64): i64 {
    const desc = rpc_arguments();
    desc.set(TIMER_CALL_PID, process.pid);
    desc.set(TIMER_CALL_WHAT, what);
    desc.set(TIMER_CALL_ID, id);
    desc.set(TIMER_CALL_FIRST, first);
    desc.set(TIMER_CALL_SECOND, second);
    desc.set(TIMER_CALL_THIRD, third);
    if (is_local(process.reference)) serve_call(xptr_local(changetype<usize>(desc)));
    else rpc_send(process.reference, LEVEL_LEAF, RPC_TIMER_CALL);
    return <i64>desc.get(TIMER_CALL_ERROR);
}

function serve_call(desc: xptr_t): void {
    const process = changetype<process_t>(process_hold(<u32>rpc_get(desc, TIMER_CALL_PID)));
    const what = <u32>rpc_get(desc, TIMER_CALL_WHAT);
    const id = <u32>rpc_get(desc, TIMER_CALL_ID);
    const first = rpc_get(desc, TIMER_CALL_FIRST);
    const second = rpc_get(desc, TIMER_CALL_SECOND);
    const third = <u32>rpc_get(desc, TIMER_CALL_THIRD);
    rpc_set(desc, TIMER_CALL_ERROR, <u64>(<i64>-ENOMEM));
    if (changetype<usize>(process) == 0) return;
    vmm_lock(process);
    let error: i64 = -ENOMEM;
    if (signals_make(process)) {
        error =
            what == TIMER_CREATE ? create(process, first, second, third) : use(process, desc, what, id, first, second);
    }
    vmm_unlock(process);
    process_release(process);
    rpc_set(desc, TIMER_CALL_ERROR, <u64>error);
}

/** The caller holds the VMM's lock, as for the functions below. */
function create(process: process_t, event: u64, value: u64, thread: u32): i64 {
    let id: u32 = 1;
    while (id < TIMERS && signals_timer(process, id).used != 0) id++;
    if (id == TIMERS) return -EAGAIN;
    const timer = signals_timer(process, id);
    timer.used = 1;
    timer.id = id;
    timer.pid = process.pid;
    timer.signal = <u32>event;
    timer.notify = <u32>(event >> 32);
    timer.thread = thread;
    timer.value = timer.notify == OWN_VALUE ? id - 1 : value;
    timer.overrun = 0;
    timer.interval = 0;
    return id;
}

function use(process: process_t, desc: xptr_t, what: u32, id: u32, deadline: u64, interval: u64): i64 {
    if (id >= TIMERS) return -EINVAL;
    const timer = signals_timer(process, id);
    if (id == ITIMER) {
        timer.pid = process.pid;
        timer.signal = SIGALRM;
        timer.notify = SIGEV_SIGNAL;
    } else if (timer.used == 0) return -EINVAL;
    const now = csr_read(CSR_TIME);
    rpc_set(desc, TIMER_CALL_LEFT, timer.runs == 0 ? 0 : timer.deadline > now ? timer.deadline - now : 1);
    rpc_set(desc, TIMER_CALL_INTERVAL, timer.interval);
    rpc_set(desc, TIMER_CALL_OVERRUN, timer.overrun);
    if (what == TIMER_SET) set(timer, deadline, interval);
    if (what == TIMER_DELETE) remove(timer);
    return 0;
}

function set(timer: timer_t, deadline: u64, interval: u64): void {
    timer_stop(timer);
    timer.interval = interval;
    timer.deadline = deadline;
    if (deadline != 0) timer_start(timer);
}

function remove(timer: timer_t): void {
    timer_stop(timer);
    timer.used = 0;
}

/** Stops the timers of a process at its end, or with `all` false those of timer_create at its exec. */
export function timers_forget(process: process_t, all: bool): void {
    if (process.signals == 0) return;
    for (let id: u32 = all ? 0 : 1; id < TIMERS; id++) remove(signals_timer(process, id));
}

/** The reaper sends the signals of the timers that have expired. True when there was one. */
export function timers_ring(): bool {
    const timer = changetype<timer_t>(this_thread().buffer);
    let rang = false;
    while (timers_take(csr_read(CSR_TIME), timer)) {
        rang = true;
        ring(timer);
    }
    return rang;
}

function ring(timer: timer_t): void {
    if (timer.notify == SIGEV_NONE) return;
    if (timer.id == ITIMER) {
        signal_process(timer.pid, timer.signal, SI_KERNEL, 0, 0);
        return;
    }
    const sender = <u64>(timer.id - 1) | ((<u64>timer.overrun) << 32);
    if (timer.notify == SIGEV_THREAD_ID) {
        signal_thread(timer.pid, timer.thread, timer.signal, SI_TIMER, sender, timer.value);
    } else signal_process(timer.pid, timer.signal, SI_TIMER, sender, timer.value);
}
