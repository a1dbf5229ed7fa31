/**
 * Builds guest code from sources: AssemblyScript and assembly to a linked image (docs/compiler.md). Images are cached by the content of
 * everything they depend on, so a second boot builds nothing.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assemble } from "../../toolchain/asm/assemble.ts";
import { runtimeLibrary } from "../../toolchain/backend/runtime.ts";
import { translate } from "../../toolchain/backend/translate.ts";
import type { Image } from "../../toolchain/link/image.ts";
import type { StructLayout } from "../../toolchain/link/layout.ts";
import { type LinkScript, link } from "../../toolchain/link/link.ts";
import { packageRoot } from "../package-root.ts";
import { CommandError } from "../report/exit-codes.ts";
import { imageBytes, imageOf } from "../system/image-file.ts";
import { compileAssemblyScript } from "./asc.ts";
import { readCache, writeCache } from "./cache.ts";
import { packedValue } from "./packed.ts";

export interface GuestSource {
    readonly name: string;
    /** The folder of the AssemblyScript sources. Default: the package's root. It is no part of the built image. */
    readonly root?: string | undefined;
    /** AssemblyScript entry files, relative to that folder. The assembly files are relative to the package's root. */
    readonly entries: readonly string[];
    readonly assembly: readonly string[];
    /** Files that the assembly files may include, by the same path. */
    readonly includes?: readonly string[];
    /** The address where static data begins. */
    readonly memoryBase: number;
    readonly script: Omit<LinkScript, "library">;
    /** False makes floating point an error. */
    readonly floats?: boolean;
    /** Functions that are never inlined. */
    readonly noInline?: readonly string[];
}

/** An image, and the layouts of the @unmanaged classes it was built from. */
export interface GuestImage {
    readonly image: Image;
    readonly layouts: readonly StructLayout[];
}

/** The modules that guest code may import: intrinsics, and functions of the assembly files. */
const INTRINSICS = ["hal"];
const EXTERNS = ["asm"];

/** The names of the errors that the steps throw for sources that cannot be built. Each has a whole message. */
const SOURCE_ERRORS = ["CompileError", "UnsupportedWasm", "AssemblyError", "LinkError"];

/** Builds an image, or takes it from the cache. Throws CommandError("input") for sources that cannot be built. */
export async function buildGuest(source: GuestSource): Promise<Image> {
    return (await buildGuestImage(source)).image;
}

/** Does the same as buildGuest, with the layouts. The installed package has its own images, by name. */
export async function buildGuestImage(source: GuestSource): Promise<GuestImage> {
    const packed = packedValue(source.name);
    if (packed !== undefined) return packed as GuestImage;
    try {
        return await build(source);
    } catch (error) {
        if (!(error instanceof Error) || !SOURCE_ERRORS.includes(error.name)) throw error;
        throw new CommandError("input", ...error.message.split("\n"));
    }
}

async function build(source: GuestSource): Promise<GuestImage> {
    const importModules = [...INTRINSICS, ...EXTERNS];
    const { root, ...content } = source;
    const { name, entries, memoryBase, noInline = [] } = content;
    const options = {
        name,
        entry: entries,
        memoryBase,
        importModules,
        noInline,
        ...(root === undefined ? {} : { root }),
    };
    const compiled = await compileAssemblyScript(options);
    const texts = source.assembly.map(readSource);
    const included = new Map(source.includes?.map((file) => [file, readSource(file)]));
    const key = [toolchain(), JSON.stringify(content), ...texts, ...included.values()];
    const image = cached(name, [...key, compiled.wasm, JSON.stringify(compiled.sourceMap)], () => {
        const object = translate(compiled.wasm, {
            name,
            sourceMap: compiled.sourceMap,
            staticEnd: compiled.staticEnd,
            intrinsicModules: INTRINSICS,
            externModules: EXTERNS,
            ...(source.floats === undefined ? {} : { floats: source.floats }),
        });
        const include = (file: string) => included.get(file);
        const stubs = texts.map((text, i) => assemble(text, source.assembly[i] ?? "", { rvc: true, include }));
        return link([...stubs, object], { ...source.script, library: runtimeLibrary() });
    });
    return { image, layouts: compiled.layouts };
}

function readSource(file: string): string {
    return readFileSync(join(packageRoot(), file), "utf8");
}

function cached(name: string, key: readonly (string | Uint8Array)[], make: () => Image): Image {
    const hash = createHash("sha256");
    for (const part of key) hash.update(part).update("\0");
    const entry = `image-${name}-${hash.digest("hex").slice(0, 24)}`;
    const found = readCache(entry)?.[IMAGE];
    if (found !== undefined) return imageOf(found) as Image;
    const image = make();
    writeCache(entry, { [IMAGE]: imageBytes(image) });
    return image;
}

/** The one part of an image's entry. */
const IMAGE = "guest.image";

let knownToolchain: string | undefined;

/** A hash of the sources that turn Wasm and assembly into an image. */
function toolchain(): string {
    if (knownToolchain !== undefined) return knownToolchain;
    const hash = createHash("sha256");
    for (const folder of ["toolchain/backend", "toolchain/asm", "toolchain/link", "emu/isa", "emu/wasm"]) {
        for (const file of readdirSync(join(packageRoot(), folder)).sort()) {
            if (file.endsWith(".ts")) hash.update(readFileSync(join(packageRoot(), folder, file)));
        }
    }
    knownToolchain = hash.digest("hex");
    return knownToolchain;
}
