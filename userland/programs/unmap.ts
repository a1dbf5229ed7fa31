// unmap: what sharing pages costs, and munmap. Threads in other clusters wait; main maps and writes pages; the threads read them and
// stay; then main unmaps them. Prints the cycles of main's writing and their reading, and of the munmap. Checks that the readers saw
// what was written and that fresh pages at the same place are zero.
// Arguments: pages (default 64), sharers: clusters that have the pages mapped, main's own included (default: all), and a cluster
// in which they all lie (a REMOTE vseg; default: a HEAP vseg, whose policy decides).
import { argument_number } from "../lib/args";
import { clock } from "../lib/clock";
import { cstr } from "../lib/cstr";
import { map_pages } from "../lib/malloc";
import { munmap, remote_malloc } from "../lib/memory";
import { figure, verdict } from "../lib/print";
import { barrier_init, barrier_wait } from "../lib/sync";
import { cluster_self, thread_create, worker_cluster, worker_count } from "../lib/thread";

const PAGE: usize = 4096;
/** For the last argument. */
const NONE: u32 = 0xffffffff;
const barrier: usize = memory.data(16, 8);
const wrong: usize = memory.data(8, 8);
let pages: u32 = 0;
let area: usize = 0;

/** Pages whose first word is not `first` + the page's number * `step`. */
function wrong_pages(first: u64, step: u64): u64 {
    let count: u64 = 0;
    for (let i: u32 = 0; i < pages; i++) if (load<u64>(area + <usize>i * PAGE) != first + <u64>i * step) count++;
    return count;
}

function reader(index: u64): u64 {
    barrier_wait(barrier);
    barrier_wait(barrier);
    atomic.add<u64>(wrong, wrong_pages(1, 1));
    barrier_wait(barrier);
    barrier_wait(barrier);
    return 0;
}

/** One reader in each of the `count` clusters with harts behind main's. */
function start_readers(count: u32): bool {
    const entry: (index: u64) => u64 = reader;
    let own: u32 = 0;
    while (worker_cluster(own) != cluster_self()) own++;
    for (let i: u32 = 1; i <= count; i++) {
        if (thread_create(<u32>entry.index, i, <i32>worker_cluster(own + i)) < 0) return false;
    }
    return true;
}

function map_area(cxy: u32): usize {
    const bytes = (<u64>pages) << 12;
    return cxy == NONE ? map_pages(bytes) : remote_malloc(bytes, cxy);
}

export function main(argc: i32, argv: usize): i32 {
    pages = argument_number(argc, argv, 1, 64);
    const sharers = argument_number(argc, argv, 2, worker_count());
    const cxy = argument_number(argc, argv, 3, NONE);
    if (sharers == 0 || sharers > worker_count())
        return verdict(cstr("unmap"), false, cstr("sharers must be from 1 to the number of clusters with harts"));
    area = map_area(cxy);
    if (area == 0) return verdict(cstr("unmap"), false, cstr("no memory"));
    barrier_init(barrier, sharers);
    if (!start_readers(sharers - 1)) return verdict(cstr("unmap"), false, cstr("a thread could not be created"));
    barrier_wait(barrier);
    const begin = clock();
    for (let i: u32 = 0; i < pages; i++) store<u64>(area + <usize>i * PAGE, <u64>i + 1);
    barrier_wait(barrier);
    barrier_wait(barrier);
    const middle = clock();
    const error = munmap(area, (<u64>pages) << 12);
    const end = clock();
    barrier_wait(barrier);
    figure(cstr("mapping"), <i64>(middle - begin), cstr("cycles"));
    figure(cstr("munmap"), <i64>(end - middle), cstr("cycles"));
    const old = area;
    area = map_area(cxy);
    const good = error == 0 && area == old && wrong_pages(0, 0) == 0 && load<u64>(wrong) == 0;
    return verdict(cstr("unmap"), good, cstr("a page does not hold what it should"));
}
