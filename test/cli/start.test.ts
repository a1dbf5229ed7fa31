/** boot/start.mjs: the bundle of the command line is made once, and anew for other sources. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let root: string;
const cache = () => join(root, "cache");

/** A package whose command line prints `text` and the URL of its own source. */
function source(text: string): void {
    writeFileSync(join(root, "boot/cli/main.ts"), `const t: string = "${text}"; console.log(t, import.meta.url);`);
}

function start(environment: Record<string, string> = { ARCHIPEL_CACHE: cache() }): string {
    const env = { ...process.env, ...environment };
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(root, "boot/start.mjs")], {
        env,
        encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout.split(" ")[0] ?? "";
}

const bundles = () => readdirSync(cache()).filter((name) => name.endsWith(".mjs"));
const made = () => statSync(join(cache(), bundles()[0] ?? "")).ino;

beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "archipel-start-test-"));
    mkdirSync(join(root, "boot/cli"), { recursive: true });
    for (const name of ["start.mjs", "start-bundle.mjs", "cache-folder.mjs"])
        cpSync(join("boot", name), join(root, "boot", name));
    for (const name of ["package.json", "package-lock.json"]) cpSync(name, join(root, name));
    symlinkSync(resolve("node_modules"), join(root, "node_modules"));
    source("first");
});
afterEach(() => rmSync(root, { recursive: true }));

it("makes the bundle once", () => {
    expect(start()).toBe("first");
    const file = made();
    expect(start()).toBe("first");
    expect(made()).toBe(file);
    expect(bundles()).toHaveLength(1);
});

it("makes it anew when a source has changed", () => {
    start();
    source("second");
    expect(start()).toBe("second");
    expect(bundles()).toHaveLength(1);
});

it("makes it anew when it is damaged", () => {
    start();
    writeFileSync(join(cache(), bundles()[0] ?? ""), "console.log('damaged');");
    expect(start()).toBe("first");
});

it("keeps the URL of each source", () => {
    const { stdout } = spawnSync(process.execPath, [join(root, "boot/start.mjs")], {
        env: { ...process.env, ARCHIPEL_CACHE: cache() },
        encoding: "utf8",
    });
    expect(stdout).toContain(join(root, "boot/cli/main.ts"));
});

it("does without a cache that cannot be written", () => {
    writeFileSync(join(root, "file"), "");
    expect(start({ ARCHIPEL_CACHE: join(root, "file", "cache") })).toBe("first");
});
