// leave: what nodes do after sm_node_exit (test/system/dsm-death.test.ts). Argument `code`: node 0 ends with 5, and the others, later, say
// that they end. Argument `read`: node 1 reads a page that it has, and then one that only node 0 had, which is gone by then.
import { argument_is } from "../../../userland/lib/args";
import { clock } from "../../../userland/lib/clock";
import { cstr } from "../../../userland/lib/cstr";
import { pause } from "../../../userland/lib/hal";
import { node_id, node_join, node_shared } from "../../../userland/lib/node";
import { print_line } from "../../../userland/lib/print";
import { sm_barrier, sm_node_exit } from "../../../userland/lib/sm";

const LATER: u64 = 500_000;
const NEXT_PAGE: usize = 4096;

function wait(): void {
    const from = clock();
    while (clock() - from < LATER) pause();
}

export function main(argc: i32, argv: usize): i32 {
    if (!node_join()) return 2;
    const shared = node_shared(8192);
    if (node_id() == 0) {
        store<u32>(shared, 42);
        store<u32>(shared, 43, NEXT_PAGE);
    }
    sm_barrier();
    if (node_id() == 1 && load<u32>(shared) != 42) return 3;
    sm_node_exit();
    if (node_id() == 0) return argument_is(argc, argv, 1, cstr("code")) ? 5 : 0;
    wait();
    if (node_id() == 1 && argument_is(argc, argv, 1, cstr("read"))) {
        if (load<u32>(shared) == 42) print_line(cstr("read what it has"));
        if (load<u32>(shared, NEXT_PAGE) != 43) print_line(cstr("read something else"));
    }
    print_line(cstr("ends"));
    return 0;
}
