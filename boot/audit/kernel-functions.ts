/** The kernel's functions that audits listen to. The build keeps them from being inlined (boot/image/kernel-image.ts). */

export const KCM_ALLOC = "kernel/mm/kcm/kcm_alloc";
export const KCM_FREE = "kernel/mm/kcm/kcm_free";
export const RPC_SEND = "kernel/rpc/rpc/rpc_send";
export const RPC_YIELD = "kernel/rpc/rpc/rpc_yield";
export const SCHED_WAIT = "kernel/proc/sched/sched_wait";
export const SERVE = "kernel/rpc/rpc/serve";
export const SCHED_YIELD = "kernel/proc/sched/sched_yield";
export const HOLD_END = "kernel/dsm/hold/hold_end";
export const COPY_BYTES = "kernel/hal/platform/copy_bytes";
export const COPY_PAGE = "kernel/mm/content/copy_page";
export const NEW_FRAME = "kernel/mm/content/new_frame";
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
    NEW_FRAME,
    HOLD_HERE,
    MANAGER_ACK,
];
