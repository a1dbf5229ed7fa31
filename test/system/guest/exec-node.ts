// exec-node: the only node of a group uses its region, two locks and both consistencies, and replaces itself by its own file, twice
// (test/system/dsm-exec.test.ts). Each image must find the region as the first one did.
import { argument_is } from "../../../userland/lib/args";
import { cstr } from "../../../userland/lib/cstr";
import { print_line } from "../../../userland/lib/print";
import { execve } from "../../../userland/lib/process";
import { sm_free, sm_lock, sm_malloc, sm_malloc_as, sm_node_init, sm_unlock } from "../../../userland/lib/sm";

const PAGES: u64 = 5;
const RELEASE: u32 = 1;
const words: usize = memory.data(64, 8);

/** The next image, with one word more: the argument list is argv[0], "again", "again" ... */
function again(argv: usize, count: u32): void {
    store<u64>(words, load<u64>(argv));
    for (let i: u32 = 1; i <= count; i++) store<u64>(words + (i << 3), <u64>cstr("again"));
    store<u64>(words + ((count + 1) << 3), 0);
    execve(<usize>load<u64>(argv), words, 0);
}

/** Memory of the region that nobody has written, and a lock that nobody holds. False: not so. */
function use(consistency: u32): bool {
    const at = sm_malloc_as(PAGES << 12, consistency);
    if (at == 0) return false;
    for (let page: usize = 0; page < <usize>PAGES; page++) {
        if (load<u64>(at + (page << 12)) != 0) return false;
        store<u64>(at + (page << 12), 7 + <u64>page);
    }
    return sm_lock(3 + consistency) == 0;
}

export function main(argc: i32, argv: usize): i32 {
    if (sm_malloc(16) != 0) return 2;
    if (sm_node_init(words, words + 4) != 0) return 3;
    const first = sm_malloc(16);
    if (first != 0x2000_0000 || load<u64>(first) != 0) return 4;
    store<u64>(first, 1);
    if (!use(0) || !use(RELEASE)) return 5;
    if (argc == 1) again(argv, 1);
    if (argc == 2) again(argv, 2);
    if (argc != 3 || !argument_is(argc, argv, 2, cstr("again"))) return 6;
    if (sm_unlock(3) != 0 || sm_free(first) != 0) return 7;
    print_line(cstr("third image"));
    return 0;
}
