/** Which sources this is. */

import { spawnSync } from "node:child_process";
import { packageRoot } from "../package-root.ts";
import { provenance } from "./packed.ts";

/** The commit of the package's sources, with "-dirty" when they differ from it; null outside a git repository. */
export function sourceCommit(): string | null {
    const packed = provenance();
    if (packed !== undefined) return packed.commit;
    const args = ["describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"];
    const { status, stdout } = spawnSync("git", args, { cwd: packageRoot(), encoding: "utf8" });
    return status === 0 ? stdout.trim() : null;
}
