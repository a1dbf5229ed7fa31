// radix: sorts 32-bit numbers in shared memory by four passes over 8-bit digits. In each pass the nodes count the digits of their blocks,
// meet, and write their numbers where the counts of all nodes put them; node 0 checks order and sum. Argument: N (default 2048).
import { argument_number } from "../lib/args";
import { cstr } from "../lib/cstr";
import { node_count, node_first, node_id, node_join, node_shared, node_summary } from "../lib/node";
import { verdict } from "../lib/print";
import { sm_barrier, sm_node_exit } from "../lib/sm";

const DIGITS: u32 = 256;
/** Where this node's next number with a digit goes. */
const places: usize = memory.data(256 * 4, 4);

function value_of(i: u32): u32 {
    return i * 2654435761 + 97;
}

function digit_of(list: usize, i: u32, shift: u32): u32 {
    return (load<u32>(list + (i << 2)) >> shift) & (DIGITS - 1);
}

/** One row of counts a node, each in pages of its own. */
function row(counts: usize, node: u32): usize {
    return counts + ((<usize>node) << 12);
}

function count(list: usize, counts: usize, from: u32, to: u32, shift: u32): void {
    const own = row(counts, node_id());
    for (let d: u32 = 0; d < DIGITS; d++) store<u32>(own + (d << 2), 0);
    for (let i = from; i < to; i++) {
        const at = own + (digit_of(list, i, shift) << 2);
        store<u32>(at, load<u32>(at) + 1);
    }
}

/** Numbers with smaller digits come before, and of the same digit those of the nodes before. */
function place(counts: usize): void {
    let next: u32 = 0;
    for (let d: u32 = 0; d < DIGITS; d++) {
        for (let node: u32 = 0; node < node_count(); node++) {
            if (node == node_id()) store<u32>(places + (d << 2), next);
            next += load<u32>(row(counts, node) + (d << 2));
        }
    }
}

function scatter(list: usize, target: usize, from: u32, to: u32, shift: u32): void {
    for (let i = from; i < to; i++) {
        const at = places + (digit_of(list, i, shift) << 2);
        const to_place = load<u32>(at);
        store<u32>(at, to_place + 1);
        store<u32>(target + (to_place << 2), load<u32>(list + (i << 2)));
    }
}

function is_right(list: usize, n: u32): bool {
    let sum: u32 = 0;
    for (let i: u32 = 0; i < n; i++) {
        if (i > 0 && load<u32>(list + ((i - 1) << 2)) > load<u32>(list + (i << 2))) return false;
        sum += load<u32>(list + (i << 2)) - value_of(i);
    }
    return sum == 0;
}

export function main(argc: i32, argv: usize): i32 {
    const n = argument_number(argc, argv, 1, 2048);
    if (!node_join()) return verdict(cstr("radix"), false, cstr("not started as a node process"));
    const nid = node_id();
    let list = node_shared(<u64>n * 4);
    let target = node_shared(<u64>n * 4);
    const counts = node_shared((<u64>node_count()) << 12);
    if (list == 0 || target == 0 || counts == 0) return verdict(cstr("radix"), false, cstr("no shared memory"));
    if (nid == 0) for (let i: u32 = 0; i < n; i++) store<u32>(list + (i << 2), value_of(i));
    const from = node_first(n, nid);
    const to = node_first(n, nid + 1);
    for (let shift: u32 = 0; shift < 32; shift += 8) {
        sm_barrier();
        count(list, counts, from, to, shift);
        sm_barrier();
        place(counts);
        scatter(list, target, from, to, shift);
        const sorted = target;
        target = list;
        list = sorted;
    }
    sm_barrier();
    const good = nid != 0 || is_right(list, n);
    sm_node_exit();
    if (nid != 0) return 0;
    node_summary(cstr("radix: "), n, cstr(" numbers, "));
    return verdict(cstr("radix"), good, cstr("out of order, or a number is lost"));
}
