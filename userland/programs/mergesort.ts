// mergesort: sorts 64-bit integers in shared memory. Each node sorts its block, then in each round half of the nodes that are left merge
// their run with the next one's; node 0 checks order and sum. Argument: N (default 2048).
import { argument_number } from "../lib/args";
import { cstr } from "../lib/cstr";
import { malloc } from "../lib/malloc";
import { node_count, node_first, node_id, node_join, node_shared, node_summary } from "../lib/node";
import { verdict } from "../lib/print";
import { sm_barrier, sm_node_exit } from "../lib/sm";

function value_of(i: u32): u64 {
    return <u64>((i * 1103515245 + 12345) >> 3);
}

/** Merges [from, middle) and [middle, to) of `list`, each sorted, into [from, to) of `target`. */
function merge(list: usize, target: usize, from: u32, middle: u32, to: u32): void {
    let left = from;
    let right = middle;
    for (let i = from; i < to; i++) {
        const takes = right >= to || (left < middle && load<u64>(list + (left << 3)) <= load<u64>(list + (right << 3)));
        store<u64>(target + (i << 3), load<u64>(list + ((takes ? left++ : right++) << 3)));
    }
}

function copy(from: usize, to: usize, first: u32, end: u32): void {
    for (let i = first; i < end; i++) store<u64>(to + (i << 3), load<u64>(from + (i << 3)));
}

/** Sorts a block in the node's own memory: the pages at its ends are shared with neighbours. */
function sort(list: usize, own: usize, spare: usize, from: u32, to: u32): void {
    copy(list, own, from, to);
    for (let width: u32 = 1; width < to - from; width *= 2) {
        for (let at = from; at < to; at += 2 * width) {
            const middle = at + width < to ? at + width : to;
            const end = at + 2 * width < to ? at + 2 * width : to;
            merge(own, spare, at, middle, end);
        }
        copy(spare, own, from, to);
    }
    copy(own, list, from, to);
}

function is_right(list: usize, n: u32): bool {
    let sum: u64 = 0;
    for (let i: u32 = 0; i < n; i++) {
        if (i > 0 && load<u64>(list + ((i - 1) << 3)) > load<u64>(list + (i << 3))) return false;
        sum += load<u64>(list + (i << 3)) - value_of(i);
    }
    return sum == 0;
}

export function main(argc: i32, argv: usize): i32 {
    const n = argument_number(argc, argv, 1, 2048);
    if (!node_join()) return verdict(cstr("mergesort"), false, cstr("not started as a node process"));
    const nid = node_id();
    const nodes = node_count();
    const list = node_shared(<u64>n * 8);
    const own = malloc(<u64>n * 8);
    const spare = malloc(<u64>n * 8);
    if (list == 0 || own == 0 || spare == 0) return verdict(cstr("mergesort"), false, cstr("no memory"));
    if (nid == 0) for (let i: u32 = 0; i < n; i++) store<u64>(list + (i << 3), value_of(i));
    sm_barrier();
    sort(list, own, spare, node_first(n, nid), node_first(n, nid + 1));
    for (let step: u32 = 1; step < nodes; step *= 2) {
        sm_barrier();
        if (nid % (2 * step) != 0 || nid + step >= nodes) continue;
        const end = nid + 2 * step < nodes ? nid + 2 * step : nodes;
        merge(list, own, node_first(n, nid), node_first(n, nid + step), node_first(n, end));
        copy(own, list, node_first(n, nid), node_first(n, end));
    }
    sm_barrier();
    const good = nid != 0 || is_right(list, n);
    sm_node_exit();
    if (nid != 0) return 0;
    node_summary(cstr("mergesort: "), n, cstr(" numbers, "));
    return verdict(cstr("mergesort"), good, cstr("out of order, or a number is lost"));
}
