// The record of a translation (sv39.ts): where an access goes or why it fails, and which entries of the page table were read for it.
// Records lie among the core's statics, below the state of the machine, so that no hash covers them and a translation allocates nothing.
import { PTE_D, PTE_PBMT } from "./pte";

/** The levels of a page table. Level 2 is the root, and an entry of level 0 maps 4 KiB. */
export const LEVELS: i32 = 3;

@unmanaged
export class Translation {
    /** The physical address, if `cause` is 0. */
    paddr: u64;
    /** The exception that the access raises, or 0 when it succeeds. (Cause 0 does not occur: IALIGN is 16.) */
    cause: u64;
    /** The leaf entry, with A and D as the translation left them; 0 in bare mode and after a failure. */
    leaf: u64;
    /** The level of the last entry that was read, which is the leaf after a success; LEVELS when none was read. */
    level: i32;
    /** The frames of the tables of level 0, 1 and 2; tableOf returns them. */
    table0: i32;
    table1: i32;
    table2: i32;

    /** Starts anew, with no entry read. */
    begin(paddr: u64, cause: u64): void {
        this.paddr = paddr;
        this.cause = cause;
        this.leaf = 0;
        this.level = LEVELS;
    }

    /** Notes that an entry of the table of that level is read. */
    read(level: i32, table: i32): void {
        this.level = level;
        store<i32>(tableSlot(this, level), table);
    }

    /** Returns the frame of the table of a level from `level` to the root. */
    tableOf(level: i32): i32 {
        return load<i32>(tableSlot(this, level));
    }

    /** Tells whether a page table gave the address. In bare mode it did not. */
    get isPaged(): bool {
        return this.leaf != 0;
    }

    get isSuperpage(): bool {
        return this.isPaged && this.level > 0;
    }

    /** Tells whether the page is of type NC or IO. */
    get isTyped(): bool {
        return (this.leaf & PTE_PBMT) != 0;
    }

    get isDirty(): bool {
        return (this.leaf & PTE_D) != 0;
    }
}

/** Returns the address of the field for the table of that level. */
function tableSlot(translation: Translation, level: i32): usize {
    return changetype<usize>(translation) + offsetof<Translation>("table0") + ((<usize>level) << 2);
}
