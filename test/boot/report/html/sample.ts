/** Documents of made-up runs, and a reader of markup that takes nothing on trust. */

import { type RunFile, readRun } from "../../../../boot/report/html/run-file.ts";
import type { ProgramReport, SystemReport, TimelineReport } from "../../../../boot/report/report.ts";
import { runDocument } from "../../../../boot/report/run-document.ts";
import { parseConfig } from "../../../../configs/check.ts";
import { fakeReport, fakeSharing, fakeTiming, fakeTraffic, HASH, HELLO, SHARE } from "../../../cli/fake-report.ts";

/** A fault of STACK in each cluster in turn, and a DSM event in cluster 0. */
export function fakeTimeline(clusters: number): TimelineReport {
    const faults = Array.from({ length: clusters }, (_, cxy) => ({
        cxy,
        event: "fault" as const,
        what: "STACK",
        bins: [10 + Math.floor((80 * cxy) / clusters)],
        counts: [2],
    }));
    return {
        binCycles: 8192,
        rows: [{ cxy: 0, event: "dsm", what: "readFaults", bins: [3, 9], counts: [1, 4] }, ...faults],
    };
}

/** Everything that a report can show. */
export function fullReport(clusters: number, programs: readonly ProgramReport[] = [HELLO, SHARE]): SystemReport {
    return {
        ...fakeReport(clusters, programs),
        traffic: fakeTraffic(clusters),
        timing: fakeTiming(clusters),
        falseSharing: fakeSharing(2),
        timeline: fakeTimeline(clusters),
    };
}

/** As a reader of --json has it. */
export function sampleDocument(report: SystemReport, seed = 1, more: object = {}): object {
    const side = Math.sqrt(report.clusters.length);
    const config = parseConfig(
        JSON.stringify({ machine: { mesh: [side, side], bankSize: "4MiB" }, seed, ...more }),
        "test",
    );
    const totals = { clusters: side * side, harts: 2 * side * side, instructions: 9_000_000, cycles: 2_000_000 };
    const facts = {
        exit: "ok",
        code: 0,
        message: "",
        stateHash: HASH,
        seed,
        engine: "auto",
        jit: null,
        expect: null,
    } as const;
    return JSON.parse(JSON.stringify(runDocument({ ...facts, config, totals, report })));
}

export function sampleRun(report: SystemReport, seed = 1, more: object = {}): RunFile {
    const run = readRun(sampleDocument(report, seed, more), "run.json");
    if (typeof run === "string") throw new Error(run);
    return run;
}

const VOID = new Set(["meta", "!doctype"]);

/** Elements by name. Throws where a tag is not closed, an attribute not quoted, or an ampersand none of an entity. */
export function elementsOf(markup: string): Map<string, number> {
    const open: string[] = [];
    const found = new Map<string, number>();
    // The insides of scripts and styles are no markup.
    const bare = markup.replace(/(<(script|style)[^>]*>)[\s\S]*?(?=<\/\2>)/g, "$1");
    for (const [tag, end, name = "", attributes = "", empty] of bare.matchAll(/<(\/?)([\w!]+)([^<>]*?)(\/?)>/g)) {
        if (end === "/") {
            const last = open.pop();
            if (last !== name) throw new Error(`${tag} closes ${last}`);
            continue;
        }
        if (name !== "!doctype" && !/^(?:\s+[\w:-]+="[^"<>]*")*\s*$/.test(attributes))
            throw new Error(`attributes of ${tag}`);
        found.set(name, (found.get(name) ?? 0) + 1);
        if (empty !== "/" && !VOID.has(name)) open.push(name);
    }
    if (open.length > 0) throw new Error(`not closed: ${open.join(", ")}`);
    const text = bare.replace(/<\/?[\w!]+[^<>]*>/g, "");
    const stray = /[<>]|&(?!(?:amp|lt|gt|quot|#39);)/.exec(text);
    if (stray !== null)
        throw new Error(`${text.slice(Math.max(0, stray.index - 40), stray.index + 10)}: stray ${stray[0]}`);
    return found;
}
