/** Loads a machine config: read, override, check. Every problem is reported, one line each (STYLE 15). */

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { JsonSyntaxError, parseJson } from "./json.ts";
import { applyOverrides, type Overrides } from "./overrides.ts";
import type { Config } from "./schema/config.ts";
import { fillDefaults, validateConfig } from "./validate.ts";
import { ConfigError, describeViolation } from "./violation.ts";

export interface LoadedConfig {
    readonly config: Config;
    /** The file's name as given. */
    readonly file: string;
    /** Where `path`s of programs are relative to. */
    readonly directory: string;
    /** Where those of the command line (--program) are looked for first: where the command runs. */
    readonly programDirectory?: string;
}

const COMMAND_LINE = "the command line";

/** Reads and checks the config in `file`. Throws ConfigError. */
export function loadConfig(file: string, overrides: Overrides = {}): LoadedConfig {
    let text: string;
    try {
        text = readFileSync(file, "utf8");
    } catch (error) {
        throw new ConfigError([`${file}: cannot be read: ${readFailure(error)}`]);
    }
    const config = parseConfig(text, file, overrides);
    const given = (overrides.programs?.length ?? 0) > 0;
    return { config, file, directory: dirname(resolve(file)), ...(given ? { programDirectory: resolve(".") } : {}) };
}

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

/** Why a file cannot be read, in words. */
export function readFailure(error: unknown): string {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return "there is no such file";
    if (code === "EISDIR") return "it is a directory";
    if (code === "EACCES") return "permission denied";
    return error instanceof Error ? error.message : String(error);
}
