// sor: the heat equation on a square grid of doubles in shared memory, by red-black successive over-relaxation: in place, since a red
// cell's neighbours are black. Each node has a band of rows; in a step it relaxes its red cells and then its black ones, with a barrier
// after each colour. Node 0 checks the result against a run of its own, in its cluster's bank: bit for bit. Prints the cycles of the steps.
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

/** How far beyond the neighbours' mean a cell goes: between 1 and 2. */
const OMEGA: f64 = 1.5;

/** The inner cells of one colour in rows [from, to); colour 0 has those whose coordinates have an even sum. */
function relax(grid: usize, side: u32, from: u32, to: u32, colour: u32): void {
    const row: usize = (<usize>side) << 3;
    const end = min<u32>(to, side - 1);
    for (let y = max<u32>(from, 1); y < end; y++) {
        const left = grid + y * row;
        const first: usize = 1 + ((1 + y + colour) & 1);
        for (let cell = left + (first << 3); cell < left + row - 8; cell += 16) {
            const old = load<f64>(cell);
            store<f64>(cell, old + OMEGA * (grid_mean(cell, row) - old));
        }
    }
}

function run(grid: usize, side: u32, steps: u32, from: u32, to: u32, alone: bool): void {
    for (let half: u32 = 0; half < 2 * steps; half++) {
        relax(grid, side, from, to, half & 1);
        if (!alone) sm_barrier();
    }
}

/** What is wrong with the result of the nodes; 0: nothing. */
function fault_of(result: usize, side: u32, steps: u32): usize {
    const own = remote_malloc(grid_bytes(side), cluster_self());
    if (own == 0) return cstr("no memory for the check");
    grid_fill(own, side, 0, side);
    run(own, side, steps, 0, side, true);
    return grid_same(result, own, side) ? 0 : cstr("the parallel run differs from the sequential one");
}

export function main(argc: i32, argv: usize): i32 {
    const side = argument_number(argc, argv, 1, 32);
    const steps = argument_number(argc, argv, 2, 8);
    if (!node_join()) return verdict(cstr("sor"), false, cstr("not started as a node process"));
    if (!grid_allowed(side)) return node_refuse(cstr("sor"), cstr("N must be from 3 to 1024"));
    const nid = node_id();
    const grid = node_shared(grid_bytes(side));
    if (grid == 0) return node_refuse(cstr("sor"), cstr("no shared memory"));
    const from = node_first(side, nid);
    const to = node_first(side, nid + 1);
    grid_fill(grid, side, from, to);
    sm_barrier();
    const before = clock();
    run(grid, side, steps, from, to, false);
    const spent = clock() - before;
    const fault = nid == 0 ? fault_of(grid, side, steps) : 0;
    const heat = nid == 0 ? grid_heat(grid, side) : 0;
    sm_node_exit();
    if (nid != 0) return 0;
    node_summary(cstr("sor: "), side, cstr(" rows, "));
    figure(cstr("steps"), spent, cstr("cycles"));
    figure(cstr("heat"), heat, cstr("millionths"));
    return verdict(cstr("sor"), fault == 0, fault);
}
