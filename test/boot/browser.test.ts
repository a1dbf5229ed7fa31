/** What a browser boots with: the machine, the booted system, what watches it and what it reports need nothing of node. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Problems of a bundle for a browser, which has no module of node's. */
async function problems(contents: string): Promise<string[]> {
    const stdin = { contents, resolveDir: ROOT, loader: "ts" as const };
    try {
        await build({ stdin, bundle: true, platform: "browser", format: "esm", write: false, logLevel: "silent" });
        return [];
    } catch (error) {
        return (error as { errors: { text: string }[] }).errors.map(({ text }) => text);
    }
}

function sourcesOf(folder: string): string[] {
    return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => `./${folder}/${file}`);
}

/** A browser has none of these. */
const NODE_GLOBALS =
    /\bBuffer\b\.(?:from|alloc|concat)|: Buffer\b|\bprocess\.(?:env|argv|cwd|platform|hrtime|stdout|stderr)\b|\bsetImmediate\(/;

describe("bundled for a browser", () => {
    it.each([
        ["the machine", ["./emu/machine.ts"]],
        ["the booted system", sourcesOf("boot/system")],
        ["what watches a run", [...sourcesOf("boot/observe"), ...sourcesOf("boot/audit")]],
        ["what a run reports", sourcesOf("boot/report")],
        ["the check of configs", ["./configs/check.ts"]],
        ["the toolchain", sourcesOf("toolchain")],
    ])("%s imports nothing of node", async (_, files) => {
        const contents = files.map((file, i) => `export * as m${i} from ${JSON.stringify(file)};`).join("\n");
        expect(await problems(contents)).toEqual([]);
    });

    it("the files among them use no global of node's", () => {
        const bad = ["emu", "boot/system", "boot/observe", "boot/audit", "boot/report", "boot/abi", "toolchain"]
            .flatMap(sourcesOf)
            .filter((file) => NODE_GLOBALS.test(readFileSync(join(ROOT, file), "utf8")));
        expect(bad).toEqual([]);
    });

    it("an import of node would be seen", async () => {
        expect(await problems('export * from "node:fs";')).not.toEqual([]);
    });
});
