/** A row of the table of system calls. */

export interface CallRow {
    /** The number in a7. */
    readonly number: number;
    /** The arguments by name, a0 first. */
    readonly args: string;
    /** What is carried out: a sentence. */
    readonly does: string;
    /** Requests that Linux takes and that are refused here, by name, with the errno. Each is told once (kernel/syscalls/table.ts, refused). */
    readonly refuses?: Readonly<Record<string, ErrnoName>>;
    /** The files of test/ that test it, without extension. */
    readonly tests: readonly string[];
}

export type ErrnoName = keyof typeof import("../../../kernel/abi/errno.ts");
