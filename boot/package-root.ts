/** Where the package lies, both for the sources (boot/) and for the bundle (dist/): the folder of its package.json. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

let cached: string | undefined;

/** Absolute path of the package's folder. */
export function packageRoot(): string {
    if (cached !== undefined) return cached;
    let folder = dirname(fileURLToPath(import.meta.url));
    while (!existsSync(join(folder, "package.json"))) {
        const parent = dirname(folder);
        if (parent === folder) throw new Error("no package.json above the program's own file");
        folder = parent;
    }
    cached = folder;
    return folder;
}

/** The package's version. */
export function packageVersion(): string {
    return (JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { version: string }).version;
}

/** A file of the package, by its path from the working directory when that is shorter. */
export function packageFile(...path: string[]): string {
    const absolute = join(packageRoot(), ...path);
    const fromHere = relative(process.cwd(), absolute);
    return fromHere.length < absolute.length ? fromHere : absolute;
}
