// ppoll and pselect6: a thread waits until one of several descriptors can be read or written, for a signal or for a time (docs/spec/files.md
// F13, signals.md S5.3).

import { CSR_TIME } from "../abi/csr";
import { EBADF, EFAULT, EINTR, EINVAL, ENOMEM } from "../abi/errno";
import {
    POLLERR,
    POLLHUP,
    POLLIN,
    POLLNVAL,
    POLLOUT,
    POLLPRI,
    POLLRDBAND,
    POLLRDNORM,
    POLLWRBAND,
    POLLWRNORM,
} from "../abi/poll";
import { SYS_PPOLL, SYS_PSELECT6 } from "../abi/syscalls";
import { BLOCKED_POLL } from "../abi/thread";
import { FDS, fd_hold } from "../fs/descriptors";
import {
    flags_write,
    KIND_PIPE,
    open_file_flags,
    open_file_inode,
    open_file_kind,
    open_file_release,
} from "../fs/open-file";
import { SIDE_READ, SIDE_WRITE } from "../fs/pipe";
import { pipe_poll, pipe_unpoll } from "../fs/pipe-poll";
import { csr_read } from "../hal/hal";
import { uaddr_t, xptr_local, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { process_t } from "../mm/process-table";
import { copy_from_user, copy_to_user } from "../mm/uaccess";
import { NO_DEADLINE } from "../proc/futex";
import { signal_ready, signal_unmask } from "../proc/signal-take";
import { sched_block, sched_unblock_self, sched_wait, sched_wait_until } from "../sched/sched";
import { this_thread } from "../sched/thread";
import { mask_meanwhile } from "./signal-wait";
import { call_register, call_t } from "./table";
import { put_rest, user_deadline } from "./time";

export function poll_calls(): void {
    call_register(SYS_PPOLL, sys_ppoll);
    call_register(SYS_PSELECT6, sys_pselect6);
}

/** A descriptor that is waited for: its open file (xptr), held, or 0; the events that are wanted, and those that there are. */
@unmanaged
class poll_t {
    file: u64;
    fd: i32;
    wanted: u16;
    events: u16;
}

/** The descriptors of one call, at most so many as a process can have. */
function entry(table: usize, i: u32): poll_t {
    return changetype<poll_t>(table + <usize>i * offsetof<poll_t>());
}

/** Events that ppoll tells of in any case. */
const UNASKED: u32 = POLLERR | POLLHUP;

/** Bytes of a struct pollfd: fd, wanted, events. */
const POLLFD: u32 = 8;

/** ppoll(descriptors, count, timeout, mask, bytes) */
function sys_ppoll(process: process_t, call: call_t): i64 {
    const deadline = call.a2 == 0 ? NO_DEADLINE : user_deadline(process, call.a2, false);
    if (deadline < 0) return deadline;
    const error = call.a3 == 0 ? <i64>0 : mask_meanwhile(process, call.a3, call.a4);
    if (error != 0) return error;
    const result = call.a1 > <u64>FDS ? -EINVAL : poll(process, call.a0, <u32>call.a1, deadline);
    return poll_over(process, result, deadline, call.a2);
}

/** The end of a call: unless a handler is to run, the mask before holds again. The rest of the time goes to the user. */
function poll_over(process: process_t, result: i64, deadline: i64, timeout: uaddr_t): i64 {
    if (result != -EINTR) signal_unmask(process);
    if (timeout != 0 && this_thread().killed == 0) put_rest(process, timeout, <u64>deadline);
    return result;
}

function poll(process: process_t, user: uaddr_t, count: u32, deadline: i64): i64 {
    const table = table_make(count);
    if (table == 0) return -ENOMEM;
    let result: i64 = 0;
    const buffer = this_thread().buffer;
    for (let i: u32 = 0; i < count && result == 0; i++) {
        if (copy_from_user(process, buffer, user + i * POLLFD, POLLFD) != 0) result = -EFAULT;
        else hold_entry(process, entry(table, i), load<i32>(buffer), <u16>(<u32>load<u16>(buffer, 4) | UNASKED));
    }
    if (result == 0) {
        result = await_events(process, table, count, deadline);
        for (let i: u32 = 0; i < count; i++) {
            store<u16>(buffer, entry(table, i).events);
            if (copy_to_user(process, user + i * POLLFD + 6, buffer, 2) != 0) result = -EFAULT;
        }
    }
    table_free(table, count);
    return result;
}

/** An empty table, or 0 without memory. */
function table_make(count: u32): usize {
    return kcm_alloc((count == 0 ? 1 : count) * <u32>offsetof<poll_t>());
}

/** Gives back the open files that the table's entries hold. */
function table_free(table: usize, count: u32): void {
    for (let i: u32 = 0; i < count; i++) {
        const file = entry(table, i).file;
        if (file != 0) open_file_release(file);
    }
    kcm_free(table);
}

function hold_entry(process: process_t, each: poll_t, fd: i32, wanted: u16): void {
    each.fd = fd;
    each.wanted = wanted;
    each.file = fd < 0 ? 0 : fd_hold(process, <u32>fd);
}

/** Waits until an entry has events. Returns the number of entries that have, 0 after the deadline, -EINTR or -ENOMEM. */
function await_events(process: process_t, table: usize, count: u32, deadline: i64): i64 {
    const self = xptr_local(changetype<usize>(this_thread()));
    let late: bool = deadline != NO_DEADLINE && <u64>deadline <= csr_read(CSR_TIME);
    while (true) {
        sched_block(BLOCKED_POLL);
        const found = look(table, count, late ? 0 : self);
        if (found == 0 && !late && !signal_ready(process)) late = wait(deadline);
        else {
            sched_unblock_self(BLOCKED_POLL);
            unlist(table, count, self);
            return found == 0 && signal_ready(process) ? -EINTR : found;
        }
        unlist(table, count, self);
    }
}

/** Waits for a change, at longest until a tick of `time`. Returns true when the deadline has passed. */
function wait(deadline: i64): bool {
    if (deadline != NO_DEADLINE) return sched_wait_until(BLOCKED_POLL, deadline);
    sched_wait(BLOCKED_POLL);
    return false;
}

/** Counts the entries with events. As long as there is none, pipes wake `thread` when they change, unless it is 0. */
function look(table: usize, count: u32, thread: xptr_t): i64 {
    let found: i64 = 0;
    for (let i: u32 = 0; i < count; i++) {
        const each = entry(table, i);
        const events = events_of(each, found == 0 ? thread : 0);
        if (events < 0) return events;
        each.events = <u16>events;
        if (events != 0) found++;
    }
    return found;
}

/** Files, directories and the console never let anybody wait. */
const ALWAYS: u32 = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

function events_of(each: poll_t, thread: xptr_t): i64 {
    const file = each.file;
    if (file == 0) return each.fd < 0 ? 0 : <i64>POLLNVAL;
    if (open_file_kind(file) != KIND_PIPE) return <i64>(ALWAYS & each.wanted);
    const side = flags_write(open_file_flags(file)) ? SIDE_WRITE : SIDE_READ;
    return pipe_poll(open_file_inode(file), side, each.wanted, thread);
}

/** Takes the thread off the lists of all pipes. */
function unlist(table: usize, count: u32, thread: xptr_t): void {
    for (let i: u32 = 0; i < count; i++) {
        const file = entry(table, i).file;
        if (file != 0 && open_file_kind(file) == KIND_PIPE) pipe_unpoll(open_file_inode(file), thread);
    }
}

/** Descriptors above are in no set: a kernel of Linux has a table of that size at least. */
const SELECTED: u32 = 64;
const SETS: u32 = 3;

/** The events of poll that put a descriptor into the set of those that can be read, or written. An exception is POLLPRI. */
const READABLE: u32 = POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR;
const WRITABLE: u32 = POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR;

/** pselect6(count, read, write, except, timeout, mask): `mask` is the address of a mask's address and size. */
function sys_pselect6(process: process_t, call: call_t): i64 {
    const deadline = call.a4 == 0 ? NO_DEADLINE : user_deadline(process, call.a4, false);
    if (deadline < 0) return deadline;
    const buffer = this_thread().buffer;
    if (call.a5 != 0) {
        if (copy_from_user(process, buffer, call.a5, 16) != 0) return -EFAULT;
        const mask = load<u64>(buffer);
        const error = mask == 0 ? <i64>0 : mask_meanwhile(process, mask, load<u64>(buffer, 8));
        if (error != 0) return error;
    }
    return poll_over(process, select(process, call, deadline), deadline, call.a4);
}

function select(process: process_t, call: call_t, deadline: i64): i64 {
    if (<i32>call.a0 < 0) return -EINVAL;
    const count = <u32>call.a0 < SELECTED ? <u32>call.a0 : SELECTED;
    const buffer = this_thread().buffer;
    for (let set: u32 = 0; set < SETS; set++) {
        store<u64>(buffer + (set << 3), 0);
        const from = set_address(call, set);
        if (count != 0 && from != 0 && copy_from_user(process, buffer + (set << 3), from, 8) != 0) return -EFAULT;
    }
    const table = table_make(FDS);
    if (table == 0) return -ENOMEM;
    const used = count == 0 ? <u64>0 : ~(<u64>0) >> (64 - count);
    const held = hold_selected(
        process,
        table,
        load<u64>(buffer) & used,
        load<u64>(buffer, 8) & used,
        load<u64>(buffer, 16) & used,
    );
    let result = held < 0 ? held : await_events(process, table, <u32>held, deadline);
    if (result >= 0) result = put_sets(process, call, table, <u32>held, count);
    table_free(table, FDS);
    return result;
}

function set_address(call: call_t, set: u32): uaddr_t {
    return set == 0 ? call.a1 : set == 1 ? call.a2 : call.a3;
}

/** Fills the table with the descriptors that are in a set. Returns their number, or -EBADF when one of them is not open. */
function hold_selected(process: process_t, table: usize, read: u64, write: u64, except: u64): i64 {
    let held: u32 = 0;
    for (let all = read | write | except; all != 0; all &= all - 1) {
        const fd = <u32>ctz<u64>(all);
        const bit = (<u64>1) << fd;
        if (fd >= FDS) return -EBADF;
        let wanted: u32 = 0;
        if (read & bit) wanted |= READABLE;
        if (write & bit) wanted |= WRITABLE;
        if (except & bit) wanted |= POLLPRI;
        const each = entry(table, held++);
        hold_entry(process, each, fd, <u16>wanted);
        if (each.file == 0) return -EBADF;
    }
    return held;
}

/** Writes the sets of descriptors that have events. Returns the number of bits in them, or -EFAULT. */
function put_sets(process: process_t, call: call_t, table: usize, held: u32, count: u32): i64 {
    const buffer = this_thread().buffer;
    let bits: i64 = 0;
    for (let set: u32 = 0; set < SETS; set++) {
        const to = set_address(call, set);
        if (to == 0) continue;
        let found: u64 = 0;
        const events = set == 0 ? READABLE : set == 1 ? WRITABLE : POLLPRI;
        for (let i: u32 = 0; i < held; i++) {
            if (entry(table, i).events & events) found |= (<u64>1) << entry(table, i).fd;
        }
        bits += <i64>popcnt<u64>(found);
        store<u64>(buffer, found);
        if (count != 0 && copy_to_user(process, to, buffer, 8) != 0) return -EFAULT;
    }
    return bits;
}
