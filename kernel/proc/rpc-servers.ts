// The server threads serve the requests of other instances (rpc/serve.ts). Each level has several, because a request may wait for lower
// levels.

import { BLOCKED_EVENT, KIND_SERVER } from "../abi/thread";
import { FRAME_THREAD } from "../abi/vseg-type";
import { cstr } from "../hal/cstr";
import { ppm_alloc } from "../mm/ppm";
import { assert_kernel } from "../panic";
import { jitter } from "../rpc/jitter";
import { LEVELS } from "../rpc/levels";
import { rpc_add_server, rpc_serve, rpc_take, rpc_yield, SERVERS_PER_LEVEL, server_lid } from "../rpc/serve";
import { hart_of } from "../sched/cluster";
import { sched_add, sched_block, sched_prepare, sched_unblock_self, sched_wait } from "../sched/sched";
import { THREAD_BLOCK_ORDER, thread_layout } from "../sched/thread";

export function rpc_start_servers(): void {
    for (let level: u32 = 1; level < LEVELS; level++) {
        for (let i: u32 = 0; i < SERVERS_PER_LEVEL; i++) {
            const block = ppm_alloc(THREAD_BLOCK_ORDER, FRAME_THREAD, 0);
            assert_kernel(block != 0, cstr("no memory for the RPC servers"));
            const thread = thread_layout(block, KIND_SERVER);
            thread.level = level;
            rpc_add_server(level, i, thread);
            const entry: (argument: usize) => void = rpc_server;
            sched_prepare(thread, <u32>entry.index, <usize>level);
            sched_add(hart_of(server_lid(level)), thread);
        }
    }
}

/** A server thread serves its level's FIFO for ever. */
function rpc_server(level: usize): void {
    while (true) {
        sched_block(BLOCKED_EVENT);
        const desc = rpc_take(<u32>level);
        if (desc == 0) {
            sched_wait(BLOCKED_EVENT);
            continue;
        }
        sched_unblock_self(BLOCKED_EVENT);
        serve_late();
        rpc_serve(desc, <u32>level);
    }
}

/**
 * A random number of turns makes a request late at its server, which holds nothing yet but the request. The level's other server and every
 * other thread go on meanwhile. A turn is one rpc_yield, up to a time slice. The turns are bounded, so no thread waits for ever.
 */
function serve_late(): void {
    for (let turns = jitter(); turns != 0; turns--) rpc_yield();
}
