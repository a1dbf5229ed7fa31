// neighbours: what false sharing costs. Every node counts in the words of its own part of shared memory, in rounds that a barrier ends.
// Arguments: where the parts lie (`packed`, the default: side by side on a page; `padded`: each in a page of its own; `released`: as
// packed, of release consistency; `counter`: no parts, all nodes count in one word, under a lock), and rounds (default 8).
// `dsm --false-sharing` reports packed and released, and not the others.
import { DSM_RELEASE } from "../../kernel/abi/policy";
import { argument_is, argument_number } from "../lib/args";
import { cstr } from "../lib/cstr";
import { node_count, node_id, node_join, node_shared, node_shared_as, node_summary } from "../lib/node";
import { verdict } from "../lib/print";
import { sm_barrier, sm_lock, sm_node_exit, sm_unlock } from "../lib/sm";

const PART_BYTES: u32 = 64;
const PAGE_BYTES: u32 = 4096;
const LOCK: u32 = 0;

function count_own(part: usize): void {
    for (let at = part; at < part + PART_BYTES; at += 4) store<u32>(at, load<u32>(at) + 1);
}

function count_together(word: usize): void {
    sm_lock(LOCK);
    store<u32>(word, load<u32>(word) + 1);
    sm_unlock(LOCK);
}

function is_right(parts: usize, stride: u32, rounds: u32): bool {
    for (let node: u32 = 0; node < node_count(); node++) {
        const part = parts + node * stride;
        for (let at = part; at < part + PART_BYTES; at += 4) if (load<u32>(at) != rounds) return false;
    }
    return true;
}

export function main(argc: i32, argv: usize): i32 {
    const padded = argument_is(argc, argv, 1, cstr("padded"));
    const together = argument_is(argc, argv, 1, cstr("counter"));
    const released = argument_is(argc, argv, 1, cstr("released"));
    const known = padded || together || released || argc < 2 || argument_is(argc, argv, 1, cstr("packed"));
    if (!known) {
        return verdict(cstr("neighbours"), false, cstr("the first argument is packed, padded, released or counter"));
    }
    const rounds = argument_number(argc, argv, 2, 8);
    if (!node_join()) return verdict(cstr("neighbours"), false, cstr("not started as a node process"));
    const stride = padded ? PAGE_BYTES : PART_BYTES;
    const bytes = <u64>node_count() * stride;
    const shared = released ? node_shared_as(bytes, DSM_RELEASE) : node_shared(bytes);
    if (shared == 0) return verdict(cstr("neighbours"), false, cstr("no shared memory"));
    for (let round: u32 = 0; round < rounds; round++) {
        if (together) count_together(shared);
        else count_own(shared + node_id() * stride);
        sm_barrier();
    }
    const good = together ? load<u32>(shared) == rounds * node_count() : is_right(shared, stride, rounds);
    sm_node_exit();
    if (node_id() != 0 && good) return 0;
    node_summary(cstr("neighbours: "), rounds, cstr(" rounds, "));
    return verdict(cstr("neighbours"), good, cstr("a count is lost"));
}
