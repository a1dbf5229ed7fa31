/** A config's text, checked: no files, so that a browser checks configs too (configs/load.ts reads them). */

import { JsonSyntaxError, parseJson } from "./json.ts";
import { applyOverrides, type Overrides } from "./overrides.ts";
import type { Config } from "./schema/config.ts";
import { fillDefaults, validateConfig } from "./validate.ts";
import { ConfigError, describeViolation } from "./violation.ts";

const COMMAND_LINE = "the command line";

/** Checks the config in `text`; `file` only names it. Throws ConfigError. */
export function parseConfig(text: string, file: string, overrides: Overrides = {}): Config {
    const { document, pointers, problems } = applyOverrides(fillDefaults(parseDocument(text, file)), overrides);
    const result = validateConfig(document);
    const violations = "violations" in result ? result.violations : [];
    const lines = violations.map((violation) => {
        const { pointer } = violation;
        return describeViolation(
            file,
            violation,
            pointers.some((given) => `${pointer}/`.startsWith(`${given}/`))
                ? (overrides.origin ?? COMMAND_LINE)
                : undefined,
        );
    });
    if (problems.length + lines.length > 0 || !("config" in result)) throw new ConfigError([...problems, ...lines]);
    return result.config;
}

/** The text's JSON value. Throws ConfigError with line and column. */
export function parseDocument(text: string, file: string): unknown {
    try {
        return parseJson(text.replace(/^\uFEFF/, ""));
    } catch (error) {
        if (!(error instanceof JsonSyntaxError)) throw error;
        throw new ConfigError([`${file}:${error.line}:${error.column}: not JSON: ${error.message}`]);
    }
}
