// Functions of the host that the core calls. Every function declared here is an import of module "emu/core/host".

/** Reads a device register into MMIO_LO and MMIO_HI of the hart. Returns 0 for an access fault. */
export declare function mmio_read(hart: u32, paddr: u32, width: u32): u32;
/** Writes MMIO_LO and MMIO_HI of the hart to a device register. Returns 0 for an access fault. */
export declare function mmio_write(hart: u32, paddr: u32, width: u32): u32;
/** Carries out the request of semihosting that the hart's a0 and a1 hold, and writes its answer into a0. */
export declare function semihost(hart: u32): void;
/** Decodes one instruction word into the micro-op at host address `slot` (for instructions that cross a page). */
export declare function decode_crossing(slot: usize, word: u32): void;
/** Tells the host that places wait to be compiled, and that no hart runs now. */
export declare function compile_hot(): void;
/** Tells that mtime has come to ALARM, between two rounds. */
export declare function alarm(): void;
/** Tells that the hart executes slti x0, x0, n. */
export declare function mark(hart: u32, n: i32): void;
