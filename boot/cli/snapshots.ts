/** --snapshot-at CYCLE=FILE and --restore FILE (interface.md 7), for every run. */

import { readFileSync, writeFileSync } from "node:fs";
import { readFailure } from "../../configs/load.ts";
import { SnapshotError } from "../../emu/host/snapshot.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { Steppable } from "./drive.ts";
import type { Option, Values } from "./options.ts";
import { checkWritable, outputError, type Streams } from "./output.ts";

export const SNAPSHOT_OPTIONS: readonly Option[] = [
    {
        name: "snapshot-at",
        value: "CYCLE=FILE",
        repeatable: true,
        help: "write the run's state before the first round that begins at this cycle or later",
    },
    { name: "restore", value: "FILE", help: "go on from such a file; with the same machine, kernel and programs" },
];

/** A run that can be taken down and put up again. */
export interface Restorable<E> extends Steppable<E> {
    /** As Steppable's; ends a step, too, before the first round that begins at `cycle` or later. */
    step(instructions: number, limit: number, cycle?: number): ReturnType<Steppable<E>["step"]>;
    /** The cycle at which the present round began. */
    clock(): number;
    snapshot(): Uint8Array;
    /** Throws a SnapshotError. Returns what of the run's report begins only here. */
    restore(bytes: Uint8Array): readonly string[];
}

interface Planned {
    readonly cycle: number;
    readonly file: string;
}

/** What the command line says of snapshots. */
export interface SnapshotRequest {
    /** In the order of cycles. */
    readonly at: readonly Planned[];
    readonly restore: string | undefined;
}

export function snapshotRequest(values: Values): SnapshotRequest {
    const at = values.list("snapshot-at").map((text) => {
        const [, cycle, file] = /^([0-9]+)=(.+)$/.exec(text) ?? [];
        if (cycle === undefined || file === undefined || !Number.isSafeInteger(Number(cycle)))
            throw new CommandError("usage", `--snapshot-at is ${JSON.stringify(text)}; must be CYCLE=FILE`);
        checkWritable("--snapshot-at", file);
        return { cycle: Number(cycle), file };
    });
    return { at: at.sort((a, b) => a.cycle - b.cycle), restore: values.text("restore") };
}

/** Puts the run into the moment of --restore. Throws CommandError("input") for a file that is no snapshot of such a run. */
export function restoreRun<E>(run: Restorable<E>, request: SnapshotRequest | undefined, err: Streams["err"]): void {
    const file = request?.restore;
    if (file === undefined) return;
    let bytes: Uint8Array;
    try {
        bytes = readFileSync(file);
    } catch (error) {
        throw new CommandError("input", `${file}: cannot be read: ${readFailure(error)}`);
    }
    try {
        for (const name of run.restore(bytes)) err(`archipel: ${name} begins at the snapshot\n`);
    } catch (error) {
        if (error instanceof SnapshotError) throw new CommandError("input", `${file}: ${error.message}`);
        throw error;
    }
}

/** The run, which writes its snapshots as their cycles come. A file that cannot be written ends it: CommandError("output"). */
export function withSnapshots<E>(
    run: Restorable<E>,
    request: SnapshotRequest | undefined,
    err: Streams["err"],
): Steppable<E> {
    const at = request?.at ?? [];
    const planned = at.filter(({ cycle }) => cycle >= run.clock());
    const late = at.filter(({ cycle }) => cycle < run.clock());
    for (const { cycle } of late) err(`archipel: --snapshot-at ${cycle}: the run begins later\n`);
    const writeDue = () => {
        while (planned[0] !== undefined && run.clock() >= planned[0].cycle) write(planned.shift() as Planned, run);
    };
    return {
        step: (instructions, limit) => {
            writeDue();
            const result = run.step(instructions, limit, planned[0]?.cycle);
            if (!result.ended) writeDue();
            else for (const { cycle } of planned) err(`archipel: --snapshot-at ${cycle}: the run ended earlier\n`);
            return result;
        },
    };
}

function write<E>({ file }: Planned, run: Restorable<E>): void {
    const bytes = run.snapshot();
    try {
        writeFileSync(file, bytes);
    } catch (error) {
        throw outputError(`--snapshot-at ${file}`, error);
    }
}
