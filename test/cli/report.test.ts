/** `archipel report` and --report: files in, a page and figures out; what is no document is one line and exit 3. */

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../boot/cli/command-line.ts";
import { findBrowser, printPdf } from "../../boot/cli/report/pdf.ts";
import { pageWriter, sweepPageWriter } from "../../boot/cli/report/run-page.ts";
import { runSystem } from "../../boot/cli/run-system.ts";
import { loadExperiment } from "../../boot/cli/sweep/experiment.ts";
import { packageFile } from "../../boot/package-root.ts";
import { CommandError } from "../../boot/report/exit-codes.ts";
import { parseConfig } from "../../configs/check.ts";
import { fullReport, sampleDocument } from "../boot/report/html/sample.ts";
import { fakeReport, fakeRun, HELLO, keptStreams } from "./fake-report.ts";

let folder = "";
const at = (name: string) => join(folder, name);
beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "archipel-test-"));
    write("run.json", sampleDocument(fullReport(4)));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: object | string): string {
    writeFileSync(at(name), typeof content === "string" ? content : JSON.stringify(content));
    return at(name);
}

async function report(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const streams = keptStreams();
    return { code: await runCommandLine(["report", ...args], streams), ...streams.kept };
}

describe("a run", () => {
    it("becomes one page, and with --svg a picture and a table for each figure", async () => {
        const { code, out, err } = await report(at("run.json"), "-o", at("page.html"), "--svg", at("figures"));
        expect([code, err]).toEqual([0, ""]);
        expect(out).toBe(`${at("page.html")}\n${at("figures")}: 11 pictures, 14 tables\n`);
        expect(readFileSync(at("page.html"), "utf8")).toContain("<h2>What stands out</h2>");
        const names = readdirSync(at("figures"));
        expect(names).toContain("placement.svg");
        expect(readFileSync(at("figures/numastat.csv"), "utf8")).toMatch(/^node,numa_hit \(frames\),.*\r\n0,100,/);
    });

    it("of a cell of a sweep is cited with its commit", async () => {
        const cell = { format: "archipel-cell/1", commit: "abcdef", run: sampleDocument(fullReport(4)) };
        expect((await report(write("cell.json", cell), "-o", at("cell.html"))).code).toBe(0);
        expect(readFileSync(at("cell.html"), "utf8")).toContain("<dt>commit</dt><dd>abcdef</dd>");
    });
});

describe("what is no document is one line and exit 3", () => {
    const bad: readonly (readonly [string, object | string, string])[] = [
        ["text.json", "clusters: 4", "is no JSON"],
        ["empty.json", "", "is no JSON"],
        ["number.json", "7", "is no document of boot --json: it has no format"],
        ["null.json", "null", "is no document of boot --json: it has no format"],
        ["other.json", {}, "is no document of boot --json: it has no format"],
        ["old.json", { format: "archipel-run/1" }, '/format is "archipel-run/1"; must be "archipel-run/2"'],
        ["part.json", { format: "archipel-run/2" }, "/"],
        ["cell.json", { format: "archipel-cell/1" }, "is no document of boot --json: it has no format"],
    ];
    it.each(bad)("%s", async (name, content, line) => {
        const file = write(name, content);
        const { code, out, err } = await report(file, "-o", at("bad.html"));
        expect([code, out]).toEqual([3, ""]);
        expect(err.startsWith(`archipel: error: ${file}: ${line}`)).toBe(true);
        expect(err.trimEnd().split("\n").length).toBe(1);
    });

    it("a file that is not there", async () => {
        const { code, err } = await report(at("none.json"), "-o", at("bad.html"));
        expect([code, err]).toEqual([
            3,
            `archipel: error: ${at("none.json")}: cannot be read: there is no such file\n`,
        ]);
    });

    it("a figure that is none", async () => {
        const document = { ...sampleDocument(fullReport(4)), machine: { clusters: 4 } };
        const { code, err } = await report(write("figure.json", document), "-o", at("bad.html"));
        expect([code, err]).toEqual([
            3,
            expect.stringContaining(`${at("figure.json")}: /machine must have required property 'harts'`),
        ]);
    });
});

describe("what cannot be written is exit 71", () => {
    it.each([
        [["-o", "/no/such/folder/x.html"], "--output /no/such/folder/x.html: cannot be written (ENOENT)"],
        [["-o", "/"], "--output /: cannot be written (EISDIR)"],
    ])("%j", async (args, line) => {
        expect(await report(at("run.json"), ...args)).toEqual({ code: 71, out: "", err: `archipel: error: ${line}\n` });
    });

    it("a folder of figures, after the page", async () => {
        const { code, err } = await report(at("run.json"), "-o", at("page.html"), "--svg", "/dev/null/x");
        expect([code, err]).toEqual([71, "archipel: error: --svg /dev/null/x: cannot be written (ENOTDIR)\n"]);
    });
});

it("without a file it is an error of the command line", async () => {
    const { code, err } = await report("-o", at("page.html"));
    expect([code, err]).toEqual([2, "archipel: error: RUN.json is missing; see archipel report --help\n"]);
});

describe("--report of a run", () => {
    const request = {
        loaded: { config: parseConfig("{}", "test"), file: "test", directory: "." },
        bounds: { maxInstructions: 1e9, timeoutSeconds: 60 },
        maxMemory: 2 ** 32,
        engine: {},
    };

    it("is the page of its document, with the command line", async () => {
        const onDocument = pageWriter(at("run.html"), "test.json", "archipel boot test.json");
        const json = at("same.json");
        const boot = async () => fakeRun(fakeReport(4, [HELLO]), "halted");
        expect(await runSystem({ ...request, json, onDocument }, boot, keptStreams())).toBe(0);
        const page = readFileSync(at("run.html"), "utf8");
        expect(page).toContain("<dt>command</dt><dd>archipel boot test.json</dd>");
        const embedded = /id="archipel-data">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
        expect(JSON.parse(embedded).documents[0]).toEqual(JSON.parse(readFileSync(json, "utf8")));
    });

    it("that cannot be written makes the exit 71, and keeps --json from nothing", async () => {
        const onDocument = pageWriter("/no/such/folder/x.html", "test.json", "archipel boot test.json");
        const streams = keptStreams();
        const boot = async () => fakeRun(fakeReport(4, [HELLO]), "halted");
        const json = at("other.json");
        expect(await runSystem({ ...request, json, onDocument }, boot, streams)).toBe(71);
        expect(streams.kept.err).toContain("--report /no/such/folder/x.html: cannot be written (ENOENT)");
        expect(JSON.parse(readFileSync(json, "utf8")).exit.code).toBe(71);
    });

    it("has a page for a machine that never ran", async () => {
        const onDocument = pageWriter(at("none.html"), "test.json", "archipel boot test.json");
        const failing = { ...request, json: undefined, maxMemory: 1, onDocument };
        expect(await runSystem(failing, async () => fakeRun(fakeReport(4, []), "halted"), keptStreams())).toBe(6);
        expect(readFileSync(at("none.html"), "utf8")).toContain("The run did not end well");
    });
});

/** Cells of a sweep over meshes and policies, of three seeds each. */
function cellLines(): string {
    const lines = [1, 2, 4].flatMap((side) =>
        ["lsb", "local"].flatMap((heap) =>
            [1, 2, 3].map((seed) => {
                const value = 1_000_000 / side + 1000 * seed + (heap === "local" ? 50_000 : 0);
                const config = {
                    "machine.mesh": [side, side],
                    "programs.0.threads": side * side,
                    "kernel.heap": heap,
                    seed,
                };
                const metrics = { cycles: { value, unit: "cycles" }, frames: { value: 10 * side, unit: "frames" } };
                return { config, metrics, commit: "abcdef", error: null };
            }),
        ),
    );
    return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

describe("results of a sweep", () => {
    it("a folder and its cells.jsonl have the same page; --base and --pareto add to it", async () => {
        mkdirSync(at("sweep"), { recursive: true });
        write("sweep/cells.jsonl", cellLines());
        expect((await report(at("sweep"), "-o", at("folder.html"), "--svg", at("grid"))).out).toContain("6 pictures");
        expect((await report(at("sweep/cells.jsonl"), "-o", at("lines.html"))).code).toBe(0);
        const page = (name: string) => readFileSync(at(name), "utf8").replace(/<dt>cells<.dt><dd>[^<]*/, "");
        expect(page("lines.html")).toBe(page("folder.html"));
        expect(readdirSync(at("grid")).filter((name) => name.endsWith(".svg"))).toEqual([
            "cycles-over-kernel-heap.svg",
            "cycles-over-machine-mesh.svg",
            "efficiency-over-machine-mesh.svg",
            "frames-over-kernel-heap.svg",
            "frames-over-machine-mesh.svg",
            "speed-up-over-machine-mesh.svg",
        ]);
        const options = ["--base", "kernel.heap=lsb", "--pareto", "cycles,frames"];
        expect((await report(at("sweep"), "-o", at("base.html"), "--svg", at("based"), ...options)).code).toBe(0);
        const csv = readFileSync(at("based/speed-up-over-kernel-heap.csv"), "utf8").split("\r\n");
        expect(csv).toContainEqual(expect.stringMatching(/^4 × 4,lsb,1,1,1,3$/));
        expect(csv).toContainEqual(expect.stringMatching(/^4 × 4,local,0\.83/));
        expect(readdirSync(at("based"))).toContain("pareto.svg");
    });

    it("sweep --report writes the page of its cells, with title and command line", async () => {
        const experiment = loadExperiment(packageFile("experiments", "scaling.json"));
        sweepPageWriter(
            at("behind.html"),
            experiment,
            "archipel sweep experiments/scaling.json",
        )(write("all.jsonl", cellLines()));
        const page = readFileSync(at("behind.html"), "utf8");
        expect(page).toContain("<h1>Scaling: 1 to 64 clusters of one hart: ");
        expect(page).toContain("<dd>archipel sweep experiments/scaling.json</dd>");
        expect(page).toContain('id="speed-up-over-machine-mesh"');
    });

    it("three runs and more are cells, too", async () => {
        const runs = [1, 2, 3].map((seed) => write(`seed-${seed}.json`, sampleDocument(fullReport(4), seed)));
        const other = write("other.json", sampleDocument(fullReport(16), 1));
        const { code } = await report(...runs, other, "-o", at("runs.html"), "--svg", at("runs"));
        expect(code).toBe(0);
        expect(readFileSync(at("runs/cycles-over-machine-mesh.csv"), "utf8")).toContain(
            ",2 × 2,2000000,2000000,2000000,3\r\n",
        );
    });

    it("two runs are compared", async () => {
        const after = write("after.json", sampleDocument(fullReport(16), 1));
        const { code } = await report(at("run.json"), after, "-o", at("two.html"), "--svg", at("two"));
        expect(code).toBe(0);
        expect(readFileSync(at("two/config.csv"), "utf8")).toContain('machine.mesh,"[2,2]","[4,4]"');
        expect(readFileSync(at("two.html"), "utf8")).toContain("after.json against run.json");
    });

    it.each([
        [
            ["--base", "kernel.stack=local"],
            "--base kernel.stack=local: must be AXIS=VALUE, of machine.mesh, kernel.heap",
        ],
        [["--base", "kernel.heap=xor"], '--base kernel.heap=xor: kernel.heap has no such value; it has "lsb", "local"'],
        [
            ["--pareto", "cycles"],
            '--pareto is "cycles"; must be two of "cycles", "frames", as in A,B (+A: more is better)',
        ],
    ])("%j is an error of the command line", async (options, line) => {
        const { code, err } = await report(write("grid.jsonl", cellLines()), ...options, "-o", at("bad.html"));
        expect([code, err]).toEqual([2, `archipel: error: ${line}\n`]);
    });

    it("--base of one run is an error of the command line", async () => {
        const { code, err } = await report(at("run.json"), "--base", "a=b", "-o", at("bad.html"));
        expect([code, err]).toEqual([
            2,
            "archipel: error: --base: only for results of a sweep, or three runs and more\n",
        ]);
    });

    it.each([
        ["none.jsonl", "", "none.jsonl: has no cells"],
        ["object.jsonl", "{}\n", "object.jsonl:1: is no line of a sweep's cells.jsonl"],
        ["number.jsonl", `${cellLines()}7\n`, "number.jsonl:19: is no line of a sweep's cells.jsonl"],
        [
            "unit.jsonl",
            '{"config":{},"metrics":{"a":{"value":1}}}',
            "unit.jsonl:1: is no line of a sweep's cells.jsonl",
        ],
        ["half.jsonl", '{"config":', "half.jsonl:1: is no JSON"],
    ])("%s is exit 3", async (name, content, line) => {
        const { code, err } = await report(write(name, content), "-o", at("bad.html"));
        expect([code, err.trimEnd().split("\n").length]).toEqual([3, 1]);
        expect(err).toContain(line);
    });

    it("a folder without results is exit 3", async () => {
        mkdirSync(at("bare"), { recursive: true });
        const { code, err } = await report(at("bare"), "-o", at("bad.html"));
        expect([code, err]).toEqual([
            3,
            `archipel: error: ${at("bare/cells.jsonl")}: cannot be read: there is no such file\n`,
        ]);
    });
});

describe("--pdf", () => {
    const script = (name: string, text: string) => {
        const file = write(name, `#!/bin/sh\n${text}\n`);
        chmodSync(file, 0o755);
        return file;
    };
    const found = (() => {
        try {
            return findBrowser({ PATH: process.env.PATH });
        } catch {
            return undefined;
        }
    })();

    it("without a browser is exit 3 with the package's name", () => {
        const wanted =
            "no Chromium is installed: apt-get install chromium, or name a browser of its kind in ARCHIPEL_BROWSER";
        expect(() => findBrowser({ PATH: folder })).toThrow(new CommandError("input", `--pdf: ${wanted}`));
        expect(() => findBrowser({ PATH: folder, ARCHIPEL_BROWSER: "/no/such" })).toThrow(
            "--pdf: ARCHIPEL_BROWSER is /no/such, which is not there: apt-get install chromium",
        );
    });

    it("takes ARCHIPEL_BROWSER, else the first of Chromium's names in PATH", () => {
        const own = script("own-browser", "exit 0");
        const chromium = script("chromium", "exit 0");
        expect(findBrowser({ PATH: `/no/such:${folder}` })).toBe(chromium);
        expect(findBrowser({ PATH: folder, ARCHIPEL_BROWSER: own })).toBe(own);
    });

    it("of a browser that fails is one line and exit 3, and of one that prints is the file", async () => {
        const bad = script("bad-browser", "echo first; echo 'no display' >&2; exit 1");
        await expect(printPdf(bad, at("run.json"), at("bad.pdf"))).rejects.toThrow(
            `--pdf: ${bad} printed nothing: no display`,
        );
        const loop =
            "for word; do case $word in --print-to-pdf=*) file=$(echo $word | cut -d= -f2); echo %PDF > $file;; esac; done";
        const print = script("good-browser", loop);
        await printPdf(print, at("run.json"), at("good.pdf"));
        expect(readFileSync(at("good.pdf"), "utf8")).toBe("%PDF\n");
    });

    it.skipIf(found === undefined)("is printed by Chromium (peer: chromium)", async () => {
        const { code, out } = await report(at("run.json"), "-o", at("page.html"), "--pdf", at("page.pdf"));
        expect([code, out]).toEqual([0, `${at("page.html")}\n${at("page.pdf")}\n`]);
        expect(readFileSync(at("page.pdf"), "latin1")).toMatch(/^%PDF-/);
    });
});
