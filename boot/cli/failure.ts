/** Turns whatever was thrown into an exit and error lines; what nobody foresaw is a bug in Archipel (exit 70). */

import { ConfigError } from "../../configs/violation.ts";
import { CommandError, type ExitName } from "../report/exit-codes.ts";

export interface Failure {
    readonly exit: ExitName;
    readonly lines: readonly string[];
}

/** Host stack traces are shown only with ARCHIPEL_DEBUG=1. */
export function describeFailure(error: unknown): Failure {
    if (error instanceof CommandError) return { exit: error.exit, lines: error.lines };
    if (error instanceof ConfigError) return { exit: "usage", lines: error.problems };
    if (process.env.ARCHIPEL_DEBUG === "1" && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    const message = error instanceof Error ? error.message : String(error);
    const hint = "this is a bug: please report it with the command line and the config (ARCHIPEL_DEBUG=1 shows where)";
    return { exit: "internal", lines: [`internal: ${message}; ${hint}`] };
}
