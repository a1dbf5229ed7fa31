/** Loads a machine config: read, override, check. Every problem is reported, one line each (docs/style.md, "Messages"). */

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseConfig } from "./check.ts";
import type { Overrides } from "./overrides.ts";
import type { Config } from "./schema/config.ts";
import { ConfigError } from "./violation.ts";

export interface LoadedConfig {
    readonly config: Config;
    /** The file's name as given. */
    readonly file: string;
    /** Where `path`s of programs are relative to. */
    readonly directory: string;
    /** Where those of the command line (--program) are looked for first: where the command runs. */
    readonly programDirectory?: string;
}

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

/** Why a file cannot be read, in words. */
export function readFailure(error: unknown): string {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return "there is no such file";
    if (code === "EISDIR") return "it is a directory";
    if (code === "EACCES") return "permission denied";
    return error instanceof Error ? error.message : String(error);
}
