/** Files that derive from tables are what their tables say (boot/dev/generate.ts). */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GENERATED } from "../boot/dev/generate.ts";
import { packageRoot } from "../boot/package-root.ts";

describe("generated files", () => {
    it.each(Object.entries(GENERATED))("%s is what `npm run generate` writes", (path, text) => {
        expect(readFileSync(join(packageRoot(), path), "utf8")).toBe(text());
    });
});
