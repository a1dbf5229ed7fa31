/** Part of `npm run check`: compiles all guest code, which is asc's type check. Builds every shipped config, runs none. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../configs/load.ts";
import { buildArtifacts } from "../build/artifacts.ts";
import { describeFailure } from "../cli/failure.ts";
import { packageRoot } from "../package-root.ts";

const folder = join(packageRoot(), "configs");
const files = readdirSync(folder).filter((file) => file.endsWith(".json") && file !== "archipel.schema.json");
const programs = new Set<string>();
try {
    for (const file of files) {
        const loaded = loadConfig(join(folder, file));
        const unseen = loaded.config.programs.filter(({ path }) => !programs.has(path));
        if (unseen.length === 0) continue;
        for (const { path } of unseen) programs.add(path);
        await buildArtifacts(loaded);
    }
} catch (error) {
    process.stdout.write(`${describeFailure(error).lines.join("\n")}\n`);
    process.exitCode = 1;
}
