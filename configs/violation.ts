/** One thing wrong with a config, and its line: file, path, value, rule, fix (docs/style.md, "Messages"). */

export interface Violation {
    /** JSON pointer of the value; "" is the whole file. */
    readonly pointer: string;
    /** The offending value; undefined when it is missing. */
    readonly value: unknown;
    /** Completes the sentence after the value, such as "must be an integer from 1 to 64". */
    readonly must: string;
    /** A value that would do, shown as JSON. */
    readonly example?: unknown;
    /** Other advice, instead of an example. */
    readonly hint?: string;
}

/** A config (or its command line overrides) that cannot be used: every problem, one line each. */
export class ConfigError extends Error {
    readonly problems: readonly string[];

    constructor(problems: readonly string[]) {
        super(problems.join("\n"));
        this.problems = problems;
    }
}

/** The line for one violation. `origin`: where the value came from, when not from the file ("the command line"). */
export function describeViolation(file: string, violation: Violation, origin?: string): string {
    const { pointer, value, must, example, hint } = violation;
    const is = value === undefined ? "is missing" : `is ${shorten(JSON.stringify(value))}`;
    const source = origin === undefined ? "" : ` (from ${origin})`;
    const fix = hint ?? (example === undefined ? undefined : `e.g. ${JSON.stringify(example)}`);
    return `${file}: ${pointer || "/"} ${is}${source}; ${must}${fix === undefined ? "" : ` (${fix})`}`;
}

function shorten(text: string): string {
    return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
