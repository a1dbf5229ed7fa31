// family: fork with copy-on-write, placed on another cluster; exec; wait; kill. Each fact is checked by its effect.
import { cstr } from "../lib/cstr";
import { malloc, map_pages } from "../lib/malloc";
import { verdict } from "../lib/print";
import { execve, exit, fork, get_parent, get_pid, kill, place_fork, wait_for } from "../lib/process";
import { cluster_self, thread_create, thread_join, worker_cluster, worker_count } from "../lib/thread";

const status: usize = memory.data(4, 4);
/** In DATA: private to each process after a fork. */
const shared: usize = memory.data(8, 8);
const argv: usize = memory.data(32, 8);
let heap: usize = 0;

function wrong(what: usize): i32 {
    return verdict(cstr("family"), false, what);
}

/** A thread elsewhere touches DATA and HEAP, so that the parent's replicas hold entries when it forks. */
function touch(argument: u64): u64 {
    atomic.add<u64>(shared, 1);
    atomic.add<u64>(heap, 1);
    return 0;
}

function spread_out(): void {
    const entry: (argument: u64) => u64 = touch;
    for (let i: u32 = 0; i < worker_count(); i++) {
        const id = thread_create(<u32>entry.index, 0, <i32>worker_cluster(i));
        thread_join(id, 0);
    }
}

/** What the child does: sees the parent's values, changes its own, says by its exit code whether all was well. */
function child(expected: u64, place: u32): void {
    let code: u32 = 0;
    if (load<u64>(shared) != expected || load<u64>(heap) != expected) code = 1;
    if (cluster_self() != place) code = 2;
    store<u64>(shared, 1000);
    store<u64>(heap, 2000);
    if (load<u64>(shared) != 1000 || load<u64>(heap) != 2000) code = 3;
    exit(code == 0 ? 7 : code);
}

function forks(): usize {
    for (let i: u32 = 0; i < worker_count(); i++) {
        const place = worker_cluster(i);
        spread_out();
        const expected = load<u64>(shared);
        place_fork(place);
        const pid = fork();
        if (pid < 0) return cstr("fork failed");
        if (pid == 0) child(expected, place);
        // The parent writes while the child lives: each has its own page.
        store<u64>(heap, expected);
        if (wait_for(pid, status) != pid) return cstr("wait failed");
        if (load<u32>(status) != 7 << 8) return cstr("the child saw or kept a wrong value");
        if (load<u64>(shared) != expected || load<u64>(heap) != expected)
            return cstr("the child's writes reached the parent");
    }
    return 0;
}

function execs(): usize {
    const pid = fork();
    if (pid == 0) {
        store<u64>(argv, cstr("family"));
        store<u64>(argv, cstr("again"), 8);
        store<u64>(argv, 0, 16);
        execve(cstr("/family"), argv, 0);
        exit(9);
    }
    if (wait_for(pid, status) != pid) return cstr("wait after exec failed");
    return load<u32>(status) == 5 << 8 ? 0 : cstr("the exec'ed program did not end as it should");
}

function kills(): usize {
    const pid = fork();
    if (pid == 0) while (true) atomic.add<u64>(shared, 1);
    if (kill(pid, 9) != 0) return cstr("kill failed");
    if (wait_for(-1, status) != pid || load<u32>(status) != 9) return cstr("a killed child has a wrong status");
    if (kill(pid, 0) == 0) return cstr("a child that was waited for is still there");
    return wait_for(-1, status) == -10 ? 0 : cstr("wait found a child where there is none");
}

export function main(argc: i32, args: usize): i32 {
    // The exec'ed copy: argc and the second argument tell it.
    if (argc == 2) return load<u8>(<usize>load<u64>(args + 8)) == 97 && get_parent() != get_pid() ? 5 : 6;
    heap = map_pages(3 * 4096);
    if (heap == 0 || malloc(16) == 0) return wrong(cstr("no memory"));
    let problem = forks();
    if (problem == 0) problem = execs();
    if (problem == 0) problem = kills();
    return verdict(cstr("family"), problem == 0, problem);
}
