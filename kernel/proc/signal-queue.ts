// Pending signals: those of a process, at Z, and those of a thread (signals.md S2). A standard signal is pending once, a real-time signal as
// often as it was sent, and each with its siginfo.

import { EAGAIN } from "../abi/errno";
import { SIGNAL_TAKE_CODE, SIGNAL_TAKE_SENDER, SIGNAL_TAKE_SIGNAL, SIGNAL_TAKE_VALUE } from "../abi/rpc-words";
import { SI_TIMER, SIGRTMIN } from "../abi/signal";
import { xptr_t } from "../hal/platform";
import { kcm_alloc, kcm_free } from "../mm/kcm";
import { rpc_set } from "../rpc/rpc";

/** A pending signal. Of a timer's signal, `sender` is the timer's id, with the overruns above 32 bits; of others the sender's pid. */
@unmanaged
class signal_t {
    next: usize;
    signal: u32;
    code: i32;
    padding: u32;
    sender: u64;
    value: u64;
}

/** The limit of signals in one list: a search takes that long (vmm-policy 5.9.9). */
const QUEUED_MAX: u32 = 128;

/** Bit s - 1 of a set stands for signal s. */
export function signal_bit(signal: u32): u64 {
    return (<u64>1) << (signal - 1);
}

/** The answers of queue_add. */
export const QUEUE_ADDED: i64 = 1;
export const QUEUE_KNOWN: i64 = 0;

/**
 * Adds a signal to the list that begins at the word `list`, and to the set at `set`. Returns QUEUE_*, or -EAGAIN when no more are queued.
 * A standard signal for which there is no memory is pending without its siginfo. The caller holds the list's lock.
 */
export function queue_add(list: usize, set: usize, signal: u32, code: i32, sender: u64, value: u64): i64 {
    const bit = signal_bit(signal);
    const known = (load<u64>(set) & bit) != 0;
    let count: u32 = 0;
    let link = list;
    while (load<usize>(link) != 0) {
        const at = changetype<signal_t>(load<usize>(link));
        if (code == SI_TIMER && at.code == SI_TIMER && at.signal == signal && <u32>at.sender == <u32>sender) {
            at.sender += sender & 0xffff_ffff_0000_0000;
            at.sender += (<u64>1) << 32;
            return QUEUE_KNOWN;
        }
        count++;
        link = changetype<usize>(at) + offsetof<signal_t>("next");
    }
    if (known && signal < <u32>SIGRTMIN) return QUEUE_KNOWN;
    const entry = changetype<signal_t>(count < QUEUED_MAX ? kcm_alloc(<u32>offsetof<signal_t>()) : <usize>0);
    if (changetype<usize>(entry) == 0 && signal >= <u32>SIGRTMIN) return -EAGAIN;
    store<u64>(set, load<u64>(set) | bit);
    if (changetype<usize>(entry) == 0) return QUEUE_ADDED;
    entry.next = 0;
    entry.signal = signal;
    entry.code = code;
    entry.sender = sender;
    entry.value = value;
    store<usize>(link, changetype<usize>(entry));
    return QUEUE_ADDED;
}

/**
 * Takes the lowest pending signal of `wanted`, the oldest of that number, and puts it into the results of a request for RPC_SIGNAL_TAKE.
 * Returns its number, or 0. The caller holds the list's lock.
 */
export function queue_take(list: usize, set: usize, wanted: u64, desc: xptr_t): u32 {
    const found = load<u64>(set) & wanted;
    if (found == 0) return 0;
    const signal = <u32>ctz<u64>(found) + 1;
    let taken: usize = 0;
    let more = false;
    for (let link = list; load<usize>(link) != 0; ) {
        const at = changetype<signal_t>(load<usize>(link));
        const next = changetype<usize>(at) + offsetof<signal_t>("next");
        if (at.signal == signal && taken == 0) {
            taken = changetype<usize>(at);
            store<usize>(link, at.next);
            continue;
        }
        if (at.signal == signal) more = true;
        link = next;
    }
    if (!more) store<u64>(set, load<u64>(set) & ~signal_bit(signal));
    const entry = changetype<signal_t>(taken);
    rpc_set(desc, SIGNAL_TAKE_SIGNAL, signal);
    rpc_set(desc, SIGNAL_TAKE_CODE, taken == 0 ? 0 : <u64>(<i64>entry.code));
    rpc_set(desc, SIGNAL_TAKE_SENDER, taken == 0 ? 0 : entry.sender);
    rpc_set(desc, SIGNAL_TAKE_VALUE, taken == 0 ? 0 : entry.value);
    if (taken != 0) kcm_free(taken);
    return signal;
}

/** Forgets what is pending of the signals of a set. */
export function queue_drop(list: usize, set: usize, dropped: u64): void {
    store<u64>(set, load<u64>(set) & ~dropped);
    for (let link = list; load<usize>(link) != 0; ) {
        const at = changetype<signal_t>(load<usize>(link));
        if ((signal_bit(at.signal) & dropped) == 0) {
            link = changetype<usize>(at) + offsetof<signal_t>("next");
            continue;
        }
        store<usize>(link, at.next);
        kcm_free(changetype<usize>(at));
    }
}
