// What every kernel instance of a unit test needs: its geometry, its harts, threads for the test to act as, and its
// bank.

import { KIND_IDLE, KIND_KERNEL } from "../../../kernel/abi/thread";
import { hart_id, harts_per_cluster, local_cxy, platform_init } from "../../../kernel/hal/platform";
import { ppm_init } from "../../../kernel/mm/ppm";
import { hart_of } from "../../../kernel/sched/cluster";
import { hart_t, thread_layout, thread_t } from "../../../kernel/sched/thread";

/** Native code has its stack elsewhere: descriptor, RPC descriptor, set of harts, user-copy buffer and f registers fit in this. */
const BLOCK_SIZE: usize = 1792;
const CLIENTS: u32 = 6;
const MAX_HARTS: u32 = 4;
/** CLIENTS threads of hart 0 that tests act as, then one idle thread a hart. */
const blocks: usize = memory.data(10 * 1792, 16);

/** The i-th thread a test may act as. */
export function client_thread(i: u32): usize {
    return i < CLIENTS ? blocks + <usize>i * BLOCK_SIZE : 0;
}

export function idle_thread(lid: u32): usize {
    return blocks + <usize>(CLIENTS + lid) * BLOCK_SIZE;
}

export function hart_address(lid: u32): usize {
    return changetype<usize>(hart_of(lid));
}

/**
 * What kernel/main.ts does before RPC: hart 0 of the cluster is `hart`, the bank's free frames begin at `image_end`.
 */
export function instance_start(hart: u32, image_end: usize, bytes: u32): void {
    platform_init(hart);
    for (let lid: u32 = 0; lid < harts_per_cluster && lid < MAX_HARTS; lid++) {
        const each = hart_of(lid);
        each.id = hart_id(local_cxy, lid);
        each.lid = lid;
        each.idle = adopt(idle_thread(lid), KIND_IDLE, each);
        each.current = each.idle;
    }
    for (let i: u32 = 0; i < CLIENTS; i++) adopt(client_thread(i), KIND_KERNEL, hart_of(0));
    ppm_init(image_end, bytes);
}

function adopt(block: usize, kind: u32, hart: hart_t): thread_t {
    const thread = thread_layout(block, kind);
    thread.hart = changetype<usize>(hart);
    thread.hart_id = hart.id;
    thread.on_hart = 1;
    return thread;
}
