/** What a row of ../operations.ts says. */

import type { SHARED } from "./shared.ts";

type Level = "leaf" | "node" | "manager" | "reference" | "process";

/**
 * Words that operations begin with, for functions of the kernel that serve several operations. The words have constants of this entry, beside
 * those of each operation.
 */
export interface SharedWords {
    readonly args: readonly string[];
    readonly results: readonly string[];
    readonly text: string;
}

export interface OperationRow {
    readonly number: number;
    /** The level at which it is sent (kernel/rpc/levels.ts). */
    readonly level: Level;
    /** The shared words that are the first of `args` and of `results`. Only handlers of such rows may use them by their shared names. */
    readonly begins?: keyof typeof SHARED;
    readonly args: readonly string[];
    /** The name of another operation stands for that operation's results, with the same constants. */
    readonly results: readonly string[] | string;
    /** What it asks of the cluster that serves it. */
    readonly text: string;
}

export type OperationRows = Readonly<Record<string, OperationRow>>;
