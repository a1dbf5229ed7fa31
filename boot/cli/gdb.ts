/** --gdb PORT|unix:PATH (interface.md 9): the run under a debugger, over a socket of this host. */

import { createServer, type Server, type Socket } from "node:net";
import { Session, type SessionRun } from "../debug/session.ts";
import { interruption } from "../interruption.ts";
import type { Debuggee } from "../report/debuggee.ts";
import { CommandError } from "../report/exit-codes.ts";
import { type Bounds, drive, type Steppable, type Stopped } from "./drive.ts";
import type { Option, Values } from "./options.ts";
import type { Streams } from "./output.ts";

export const GDB_OPTIONS: readonly Option[] = [
    {
        name: "gdb",
        value: "PORT|unix:PATH",
        help: "wait for GDB at reset, on 127.0.0.1 or a socket; port 0: any that is free",
    },
];
/** They would write or check what is done a second time when GDB goes back. */
const NOT_UNDER_GDB = ["audit", "events", "trace", "log", "trace-commits", "trace-asm", "snapshot-at"];
const MOST_PORT = 65535;

export interface GdbRequest {
    readonly port: number;
    /** In place of a port. */
    readonly path: string | undefined;
}

export function gdbRequest(values: Values): GdbRequest | undefined {
    const text = values.text("gdb");
    if (text === undefined) return undefined;
    for (const name of NOT_UNDER_GDB) {
        if (values.has(name))
            throw new CommandError(
                "usage",
                `--${name} and --gdb exclude each other: the debugger may go back in the run`,
            );
    }
    if (text.startsWith("unix:") && text.length > "unix:".length) return { port: 0, path: text.slice("unix:".length) };
    const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (!(port <= MOST_PORT))
        throw new CommandError(
            "usage",
            `--gdb is ${JSON.stringify(text)}; must be a port from 0 to ${MOST_PORT}, or unix:PATH`,
        );
    return { port, path: undefined };
}

export interface Debugged<E> extends Steppable<E> {
    readonly debuggee: Debuggee;
}

/** As drive, with a debugger until it leaves. --timeout counts from then on. Throws CommandError("output") when it cannot listen. */
export async function driveUnder<E extends { readonly end: string; readonly message: string }>(
    request: GdbRequest,
    run: Debugged<E>,
    bounds: Bounds,
    err: Streams["err"],
    onStep: () => void,
): Promise<E | Stopped> {
    const { server, where } = await listen(request);
    err(`archipel: gdb: listening on ${where}\n`);
    let close: () => void = () => server.close();
    const watch = interruption.watch(() => close());
    try {
        const socket = await connection(server);
        if (socket === undefined || watch.requested) return { end: "interrupted", message: "interrupted" };
        const session = new Session(sessionRun(run, bounds, onStep), (text) => void socket.write(text, "latin1"));
        close = () => session.close();
        socket.on("data", (bytes) => session.push(bytes.toString("latin1")));
        for (const event of ["close", "error"] as const) socket.on(event, () => session.close());
        const left = await session.serve();
        socket.end();
        if (left.kind === "ended") return left.result;
        if (watch.requested) return { end: "interrupted", message: "interrupted" };
        if (left.kind === "killed") return { end: "interrupted", message: "ended by the debugger" };
    } finally {
        watch.release();
        server.close();
    }
    return drive(run, bounds, onStep);
}

function sessionRun<E extends { readonly end: string; readonly message: string }>(
    run: Debugged<E>,
    bounds: Bounds,
    onStep: () => void,
): SessionRun<E> {
    return {
        debuggee: run.debuggee,
        step: (instructions) => run.step(instructions, bounds.maxInstructions),
        breathe: async () => {
            onStep();
            await new Promise((resume) => setImmediate(resume));
        },
        describe: ({ end, message }) => (message === "" ? end : message),
    };
}

function listen({ port, path }: GdbRequest): Promise<{ server: Server; where: string }> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.once("error", (error: NodeJS.ErrnoException) => {
            const name = path === undefined ? String(port) : `unix:${path}`;
            reject(new CommandError("output", `--gdb ${name}: cannot be listened on (${error.code ?? error.message})`));
        });
        const listening = () => {
            const address = server.address();
            const where = address !== null && typeof address === "object" ? String(address.port) : `unix:${path}`;
            resolve({ server, where });
        };
        if (path === undefined) server.listen(port, "127.0.0.1", listening);
        else server.listen(path, listening);
    });
}

/** The first connection; undefined when the server closes before. Others are turned away. */
function connection(server: Server): Promise<Socket | undefined> {
    return new Promise((resolve) => {
        server.once("close", () => resolve(undefined));
        server.once("connection", (socket) => {
            socket.setNoDelay(true);
            server.on("connection", (another) => another.destroy());
            resolve(socket);
        });
    });
}
