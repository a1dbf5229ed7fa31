/** What a run writes while it goes on: --events, --trace, and the DSM log. */

import { suggest } from "../../configs/suggest.ts";
import type { EventName } from "../abi/events.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { SystemHooks } from "../report/report.ts";
import { EVENT_NAMES, type Window } from "../report/window.ts";
import type { Option, Values } from "./options.ts";
import { StreamFile } from "./stream-file.ts";

export const STREAM_OPTIONS: readonly Option[] = [
    { name: "events", value: "FILE", help: "write what the kernel tells of itself while it runs, as JSON lines" },
    { name: "trace", value: "FILE", help: "write a Chrome trace, for Perfetto: harts, faults, requests, waits" },
    { name: "kinds", value: "LIST", help: "with --events, --trace: these events only, with commas" },
];

/** Of all that is written while a run goes on. */
export const WINDOW_OPTIONS: readonly Option[] = [
    {
        name: "from",
        value: "CYCLE",
        default: "0",
        help: "with --events, --trace, --trace-commits, --trace-asm: from this cycle on",
    },
    { name: "to", value: "CYCLE", help: "with --events, --trace, --trace-commits, --trace-asm: to this cycle" },
];

export interface RunStreams {
    readonly hooks: Pick<SystemHooks, "events" | "trace" | "onDsmAction">;
    /** May throw CommandError ("output"). */
    flush(): void;
    close(): void;
}

export const NOTHING_WRITTEN: RunStreams = { hooks: {}, flush: () => {}, close: () => {} };

/** Opens the files that the command line names. Throws CommandError ("usage", "output"). */
export function openStreams(values: Values): RunStreams {
    const files: StreamFile[] = [];
    const open = (option: string): StreamFile | undefined => {
        const name = values.has(option) ? values.text(option) : undefined;
        if (name === undefined) return undefined;
        const file = new StreamFile(`--${option}`, name);
        files.push(file);
        return file;
    };
    const close = () => closeAll(files);
    try {
        const window = windowOf(values);
        const [events, trace, log] = [open("events"), open("trace"), open("log")];
        const hooks = {
            ...(events === undefined ? {} : { events: { window, write: events.add } }),
            ...(trace === undefined ? {} : { trace: { window, write: trace.add } }),
            ...(log === undefined ? {} : { onDsmAction: (line: string) => log.add(`${line}\n`) }),
        };
        return { hooks, flush: () => flushAll(files), close };
    } catch (error) {
        close();
        throw error;
    }
}

function flushAll(files: readonly StreamFile[]): void {
    for (const file of files) file.flush();
}

/** Closes each, whatever becomes of another. */
function closeAll(files: readonly StreamFile[]): void {
    const failures: unknown[] = [];
    for (const file of files) {
        try {
            file.close();
        } catch (error) {
            failures.push(error);
        }
    }
    if (failures.length > 0) throw failures[0];
}

function windowOf(values: Values): Window {
    if (values.has("kinds") && !values.has("events") && !values.has("trace"))
        throw new CommandError("usage", "--kinds: only with --events or --trace");
    const from = values.number("from", 0);
    const to = values.has("to") ? values.number("to", 0) : Number.POSITIVE_INFINITY;
    if (to < from) throw new CommandError("usage", `--to is ${to}; must not be before --from ${from}`);
    return { kinds: values.has("kinds") ? kindsOf(values.text("kinds") ?? "") : undefined, from, to };
}

function kindsOf(list: string): EventName[] {
    return list.split(",").map((word) => {
        const found = EVENT_NAMES.find((name) => name === word.trim());
        if (found !== undefined) return found;
        const meant = suggest(word.trim(), EVENT_NAMES);
        const advice = meant === undefined ? `must be of ${EVENT_NAMES.join(", ")}` : `did you mean ${meant}?`;
        throw new CommandError("usage", `--kinds has ${JSON.stringify(word)}; ${advice}`);
    });
}
