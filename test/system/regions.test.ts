/** Regions of interest of C programs (interface.md 4, "regions"): counts that the program's text gives. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import { RUN_SCHEMA } from "../../boot/report/run-schema.ts";
import { archipel } from "./harness/cli.ts";

const COMPILER = "riscv64-unknown-elf-gcc";
const hasCompiler =
    spawnSync(COMPILER, ["--specs=picolibc.specs", "-E", "-"], { input: "#include <stdio.h>\n" }).status === 0;

let folder = "";
beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "archipel-regions-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Row {
    readonly kind: string;
    readonly mode: string;
    readonly operation: string;
    readonly count: { readonly value: number };
}

interface Region {
    readonly name: string;
    readonly entered: { readonly value: number };
    readonly machine: Readonly<Record<"instructions" | "cycles", { readonly value: number }>>;
    readonly traffic: readonly Row[];
    readonly clusters: readonly { readonly instructions: { readonly value: number } }[];
    readonly faultCost: readonly { readonly type: string; readonly count: { readonly value: number } }[];
}

describe.skipIf(!hasCompiler)("regions of a program in C", () => {
    async function regionsOf(
        ...options: readonly string[]
    ): Promise<{ regions: Region[]; out: string; document: object }> {
        const [elf, json] = [join(folder, "regions.elf"), join(folder, "run.json")];
        expect((await archipel("cc", join(packageRoot(), "test/system/programs/regions.c"), "-o", elf)).code).toBe(0);
        const { code, out } = await archipel(
            "boot",
            "--program",
            elf,
            "--set",
            "accounting=accesses",
            "--json",
            json,
            ...options,
        );
        expect(code).toBe(0);
        const document = JSON.parse(readFileSync(json, "utf8"));
        return { regions: document.regions, out, document };
    }

    const counted = (region: Region | undefined, kind: string, operation: string) =>
        (region?.traffic ?? [])
            .filter((row) => row.kind === kind && row.operation === operation && row.mode === "user")
            .reduce((sum, { count }) => sum + count.value, 0);

    it("have the accesses between their marks, how often they were entered, and the faults in them", async () => {
        const { regions, document } = await regionsOf();
        expect(new Ajv({ allErrors: true, allowUnionTypes: true }).validate(RUN_SCHEMA, document)).toBe(true);
        expect(regions.map(({ name, entered }) => [name, entered.value])).toEqual([
            ["fill", 1],
            ["inner", 1],
            ["sum", 3],
        ]);
        const [fill, inner, sum] = regions;
        expect([counted(fill, "DATA", "store"), counted(fill, "DATA", "load")]).toEqual([4096, 0]);
        expect([counted(inner, "DATA", "store"), counted(inner, "DATA", "load")]).toEqual([0, 1]);
        expect([counted(sum, "DATA", "store"), counted(sum, "DATA", "load")]).toEqual([0, 3001]);
        // 4,096 numbers lie on eight pages or nine, which nothing has touched before.
        const faults = fill?.faultCost.reduce((all, { count }) => all + count.value, 0) ?? 0;
        expect(faults).toBeGreaterThanOrEqual(8);
        expect(sum?.faultCost).toEqual([]);
        for (const { machine, clusters } of regions) {
            expect(clusters.reduce((all, { instructions }) => all + instructions.value, 0)).toBe(
                machine.instructions.value,
            );
        }
    });

    it("are the same with every engine, and the hash too", async () => {
        const first = await regionsOf("--engine", "interpreter");
        const second = await regionsOf("--engine", "jit");
        expect(second.regions).toEqual(first.regions);
        expect(second.out).toBe(first.out);
    });
});
