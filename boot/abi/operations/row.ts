/** What a row of ../operations.ts says. */

type Level = "leaf" | "node" | "manager" | "reference" | "process";

export interface OperationRow {
    readonly number: number;
    /** The level at which it is sent (kernel/rpc/levels.ts). */
    readonly level: Level;
    readonly args: readonly string[];
    /** The name of another operation stands for that operation's results, with the same constants. */
    readonly results: readonly string[] | string;
    /** What it asks of the cluster that serves it. */
    readonly text: string;
}

export type OperationRows = Readonly<Record<string, OperationRow>>;
