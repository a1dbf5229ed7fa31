/** --trace-commits and --trace-asm (interface.md 8): every instruction that harts retire, from a cycle to a cycle. */

import { Commits } from "../../emu/host/commits.ts";
import { AsmLines, commitLine } from "../debug/commit-lines.ts";
import type { Debuggee } from "../report/debuggee.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { Option, Values } from "./options.ts";
import type { Restorable } from "./snapshots.ts";
import { StreamFile } from "./stream-file.ts";

export const TRACE_OPTIONS: readonly Option[] = [
    {
        name: "trace-commits",
        value: "FILE",
        help: "write each instruction and what it changed, as Spike's --log-commits",
    },
    {
        name: "trace-asm",
        value: "FILE",
        help: "write each instruction in assembly, as Spike's -l, with names of functions",
    },
];

/** A hart's clock may be that many quanta ahead of the round, as far as its code has branches. */
const AHEAD = 8;

export interface TraceRequest {
    readonly commits: string | undefined;
    readonly asm: string | undefined;
    readonly from: number;
    readonly to: number;
    /** Undefined for all. */
    readonly harts: readonly number[] | undefined;
}

/** Undefined when no trace is asked for. `harts` are those of --harts, where it is no number of harts. */
export function traceRequest(values: Values, harts: readonly number[] | undefined): TraceRequest | undefined {
    const [commits, asm] = [values.text("trace-commits"), values.text("trace-asm")];
    if (commits === undefined && asm === undefined) return undefined;
    const from = values.number("from", 0);
    const to = values.has("to") ? values.number("to", 0) : Number.POSITIVE_INFINITY;
    if (to < from) throw new CommandError("usage", `--to is ${to}; must not be before --from ${from}`);
    return { commits, asm, from, to, harts };
}

/** `0,2-5`: numbers and ranges, ascending and each once. */
export function hartList(text: string): number[] {
    const harts = text.split(",").flatMap((part) => {
        const [, first, last] = /^([0-9]{1,6})(?:-([0-9]{1,6}))?$/.exec(part.trim()) ?? [];
        if (first === undefined || Number(last ?? first) < Number(first))
            throw new CommandError("usage", `--harts is ${JSON.stringify(text)}; must be a list of harts (e.g. 0,2-5)`);
        return Array.from({ length: Number(last ?? first) - Number(first) + 1 }, (_, i) => Number(first) + i);
    });
    return [...new Set(harts)].sort((a, b) => a - b);
}

/** A run that its traces follow. */
export interface Traceable<E> extends Restorable<E> {
    readonly debuggee: Debuggee;
}

/**
 * The run, which writes its traces as it goes, and `close` ends them. Throws CommandError: "usage" for a hart that is not there, "output"
 * for a file that cannot be written, in steps and in close, too.
 */
export function withTraces<E>(run: Traceable<E>, request: TraceRequest | undefined): Restorable<E> & { close(): void } {
    if (request === undefined) {
        return { ...partsOf(run), step: (...bounds) => run.step(...bounds), close: () => {} };
    }
    const { machine, functionAt } = run.debuggee;
    const harts = request.harts ?? Array.from({ length: machine.hartCount }, (_, hart) => hart);
    const missing = harts.find((hart) => hart >= machine.hartCount);
    if (missing !== undefined)
        throw new CommandError("usage", `--harts: there is no hart ${missing}; they are 0 to ${machine.hartCount - 1}`);
    const open = (option: string, file: string | undefined) =>
        file === undefined ? undefined : new StreamFile(option, file);
    const files = { commits: open("--trace-commits", request.commits), asm: open("--trace-asm", request.asm) };
    const lines = new AsmLines();
    const commits = new Commits(machine, { ...request, harts }, (commit) => {
        files.commits?.add(commitLine(commit));
        files.asm?.add(lines.line(commit, functionAt(commit.hart, commit.pc)));
    });
    const begin = Math.max(0, request.from - AHEAD * machine.quantum);
    let state: "before" | "within" | "behind" = "before";
    const look = () => {
        const clock = run.clock();
        if (state === "before" && clock >= begin) {
            state = "within";
            commits.look(true);
        } else if (state === "within" && clock > request.to) {
            state = "behind";
            commits.look(false);
        }
    };
    const step: Restorable<E>["step"] = (instructions, limit, cycle = Infinity) => {
        look();
        const until = state === "before" ? begin : state === "within" ? request.to + 1 : Infinity;
        const result = run.step(
            state === "within" ? Math.min(instructions, MOST_HELD) : instructions,
            limit,
            Math.min(cycle, until),
        );
        for (const file of [files.commits, files.asm]) file?.flush();
        return result;
    };
    const close = () => {
        for (const file of [files.commits, files.asm]) file?.close();
    };
    return { ...partsOf(run), step, close };
}

/** Instructions whose lines are held before they are written. */
const MOST_HELD = 100_000;

function partsOf<E>(run: Restorable<E>): Pick<Restorable<E>, "clock" | "snapshot" | "restore"> {
    return { clock: () => run.clock(), snapshot: () => run.snapshot(), restore: (bytes) => run.restore(bytes) };
}
