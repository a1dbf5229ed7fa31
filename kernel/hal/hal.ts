// The RV64 backend expands each call of an intrinsic inline; native tests mock it (docs/compiler.md, "Intrinsics"). A bare `declare
// function` imports from a module named after this file, so nothing else may be declared here.

/** `csr` is a constant CSR number (kernel/abi/csr.ts). */
export declare function csr_read(csr: i32): u64;
export declare function csr_write(csr: i32, value: u64): void;
export declare function csr_set(csr: i32, mask: u64): void;
export declare function csr_clear(csr: i32, mask: u64): void;

// Volatile accesses to any physical address: xptr, devices, banks of other clusters. Loads are zero-extended.
export declare function remote_load8(x: u64): u32;
export declare function remote_load16(x: u64): u32;
export declare function remote_load32(x: u64): u32;
export declare function remote_load64(x: u64): u64;
export declare function remote_store8(x: u64, value: u32): void;
export declare function remote_store16(x: u64, value: u32): void;
export declare function remote_store32(x: u64, value: u32): void;
export declare function remote_store64(x: u64, value: u64): void;

// Atomics on any physical address, acquire and release. Each returns the old value.
export declare function remote_add32(x: u64, value: u32): u32;
export declare function remote_add64(x: u64, value: u64): u64;
export declare function remote_swap32(x: u64, value: u32): u32;
export declare function remote_swap64(x: u64, value: u64): u64;
export declare function remote_or32(x: u64, value: u32): u32;
export declare function remote_and32(x: u64, value: u32): u32;
/** Compares and swaps by an LR/SC loop. Returns the old value, which equals `expected` on success. */
export declare function remote_cas32(x: u64, expected: u32, desired: u32): u32;
export declare function remote_cas64(x: u64, expected: u64, desired: u64): u64;

export declare function fence(): void;
export declare function fence_i(): void;
/** Zicboz: makes the block of BLOCK_BYTES bytes (abi/csr.ts) zero in which the address lies. */
export declare function cbo_zero(x: u64): void;
/** Zihintpause. Every spin loop holds a pause, because it ends the hart's turn (turns.md 2.2). */
export declare function pause(): void;
export declare function wfi(): void;
/** sfence.vma zero, zero */
export declare function sfence_vma_all(): void;
/** sfence.vma vaddr, zero */
export declare function sfence_vma_page(vaddr: u64): void;
/** sfence.vma zero, asid */
export declare function sfence_vma_asid(asid: u64): void;

/** The tp register holds the current thread's descriptor in the kernel. It is constant within a thread. */
export declare function thread_pointer(): usize;
export declare function stack_pointer(): usize;
/** Returns the code address of the function with this table index (f.index in AssemblyScript). */
export declare function function_address(index: u32): usize;
/** For user code only: the `ecall` instruction with a7 = number. Returns a0. */
export declare function ecall(number: i64, a0: u64, a1: u64, a2: u64, a3: u64, a4: u64, a5: u64): i64;
