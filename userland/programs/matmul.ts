// matmul: C = A * B of doubles in shared memory. Node 0 allocates and fills all three; node i computes a block of rows of C; node 0
// checks C against a plain computation of its own, exactly: the values are integers, and so small that no sum is rounded.
// Argument: N (default 16).
import { argument_number } from "../lib/args";
import { cstr } from "../lib/cstr";
import { node_count, node_first, node_id, node_join, node_shared } from "../lib/node";
import { line_begin, line_end, number, text, verdict } from "../lib/print";
import { sm_barrier, sm_node_exit } from "../lib/sm";

function a_value(i: u32, j: u32): f64 {
    return <f64>(i * 7 + j * 3 + 1);
}

function b_value(i: u32, j: u32): f64 {
    return <f64>((i * 5) ^ (j * 11 + 2));
}

function at(matrix: usize, n: u32, i: u32, j: u32): usize {
    return matrix + ((i * n + j) << 3);
}

function fill(a: usize, b: usize, c: usize, n: u32): void {
    for (let i: u32 = 0; i < n; i++) {
        for (let j: u32 = 0; j < n; j++) {
            store<f64>(at(a, n, i, j), a_value(i, j));
            store<f64>(at(b, n, i, j), b_value(i, j));
            store<f64>(at(c, n, i, j), 0);
        }
    }
}

function multiply(a: usize, b: usize, c: usize, n: u32, from: u32, to: u32): void {
    for (let i = from; i < to; i++) {
        for (let j: u32 = 0; j < n; j++) {
            let sum: f64 = 0;
            for (let k: u32 = 0; k < n; k++) sum += load<f64>(at(a, n, i, k)) * load<f64>(at(b, n, k, j));
            store<f64>(at(c, n, i, j), sum);
        }
    }
}

function check(c: usize, n: u32): bool {
    for (let i: u32 = 0; i < n; i++) {
        for (let j: u32 = 0; j < n; j++) {
            let sum: f64 = 0;
            for (let k: u32 = 0; k < n; k++) sum += a_value(i, k) * b_value(k, j);
            if (load<f64>(at(c, n, i, j)) != sum) return false;
        }
    }
    return true;
}

export function main(argc: i32, argv: usize): i32 {
    const n = argument_number(argc, argv, 1, 16);
    if (!node_join()) return verdict(cstr("matmul"), false, cstr("not started as a node process"));
    const nodes = node_count();
    const nid = node_id();
    const bytes = <u64>n * n * 8;
    const a = node_shared(bytes);
    const b = node_shared(bytes);
    const c = node_shared(bytes);
    if (a == 0 || b == 0 || c == 0) return verdict(cstr("matmul"), false, cstr("no shared memory"));
    if (nid == 0) fill(a, b, c, n);
    sm_barrier();
    multiply(a, b, c, n, node_first(n, nid), node_first(n, nid + 1));
    sm_barrier();
    const good = nid != 0 || check(c, n);
    sm_node_exit();
    if (nid != 0) return 0;
    line_begin();
    text(cstr("matmul: "));
    number(n);
    text(cstr(" x "));
    number(n);
    text(cstr(", "));
    number(nodes);
    text(cstr(" nodes"));
    line_end();
    return verdict(cstr("matmul"), good, cstr("a wrong element"));
}
