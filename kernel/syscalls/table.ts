// The table of system calls, by which every call finds its handler. Each file of this folder registers the calls that it handles.

import { ENOSYS } from "../abi/errno";
import { SYS_SCHED_SETAFFINITY } from "../abi/syscalls";
import { FRAME_A0, FRAME_A7 } from "../abi/trap-frame";
import { cstr } from "../hal/cstr";
import { process_t } from "../mm/process-table";
import { assert_kernel } from "../panic";
import { tell_enosys, tell_refused } from "../probe";
import { newborn_begin } from "../proc/newborn";
import { this_thread } from "../sched/thread";

/** A call as the user has made it: the saved user registers from a0 to a7. The result goes to a0. */
@unmanaged
export class call_t {
    a0: u64;
    a1: u64;
    a2: u64;
    a3: u64;
    a4: u64;
    a5: u64;
    a6: u64;
    /** a7: SYS_* in the low half. */
    number: u64;
}

/** Executes a call of the running thread, whose process is `process`. Returns a value or -errno. */
export type call_handler = (process: process_t, call: call_t) => i64;

/**
 * Numbers have rows up to this one. Archipel's own numbers begin at 1024, behind those of Linux. The rows between stay empty: they cost a
 * kilobyte, and a second range would cost a comparison in every call.
 */
const CALLS: u32 = 1088;

/** Function index of each number's handler (u16 each), or 0. */
const handlers: usize = memory.data(1088 * 2, 2);

/** Declares the handler of a call: one of SYS_*, each once (test/kernel/syscalls.test.ts). */
export function call_register(number: u32, handler: call_handler): void {
    store<u16>(handlers + (number << 1), <u16>handler.index);
}

/** Executes the call in the user registers at `frame`, and puts the result into a0. */
export function syscall(frame: usize): void {
    const process = changetype<process_t>(this_thread().process);
    const call = changetype<call_t>(frame + FRAME_A0);
    call.a0 = <u64>dispatch(process, call);
}

function dispatch(process: process_t, call: call_t): i64 {
    const number = <u32>call.number;
    if (this_thread().newborn != 0 && number != SYS_SCHED_SETAFFINITY) newborn_begin();
    const handler: u32 = number < CALLS ? load<u16>(handlers + (number << 1)) : 0;
    return handler == 0 ? no_call(process, call) : call_indirect<i64>(handler, process, call);
}

/** Returns -ENOSYS, and a probe record lets the host name the call. This is also the answer to a known call in a form that is not there. */
export function no_call(process: process_t, call: call_t): i64 {
    tell_enosys(process.pid, <u32>call.number);
    return -ENOSYS;
}

/**
 * Refuses what Linux would do and this call does not: REFUSED_* of abi/refusals.ts. Returns -errno, and a probe record lets the host tell
 * of it once.
 */
export function refused(process: process_t, code: u32): i64 {
    tell_refused(process.pid, code);
    return -(<i64>(code & 255));
}

/** Checks that call_t lies over the frame as it says. */
export function table_init(): void {
    assert_kernel(offsetof<call_t>("number") == FRAME_A7 - FRAME_A0, cstr("call_t is not laid out as the trap frame"));
}
