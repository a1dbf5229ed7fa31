// hello: the smallest program; says where it runs.
import { cstr } from "../lib/cstr";
import { line_begin, line_end, number, text, verdict } from "../lib/print";
import { cluster_count, cluster_self } from "../lib/thread";

export function main(argc: i32, argv: usize): i32 {
    line_begin();
    text(cstr("hello from cluster "));
    number(cluster_self());
    text(cstr(" of "));
    number(cluster_count());
    line_end();
    return verdict(cstr("hello"), true, 0);
}
