/** The command line: in this process, or as a child process as users start it. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { runCommandLine } from "../../../boot/cli/command-line.ts";
import { packageRoot } from "../../../boot/package-root.ts";
import { keptStreams } from "../../cli/fake-report.ts";
import { HUNG_MS } from "../../limits.ts";
import { GUEST_FOLDER, placeFile } from "./guest.ts";
import type { ConfigText } from "./run.ts";

export interface CommandResult {
    readonly code: number;
    readonly out: string;
    readonly err: string;
}

/** `archipel ARGS` in this process. */
export async function archipel(...args: string[]): Promise<CommandResult> {
    const streams = keptStreams();
    const code = await runCommandLine(args, streams);
    return { code, ...streams.kept };
}

/** `archipel ARGS` as a process of its own. */
export function archipelProcess(...args: string[]): CommandResult {
    const child = spawnSync(process.execPath, [join(packageRoot(), "boot/start.mjs"), ...args], {
        cwd: packageRoot(),
        encoding: "utf8",
        timeout: HUNG_MS,
    });
    return { code: child.status ?? -1, out: child.stdout, err: child.stderr };
}

/** A config file beside the test guests; its path. */
export function configFile(name: string, config: ConfigText): string {
    return join(GUEST_FOLDER, placeFile(name, new TextEncoder().encode(JSON.stringify(config))));
}

/** The error lines, without `archipel: error: `. */
export function errorLines({ err }: CommandResult): string[] {
    const prefix = "archipel: error: ";
    return err.split("\n").flatMap((line) => (line.startsWith(prefix) ? [line.slice(prefix.length)] : []));
}

/** A line that looks like a stack trace of the host. */
export const HOST_TRACE = /^\s+at .*(?:\.ts|\.js|node:|wasm)/m;
