// The auxiliary vector (Linux elf.h, getauxval(3)), and values of its entries.
export const AT_NULL = 0;
export const AT_PHDR = 3;
export const AT_PHENT = 4;
export const AT_PHNUM = 5;
export const AT_PAGESZ = 6;
export const AT_BASE = 7;
export const AT_FLAGS = 8;
export const AT_ENTRY = 9;
export const AT_UID = 11;
export const AT_EUID = 12;
export const AT_GID = 13;
export const AT_EGID = 14;
export const AT_HWCAP = 16;
export const AT_CLKTCK = 17;
export const AT_SECURE = 23;
export const AT_RANDOM = 25;
export const AT_EXECFN = 31;

/** USER_HZ: the ticks a second in which times(2) and AT_CLKTCK count. */
export const CLOCK_TICKS = 100;
export const PROGRAM_HEADER_SIZE = 56;
