/**
 * `npm run build`: the command line as one file, dist/archipel.js (the package's bin). It starts faster than the sources
 * under tsx and gives the same run: configs, kernel and program sources, and the build cache stay where they are.
 */

import { chmodSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { build, type Plugin } from "esbuild";
import { packageRoot } from "../package-root.ts";

const ROOT = packageRoot();
const DIST = join(ROOT, "dist");

/** Sources find files of the package by import.meta.url; in the bundle each keeps the URL of its own source file. */
const keepUrls: Plugin = {
    name: "keep-urls",
    setup({ onLoad }) {
        onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const url = `new URL(${JSON.stringify(relative(DIST, path))}, import.meta.url).href`;
            const contents = readFileSync(path, "utf8").replaceAll("import.meta.url", `(${url})`);
            return { contents, loader: "ts" };
        });
    },
};

await build({
    entryPoints: [join(ROOT, "boot/cli/main.ts")],
    outfile: join(DIST, "archipel.js"),
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    plugins: [keepUrls],
    // Stay packages: esbuild and assemblyscript are tools with files of their own.
    external: ["esbuild", "assemblyscript"],
    banner: {
        js: '#!/usr/bin/env node\nimport { createRequire as createHostRequire } from "node:module";\nconst require = createHostRequire(import.meta.url);',
    },
    logLevel: "warning",
});
chmodSync(join(DIST, "archipel.js"), 0o755);
process.stdout.write("dist/archipel.js\n");
