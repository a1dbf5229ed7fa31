// The addresses that every part agrees on: host, firmware, kernel, userland (docs/machine.md, "Physical memory"; vmm-policy 6).

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 4096;

// Physical addresses
export const ROM_BASE = 0x20000000;
export const BANK_BASE = 0x80000000;
export const WINDOW_BASE = 0x40000000;
export const WINDOW_SIZE = 0x40000000;
export const UART_BASE = 0x10000000;
export const FINISHER_BASE = 0x100000;
export const SSWI_BASE = 0x2f00000;
export const PROBE_BASE = 0x10200000;

// The kernel image is at the same local address in every cluster.
export const KENTRY_LOCAL = 0x40000000;
export const SAVE_AREA_LOCAL = 0x40001000;
export const BOOT_INFO_LOCAL = 0x40002000;
export const BOOT_INFO_PAGES = 2;
export const SHARED_LOCAL = 0x40004000;
export const KCODE_LOCAL = 0x40006000;
export const KDATA_LOCAL = 0x40040000;

// The user space of a process has four vzones (vmm-policy 6).
/** The page that handlers of signals return to (vmm-policy 6.1). */
export const SIGNAL_TRAMPOLINE_VADDR = 0x1000;
export const KENTRY_TEXT_VADDR = 0x2000;
export const KENTRY_SAVE_VADDR = 0x3000;
/** args, and behind them envs (mm/user-space.ts). Together they end at or below ELF_ZONE_BASE. */
export const ARGS_VADDR = 0x4000;
export const ELF_ZONE_BASE = 0x10000;
export const USER_DATA_VADDR = 0x400000;
export const DSM_BASE = 0x20000000;
export const DSM_PAGES = 0xffff;
/** The end of the stack zone. */
export const USER_TOP = 0x40000000;
/**
 * The high part of the heap zone: above all physical addresses, to the end of the user's half of Sv39. Programs whose pointers have 32 bits
 * get nothing there.
 */
export const HIGH_HEAP_BASE = 0x1000000000;
export const USER_END = 0x4000000000;
