/** The installed package (docs/api.md): offline, without other packages, with the runs of a clone. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../boot/package-root.ts";
import { archipel } from "../system/harness/cli.ts";
import { type Installed, install, printed } from "./installed.ts";

let installed: Installed;
beforeAll(() => {
    installed = install();
});
afterAll(() => rmSync(dirname(installed.folder), { recursive: true }));

const command = (...args: readonly string[]) =>
    printed(join(installed.folder, "node_modules/.bin/archipel"), args, installed.folder, installed.env);

describe("the installed package", () => {
    it("needs no other package, and keeps nothing when it runs", () => {
        expect(readdirSync(join(installed.folder, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
            "archipel",
        ]);
        command("boot");
        expect(readdirSync(dirname(installed.folder)).filter((name) => name === ".cache")).toEqual([]);
    });

    it("boots the default config with the same output and hash as the clone", async () => {
        expect(command("boot")).toBe((await archipel("boot")).out);
    });

    it("says its version and the commit that it was built of", () => {
        expect(command("--version")).toMatch(/^\d+\.\d+\.\d+\n(commit [0-9a-f]{40}(-dirty)?\n)?$/);
    });

    it("sweeps an experiment in parallel, and takes finished cells from there", () => {
        const experiment = {
            title: "Threads",
            base: { programs: [{ path: "threads" }] },
            grid: [
                {
                    "machine.mesh": [
                        [1, 1],
                        [2, 1],
                    ],
                },
            ],
            metrics: [{ name: "cycles", value: "/machine/cycles" }],
            expect: [{ value: "/exit/code", is: 0 }],
        };
        writeFileSync(join(installed.folder, "threads.json"), JSON.stringify(experiment));
        const first = command("sweep", "threads.json", "--jobs", "2", "--junit", "threads.xml");
        expect(first).toContain("Threads");
        expect(command("sweep", "threads.json", "--jobs", "2")).toBe(first);
        expect(readFileSync(join(installed.folder, "threads.xml"), "utf8")).toContain('tests="2" failures="0"');
    });

    it("refuses what needs the sources in one line", () => {
        expect(() => command("bench")).toThrow(
            /error: bench measures guests that it builds from sources, .* in a clone of the repository\n$/,
        );
    });
});

describe("docs/api.md", () => {
    const text = readFileSync(join(packageRoot(), "docs/api.md"), "utf8");
    const examples = [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = ""], i) => ({
        title: `example ${i + 1}`,
        code,
    }));

    it("has examples", () => expect(examples.length).toBeGreaterThan(3));

    it.each(examples)("$title runs as it is written", ({ code }) => {
        writeFileSync(join(installed.folder, "example.mjs"), code);
        expect(printed(process.execPath, ["example.mjs"], installed.folder, installed.env)).not.toBe("");
    });

    it("its exports have types", () => {
        const code = `import { boot, dsm, sweep, Machine, EVENTS, type Observer } from "archipel";
import { bootSystem, fetchArtifacts, parseConfig } from "archipel/browser";
const observer: Observer = { on: { fault: ({ vaddr }, hart) => console.log(vaddr + hart) } };
const { document } = await boot("x.json", { observers: [observer], seed: 3, set: ["machine.mesh=[1,1]"] });
const code: number = document.exit.code;
// @ts-expect-error There is no such event.
const wrong: Observer = { on: { faults: () => {} } };
// @ts-expect-error A seed is a number.
await boot({}, { seed: "3" });
console.log(code, wrong, dsm, sweep, Machine, EVENTS.fault.text, bootSystem, fetchArtifacts, parseConfig);
`;
        writeFileSync(join(installed.folder, "types.ts"), code);
        const tsc = join(packageRoot(), "node_modules/.bin/tsc");
        const roots = ["--typeRoots", join(packageRoot(), "node_modules/@types"), "--types", "node"];
        const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--skipLibCheck"];
        expect(printed(tsc, [...options, ...roots, "types.ts"], installed.folder, installed.env)).toBe("");
    });
});
