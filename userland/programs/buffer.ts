// buffer: all nodes put items into a bounded buffer in shared memory and take items out of it, under a lock with two conditions. An
// item is a piece of shared memory that its producer allocates and its consumer frees. Node 0 checks that every item was
// taken once. Argument: items a node (default 20).
import { argument_number } from "../lib/args";
import { cstr } from "../lib/cstr";
import { node_count, node_id, node_join, node_shared, node_summary } from "../lib/node";
import { verdict } from "../lib/print";
import {
    sm_barrier,
    sm_cond_broadcast,
    sm_cond_signal,
    sm_cond_wait,
    sm_free,
    sm_lock,
    sm_malloc,
    sm_node_exit,
    sm_stats,
    sm_stats_t,
    sm_unlock,
} from "../lib/sm";

const stats_words: usize = memory.data(80, 8);

const LOCK: u32 = 7;
const NOT_FULL: u32 = 1;
const NOT_EMPTY: u32 = 2;
const SLOTS: u32 = 4;

/** In shared memory. */
@unmanaged
class buffer_t {
    put: u64;
    taken: u64;
    /** Sum of the taken items' values. */
    sum: u64;
    slot0: u64;
    slot1: u64;
    slot2: u64;
    slot3: u64;
}

function slot(buffer: buffer_t, i: u64): usize {
    return changetype<usize>(buffer) + offsetof<buffer_t>("slot0") + ((<usize>(i % SLOTS)) << 3);
}

/** Items of many sizes: some share a page, some take several. */
function put(buffer: buffer_t, value: u64): bool {
    const item = sm_malloc(16 + (value % 5) * 1500);
    if (item == 0) return false;
    store<u64>(item, value);
    sm_lock(LOCK);
    while (buffer.put - buffer.taken == SLOTS) sm_cond_wait(NOT_FULL, LOCK);
    store<u64>(slot(buffer, buffer.put), item);
    buffer.put++;
    sm_cond_signal(NOT_EMPTY);
    sm_unlock(LOCK);
    return true;
}

/** Frees what it takes. False when that is refused. */
function take(buffer: buffer_t): bool {
    sm_lock(LOCK);
    while (buffer.put == buffer.taken) sm_cond_wait(NOT_EMPTY, LOCK);
    const item = <usize>load<u64>(slot(buffer, buffer.taken));
    buffer.taken++;
    buffer.sum += load<u64>(item);
    sm_cond_broadcast(NOT_FULL);
    sm_unlock(LOCK);
    return sm_free(item) == 0;
}

export function main(argc: i32, argv: usize): i32 {
    const items = argument_number(argc, argv, 1, 20);
    if (!node_join()) return verdict(cstr("buffer"), false, cstr("not started as a node process"));
    const nodes = node_count();
    const nid = node_id();
    const shared = node_shared(offsetof<buffer_t>());
    if (shared == 0) return verdict(cstr("buffer"), false, cstr("no shared memory"));
    const buffer = changetype<buffer_t>(shared);
    let good = true;
    for (let i: u32 = 0; i < items; i++) {
        if (!put(buffer, <u64>nid * items + i) || !take(buffer)) good = false;
    }
    sm_barrier();
    const all = <u64>nodes * items;
    good = good && buffer.put == all && buffer.taken == all && buffer.sum == (all * (all - 1)) >> 1;
    const stats = changetype<sm_stats_t>(stats_words);
    good = good && sm_stats(stats_words) == 0 && stats.frees == items && stats.locks >= 2 * items;
    sm_node_exit();
    if (nid != 0 && good) return 0;
    node_summary(cstr("buffer: "), all, cstr(" items, "));
    return verdict(cstr("buffer"), good, cstr("an item was lost, or taken twice"));
}
