// barrier: rounds in which one node after the other writes a word of shared memory, and all read it after a barrier. With n >= 2
// nodes, and a second barrier before the next write: RF = rounds * (n-1), REVOKE = rounds. Argument: rounds (default 10).
import { argument_number } from "../lib/args";
import { cstr } from "../lib/cstr";
import { node_count, node_id, node_join, node_shared, node_summary } from "../lib/node";
import { verdict } from "../lib/print";
import { sm_barrier, sm_node_exit } from "../lib/sm";

export function main(argc: i32, argv: usize): i32 {
    const rounds = argument_number(argc, argv, 1, 10);
    if (!node_join()) return verdict(cstr("barrier"), false, cstr("not started as a node process"));
    const nodes = node_count();
    const nid = node_id();
    const word = node_shared(8);
    let good = word != 0;
    for (let round: u32 = 0; good && round < rounds; round++) {
        if (round % nodes == nid) store<u64>(word, round + 1);
        sm_barrier();
        good = load<u64>(word) == round + 1;
        sm_barrier();
    }
    sm_node_exit();
    if (nid != 0 && good) return 0;
    node_summary(cstr("barrier: "), rounds, cstr(" rounds, "));
    return verdict(cstr("barrier"), good, cstr("a node read an old value"));
}
