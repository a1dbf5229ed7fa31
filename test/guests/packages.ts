/**
 * Packages of Debian, downloaded by apt with sources of their own and unpacked, never installed: kept by release and names in the cache
 * folder. Where they cannot be had, tests are skipped and say which; the nightly form fails.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../boot/cache-folder.mjs";

const MIRROR = "http://deb.debian.org/debian";
const KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Of an update and a download, which end what hangs. */
const LIMIT_MS = 600_000;

export interface PackageSet {
    readonly release: string;
    readonly architecture: string;
    readonly packages: readonly string[];
    /** What these packages depend on and is wanted, too: the first dependency that begins so. */
    readonly dependencies?: readonly { readonly of: string; readonly prefix: string }[];
}

/** The folder that they are unpacked in; undefined where they cannot be had. Nightly: throws. */
export function unpacked(set: PackageSet): string | undefined {
    const { release, architecture, packages } = set;
    const folder = join(cacheFolder(), "guests", `${release}-${architecture}-${packages.join("-")}`);
    const done = join(folder, "done");
    const root = join(folder, "root");
    if (existsSync(done)) return root;
    try {
        rmSync(folder, { recursive: true, force: true });
        fetchInto(folder, set);
        for (const name of readdirSync(folder).filter((each) => each.endsWith(".deb")))
            run("dpkg-deb", ["-x", join(folder, name), root], folder);
        writeFileSync(done, "");
        return root;
    } catch (error) {
        if (process.env["ARCHIPEL_NIGHTLY"] !== undefined) throw error;
        console.warn(`skipped, because ${packages.join(", ")} of Debian ${release} cannot be had: ${String(error)}`);
        return undefined;
    }
}

function fetchInto(folder: string, { release, architecture, packages, dependencies = [] }: PackageSet): void {
    const apt = join(folder, "apt");
    for (const each of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(apt, each), { recursive: true });
    writeFileSync(join(apt, "status"), "");
    writeFileSync(
        join(apt, "sources.list"),
        `deb [arch=${architecture} signed-by=${KEYS}] ${MIRROR} ${release} main\n`,
    );
    const settings = {
        "Dir::Etc::sourcelist": join(apt, "sources.list"),
        "Dir::Etc::sourceparts": "-",
        "Dir::State": apt,
        "Dir::State::lists": join(apt, "lists"),
        "Dir::State::status": join(apt, "status"),
        "Dir::Cache": join(apt, "cache"),
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "Acquire::Languages": "none",
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    run("apt-get", [...options, "update"], folder);
    const more = dependencies.map(({ of, prefix }) => {
        const text = run("apt-cache", [...options, "depends", of], folder);
        const [, name] = new RegExp(`Depends: (${prefix}\\S*)`).exec(text) ?? [];
        if (name === undefined) throw new Error(`${of} depends on no ${prefix}`);
        return name;
    });
    run("apt-get", [...options, "download", ...packages, ...more], folder);
}

/** Its output. Throws with the last line of its errors. */
function run(command: string, args: readonly string[], folder: string): string {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
        cwd: folder,
        encoding: "utf8",
        timeout: LIMIT_MS,
    });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`${command}: ${stderr.trim().split("\n").at(-1)}`);
    return stdout;
}

/** The one file of this name under the folder. Throws when there is none. */
export function findFile(folder: string, name: string): string {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const found = entries.find((entry) => entry.isFile() && entry.name === name);
    if (found === undefined) throw new Error(`${folder}: no file ${name}`);
    return join(found.parentPath, found.name);
}
