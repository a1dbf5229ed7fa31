// File descriptors (docs/spec/files.md F1, F2). The table of P lies at its reference cluster, under a lock of its own. An entry owns the
// open file that it names. Operations are leaf requests to that cluster from a thread of P, so that P is there meanwhile.

import { EBADF, EBUSY, EMFILE } from "../abi/errno";
import {
    RPC_FD_CLOSES,
    RPC_FD_COPY,
    RPC_FD_HOLD,
    RPC_FD_INSTALL,
    RPC_FD_REPLACE,
    RPC_FD_RESERVE,
    RPC_FD_TAKE,
} from "../abi/rpc-ops";
import {
    FD_CLOSES_ANSWER,
    FD_CLOSES_FD,
    FD_CLOSES_PID,
    FD_CLOSES_SET,
    FD_COPY_CLOSES,
    FD_COPY_PID,
    FD_COPY_TO,
    FD_HOLD_FD,
    FD_HOLD_FILE,
    FD_HOLD_PID,
    FD_INSTALL_CLOSES,
    FD_INSTALL_FD,
    FD_INSTALL_FILE,
    FD_INSTALL_PID,
    FD_REPLACE_CLOSES,
    FD_REPLACE_FD,
    FD_REPLACE_FILE,
    FD_REPLACE_OLD,
    FD_REPLACE_PID,
    FD_RESERVE_FD,
    FD_RESERVE_FROM,
    FD_RESERVE_PID,
    FD_TAKE_FD,
    FD_TAKE_FILE,
    FD_TAKE_PID,
} from "../abi/rpc-words";
import { remote_store64 } from "../hal/hal";
import { lock_acquire, lock_release } from "../hal/lock";
import { xptr_local, xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { process_hold, process_release, process_t } from "../mm/process-table";
import { LEVEL_LEAF } from "../rpc/levels";
import { is_local, rpc_arguments, rpc_get, rpc_send, rpc_set } from "../rpc/rpc";
import { rpc_register } from "../rpc/serve";
import { console_file_share, open_file_release, open_file_share, STREAMS } from "./open-file";

export const FDS: u32 = 32;
/** The place behind them names the working directory: an open directory, or 0 for the root. */
const CWD: u32 = FDS;
const PLACES: u32 = FDS + 1;
/** The value for an open file that is yet to come: a call that opens one has taken the descriptor. To all other calls it is closed. */
const RESERVED: u64 = 1;

export function descriptors_init(): void {
    const reserve: (desc: xptr_t) => void = serve_reserve;
    const install: (desc: xptr_t) => void = serve_install;
    const hold: (desc: xptr_t) => void = serve_hold;
    const take: (desc: xptr_t) => void = serve_take;
    const copy: (desc: xptr_t) => void = serve_copy;
    const replace: (desc: xptr_t) => void = serve_replace;
    const closes: (desc: xptr_t) => void = serve_closes;
    rpc_register(RPC_FD_REPLACE, <u32>replace.index);
    rpc_register(RPC_FD_CLOSES, <u32>closes.index);
    rpc_register(RPC_FD_RESERVE, <u32>reserve.index);
    rpc_register(RPC_FD_INSTALL, <u32>install.index);
    rpc_register(RPC_FD_HOLD, <u32>hold.index);
    rpc_register(RPC_FD_TAKE, <u32>take.index);
    rpc_register(RPC_FD_COPY, <u32>copy.index);
}

/** The process at Z, held, with its table locked, until table_unlock; 0 when it is not there. */
function table_lock(pid: u32): usize {
    const process = process_hold(pid);
    if (process != 0) lock_acquire(process + offsetof<process_t>("fds_lock"));
    return process;
}

function table_unlock(process: usize): void {
    lock_release(process + offsetof<process_t>("fds_lock"));
    process_release(changetype<process_t>(process));
}

/** Address of a descriptor's place in the locked table, or 0. */
function place_of(process: usize, fd: u32): usize {
    const table = changetype<process_t>(process).fds;
    return table == 0 || fd >= PLACES ? 0 : table + (fd << 3);
}

/** Gives a new process, of this cluster, the console's open files as descriptors 0, 1 and 2. False without memory. */
export function descriptors_open(process: process_t): bool {
    process.fds = kcm_alloc(PLACES * 8);
    if (process.fds == 0) return false;
    for (let fd: u32 = 0; fd < STREAMS; fd++) store<u64>(process.fds + (fd << 3), console_file_share(fd));
    return true;
}

/** Gives a new process, of this cluster, its working directory, an open directory whose owner the process becomes. */
export function descriptors_begin_at(process: process_t, file: xptr_t): void {
    store<u64>(process.fds + (CWD << 3), file);
}

/** Lets descriptor 0 of a new process, of this cluster, name the open file, whose owner it becomes, in place of the console's. */
export function descriptors_read_from(process: process_t, file: xptr_t): void {
    open_file_release(load<u64>(process.fds));
    store<u64>(process.fds, file);
}

/**
 * Takes the lowest free descriptor from `from` on for an open file that is to come; fd_install follows. Returns it, or -EMFILE, or -EBADF
 * when the process is ending.
 */
export function fd_reserve(process: process_t, from: u32): i64 {
    if (is_local(process.reference)) return reserve_here(process.pid, from);
    const desc = rpc_arguments();
    desc.set(FD_RESERVE_PID, process.pid);
    desc.set(FD_RESERVE_FROM, from);
    rpc_send(process.reference, LEVEL_LEAF, RPC_FD_RESERVE);
    return <i64>desc.get(FD_RESERVE_FD);
}

function serve_reserve(desc: xptr_t): void {
    rpc_set(
        desc,
        FD_RESERVE_FD,
        <u64>reserve_here(<u32>rpc_get(desc, FD_RESERVE_PID), <u32>rpc_get(desc, FD_RESERVE_FROM)),
    );
}

function reserve_here(pid: u32, from: u32): i64 {
    const process = table_lock(pid);
    if (process == 0) return -EBADF;
    const fd = reserve_locked(process, from);
    table_unlock(process);
    return fd;
}

function reserve_locked(process: usize, from: u32): i64 {
    for (let fd = from; fd < FDS; fd++) {
        const place = place_of(process, fd);
        if (place == 0 || load<u64>(place) != 0) continue;
        store<u64>(place, RESERVED);
        return fd;
    }
    return -EMFILE;
}

/**
 * Lets the reserved descriptor name the open file, whose owner it becomes. With file 0 it is free again. `closes`: an exec closes it
 * (O_CLOEXEC).
 */
export function fd_install(process: process_t, fd: u32, file: xptr_t, closes: bool): void {
    if (is_local(process.reference)) {
        install_here(process.pid, fd, file, closes);
        return;
    }
    const desc = rpc_arguments();
    desc.set(FD_INSTALL_PID, process.pid);
    desc.set(FD_INSTALL_FD, fd);
    desc.set(FD_INSTALL_FILE, file);
    desc.set(FD_INSTALL_CLOSES, closes ? 1 : 0);
    rpc_send(process.reference, LEVEL_LEAF, RPC_FD_INSTALL);
}

function serve_install(desc: xptr_t): void {
    install_here(
        <u32>rpc_get(desc, FD_INSTALL_PID),
        <u32>rpc_get(desc, FD_INSTALL_FD),
        rpc_get(desc, FD_INSTALL_FILE),
        rpc_get(desc, FD_INSTALL_CLOSES) != 0,
    );
}

function install_here(pid: u32, fd: u32, file: xptr_t, closes: bool): void {
    const process = table_lock(pid);
    if (process == 0) return;
    store<u64>(place_of(process, fd), file);
    set_closes(changetype<process_t>(process), fd, closes);
    table_unlock(process);
}

/** Notes whether an exec closes the descriptor. The caller has the lock of the table. */
function set_closes(process: process_t, fd: u32, closes: bool): void {
    const bit: u32 = fd < FDS ? 1 << fd : 0;
    process.fds_closing = closes ? process.fds_closing | bit : process.fds_closing & ~bit;
}

/** The open file of a descriptor, with the caller as an owner until open_file_release; or 0. */
export function fd_hold(process: process_t, fd: u32): xptr_t {
    return fd < FDS ? hold(process, fd) : 0;
}

/** The open directory that is the working directory, held as by fd_hold; 0 for the root. */
export function cwd_hold(process: process_t): xptr_t {
    return hold(process, CWD);
}

function hold(process: process_t, fd: u32): xptr_t {
    if (is_local(process.reference)) return hold_here(process.pid, fd);
    const desc = rpc_arguments();
    desc.set(FD_HOLD_PID, process.pid);
    desc.set(FD_HOLD_FD, fd);
    rpc_send(process.reference, LEVEL_LEAF, RPC_FD_HOLD);
    return desc.get(FD_HOLD_FILE);
}

function serve_hold(desc: xptr_t): void {
    rpc_set(desc, FD_HOLD_FILE, hold_here(<u32>rpc_get(desc, FD_HOLD_PID), <u32>rpc_get(desc, FD_HOLD_FD)));
}

function hold_here(pid: u32, fd: u32): xptr_t {
    const process = table_lock(pid);
    if (process == 0) return 0;
    const file = file_at(place_of(process, fd));
    if (file != 0) open_file_share(file);
    table_unlock(process);
    return file;
}

function file_at(place: usize): xptr_t {
    const file: u64 = place == 0 ? 0 : load<u64>(place);
    return file == RESERVED ? 0 : file;
}

/** Takes a descriptor out of the table. Returns its open file, whose owner the caller now is, or 0. */
export function fd_take(process: process_t, fd: u32): xptr_t {
    if (fd >= FDS) return 0;
    if (is_local(process.reference)) return take_here(process.pid, fd);
    const desc = rpc_arguments();
    desc.set(FD_TAKE_PID, process.pid);
    desc.set(FD_TAKE_FD, fd);
    rpc_send(process.reference, LEVEL_LEAF, RPC_FD_TAKE);
    return desc.get(FD_TAKE_FILE);
}

function serve_take(desc: xptr_t): void {
    rpc_set(desc, FD_TAKE_FILE, take_here(<u32>rpc_get(desc, FD_TAKE_PID), <u32>rpc_get(desc, FD_TAKE_FD)));
}

function take_here(pid: u32, fd: u32): xptr_t {
    const process = table_lock(pid);
    if (process == 0) return 0;
    const place = place_of(process, fd);
    const file = file_at(place);
    if (file != 0) store<u64>(place, 0);
    table_unlock(process);
    return file;
}

/**
 * dup3: lets the descriptor name the open file, whose owner it becomes. Returns the open file that it named before, whose owner the caller
 * now is, 0 when it named none; or -EBADF above the table, -EBUSY while another call opens it.
 */
export function fd_replace(process: process_t, fd: u32, file: xptr_t, closes: bool): i64 {
    return fd < FDS ? replace(process, fd, file, closes) : -EBADF;
}

/** chdir: the open directory becomes the working directory. Returns as fd_replace. */
export function cwd_replace(process: process_t, file: xptr_t): i64 {
    return replace(process, CWD, file, false);
}

function replace(process: process_t, fd: u32, file: xptr_t, closes: bool): i64 {
    if (is_local(process.reference)) return replace_here(process.pid, fd, file, closes);
    const desc = rpc_arguments();
    desc.set(FD_REPLACE_PID, process.pid);
    desc.set(FD_REPLACE_FD, fd);
    desc.set(FD_REPLACE_FILE, file);
    desc.set(FD_REPLACE_CLOSES, closes ? 1 : 0);
    rpc_send(process.reference, LEVEL_LEAF, RPC_FD_REPLACE);
    return <i64>desc.get(FD_REPLACE_OLD);
}

function serve_replace(desc: xptr_t): void {
    const fd = <u32>rpc_get(desc, FD_REPLACE_FD);
    const closes = rpc_get(desc, FD_REPLACE_CLOSES) != 0;
    const old = replace_here(<u32>rpc_get(desc, FD_REPLACE_PID), fd, rpc_get(desc, FD_REPLACE_FILE), closes);
    rpc_set(desc, FD_REPLACE_OLD, <u64>old);
}

function replace_here(pid: u32, fd: u32, file: xptr_t, closes: bool): i64 {
    const process = table_lock(pid);
    if (process == 0) return -EBADF;
    const place = place_of(process, fd);
    let old: i64 = place == 0 ? -EBADF : <i64>load<u64>(place);
    if (old == RESERVED) old = -EBUSY;
    if (old >= 0) {
        store<u64>(place, file);
        set_closes(changetype<process_t>(process), fd, closes);
    }
    table_unlock(process);
    return old;
}

/** Tells whether an exec closes the descriptor: 1 or 0, or -EBADF. CLOSES_SET and CLOSES_CLEAR change that first. */
export function fd_closes(process: process_t, fd: u32, set: u32): i64 {
    if (fd >= FDS) return -EBADF;
    if (is_local(process.reference)) return closes_here(process.pid, fd, set);
    const desc = rpc_arguments();
    desc.set(FD_CLOSES_PID, process.pid);
    desc.set(FD_CLOSES_FD, fd);
    desc.set(FD_CLOSES_SET, set);
    rpc_send(process.reference, LEVEL_LEAF, RPC_FD_CLOSES);
    return <i64>desc.get(FD_CLOSES_ANSWER);
}
export const CLOSES_TELL: u32 = 0;
export const CLOSES_SET: u32 = 1;
export const CLOSES_CLEAR: u32 = 2;

function serve_closes(desc: xptr_t): void {
    const fd = <u32>rpc_get(desc, FD_CLOSES_FD);
    const answer = closes_here(<u32>rpc_get(desc, FD_CLOSES_PID), fd, <u32>rpc_get(desc, FD_CLOSES_SET));
    rpc_set(desc, FD_CLOSES_ANSWER, <u64>answer);
}

function closes_here(pid: u32, fd: u32, set: u32): i64 {
    const process = table_lock(pid);
    if (process == 0) return -EBADF;
    const open = file_at(place_of(process, fd)) != 0;
    if (open && set != CLOSES_TELL) set_closes(changetype<process_t>(process), fd, set == CLOSES_SET);
    const closes = (changetype<process_t>(process).fds_closing & (1 << fd)) != 0;
    table_unlock(process);
    return !open ? -EBADF : closes ? 1 : 0;
}

/** For fork: the child, in this cluster, gets the descriptors that its parent has at one moment. False without memory. */
export function descriptors_copy(child: process_t, parent: u32, reference: u32): bool {
    const table = kcm_alloc(PLACES * 8);
    if (table == 0) return false;
    const to = xptr_local(table);
    child.fds_closing = is_local(reference) ? copy_here(parent, to) : ask_copy(parent, reference, to);
    child.fds = table;
    return true;
}

function ask_copy(parent: u32, reference: u32, to: xptr_t): u32 {
    const desc = rpc_arguments();
    desc.set(FD_COPY_PID, parent);
    desc.set(FD_COPY_TO, to);
    rpc_send(reference, LEVEL_LEAF, RPC_FD_COPY);
    return <u32>desc.get(FD_COPY_CLOSES);
}

function serve_copy(desc: xptr_t): void {
    rpc_set(desc, FD_COPY_CLOSES, copy_here(<u32>rpc_get(desc, FD_COPY_PID), rpc_get(desc, FD_COPY_TO)));
}

/** Copies the descriptors to the table at `to`; each open file gets one more owner. Returns those that an exec closes. */
function copy_here(pid: u32, to: xptr_t): u32 {
    const process = table_lock(pid);
    if (process == 0) return 0;
    for (let fd: u32 = 0; fd < PLACES; fd++) {
        const file = file_at(place_of(process, fd));
        if (file == 0) continue;
        open_file_share(file);
        remote_store64(to + (fd << 3), file);
    }
    const closes = changetype<process_t>(process).fds_closing;
    table_unlock(process);
    return closes;
}

/** For exec: closes the descriptors that it closes. Called at Z when no thread of P is left. */
export function descriptors_exec(process: process_t): void {
    if (process.fds == 0) return;
    for (let fd: u32 = 0; fd < FDS; fd++) {
        if ((process.fds_closing & (1 << fd)) == 0) continue;
        const file = file_at(process.fds + (fd << 3));
        store<u64>(process.fds + (fd << 3), 0);
        if (file != 0) open_file_release(file);
    }
    process.fds_closing = 0;
}

/** Closes the open files of a process at its end. Called at Z when no thread of P is left. */
export function descriptors_close(process: process_t): void {
    if (process.fds == 0) return;
    for (let fd: u32 = 0; fd < PLACES; fd++) {
        const file = file_at(process.fds + (fd << 3));
        if (file != 0) open_file_release(file);
    }
    kcm_free(process.fds);
    process.fds = 0;
}
