// barrier: rounds in which one node after the other writes a word of shared memory, and all read it after a barrier. With n >= 2
// nodes, and a second barrier before the next write: RF = rounds * (n-1), REVOKE = rounds. Argument: rounds (default 10).
import { argument_number } from "../lib/args";
import { cstr } from "../lib/cstr";
import { line_begin, line_end, number, text, verdict } from "../lib/print";
import { sm_barrier, sm_bcast, sm_malloc, sm_node_exit, sm_node_init } from "../lib/sm";

const nodes_word: usize = memory.data(4, 4);
const nid_word: usize = memory.data(4, 4);

export function main(argc: i32, argv: usize): i32 {
    const rounds = argument_number(argc, argv, 1, 10);
    if (sm_node_init(nodes_word, nid_word) != 0)
        return verdict(cstr("barrier"), false, cstr("not started as a node process"));
    const nodes = load<u32>(nodes_word);
    const nid = load<u32>(nid_word);
    const word = sm_bcast(nid == 0 ? sm_malloc(8) : 0, 0);
    let good = word != 0;
    for (let round: u32 = 0; good && round < rounds; round++) {
        if (round % nodes == nid) store<u64>(word, round + 1);
        sm_barrier();
        good = load<u64>(word) == round + 1;
        sm_barrier();
    }
    sm_node_exit();
    if (nid != 0 && good) return 0;
    line_begin();
    text(cstr("barrier: "));
    number(rounds);
    text(cstr(" rounds, "));
    number(nodes);
    text(cstr(" nodes"));
    line_end();
    return verdict(cstr("barrier"), good, cstr("a node read an old value"));
}
