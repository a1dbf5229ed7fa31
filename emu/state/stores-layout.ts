/**
 * Where compiled code may store by physical address alone, a record a bank: behind all pages that hold decoded code, and as far as the bank
 * was ever written. Addresses are the host's. The core keeps it (emu/core/stores.ts).
 */

/** First address. */
export const STORES_LOW = 0;
/** Number of addresses from which on STORES_GUARDED bytes may be stored to. */
export const STORES_SPAN = 4;
/** Pages from here on were never written, unless their owner says so. */
export const STORES_TOP = 8;
export const STORES_STRIDE = 16;

/** One test of compiled code covers at most this many bytes. */
export const STORES_GUARDED = 1024;
