/**
 * `npm pack` and `npm publish` run it: what the installed package brings along, in dist. The command line and the library as one file each, the
 * library for browsers, its types, and the images that a clone builds from sources: so the package needs no other one, and no compiler.
 */

import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import { sourceCommit } from "../build/commit.ts";
import { compileCore } from "../build/core.ts";
import { buildFirmware } from "../build/firmware.ts";
import { buildKernel } from "../build/kernel-image.ts";
import { readLessons } from "../build/lessons.ts";
import { IMAGES_FOLDER, type Provenance } from "../build/packed.ts";
import { loadProgram, shippedPrograms } from "../build/program-image.ts";
import { bundleScripts, guestSources, PAGE_FILES, VIEW_FOLDER } from "../build/view-site.ts";
import { packageRoot } from "../package-root.ts";
import { bundle } from "../start-bundle.mjs";
import { IMAGE_EXTENSION, imageBytes } from "../system/image-file.ts";
import { LESSONS_FILE, SOURCES_FILE } from "../system/site.ts";

const ROOT = packageRoot();
const DIST = join(ROOT, "dist");
const TYPES = join(ROOT, ".cache/types");
/** The library's entries, by the names of their files in dist. */
const ENTRIES = { index: "boot/api/index.ts", browser: "boot/api/browser.ts" } as const;

const urlOf = (path: string) => `new URL(${JSON.stringify(relative(DIST, path))}, import.meta.url).href`;

rmSync(DIST, { recursive: true, force: true });
await bundle({ root: ROOT, outfile: join(DIST, "archipel.js"), urlOf });
chmodSync(join(DIST, "archipel.js"), 0o755);
await bundle({ root: ROOT, entry: ENTRIES.index, outfile: join(DIST, "index.js"), urlOf });
await build({
    entryPoints: [join(ROOT, ENTRIES.browser)],
    absWorkingDir: ROOT,
    outfile: join(DIST, "browser.js"),
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    logLevel: "warning",
});
copyTypes();
await writeImages();
await writeView();
process.stdout.write("dist\n");

/** The declarations that those of the entries need, which `tsc -b` has written. */
function copyTypes(): void {
    const seen = new Set<string>();
    const visit = (file: string): void => {
        if (seen.has(file)) return;
        seen.add(file);
        const text = readFileSync(join(TYPES, file), "utf8");
        for (const [, specifier = ""] of text.matchAll(/(?:from|import\()\s*"(\.[^"]*)\.[jt]s"/g)) {
            visit(join(dirname(file), `${specifier}.d.ts`));
        }
        const target = join(DIST, "types", file);
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, text.replaceAll(/((?:from|import\()\s*"\.[^"]*)\.ts"/g, '$1.js"'));
    };
    for (const entry of Object.values(ENTRIES)) visit(entry.replace(/\.ts$/, ".d.ts"));
}

async function writeView(): Promise<void> {
    const folder = join(ROOT, VIEW_FOLDER);
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of await bundleScripts()) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, SOURCES_FILE), guestSources());
    writeFileSync(join(folder, LESSONS_FILE), JSON.stringify(readLessons()));
    for (const [name, source] of Object.entries(PAGE_FILES)) copyFileSync(join(ROOT, source), join(folder, name));
}

async function writeImages(): Promise<void> {
    const folder = join(ROOT, IMAGES_FOLDER);
    mkdirSync(folder, { recursive: true });
    const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
    const image = (name: string, value: unknown) => write(`${name}${IMAGE_EXTENSION}`, imageBytes(value));
    write("core.wasm", await compileCore());
    image("kernel", await buildKernel());
    image("firmware", buildFirmware());
    const programs = shippedPrograms();
    for (const name of programs) image(`elf-${name}`, await loadProgram(name, []));
    const hash = createHash("sha256");
    for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
    const provenance: Provenance = { commit: sourceCommit(), hash: hash.digest("hex").slice(0, 32), programs };
    write("provenance.json", JSON.stringify(provenance));
}
