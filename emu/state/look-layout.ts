// Where the host looks (emu/host/looks.ts): a byte for each of LOOK_ENTRIES classes of fetched addresses, then one for each of accessed ones. It
// is 1 when the host looks for an address of the class.

export const LOOK_ENTRIES = 4096;
export const LOOK_BYTES = 2 * LOOK_ENTRIES;
/** Addresses whose bits from here on agree are of one class. */
export const LOOK_FETCH_SHIFT = 1;
export const LOOK_ACCESS_SHIFT = 3;
