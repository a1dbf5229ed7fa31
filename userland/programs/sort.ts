// sort: a parallel merge sort of 32-bit numbers. Each thread sorts its part; then pairs of parts are merged in rounds
// with a barrier between them. main checks order, sum and number of elements. Arguments: elements (default
// 4096), and 1 to print the cycles of the sorting (which differ from seed to seed).
import { argument_number } from "../lib/args";
import { clock } from "../lib/clock";
import { cstr } from "../lib/cstr";
import { map_pages } from "../lib/malloc";
import { figure, line_begin, line_end, number, text, verdict } from "../lib/print";
import { barrier_init, barrier_wait } from "../lib/sync";
import { team_run } from "../lib/team";
import { program_threads, worker_count } from "../lib/thread";

let data: usize = 0;
let spare: usize = 0;
let count: u32 = 0;
let parts: u32 = 0;
const barrier: usize = memory.data(16, 8);
/** Cycles of the first thread, which has the last merge, from when all have begun. */
const spent: usize = memory.data(8, 8);

function first_of(part: u32): u32 {
    return part >= parts ? count : <u32>((<u64>count * part) / parts);
}

function sort_part(from: u32, to: u32): void {
    for (let width: u32 = 1; width < to - from; width *= 2) {
        for (let at = from; at < to; at += 2 * width) {
            const middle = at + width < to ? at + width : to;
            const end = at + 2 * width < to ? at + 2 * width : to;
            merge(at, middle, end);
        }
    }
}

/** Merges the sorted runs [from, middle) and [middle, end) through the spare array. Globals, which are DATA, are read once only. */
function merge(from: u32, middle: u32, end: u32): void {
    const numbers = data;
    const merged = spare;
    let a = from;
    let b = middle;
    for (let at = from; at < end; at++) {
        const left = a < middle && (b >= end || load<u32>(numbers + (a << 2)) <= load<u32>(numbers + (b << 2)));
        store<u32>(merged + (at << 2), load<u32>(numbers + ((left ? a++ : b++) << 2)));
    }
    for (let at = from; at < end; at++) store<u32>(numbers + (at << 2), load<u32>(merged + (at << 2)));
}

function worker(index: u64): u64 {
    const part = <u32>index;
    barrier_wait(barrier);
    const before = clock();
    sort_part(first_of(part), first_of(part + 1));
    for (let step: u32 = 1; step < parts; step *= 2) {
        barrier_wait(barrier);
        if (part % (2 * step) == 0 && part + step < parts)
            merge(first_of(part), first_of(part + step), first_of(part + 2 * step));
    }
    if (part == 0) store<u64>(spent, clock() - before);
    return 0;
}

function fill(): u64 {
    let state: u32 = 12345;
    let sum: u64 = 0;
    for (let i: u32 = 0; i < count; i++) {
        state = state * 1664525 + 1013904223;
        store<u32>(data + (i << 2), state >> 4);
        sum += state >> 4;
    }
    return sum;
}

function check(sum: u64): bool {
    let found: u64 = 0;
    for (let i: u32 = 0; i < count; i++) {
        const value = load<u32>(data + (i << 2));
        found += value;
        if (i != 0 && load<u32>(data + ((i - 1) << 2)) > value) return false;
    }
    return found == sum;
}

export function main(argc: i32, argv: usize): i32 {
    count = argument_number(argc, argv, 1, 4096);
    parts = program_threads(worker_count() < 16 ? worker_count() : 16);
    data = map_pages(<u64>count * 4 + 4);
    spare = map_pages(<u64>count * 4 + 4);
    if (data == 0 || spare == 0) return verdict(cstr("sort"), false, cstr("no memory"));
    const sum = fill();
    barrier_init(barrier, parts);
    const entry: (index: u64) => u64 = worker;
    if (!team_run(<u32>entry.index, parts)) return verdict(cstr("sort"), false, cstr("a thread could not be created"));
    line_begin();
    text(cstr("sort: "));
    number(count);
    text(cstr(" numbers, "));
    number(parts);
    text(cstr(" threads"));
    line_end();
    if (argument_number(argc, argv, 2, 0) == 1) figure(cstr("sorting"), <i64>load<u64>(spent), cstr("cycles"));
    return verdict(cstr("sort"), check(sum), cstr("the result is not sorted, or numbers are lost"));
}
