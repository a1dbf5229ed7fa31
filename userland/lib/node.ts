// A node process of a DSM group, as the shipped programs use it: who it is, and memory that all nodes share.
import { line_begin, line_end, number, text, verdict } from "./print";
import { sm_bcast, sm_malloc, sm_malloc_as, sm_node_exit, sm_node_init } from "./sm";

const count_word: usize = memory.data(4, 4);
const id_word: usize = memory.data(4, 4);

/** Joins the group. False: not started as a node process. */
export function node_join(): bool {
    return sm_node_init(count_word, id_word) == 0;
}

export function node_count(): u32 {
    return load<u32>(count_word);
}

export function node_id(): u32 {
    return load<u32>(id_word);
}

/** Memory that node 0 allocates, in all nodes; a barrier too. 0 when there is none. */
export function node_shared(bytes: u64): usize {
    return sm_bcast(node_id() == 0 ? sm_malloc(bytes) : 0, 0);
}

/** As node_shared, of DSM_* consistency (kernel/abi/policy.ts). */
export function node_shared_as(bytes: u64, consistency: u32): usize {
    return sm_bcast(node_id() == 0 ? sm_malloc_as(bytes, consistency) : 0, 0);
}

/** Of `n` things in blocks, the first of node `node`'s. */
export function node_first(n: u32, node: u32): u32 {
    return <u32>((<u64>n * <u64>node) / <u64>node_count());
}

/** Ends the program by what all nodes know, such as wrong arguments: node 0 says it, once. Returns the exit code. */
export function node_refuse(name: usize, wrong: usize): i32 {
    if (node_id() == 0) verdict(name, false, wrong);
    sm_node_exit();
    return 1;
}

/** One line `NAME: COUNT THINGS, NODES nodes`: `label` is all before the count, `things` all between the two. */
export function node_summary(label: usize, count: i64, things: usize): void {
    line_begin();
    text(label);
    number(count);
    text(things);
    number(node_count());
    text(NODES);
    line_end();
}
const NODES: usize = memory.data<u8>([32, 110, 111, 100, 101, 115, 0]);
