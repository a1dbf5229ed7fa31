// fork-region: a node's child, which is no node, touches the region by a load, a store and an AMO: each time it must end by SIGSEGV
// (test/system/dsm-death.test.ts).
import { cstr } from "../../../userland/lib/cstr";
import { node_join, node_shared } from "../../../userland/lib/node";
import { figure } from "../../../userland/lib/print";
import { exit, fork, wait_for } from "../../../userland/lib/process";

const WAYS: u32 = 3;
const SIGSEGV: u32 = 11;
const status: usize = memory.data(4, 4);

function touch(address: usize, way: u32): void {
    if (way == 0) exit(load<u32>(address));
    else if (way == 1) store<u32>(address, 1);
    else atomic.add<u32>(address, 1);
    exit(0);
}

export function main(argc: i32, argv: usize): i32 {
    if (!node_join()) return 2;
    const shared = node_shared(4096);
    store<u32>(shared, 7);
    let killed: u32 = 0;
    for (let way: u32 = 0; way < WAYS; way++) {
        if (fork() == 0) touch(shared, way);
        if (wait_for(-1, status) > 0 && load<u32>(status) == SIGSEGV) killed++;
    }
    figure(cstr("killed"), killed, cstr(""));
    return load<u32>(shared) == 7 ? 0 : 3;
}
