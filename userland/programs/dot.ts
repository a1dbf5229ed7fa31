// dot: the dot product of two vectors of 64-bit integers in shared memory. Node 0 allocates and fills them; node i multiplies a block and
// writes its sum, node 0 adds them up and compares with a sum of its own. Argument: N (default 4096).
import { argument_number } from "../lib/args";
import { cstr } from "../lib/cstr";
import { node_count, node_first, node_id, node_join, node_shared } from "../lib/node";
import { line_begin, line_end, number, text, verdict } from "../lib/print";
import { sm_barrier, sm_node_exit } from "../lib/sm";

function x_value(i: u32): u64 {
    return <u64>(i * 7 + 3);
}

function y_value(i: u32): u64 {
    return <u64>(i ^ 0x55);
}

function fill(x: usize, y: usize, n: u32): void {
    for (let i: u32 = 0; i < n; i++) {
        store<u64>(x + (i << 3), x_value(i));
        store<u64>(y + (i << 3), y_value(i));
    }
}

function product(x: usize, y: usize, from: u32, to: u32): u64 {
    let sum: u64 = 0;
    for (let i = from; i < to; i++) sum += load<u64>(x + (i << 3)) * load<u64>(y + (i << 3));
    return sum;
}

function expected(n: u32): u64 {
    let sum: u64 = 0;
    for (let i: u32 = 0; i < n; i++) sum += x_value(i) * y_value(i);
    return sum;
}

export function main(argc: i32, argv: usize): i32 {
    const n = argument_number(argc, argv, 1, 4096);
    if (!node_join()) return verdict(cstr("dot"), false, cstr("not started as a node process"));
    const nid = node_id();
    const x = node_shared(<u64>n * 8);
    const y = node_shared(<u64>n * 8);
    const sums = node_shared(<u64>node_count() * 8);
    if (x == 0 || y == 0 || sums == 0) return verdict(cstr("dot"), false, cstr("no shared memory"));
    if (nid == 0) fill(x, y, n);
    sm_barrier();
    store<u64>(sums + (nid << 3), product(x, y, node_first(n, nid), node_first(n, nid + 1)));
    sm_barrier();
    let sum: u64 = 0;
    for (let i: u32 = 0; i < node_count(); i++) sum += load<u64>(sums + (i << 3));
    sm_node_exit();
    if (nid != 0) return 0;
    line_begin();
    text(cstr("dot: "));
    number(n);
    text(cstr(" elements, "));
    number(node_count());
    text(cstr(" nodes, "));
    number(<i64>sum);
    line_end();
    return verdict(cstr("dot"), sum == expected(n), cstr("a wrong sum"));
}
