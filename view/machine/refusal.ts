/** An error as lines for the page. */

import { CommandError } from "../../boot/report/exit-codes.ts";
import { ConfigError } from "../../configs/violation.ts";

export function describeRefusal(error: unknown): readonly string[] {
    if (error instanceof ConfigError) return error.problems;
    if (error instanceof CommandError) return error.lines;
    return [error instanceof Error ? error.message : String(error)];
}
