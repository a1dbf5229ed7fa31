/** The package, packed and installed in an empty folder, without a network. */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../boot/package-root.ts";

export interface Installed {
    /** Where the package is a dependency. */
    readonly folder: string;
    readonly tarball: string;
    readonly env: NodeJS.ProcessEnv;
}

/** What a tool printed. Throws with all of it when the tool fails. */
export function printed(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): string {
    const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
    if (status === 0) return stdout;
    throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? status}\n${stdout}${stderr}`);
}

/** Packs a copy of the sources, so that no other test sees its dist, and installs it in a folder in `tmpdir`. */
export function install(): Installed {
    const scratch = mkdtempSync(join(tmpdir(), "archipel-package-"));
    const [copy, folder] = [join(scratch, "copy"), join(scratch, "app")];
    mkdirSync(copy);
    mkdirSync(folder);
    const left = new Set(["node_modules", "dist", ".git", ".cache", "results", "coverage"]);
    for (const name of readdirSync(packageRoot())) {
        if (!left.has(name)) cpSync(join(packageRoot(), name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(packageRoot(), "node_modules"), join(copy, "node_modules"));
    printed("npm", ["pack", "--pack-destination", scratch], copy, process.env);
    const tarball = readdirSync(scratch).find((name) => name.endsWith(".tgz")) ?? "";
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "app", type: "module" }));
    const { ARCHIPEL_CACHE: _cache, XDG_CACHE_HOME: _home, ...rest } = process.env;
    const env = { ...rest, HOME: scratch, npm_config_cache: join(scratch, "npm") };
    const options = ["--offline", "--no-audit", "--no-fund"];
    printed("npm", ["install", ...options, join(scratch, tarball)], folder, env);
    return { folder, tarball: join(scratch, tarball), env };
}
