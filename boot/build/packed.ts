/**
 * What the installed package brings along, built when it was packed (boot/dev/pack.ts): it has neither the sources of guests nor their compiler.
 * A clone builds from its sources instead, so that an edit is never passed over.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";
import { IMAGE_EXTENSION, imageOf } from "../system/image-file.ts";

/** From the package's root. */
export const IMAGES_FOLDER = "dist/images";
/** A source that no package has. */
const SOURCE = "kernel/main.ts";

/** Where the package's images come from. */
export interface Provenance {
    /** The commit, with "-dirty" when the sources differed from it; null outside a git repository. */
    readonly commit: string | null;
    /** Of all images: what a run's result depends on beside its config and its own files. */
    readonly hash: string;
    /** The shipped programs. */
    readonly programs: readonly string[];
}

/** Whether this is the installed package. */
export function isPacked(): boolean {
    return !existsSync(join(packageRoot(), SOURCE));
}

/** A file among the images; undefined in a clone. */
export function packedFile(name: string): Uint8Array | undefined {
    return isPacked() ? readFileSync(join(packageRoot(), IMAGES_FOLDER, name)) : undefined;
}

/** A value among the images, by its name without extension; undefined in a clone. */
export function packedValue(name: string): unknown {
    const bytes = packedFile(`${name}${IMAGE_EXTENSION}`);
    return bytes && imageOf(bytes);
}

/** Undefined in a clone. */
export function provenance(): Provenance | undefined {
    const bytes = packedFile("provenance.json");
    return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Provenance);
}
