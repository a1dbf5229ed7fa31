// Intrinsics of user code, expanded inline by the RV64 backend (as kernel/hal/hal.ts, which userland may not import).

/** `csr` is a constant CSR number; user code may read the counters. */
export declare function csr_read(csr: i32): u64;
/** The `ecall` instruction with a7 = number; returns a0. */
export declare function ecall(number: i64, a0: u64, a1: u64, a2: u64, a3: u64, a4: u64, a5: u64): i64;
/** Address of the code of the function with this table index (f.index in AssemblyScript). */
export declare function function_address(index: u32): usize;
export declare function pause(): void;
