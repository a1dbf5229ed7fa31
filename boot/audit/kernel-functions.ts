/** The kernel's functions that audits listen to. The build keeps them from being inlined (boot/build/kernel-image.ts). */

export const KCM_ALLOC = "kernel/mm/kcm/kcm_alloc";
export const KCM_FREE = "kernel/mm/kcm/kcm_free";
export const RPC_SEND = "kernel/rpc/rpc/rpc_send";
export const RPC_YIELD = "kernel/rpc/serve/rpc_yield";
export const SCHED_WAIT = "kernel/sched/sched/sched_wait";
export const SERVE = "kernel/rpc/serve/rpc_serve";
export const SCHED_YIELD = "kernel/sched/sched/sched_yield";
export const HOLD_END = "kernel/mm/hold/hold_end";
export const COPY_BYTES = "kernel/hal/platform/copy_bytes";
export const COPY_PAGE = "kernel/mm/anonymous/copy_page";
export const PAGER_FRAME = "kernel/mm/pager/pager_frame";
export const MANAGER_ACK = "kernel/dsm/manager/manager_ack";
export const HOLD_HERE = "kernel/fs/cache/hold_here";

export const OBSERVED_FUNCTIONS: readonly string[] = [
    KCM_ALLOC,
    KCM_FREE,
    RPC_SEND,
    RPC_YIELD,
    SERVE,
    SCHED_WAIT,
    SCHED_YIELD,
    HOLD_END,
    COPY_BYTES,
    COPY_PAGE,
    PAGER_FRAME,
    HOLD_HERE,
    MANAGER_ACK,
];
