/** The site of `archipel view`: the page, its machine and the images that runs are made of, as files by their names. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadedConfig } from "../../configs/load.ts";
import { packageRoot } from "../package-root.ts";
import { IMAGE_EXTENSION, imageBytes } from "../system/image-file.ts";
import { LESSONS_FILE, type Lesson, SITE_FILE, type Site, type SiteGuest, SOURCES_FILE } from "../system/site.ts";
import { buildArtifacts } from "./artifacts.ts";
import { compileCore } from "./core.ts";
import { buildFirmware } from "./firmware.ts";
import { buildKernel } from "./kernel-image.ts";
import { readLessons } from "./lessons.ts";
import { isPacked } from "./packed.ts";
import { loadProgram, shippedPrograms } from "./program-image.ts";

/** Scripts of the page, by the names of their sources' entries. */
const SCRIPTS = { "page.js": "view/page/main.ts", "machine.js": "view/machine/worker.ts" } as const;
/** Files that are served as they are. */
export const PAGE_FILES = { "index.html": "view/page/index.html", "style.css": "view/page/style.css" } as const;
/** Where the package has both (boot/dev/pack.ts). */
export const VIEW_FOLDER = "dist/view";
const IMAGES = "images/";

/** A file of a site, made when it is asked for. */
export type SiteFile = () => Promise<Uint8Array | string>;

/** A stock guest, and its files by the names of their images. */
export interface GuestOfSite {
    readonly site: SiteGuest;
    readonly images: ReadonlyMap<string, Uint8Array>;
}

/** The files by their names, relative to the page. `first` is what the page opens; `others` are configs to choose from. Throws the errors of buildArtifacts. */
export async function viewSite(
    first: LoadedConfig,
    others: readonly LoadedConfig[],
    guest?: GuestOfSite,
): Promise<Map<string, SiteFile>> {
    const shipped = new Set(shippedPrograms());
    const { programs, inputs } = await buildArtifacts(first);
    const own = [...programs.values()].filter(({ path }) => !shipped.has(path));
    const site: Site = {
        lessons: isPacked() ? packedLessons() : readLessons(),
        guest: guest?.site,
        configs: [first, ...others].map(({ file, config }) => ({ name: nameOf(file), text: JSON.stringify(config) })),
        images: IMAGES,
        programs: Object.fromEntries(own.map(({ path }, i) => [path, `own-${i}`])),
        inputs: Object.fromEntries([...inputs.keys()].map((path, i) => [path, `input-${i}`])),
    };
    const scripts = once(pageScripts);
    const script =
        (name: string): SiteFile =>
        async () =>
            (await scripts()).get(name) ?? "";
    const image =
        (value: () => Promise<unknown>): SiteFile =>
        async () =>
            imageBytes(await value());
    const files = new Map<string, SiteFile>([
        ...Object.entries(PAGE_FILES).map(([name, source]) => [name, async () => pageFile(name, source)] as const),
        ...Object.keys(SCRIPTS).map((name) => [name, script(name)] as const),
        [SITE_FILE, async () => JSON.stringify(site)],
        [`${IMAGES}core.wasm`, compileCore],
        [`${IMAGES}kernel${IMAGE_EXTENSION}`, image(buildKernel)],
        [`${IMAGES}${SOURCES_FILE}`, async () => guestSources()],
        [`${IMAGES}firmware${IMAGE_EXTENSION}`, image(async () => buildFirmware())],
    ]);
    for (const name of shipped)
        files.set(
            `${IMAGES}elf-${name}${IMAGE_EXTENSION}`,
            image(() => loadProgram(name, [])),
        );
    for (const [i, program] of own.entries())
        files.set(
            `${IMAGES}own-${i}${IMAGE_EXTENSION}`,
            image(async () => program),
        );
    for (const [name, bytes] of guest?.images ?? []) files.set(`${IMAGES}${name}`, async () => bytes);
    for (const [i, bytes] of [...inputs.values()].entries()) files.set(`${IMAGES}input-${i}`, async () => bytes);
    return files;
}

/** `configs/mesh-4x4.json` is mesh-4x4. */
function nameOf(file: string): string {
    return (file.split(/[/\\]/).at(-1) ?? file).replace(/\.json$/, "");
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
    let made: Promise<T> | undefined;
    return () => {
        made ??= make();
        return made;
    };
}

function pageFile(name: string, source: string): Uint8Array {
    return readFileSync(join(packageRoot(), isPacked() ? `${VIEW_FOLDER}/${name}` : source));
}

/** Folders of the sources that the page can show lines of. */
const SOURCES = ["kernel", "userland/programs", "userland/lib"];

/** The content of SOURCES_FILE. */
export function guestSources(): string {
    if (isPacked()) return readFileSync(join(packageRoot(), VIEW_FOLDER, SOURCES_FILE), "utf8");
    const files = SOURCES.flatMap((folder) => {
        const names = readdirSync(join(packageRoot(), folder), { recursive: true, encoding: "utf8" });
        return names.map((name) => `${folder}/${name.replaceAll("\\", "/")}`);
    });
    const texts = files.filter((name) => /\.(ts|S)$/.test(name)).sort();
    const read = (name: string): [string, string] => [name, readFileSync(join(packageRoot(), name), "utf8")];
    return JSON.stringify(Object.fromEntries(texts.map(read)));
}

function packedLessons(): Lesson[] {
    return JSON.parse(readFileSync(join(packageRoot(), VIEW_FOLDER, LESSONS_FILE), "utf8")) as Lesson[];
}

/** The scripts by name: those of the package, or bundled from their sources. */
async function pageScripts(): Promise<Map<string, string>> {
    if (isPacked()) {
        const read = (name: string) => readFileSync(join(packageRoot(), VIEW_FOLDER, name), "utf8");
        return new Map(Object.keys(SCRIPTS).map((name) => [name, read(name)]));
    }
    return bundleScripts();
}

/** The scripts by name, from their sources. */
export async function bundleScripts(): Promise<Map<string, string>> {
    const { build } = await import("esbuild");
    const made = Object.entries(SCRIPTS).map(async ([name, entry]): Promise<[string, string]> => {
        const { outputFiles } = await build({
            entryPoints: [join(packageRoot(), entry)],
            absWorkingDir: packageRoot(),
            bundle: true,
            minify: true,
            write: false,
            platform: "browser",
            target: "es2023",
            format: "esm",
            logLevel: "warning",
        });
        return [name, outputFiles[0]?.text ?? ""];
    });
    return new Map(await Promise.all(made));
}
