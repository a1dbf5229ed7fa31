/**
 * Whether a change of the house changed what it shows: `npx tsx boot/dev/figures.ts record CHECKOUT DIR` runs every config of a checkout's
 * configs/, and of each of its experiments the cells of the first seed, and keeps their --json documents in DIR.
 * `... compare BEFORE AFTER bytes|moves|text` tells where two such folders differ:
 *
 * - bytes: in anything. For changes of emu, toolchain, boot.
 * - moves: in anything but the state hash. For kernel files that are moved: its pages are laid out anew.
 * - text: in output, exits, faults by kind, RPCs, frames by bank, DSM counts (told), and mean costs of faults beyond 1%. For kernel text that changes.
 */

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const JOBS = 2;

/** Runs the command line of a checkout; its output. Throws when it fails. */
function archipel(checkout: string, args: readonly string[]): Promise<string> {
    const child = spawn("npx", ["tsx", "boot/cli/main.ts", ...args], {
        cwd: checkout,
        stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => {
        out += data;
    });
    child.stderr.on("data", (data) => {
        err += data;
    });
    return new Promise((done, fail) => {
        child.on("error", fail);
        child.on("close", (code) =>
            code === 0 ? done(out) : fail(new Error(`${args.join(" ")}: exit ${code}: ${err}`)),
        );
    });
}

function jsonFiles(folder: string): string[] {
    return readdirSync(folder).filter((file) => file.endsWith(".json") && !file.endsWith(".schema.json"));
}

async function record(checkout: string, directory: string): Promise<void> {
    const work: (readonly string[])[] = [];
    mkdirSync(join(directory, "configs"), { recursive: true });
    for (const file of jsonFiles(join(checkout, "configs"))) {
        work.push(["boot", `configs/${file}`, "--json", join(directory, "configs", file)]);
    }
    for (const file of jsonFiles(join(checkout, "experiments"))) {
        const list = (await archipel(checkout, ["sweep", `experiments/${file}`, "--list"])).trimEnd().split("\n");
        const seedOf = (line: string) => /\bseed=(\d+)/.exec(line)?.[1];
        const chosen = list.filter((line) => seedOf(line) === seedOf(list[0] ?? ""));
        const out = join(directory, basename(file, ".json"));
        for (const line of chosen) {
            work.push(["sweep", `experiments/${file}`, "--cell", line.trim().split(" ")[0] ?? "", "--out", out]);
        }
    }
    let next = 0;
    const runner = async () => {
        for (let args = work[next++]; args !== undefined; args = work[next++]) {
            process.stderr.write(`\r${next} of ${work.length} ${args[1] ?? ""}    `);
            await archipel(checkout, args);
        }
    };
    await Promise.all(Array.from({ length: JOBS }, runner));
    process.stderr.write("\n");
}

/** The documents of a folder by config, or experiment and cell. */
function documents(directory: string): Map<string, Json> {
    const found = new Map<string, Json>();
    for (const name of readdirSync(directory)) {
        const cells = join(directory, name, "cells");
        const folder = existsSync(cells) ? cells : join(directory, name);
        for (const file of jsonFiles(folder)) {
            const document = JSON.parse(readFileSync(join(folder, file), "utf8")) as Json;
            const { run, configHash } = document as { run?: Json; configHash?: string };
            if (run === undefined) found.set(`${name}/${file}`, document);
            else found.set(`${name} ${configHash}`, run);
        }
    }
    return found;
}

const field = (value: Json | undefined, ...path: (string | number)[]): Json => {
    let at: Json | undefined = value;
    for (const name of path) at = (at as Record<string | number, Json> | null | undefined)?.[name];
    return at ?? null;
};

/** What a change of kernel text keeps; costs are rounded away by `near`. */
function kept(document: Json): Json {
    const clusters = (field(document, "clusters") as Json[]).map((cluster) => ({
        frames: field(cluster, "frames"),
        faults: field(cluster, "faults"),
        rpcs: field(cluster, "rpcs"),
        dsm: field(cluster, "dsm"),
    }));
    const programs = (field(document, "programs") as Json[]).map((program) => ({
        exit: field(program, "exit"),
        // What programs measure is a cost.
        output: String(field(program, "output")).replaceAll(/\d+(?= (?:cycles|instructions))/g, "so many"),
        dsm: field(program, "dsm"),
    }));
    return { exit: field(document, "exit"), programs, clusters, pages: field(document, "numaMaps") };
}

/** Figures that may differ by `tolerance`: name and value. */
function costs(document: Json): Map<string, number> {
    const rows = (field(document, "faultCost") ?? []) as Json[];
    const name = (row: Json) => ["type", "how", "cause"].map((key) => String(field(row, key))).join(" ");
    return new Map(rows.map((row) => [name(row), Number(field(row, "mean", "value"))]));
}

const TOLERANCE = 0.01;

/** Paths at which two documents differ. */
function differences(before: Json, after: Json, at = ""): string[] {
    if (typeof before !== "object" || typeof after !== "object" || before === null || after === null) {
        return Object.is(before, after) ? [] : [`${at}: ${JSON.stringify(before)} is ${JSON.stringify(after)}`];
    }
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => differences(field(before, name), field(after, name), `${at}/${name}`));
}

function costDifferences(before: Json, after: Json): string[] {
    const now = costs(after);
    return [...costs(before)].flatMap(([name, cost]) => {
        const value = now.get(name) ?? Number.NaN;
        return Math.abs(value / cost - 1) <= TOLERANCE ? [] : [`mean cost of ${name}: ${cost} is ${value}`];
    });
}

const LEVELS: Readonly<Record<string, (before: Json, after: Json) => string[]>> = {
    bytes: (before, after) => differences(before, after),
    moves: (before, after) => differences(before, after).filter((line) => !line.startsWith("/stateHash:")),
    text: (before, after) => [...differences(kept(before), kept(after)), ...costDifferences(before, after)],
};
const MOST_LINES = 8;

function compare(before: string, after: string, level: string): boolean {
    const check = LEVELS[level];
    if (check === undefined) throw new Error(`compare at ${level}; must be one of ${Object.keys(LEVELS).join(", ")}`);
    const [old, now] = [documents(before), documents(after)];
    let different = 0;
    for (const name of new Set([...old.keys(), ...now.keys()])) {
        const [a, b] = [old.get(name), now.get(name)];
        const lines = a === undefined || b === undefined ? ["only in one of them"] : check(a, b);
        if (lines.length === 0) continue;
        different++;
        const more = lines.length > MOST_LINES ? [`and ${lines.length - MOST_LINES} more`] : [];
        process.stdout.write(
            `${name}\n${[...lines.slice(0, MOST_LINES), ...more].map((line) => `    ${line}\n`).join("")}`,
        );
    }
    process.stdout.write(`${different} of ${now.size} runs differ (${level})\n`);
    return different === 0;
}

const [command, first = "", second = "", level = "bytes"] = process.argv.slice(2);
if (command === "record") await record(resolve(first), resolve(second));
else if (command === "compare") process.exitCode = compare(first, second, level) ? 0 : 1;
else throw new Error("figures.ts record CHECKOUT DIR, or compare BEFORE AFTER bytes|moves|text");
