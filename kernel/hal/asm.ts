// Functions written in RISC-V assembly (kernel/hal/*.S) and linked by name; mocked in native tests.

/** Saves the callee-saved registers to `from`, loads them from `to` (context_t), and goes on there. */
export declare function context_switch(from: usize, to: usize): void;
/** Leaves the kernel for the user context in `frame` (trap_frame_t) through kentry. Never returns. */
export declare function kentry_exit(frame: usize): void;
