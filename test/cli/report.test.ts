/** `archipel report` and --report: files in, a page and figures out; what is no document is one line and exit 3. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../boot/cli/command-line.ts";
import { pageWriter } from "../../boot/cli/report/run-page.ts";
import { runSystem } from "../../boot/cli/run-system.ts";
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
        ["text.json", "clusters: 4", "is no JSON: "],
        ["empty.json", "", "is no JSON: "],
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
