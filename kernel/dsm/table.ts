// A table with a word for each page of the region (sm-dsm 3.1): two levels of 256, made as they are written. The owner of a table keeps the
// address of the first level, 0 while there is none. Other clusters (region.ts) and the auditor (boot/audit/check-dsm.ts) read tables, too.
import { kcm_alloc, kcm_free } from "../mm/kcm";

const ENTRIES: u32 = 256;
const BYTES: u32 = 1024;

/** The address of word `index` of the table at `table`; 0 when it was never made. */
export function table_word(table: usize, index: u32): usize {
    const second = table == 0 ? <usize>0 : load<usize>(table + ((index >> 8) << 2));
    return second == 0 ? 0 : second + ((index & 255) << 2);
}

/**
 * Does as table_word for the table whose address stands at `root`, and makes the word if need be. 0 without memory; a level that was made
 * stays.
 */
export function table_make(root: usize, index: u32): usize {
    if (load<usize>(root) == 0) store<usize>(root, kcm_alloc(BYTES));
    if (load<usize>(root) == 0) return 0;
    const entry = load<usize>(root) + ((index >> 8) << 2);
    if (load<usize>(entry) == 0) store<usize>(entry, kcm_alloc(BYTES));
    return table_word(load<usize>(root), index);
}

/** Frees the table at `table` (0: none). With `objects` each word that is not 0 is an object of KCM, and is freed, too. */
export function table_free(table: usize, objects: bool): void {
    for (let i: u32 = 0; i < ENTRIES && table != 0; i++) {
        const second = load<usize>(table + (i << 2));
        if (second == 0) continue;
        for (let j: u32 = 0; j < ENTRIES && objects; j++) {
            const object = load<usize>(second + (j << 2));
            if (object != 0) kcm_free(object);
        }
        kcm_free(second);
    }
    if (table != 0) kcm_free(table);
}
