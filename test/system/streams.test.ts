/** What a run writes while it goes on (interface.md 4, "Events and traces"): the whole of it, in the same run. */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { archipel, configFile, errorLines } from "./harness/cli.ts";
import { GUEST_FOLDER } from "./harness/guest.ts";

const CONFIG = {
    machine: { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB", fidelity: "timing" },
    programs: [
        { path: "threads", args: ["4"] },
        { path: "share", nodes: 3 },
    ],
};
const file = (name: string) => join(GUEST_FOLDER, `streams-${process.pid}-${name}`);

/** Runs with the options; the files that were written, read and removed. */
async function streamed(names: readonly string[], ...options: readonly string[]) {
    const files = names.map((name) => [`--${name}`, file(name)]);
    const result = await archipel("boot", configFile("streams", CONFIG), ...files.flat(), ...options);
    const texts = files.map(([, path = ""]) => {
        const text = readFileSync(path, "utf8");
        rmSync(path);
        return text;
    });
    return { ...result, texts };
}

interface TraceEvent {
    readonly ph: string;
    readonly name: string;
    readonly pid: number;
    readonly tid: number;
    readonly ts: number;
    readonly dur: number;
    readonly id: number;
    readonly cat: string;
    readonly args: Readonly<Record<string, number>>;
}

const clock = (time: number) => Math.round(time * 1000);

describe("--events and --trace", async () => {
    const plain = await archipel("boot", configFile("streams", CONFIG));
    const { out, code, texts } = await streamed(["events", "trace", "json"]);
    const [eventText = "", traceText = "", json = ""] = texts;
    const [head, ...events] = eventText
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    const document = JSON.parse(json);
    const trace: TraceEvent[] = JSON.parse(traceText).traceEvents;

    it("change nothing of the run: the same output, the same hash", () => {
        expect(code).toBe(0);
        expect(out).toBe(plain.out);
    });

    it("events: as many of each as the document counts, each with the fields of the head", () => {
        const count = (test: (event: Record<string, unknown>) => boolean) => events.filter(test).length;
        const sum = (
            of: (
                cluster: Record<string, Record<string, { value: number } | null>>,
            ) => { value: number } | null | undefined,
        ) => document.clusters.reduce((total: number, cluster: never) => total + (of(cluster)?.value ?? 0), 0);
        expect(count(({ event }) => event === "rpcSent")).toBe(sum(({ rpcs }) => rpcs?.sent));
        expect(count(({ event, action }) => event === "dsm" && action === "read_fault")).toBe(
            sum(({ dsm }) => dsm?.readFaults),
        );
        const heap = document.clusters.map(
            (cluster: { faults: { HEAP: { throughZ: { value: number } } } }) => cluster.faults.HEAP.throughZ.value,
        );
        for (const [cluster, expected] of heap.entries()) {
            const faults = count(
                (each) =>
                    each.event === "fault" &&
                    each.type === "HEAP" &&
                    each.how === "throughZ" &&
                    each.cluster === cluster,
            );
            expect(faults).toBe(expected);
        }
        for (const { cycle, hart, cluster, event, ...fields } of events) {
            expect(Object.keys(fields)).toEqual(Object.keys(head.events[event].fields));
            expect(cluster).toBe(Math.floor(hart / 2));
            expect(cycle).toBeLessThanOrEqual(document.machine.cycles.value);
        }
    });

    it("trace: slices of a hart's track lie one behind the other or within one another", () => {
        for (let hart = 0; hart < 8; hart++) {
            const slices = trace.filter(({ ph, tid }) => ph === "X" && tid === hart);
            const spans = slices.map(({ ts, dur }) => [clock(ts), clock(ts) + clock(dur)] as const);
            spans.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
            const open: number[] = [];
            for (const [begin, end] of spans) {
                while (open.length > 0 && (open.at(-1) ?? 0) <= begin) open.pop();
                expect(end).toBeLessThanOrEqual(open.at(-1) ?? Number.POSITIVE_INFINITY);
                open.push(end);
            }
        }
        const names = new Set(trace.filter(({ ph }) => ph === "X").map(({ name }) => name));
        expect(names).toContain("kernel");
        expect(names).toContain("idle");
        expect([...names].some((name) => name.startsWith("threads: "))).toBe(true);
    });

    it("trace: every request that was served flows from its sender to its server, forward in time up to a quantum", () => {
        const ends = new Map(trace.filter(({ ph }) => ph === "f").map((end) => [end.id, end]));
        const sent = trace.filter(({ ph }) => ph === "s");
        expect(sent).toHaveLength(events.filter(({ event }) => event === "rpcSent").length);
        expect(ends.size).toBe(events.filter(({ event }) => event === "rpcServed").length);
        for (const begin of sent) {
            const end = ends.get(begin.id);
            if (end === undefined) continue;
            expect(end.name).toBe(begin.name);
            expect(clock(end.ts)).toBeGreaterThan(clock(begin.ts) - 2000);
        }
    });

    it("trace: faults and their phases, waits and counters are there, and begin and end in pairs", () => {
        const begins = trace.filter(({ ph }) => ph === "b");
        const ends = trace.filter(({ ph }) => ph === "e");
        const keys = (list: readonly TraceEvent[]) => list.map(({ cat, id, name }) => `${cat} ${id} ${name}`).sort();
        expect(keys(ends)).toEqual(keys(begins));
        const faults = begins.filter(({ cat, name }) => cat === "fault" && name.includes(" fault, "));
        const counted = document.faultCost.reduce(
            (sum: number, { count }: { count: { value: number } }) => sum + count.value,
            0,
        );
        expect(faults).toHaveLength(counted);
        expect(begins.some(({ cat }) => cat === "wait")).toBe(true);
        const counters = new Set(trace.filter(({ ph }) => ph === "C").map(({ name }) => name));
        expect(counters).toEqual(new Set(["frames", "bank use", "links, requests", "links, data"]));
    });
});

it("--kinds, --from and --to cut both", async () => {
    const { texts } = await streamed(
        ["events", "trace"],
        "--kinds",
        "fault,rpcSent",
        "--from",
        "600000",
        "--to",
        "800000",
    );
    const [head, ...events] = (texts[0] ?? "")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    expect([head.from, head.to, Object.keys(head.events)]).toEqual([600000, 800000, ["fault", "rpcSent"]]);
    expect(events.length).toBeGreaterThan(10);
    expect(events.every(({ cycle }) => cycle >= 600000 && cycle <= 800000)).toBe(true);
    expect(new Set(events.map(({ event }) => event))).toEqual(new Set(["fault", "rpcSent"]));
    const trace: TraceEvent[] = JSON.parse(texts[1] ?? "").traceEvents;
    expect(trace.some(({ ph }) => ph === "C" || ph === "f")).toBe(true);
    expect(trace.filter(({ cat }) => cat === "wait" || cat === "dsm")).toEqual([]);
});

it("what cannot be written, and what cannot be meant, is one line", async () => {
    const config = configFile("streams", CONFIG);
    const refused = async (...options: readonly string[]) => {
        const result = await archipel("boot", config, ...options);
        return [result.code, ...errorLines(result)];
    };
    expect(await refused("--events", "/dev/full")).toEqual([71, "--events /dev/full: cannot be written (ENOSPC)"]);
    expect(await refused("--trace", "/nowhere/x")).toEqual([71, "--trace /nowhere/x: cannot be written (ENOENT)"]);
    expect(await refused("--kinds", "fault")).toEqual([2, "--kinds: only with --events or --trace"]);
    expect(await refused("--events", "/dev/null", "--kinds", "faults")).toEqual([
        2,
        '--kinds has "faults"; did you mean fault?',
    ]);
    expect(await refused("--events", "/dev/null", "--from", "9", "--to", "8")).toEqual([
        2,
        "--to is 8; must not be before --from 9",
    ]);
});
