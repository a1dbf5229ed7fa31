// jacobi: the heat equation on a square grid of doubles in shared memory, by the method of Jacobi. Each node has a band of rows. In a
// step it reads one grid, of its neighbours' bands the rows next to its own, and writes another; the steps are parted by barriers. Node 0
// checks the result against a run of its own, in its cluster's bank: bit for bit. Prints the cycles of the steps.
// Arguments: N (default 32), steps (default 8).
import { argument_number } from "../lib/args";
import { clock } from "../lib/clock";
import { cstr } from "../lib/cstr";
import { grid_allowed, grid_bytes, grid_fill, grid_heat, grid_mean, grid_same } from "../lib/grid";
import { remote_malloc } from "../lib/memory";
import { node_first, node_id, node_join, node_refuse, node_shared, node_summary } from "../lib/node";
import { figure, verdict } from "../lib/print";
import { sm_barrier, sm_node_exit } from "../lib/sm";
import { cluster_self } from "../lib/thread";

/** One step for the inner cells of rows [from, to): what comes after `a` is written to `b`. */
function relax(a: usize, b: usize, side: u32, from: u32, to: u32): void {
    const row: usize = (<usize>side) << 3;
    const end = min<u32>(to, side - 1);
    for (let y = max<u32>(from, 1); y < end; y++) {
        const left = y * row;
        for (let at = left + 8; at < left + row - 8; at += 8) store<f64>(b + at, grid_mean(a + at, row));
    }
}

/** The steps for rows [from, to), beginning with `a`. Returns the grid that has the result. */
function run(a: usize, b: usize, side: u32, steps: u32, from: u32, to: u32, alone: bool): usize {
    for (let step: u32 = 0; step < steps; step++) {
        relax(a, b, side, from, to);
        if (!alone) sm_barrier();
        const done = b;
        b = a;
        a = done;
    }
    return a;
}

/** What is wrong with the result of the nodes; 0: nothing. */
function fault_of(result: usize, side: u32, steps: u32): usize {
    const a = remote_malloc(grid_bytes(side), cluster_self());
    const b = remote_malloc(grid_bytes(side), cluster_self());
    if (a == 0 || b == 0) return cstr("no memory for the check");
    grid_fill(a, side, 0, side);
    grid_fill(b, side, 0, side);
    if (grid_same(result, run(a, b, side, steps, 0, side, true), side)) return 0;
    return cstr("the parallel run differs from the sequential one");
}

export function main(argc: i32, argv: usize): i32 {
    const side = argument_number(argc, argv, 1, 32);
    const steps = argument_number(argc, argv, 2, 8);
    if (!node_join()) return verdict(cstr("jacobi"), false, cstr("not started as a node process"));
    if (!grid_allowed(side)) return node_refuse(cstr("jacobi"), cstr("N must be from 3 to 1024"));
    const nid = node_id();
    const first = node_shared(grid_bytes(side));
    const second = node_shared(grid_bytes(side));
    if (first == 0 || second == 0) return node_refuse(cstr("jacobi"), cstr("no shared memory"));
    const from = node_first(side, nid);
    const to = node_first(side, nid + 1);
    grid_fill(first, side, from, to);
    grid_fill(second, side, from, to);
    sm_barrier();
    const before = clock();
    const result = run(first, second, side, steps, from, to, false);
    const spent = clock() - before;
    const fault = nid == 0 ? fault_of(result, side, steps) : 0;
    const heat = nid == 0 ? grid_heat(result, side) : 0;
    sm_node_exit();
    if (nid != 0) return 0;
    node_summary(cstr("jacobi: "), side, cstr(" rows, "));
    figure(cstr("steps"), spent, cstr("cycles"));
    figure(cstr("heat"), heat, cstr("millionths"));
    return verdict(cstr("jacobi"), fault == 0, fault);
}
