/** What a system's snapshot holds beside its machine: of which config, kernel and programs the run is, and what observers have gathered. */

import { sha256 } from "@noble/hashes/sha2.js";
import type { Config } from "../../configs/schema/config.ts";
import { SnapshotError } from "../../emu/host/snapshot.ts";
import { type Containers, fillGathered, gatheredText } from "../observe/gathered.ts";
import type { Artifacts } from "./artifacts.ts";

interface SavedRun {
    /** The lines of the config. */
    readonly config: readonly string[];
    /** A hash of kernel and programs. */
    readonly build: string;
    /** By the name of the observer. */
    readonly gathered: Readonly<Record<string, string>>;
}

export function encodeRun(config: Config, artifacts: Artifacts, gathered: ReadonlyMap<string, Containers>): Uint8Array {
    const texts = [...gathered].map(([name, containers]) => [name, gatheredText(containers)]);
    const saved = { config: configLines(config), build: buildOf(artifacts), gathered: Object.fromEntries(texts) };
    return new TextEncoder().encode(JSON.stringify(saved satisfies SavedRun));
}

/** Gives observers what they had gathered. Returns the names of those that had not been there. Throws a SnapshotError for another run. */
export function fillRun(
    bytes: Uint8Array,
    config: Config,
    artifacts: Artifacts,
    gathered: ReadonlyMap<string, Containers>,
): string[] {
    const saved = parse(bytes);
    const [here, there] = [configLines(config), saved.config];
    const line = here.findIndex((text, i) => text !== there[i]);
    if (line >= 0 || here.length !== there.length) {
        const at = Math.max(line, 0);
        throw new SnapshotError(
            `is of another config: it has ${there[at] ?? "no more"}, this run ${here[at] ?? "no more"}`,
        );
    }
    if (saved.build !== buildOf(artifacts)) throw new SnapshotError("is of another kernel, or of other programs");
    const late: string[] = [];
    for (const [name, containers] of gathered) {
        const text = saved.gathered[name];
        if (text === undefined) late.push(name);
        else fillGathered(containers, text);
    }
    return late;
}

function parse(bytes: Uint8Array): SavedRun {
    try {
        return JSON.parse(new TextDecoder().decode(bytes)) as SavedRun;
    } catch {
        throw new SnapshotError("is no snapshot of a run with a kernel");
    }
}

/** A line for each value, with its path. */
function configLines(value: unknown, path = ""): string[] {
    if (value === null || typeof value !== "object") return [`${path} ${JSON.stringify(value)}`];
    return Object.entries(value).flatMap(([key, each]) => configLines(each, path === "" ? key : `${path}.${key}`));
}

function buildOf({ kernel, firmware, programs }: Artifacts): string {
    const hash = sha256.create();
    for (const { segments } of [kernel, firmware]) for (const { bytes } of segments) hash.update(bytes);
    for (const [path, { elf }] of programs) hash.update(new TextEncoder().encode(path)).update(elf);
    return Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
