/** `boot --elf FILE`: a bare-metal program laid out for QEMU's virt machine; stdout is its UART and nothing else. */

import { machineMemory } from "../../configs/memory.ts";
import { formatSize } from "../../configs/size.ts";
import { type EngineOptions, engineOf } from "../../emu/host/machine-options.ts";
import { interruption, type Watch } from "../interruption.ts";
import { CommandError, EXITS, type ExitName, guestExitCode } from "../report/exit-codes.ts";
import type { BareEnd, BareMachine, BareShape, TurnOptions } from "../system/bare-machine.ts";
import { type Bounds, drive, type Steppable, type Stopped } from "./drive.ts";
import type { DrivePath } from "./drive-image.ts";
import { describeFailure } from "./failure.ts";
import { driveUnder, type GdbRequest } from "./gdb.ts";
import { GuestInput } from "./guest-input.ts";
import { printErrors, type Streams, writeWhole } from "./output.ts";
import { Progress } from "./progress.ts";
import { restoreRun, type SnapshotRequest, withSnapshots } from "./snapshots.ts";
import { type TraceRequest, withTraces } from "./traces.ts";
import { Writing } from "./writing.ts";

/** The names of the guest's files. */
export interface GuestPaths {
    /** The firmware, or the whole guest. */
    readonly file: string;
    readonly kernel?: string | undefined;
    readonly initrd?: string | undefined;
    readonly append?: string | undefined;
    readonly loads?: readonly { readonly file: string; readonly address: number }[];
    readonly drives?: readonly DrivePath[];
    readonly semihosting?: boolean;
    readonly dtb?: string | undefined;
    /** Where the device tree is written instead of a run. */
    readonly dumpDtb?: string | undefined;
}

export interface ElfRequest extends GuestPaths, BareShape {
    readonly seed: number;
    readonly turns: TurnOptions;
    readonly bounds: Bounds;
    readonly maxMemory: number;
    readonly engine: EngineOptions;
    readonly json: string | undefined;
    readonly snapshots?: SnapshotRequest | undefined;
    readonly traces?: TraceRequest | undefined;
    readonly gdb?: GdbRequest | undefined;
}

/** Reads the ELF and makes its machine. Throws CommandError("input") for a file that cannot be run. */
export type MakeBareMachine = (request: ElfRequest, onByte: (byte: number) => void) => Promise<BareMachine>;

interface Outcome {
    readonly exit: ExitName;
    readonly code: number;
    readonly lines: readonly string[];
    readonly machine: BareMachine | undefined;
}

/** Returns the exit code: the guest's own, or that of the bound that ended it. */
export async function runElf(request: ElfRequest, make: MakeBareMachine, streams: Streams): Promise<number> {
    const watch = interruption.watch();
    try {
        return conclude(request, await runToEnd(request, make, watch, streams), streams);
    } finally {
        watch.release();
    }
}

function conclude(request: ElfRequest, { exit, code, lines, machine }: Outcome, streams: Streams): number {
    printErrors(streams, lines);
    const stateHash =
        machine === undefined || exit === "timeout" || exit === "interrupted" ? null : machine.stateHash();
    const { seed, engine, harts, mesh } = request;
    const counts = machine === undefined ? null : { instructions: machine.instructions(), cycles: machine.cycles() };
    const totals = counts === null ? null : { clusters: mesh[0] * mesh[1], harts, ...counts };
    const message = lines.join("; ");
    const jit = machine?.jit() ?? null;
    const facts = {
        exit,
        code,
        message,
        stateHash,
        seed,
        engine: engineOf(engine).engine,
        jit,
        config: null,
        totals,
        report: null,
        expect: null,
    };
    if (stateHash !== null) streams.err(`state hash: ${stateHash}\n`);
    return new Writing(exit, streams).document(request.json, facts);
}

async function runToEnd(request: ElfRequest, make: MakeBareMachine, watch: Watch, streams: Streams): Promise<Outcome> {
    const progress = new Progress(streams);
    const output = new ByteBuffer((bytes) => streams.out(bytes));
    let input: GuestInput | undefined;
    try {
        checkMemory(request);
        const machine = await make(request, (byte) => output.push(byte));
        if (request.dumpDtb !== undefined) {
            writeWhole(request.dumpDtb, machine.deviceTree, `--dump-dtb ${request.dumpDtb}`);
            return { exit: "ok", code: EXITS.ok.code, lines: [], machine: undefined };
        }
        restoreRun(machine, request.snapshots, streams.err);
        input = new GuestInput((bytes) => machine.receive(bytes));
        await input.start();
        if (watch.requested) throw new CommandError("interrupted", "interrupted");
        const traced = withTraces(machine, request.traces);
        const stepped = withSnapshots(traced, request.snapshots, streams.err);
        const onStep = () => {
            output.flush();
            progress.running(machine.instructions());
        };
        const end =
            request.gdb === undefined
                ? await driveWithInput(stepped, machine, input, request.bounds, onStep)
                : await driveUnder<BareEnd>(request.gdb, machine, request.bounds, streams.err, onStep);
        output.flush();
        traced.close();
        return { ...conclusion(end, request.bounds), machine };
    } catch (error) {
        const failure = describeFailure(error);
        return { ...failure, code: EXITS[failure.exit].code, machine: undefined };
    } finally {
        input?.stop();
        progress.clear();
    }
}

/** A guest that waits for the UART's interrupt while stdin is open sleeps until some input comes. */
async function driveWithInput(
    stepped: Steppable<BareEnd>,
    machine: BareMachine,
    input: GuestInput,
    bounds: Bounds,
    onStep: () => void,
): Promise<BareEnd | Stopped> {
    const deadline = performance.now() + bounds.timeoutSeconds * 1000;
    for (;;) {
        const left = deadline - performance.now();
        const end = await drive(stepped, { ...bounds, timeoutSeconds: Math.max(left, 0) / 1000 }, onStep);
        if (end.end !== "deadlock" || !input.open || !machine.listens()) return end;
        onStep();
        if (left <= 0) return { end: "timeout", message: `--timeout: not over after ${bounds.timeoutSeconds} s` };
        const waiting = interruption.watch(() => input.wake());
        if (!waiting.requested) await input.next(left);
        waiting.release();
        if (waiting.requested) return { end: "interrupted", message: "interrupted" };
    }
}

function checkMemory({ memory, harts, maxMemory }: ElfRequest): void {
    const { total } = machineMemory(memory, harts);
    if (total <= maxMemory) return;
    const needs = `the machine needs ${formatSize(total)}`;
    throw new CommandError("maxMemory", `${needs}, more than --max-memory ${formatSize(maxMemory)}`);
}

function conclusion(end: BareEnd | Stopped, bounds: Bounds): { exit: ExitName; code: number; lines: string[] } {
    if (end.end === "exit")
        return { exit: end.code === 0 ? "ok" : "program", code: guestExitCode(end.code), lines: [] };
    const reached = `--max-instructions ${bounds.maxInstructions} reached`;
    if (end.end === "max-instructions")
        return { exit: "maxInstructions", code: EXITS.maxInstructions.code, lines: [reached] };
    if (end.end === "timeout") {
        return {
            exit: "timeout",
            code: EXITS.timeout.code,
            lines: [`--timeout: not over after ${bounds.timeoutSeconds} s`],
        };
    }
    const message = end.message === "" ? EXITS[end.end].meaning : end.message;
    return { exit: end.end, code: EXITS[end.end].code, lines: [message] };
}

/** The UART's bytes, written between steps: not each for itself, and never from within the machine, which a failure would tear apart. */
class ByteBuffer {
    readonly #write: (bytes: Uint8Array) => void;
    #bytes: number[] = [];

    constructor(write: (bytes: Uint8Array) => void) {
        this.#write = write;
    }

    push(byte: number): void {
        this.#bytes.push(byte);
    }

    flush(): void {
        if (this.#bytes.length === 0) return;
        const bytes = Uint8Array.from(this.#bytes);
        this.#bytes = [];
        this.#write(bytes);
    }
}
