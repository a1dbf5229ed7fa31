// Functions written in RISC-V assembly (kernel/hal/*.S) are linked by name, and mocked in native tests.

/** Saves the callee-saved registers to `from` (context_t), loads them from `to`, sets tp = to, and goes on there. */
export declare function context_switch(from: usize, to: usize): void;
/** Returns the address of a new kernel thread's first code, which calls s0 with the argument s1. */
export declare function thread_start_address(): usize;
/** Leaves the kernel for the user registers in `frame` through kentry, under `satp`. Never returns. */
export declare function kentry_exit(frame: usize, save_area: usize, satp: u64): void;
/** Saves f0 to f31 and fcsr, 8 bytes each, to `area`. Needs mstatus.FS on. */
export declare function fstate_save(area: usize): void;
export declare function fstate_restore(area: usize): void;
/** Gives hart `lid` of this cluster the block of its idle thread. The hart waits for the block in hal/start.S. */
export declare function secondary_release(lid: u32, block: usize): void;
