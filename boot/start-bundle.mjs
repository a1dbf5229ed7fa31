/**
 * The command line as one file. Sources find files of the package by import.meta.url, so in the bundle each keeps the URL of its own source
 * file. esbuild and assemblyscript stay packages: they are tools with files of their own.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const TOOLS = ["esbuild", "assemblyscript"];

/**
 * Writes the bundle of the package at `root` to `outfile`; `entry` is a path from there, by default the command line. With `urlOf` undefined it runs from anywhere, else within the package: `urlOf`
 * gives, as code, the URL of a source file.
 * @param {{ root: string, outfile: string, entry?: string, urlOf?: (path: string) => string }} options
 * @returns {Promise<string[]>} The source files, absolute.
 */
export async function bundle({ root, outfile, entry = "boot/cli/main.ts", urlOf }) {
    const require = createRequire(join(root, "package.json"));
    const absolute = (/** @type {string} */ path) => JSON.stringify(pathToFileURL(path).href);
    const { metafile } = await build({
        entryPoints: [join(root, entry)],
        absWorkingDir: root,
        outfile,
        bundle: true,
        metafile: true,
        platform: "node",
        target: "node20.19",
        format: "esm",
        plugins: [
            {
                name: "keep-urls",
                setup({ onLoad, onResolve }) {
                    onLoad({ filter: /\.ts$/ }, ({ path }) => {
                        const url = (urlOf ?? absolute)(path);
                        const contents = readFileSync(path, "utf8").replaceAll("import.meta.url", `(${url})`);
                        return { contents, loader: "ts" };
                    });
                    if (urlOf !== undefined) return;
                    onResolve({ filter: new RegExp(`^(${TOOLS.join("|")})(/|$)`) }, ({ path }) => ({
                        path: pathToFileURL(require.resolve(path)).href,
                        external: true,
                    }));
                },
            },
        ],
        external: TOOLS,
        banner: {
            js: `#!/usr/bin/env node\nimport { createRequire as createHostRequire } from "node:module";\nconst require = createHostRequire(${urlOf === undefined ? absolute(join(root, "package.json")) : "import.meta.url"});`,
        },
        logLevel: "warning",
    });
    return Object.keys(metafile.inputs).map((path) => join(root, path));
}
