/** The build cache: where it lies, and that nothing damaged is ever taken from it (interface.md 2). */

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { compileAssemblyScript } from "../../../boot/build/asc.ts";
import { readCache, writeCache } from "../../../boot/build/cache.ts";
import { buildProgram } from "../../../boot/build/program-image.ts";
import { cacheFolder } from "../../../boot/cache-folder.mjs";
import { packageRoot } from "../../../boot/package-root.ts";
import { CommandError } from "../../../boot/report/exit-codes.ts";

let folder = "";
beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "archipel-test-"));
    vi.stubEnv("ARCHIPEL_CACHE", folder);
});
afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
});

const PARTS = {
    "a.wasm": Uint8Array.of(0, 10, 255, 10),
    empty: new Uint8Array(),
    text: new TextEncoder().encode("é\n"),
};

function onlyFile(): string {
    const [name, ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    return join(folder, name ?? "");
}

describe("an entry", () => {
    it("comes back as it was written; another name has none", () => {
        writeCache("entry", PARTS);
        expect(readCache("entry")).toEqual(PARTS);
        expect(readCache("other")).toBeUndefined();
    });

    it("with any one bit flipped, cut short, made longer or under another name is none, and can be written anew", () => {
        writeCache("entry", PARTS);
        const file = onlyFile();
        const good = readFileSync(file);
        for (let at = 0; at < good.length; at++) {
            const bad = Uint8Array.from(good);
            bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
            writeFileSync(file, bad);
            expect(readCache("entry")).toBeUndefined();
            writeFileSync(file, good.subarray(0, at));
            expect(readCache("entry")).toBeUndefined();
        }
        writeFileSync(file, Buffer.concat([good, Buffer.from("x")]));
        expect(readCache("entry")).toBeUndefined();
        writeCache("entry", PARTS);
        expect(readCache("entry")).toEqual(PARTS);
        renameSync(file, file.replace("entry", "other"));
        expect(readCache("other")).toBeUndefined();
    });
});

describe("the folder", () => {
    it("is ARCHIPEL_CACHE, else in XDG_CACHE_HOME, else in ~/.cache; a relative XDG_CACHE_HOME is ignored", () => {
        vi.stubEnv("XDG_CACHE_HOME", "/xdg");
        expect(cacheFolder()).toBe(folder);
        vi.stubEnv("ARCHIPEL_CACHE", "");
        expect(cacheFolder()).toBe("/xdg/archipel");
        const home = join(homedir(), ".cache/archipel");
        for (const none of ["relative", "", undefined]) {
            vi.stubEnv("XDG_CACHE_HOME", none);
            expect(cacheFolder()).toBe(home);
        }
    });

    it("that ARCHIPEL_CACHE names and that cannot be written is exit 71", () => {
        vi.stubEnv("ARCHIPEL_CACHE", "/dev/null/x");
        expect(readCache("entry")).toBeUndefined();
        const error = new CommandError("output", "ARCHIPEL_CACHE /dev/null/x: cannot be written (ENOTDIR)");
        expect(() => writeCache("entry", PARTS)).toThrow(error);
    });

    it("of the user, when it cannot be written, is replaced by a temporary one, for child processes too", () => {
        vi.stubEnv("ARCHIPEL_CACHE", undefined);
        vi.stubEnv("XDG_CACHE_HOME", "/dev/null/x");
        vi.stubEnv("TMPDIR", folder);
        writeCache("entry", PARTS);
        expect(readCache("entry")).toEqual(PARTS);
        expect(cacheFolder()).toBe(join(folder, readdirSync(folder)[0] ?? ""));
        expect(process.env["ARCHIPEL_CACHE"]).toBe(cacheFolder());
    });
});

it("what is compiled is compiled again when its file is damaged, to the same bytes; the package's folder stays as it is", async () => {
    const inPackage = (): string[] => [...readdirSync(packageRoot()), ...cachedInPackage()];
    const before = inPackage();
    const build = async () => ({
        wasm: (
            await compileAssemblyScript({
                name: "cached",
                entry: "test/toolchain/backend/guest/listing.ts",
                memoryBase: 4096,
            })
        ).wasm,
        program: await buildProgram("hello", "userland/programs/hello.ts"),
    });
    const built = await build();
    const files = readdirSync(folder);
    expect(files.map((file) => file.replace(/-[0-9a-f]{24}\./, "."))).toEqual([
        "asc-cached.cached",
        "asc-program-hello.cached",
        "image-program-hello.cached",
    ]);
    const kept = join(folder, "..", `${folder}-kept`);
    cpSync(folder, kept, { recursive: true });
    for (const file of files) {
        const bytes = readFileSync(join(folder, file));
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4;
        writeFileSync(join(folder, file), bytes);
    }
    expect(await build()).toEqual(built);
    for (const file of files) expect(readFileSync(join(folder, file))).toEqual(readFileSync(join(kept, file)));
    rmSync(kept, { recursive: true });
    expect(inPackage()).toEqual(before);
});

function cachedInPackage(): string[] {
    const own = join(packageRoot(), ".cache");
    return existsSync(own) ? readdirSync(own) : [];
}
