/**
 * `npm run boot` and the others: runs the command line from a bundle, which is made once and kept, by the content of its sources, beside the
 * build cache (interface.md 2). Loading the sources one by one takes four times as long as most of what they do.
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { cacheFolder } from "./cache-folder.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const INTERRUPTED = 130;
const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

const end = () => process.exit(INTERRUPTED);
for (const signal of SIGNALS) process.on(signal, end);
const program = await ready();
for (const signal of SIGNALS) process.off(signal, end);
await import(pathToFileURL(program).href);

/** The bundle of the sources as they are now. */
async function ready() {
    const folder = cacheFolder();
    const name = `start-${hashOf(`${ROOT} ${process.version}`).slice(0, 16)}`;
    const known = join(folder, `${name}.mjs`);
    if (isCurrent(known, join(folder, `${name}.json`))) return known;
    try {
        mkdirSync(folder, { recursive: true });
        return await make(folder, name);
    } catch (error) {
        if (!(error instanceof Error && "syscall" in error)) throw error;
        const scratch = mkdtempSync(join(tmpdir(), "archipel-start-"));
        process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
        return make(scratch, name);
    }
}

/** The manifest has the hash of each source and of the bundle. */
function isCurrent(/** @type {string} */ file, /** @type {string} */ manifest) {
    try {
        const hashes = Object.entries(JSON.parse(readFileSync(manifest, "utf8")));
        return (
            hashes.length > 0 &&
            hashes.every(([path, hash]) => hashOf(readFileSync(path === "" ? file : path)) === hash)
        );
    } catch {
        return false; // There is none, a source is gone, or one cannot be read: it is made anew.
    }
}

/** Writes by rename, so that a reader sees an old bundle or a whole new one. */
async function make(/** @type {string} */ folder, /** @type {string} */ name) {
    const { bundle } = await import("./start-bundle.mjs");
    const [file, manifest] = [join(folder, `${name}.mjs`), join(folder, `${name}.json`)];
    const partial = `${file}.${process.pid}`;
    try {
        const sources = await bundle({ root: ROOT, outfile: partial });
        const own = [
            fileURLToPath(import.meta.url),
            join(ROOT, "boot/start-bundle.mjs"),
            join(ROOT, "package-lock.json"),
        ];
        const hashes = Object.fromEntries([...sources, ...own].map((path) => [path, hashOf(readFileSync(path))]));
        writeFileSync(`${partial}.json`, JSON.stringify({ ...hashes, "": hashOf(readFileSync(partial)) }));
        renameSync(partial, file);
        renameSync(`${partial}.json`, manifest);
        return file;
    } catch (error) {
        rmSync(partial, { force: true });
        rmSync(`${partial}.json`, { force: true });
        throw error;
    }
}

function hashOf(/** @type {string | Uint8Array} */ content) {
    return createHash("sha256").update(content).digest("hex");
}
