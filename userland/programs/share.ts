// share: the program of docs/spec/sm-dsm.md 3.5. Node 0 writes one page, all read it; node 1 allocates a second page,
// node 0 writes it, all others read it. With n >= 2 nodes: RF = 2(n-1), WF = 1, INV = 1, REVOKE = 2.
import { cstr } from "../lib/cstr";
import { node_count, node_id, node_join } from "../lib/node";
import { line_begin, line_end, number, text, verdict } from "../lib/print";
import { sm_barrier, sm_bcast, sm_malloc, sm_node_exit } from "../lib/sm";

const PAGE: u64 = 4096;
const FIRST: u64 = 0x1234567890abcdef;
const SECOND: u64 = 0xfedcba0987654321;

export function main(argc: i32, argv: usize): i32 {
    if (!node_join()) return verdict(cstr("share"), false, cstr("not started as a node process"));
    const nodes = node_count();
    const nid = node_id();
    let first = nid == 0 ? sm_malloc(PAGE) : 0;
    if (nid == 0) store<u64>(first, FIRST);
    first = sm_bcast(first, 0);
    let good = first != 0 && load<u64>(first) == FIRST;
    sm_barrier();
    const allocator: u32 = nodes > 1 ? 1 : 0;
    let second = nid == allocator ? sm_malloc(PAGE) : 0;
    second = sm_bcast(second, allocator);
    if (nid == 0) store<u64>(second, SECOND);
    sm_barrier();
    good = good && second != first && load<u64>(second) == SECOND;
    sm_barrier();
    sm_node_exit();
    if (nid != 0) return good ? 0 : 1;
    line_begin();
    text(cstr("share: "));
    number(nodes);
    text(cstr(" nodes"));
    line_end();
    return verdict(cstr("share"), good, cstr("a node read a wrong value"));
}
