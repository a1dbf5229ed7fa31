// tsp: the shortest round trip through N cities by branch and bound. The nodes take the beginnings of trips from a shared counter and keep
// the best length in shared memory, each under a lock; node 0 compares with a search of its own. Argument: N (default 8, at most 12).
import { argument_number } from "../lib/args";
import { cstr } from "../lib/cstr";
import { node_count, node_id, node_join, node_refuse, node_shared } from "../lib/node";
import { line_begin, line_end, number, text, verdict } from "../lib/print";
import { sm_barrier, sm_lock, sm_node_exit, sm_unlock } from "../lib/sm";

const MOST: u32 = 12;
const LOCK_WORK: u32 = 0;
const LOCK_BEST: u32 = 1;
const FAR: u64 = 1000000;
/** The private copy of the distances. */
const distances: usize = memory.data(12 * 12 * 4, 4);
/** Where the best length is kept: shared, or for node 0's own search private. */
let best: usize = 0;
let shared_search: bool = true;
let cities: u32 = 0;
const own_best: usize = memory.data(8, 8);

function distance(a: u32, b: u32): u64 {
    return load<u32>(distances + ((a * MOST + b) << 2));
}

function make_map(): void {
    let state: u32 = 12345;
    for (let a: u32 = 0; a < MOST; a++) {
        for (let b: u32 = 0; b < a; b++) {
            state = state * 1103515245 + 12345;
            const length = 10 + ((state >> 16) % 90);
            store<u32>(distances + ((a * MOST + b) << 2), length);
            store<u32>(distances + ((b * MOST + a) << 2), length);
        }
    }
}

function keep(length: u64): void {
    if (!shared_search) {
        if (length < load<u64>(best)) store<u64>(best, length);
        return;
    }
    sm_lock(LOCK_BEST);
    if (length < load<u64>(best)) store<u64>(best, length);
    sm_unlock(LOCK_BEST);
}

/** Goes on from `city`; `seen` has a bit for each city of the trip. A bound that is too old only makes the search longer. */
function search(city: u32, seen: u32, length: u64): void {
    if (length >= load<u64>(best)) return;
    if (seen == (1 << cities) - 1) {
        const whole = length + distance(city, 0);
        if (whole < load<u64>(best)) keep(whole);
        return;
    }
    for (let next: u32 = 1; next < cities; next++) {
        if ((seen & (1 << next)) == 0) search(next, seen | (1 << next), length + distance(city, next));
    }
}

/** The next beginning of a trip that nobody has taken. */
function take(counter: usize): u32 {
    sm_lock(LOCK_WORK);
    const taken = load<u32>(counter);
    store<u32>(counter, taken + 1);
    sm_unlock(LOCK_WORK);
    return taken;
}

function work(counter: usize): void {
    const others = cities - 1;
    for (let taken = take(counter); taken < others * others; taken = take(counter)) {
        const first = 1 + taken / others;
        const second = 1 + (taken % others);
        if (first == second) continue;
        search(second, 1 | (1 << first) | (1 << second), distance(0, first) + distance(first, second));
    }
}

function alone(): u64 {
    shared_search = false;
    best = own_best;
    store<u64>(best, FAR);
    search(0, 1, 0);
    return load<u64>(best);
}

export function main(argc: i32, argv: usize): i32 {
    cities = argument_number(argc, argv, 1, 8);
    if (!node_join()) return verdict(cstr("tsp"), false, cstr("not started as a node process"));
    if (cities < 3 || cities > MOST) return node_refuse(cstr("tsp"), cstr("the cities must be 3 to 12"));
    const nid = node_id();
    const counter = node_shared(4096);
    best = node_shared(4096);
    if (counter == 0 || best == 0) return verdict(cstr("tsp"), false, cstr("no shared memory"));
    make_map();
    if (nid == 0) store<u64>(best, FAR);
    sm_barrier();
    work(counter);
    sm_barrier();
    const found = load<u64>(best);
    sm_node_exit();
    if (nid != 0) return 0;
    line_begin();
    text(cstr("tsp: "));
    number(cities);
    text(cstr(" cities, "));
    number(node_count());
    text(cstr(" nodes, "));
    number(<i64>found);
    line_end();
    return verdict(cstr("tsp"), found == alone(), cstr("there is a shorter trip"));
}
