// heat: the heat equation on a square grid, in fixed point, by the method of Jacobi. Each thread has a band of rows: it writes their
// first values, so that first touch gives it their pages, and computes them in every step; the steps are parted by barriers. The check is
// a run of main alone on a grid of its own, in its own cluster's bank (REMOTE: HEAP counts the parallel run). Prints the cycles of
// the parallel steps. Arguments: side (default 64), steps (default 8).
import { argument_number } from "../lib/args";
import { clock } from "../lib/clock";
import { cstr } from "../lib/cstr";
import { map_pages } from "../lib/malloc";
import { remote_malloc } from "../lib/memory";
import { figure, verdict } from "../lib/print";
import { barrier_init, barrier_wait } from "../lib/sync";
import { team_run } from "../lib/team";
import { cluster_self, program_threads, worker_count } from "../lib/thread";

/** 1.0: values have 16 bits behind the point. */
const ONE: i32 = 65536;
const barrier: usize = memory.data(16, 8);
/** Cycles of the first thread, from the first step to the last. */
const spent: usize = memory.data(8, 8);
let side: u32 = 0;
let steps: u32 = 0;
let bands: u32 = 0;
/** Two grids: even steps read the first and write the second. */
let first: usize = 0;
let second: usize = 0;

function row_of(band: u32): u32 {
    return <u32>((<u64>side * band) / bands);
}

/** Rows [from, to) of both grids: heat at the upper edge, and a little that differs everywhere. */
function fill(a: usize, b: usize, from: u32, to: u32): void {
    const width = side;
    for (let cell = from * width; cell < to * width; cell++) {
        const value = cell < width ? ONE : <i32>((cell * 2654435761) >> 20);
        store<i32>(a + (cell << 2), value);
        store<i32>(b + (cell << 2), value);
    }
}

/** One step for rows [from, to): each inner cell becomes the mean of its neighbours; the edge stays. Globals are DATA: read once. */
function relax(a: usize, b: usize, from: u32, to: u32): void {
    const width = side;
    const begin: u32 = from == 0 ? 1 : from;
    const end: u32 = to == width ? width - 1 : to;
    const row: usize = (<usize>width) << 2;
    for (let y = begin; y < end; y++) {
        for (let x: u32 = 1; x < width - 1; x++) {
            const at: usize = (<usize>(y * width + x)) << 2;
            const middle = a + at;
            const sum =
                load<i32>(middle - row) + load<i32>(middle + row) + load<i32>(middle - 4) + load<i32>(middle + 4);
            store<i32>(b + at, sum >> 2);
        }
    }
}

function worker(index: u64): u64 {
    const from = row_of(<u32>index);
    const to = row_of(<u32>index + 1);
    fill(first, second, from, to);
    barrier_wait(barrier);
    const before = clock();
    for (let step: u32 = 0; step < steps; step++) {
        if (step % 2 == 0) relax(first, second, from, to);
        else relax(second, first, from, to);
        barrier_wait(barrier);
    }
    if (index == 0) store<u64>(spent, clock() - before);
    return 0;
}

/** The run of main alone: true when the parallel one gave the same. */
function check(a: usize, b: usize): bool {
    fill(a, b, 0, side);
    for (let step: u32 = 0; step < steps; step++) {
        if (step % 2 == 0) relax(a, b, 0, side);
        else relax(b, a, 0, side);
    }
    const expected = steps % 2 == 0 ? a : b;
    const found = steps % 2 == 0 ? first : second;
    for (let cell: u32 = 0; cell < side * side; cell++) {
        if (load<i32>(expected + (cell << 2)) != load<i32>(found + (cell << 2))) return false;
    }
    return true;
}

export function main(argc: i32, argv: usize): i32 {
    side = argument_number(argc, argv, 1, 64);
    steps = argument_number(argc, argv, 2, 8);
    bands = program_threads(worker_count());
    if (side < 2 || side > 4096) return verdict(cstr("heat"), false, cstr("the side must be from 2 to 4096"));
    const bytes = <u64>side * side * 4;
    first = map_pages(bytes);
    second = map_pages(bytes);
    const a = remote_malloc(bytes, cluster_self());
    const b = remote_malloc(bytes, cluster_self());
    if (first == 0 || second == 0 || a == 0 || b == 0) return verdict(cstr("heat"), false, cstr("no memory"));
    barrier_init(barrier, bands);
    const entry: (index: u64) => u64 = worker;
    if (!team_run(<u32>entry.index, bands)) return verdict(cstr("heat"), false, cstr("a thread could not be created"));
    figure(cstr("steps"), <i64>load<u64>(spent), cstr("cycles"));
    return verdict(cstr("heat"), check(a, b), cstr("the parallel run differs from the sequential one"));
}
