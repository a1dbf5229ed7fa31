/** The machine of `boot --elf`: one cluster, no local window, no firmware, the ELF in RAM, every hart at its entry. */

import type { Config } from "../../configs/schema/config.ts";
import { formatSize } from "../../configs/size.ts";
import type { Counters } from "../../emu/host/counters.ts";
import type { Hart } from "../../emu/host/hart.ts";
import type { EngineOptions } from "../../emu/host/machine-options.ts";
import { Machine, type MachineJit } from "../../emu/machine.ts";
import { ElfError, type ElfFile, readElf } from "../../toolchain/link/elf.ts";
import { Symbolizer } from "../../toolchain/link/symbolize.ts";
import { ConsoleTape } from "../observe/console-tape.ts";
import type { Debuggee } from "../report/debuggee.ts";
import { CommandError } from "../report/exit-codes.ts";

const RAM_BASE = 0x8000_0000;
/** Bare-metal runs have no config. */
const TIMEBASE_DIVIDER = 100;
/** The ABI registers a0 and a1. */
const A0 = 10;
const A1 = 11;
/** mie.MEIE and mie.SEIE. The UART's interrupt comes to a hart as an external one. */
const EXTERNAL_INTERRUPTS = 0xa00n;

/** Says how turns are cut (turns.md 1.1, 2.5, 2.6), as a config's machine does. */
export type TurnOptions = Pick<Config["machine"], "quantum" | "scheduler" | "preemption">;

export interface BareRequest {
    /** `bytes` is the ELF, and `file` its name in messages. */
    readonly bytes: Uint8Array;
    readonly file: string;
    readonly harts: number;
    /** The bytes of RAM. */
    readonly memory: number;
    readonly seed: number;
    readonly turns: TurnOptions;
    readonly engine: EngineOptions;
}

/** The ends that a bare-metal guest can reach. "exit" is the end through the test finisher or HTIF, with its code. */
export type BareEnd =
    | { readonly end: "exit"; readonly code: number; readonly message: string }
    | { readonly end: "max-instructions" | "deadlock"; readonly message: string };

/** A machine of one cluster without window and firmware, with its ELF loaded, and every hart at the entry with a0 = id, a1 = 0. */
export interface BareMachine {
    /** Steps as SystemRun.step does. After "deadlock" it may be called again once there is input. */
    step(
        instructions: number,
        limit: number,
        cycle?: number,
    ): { readonly ended: false } | ({ readonly ended: true } & BareEnd);
    /** As SystemRun's. */
    readonly debuggee: Debuggee;
    clock(): number;
    snapshot(): Uint8Array;
    restore(bytes: Uint8Array): readonly string[];
    /** Gives bytes to the UART's receiver. */
    receive(bytes: Uint8Array): void;
    /** True when input could end a deadlock, because a hart has external interrupts enabled. */
    listens(): boolean;
    instructions(): number;
    cycles(): number;
    stateHash(): string;
    /** What was compiled. */
    jit(): MachineJit;
}

/** `core` is the bytes of the compiled emu/core. Throws CommandError("input") for a file that cannot be run. */
export function makeBareMachine(request: BareRequest, core: Uint8Array, onByte: (byte: number) => void): BareMachine {
    const image = readImage(request);
    const machine = new Machine({
        meshX: 1,
        meshY: 1,
        hartsPerCluster: request.harts,
        bankSize: request.memory,
        timebaseDivider: TIMEBASE_DIVIDER,
        ...request.turns,
        ...request.engine,
        seed: request.seed,
        localWindow: false,
        core,
    });
    const tape = new ConsoleTape();
    machine.onConsole = (byte) => {
        if (tape.advance()) onByte(byte);
    };
    for (const { physical, bytes } of image.segments) machine.writePhysical(physical, bytes);
    for (let hart = 0; hart < request.harts; hart++) {
        machine.hart(hart).pc = BigInt(image.entry);
        machine.hart(hart).setX(A0, BigInt(hart));
        machine.hart(hart).setX(A1, 0n);
    }
    watchHtif(machine, image, request);
    return asBareMachine(machine, image, tape);
}

/** Reads the ELF and checks that it fits the machine. Throws CommandError("input"). */
function readImage({ file, bytes, memory }: BareRequest): ElfFile {
    const elf = parse(file, bytes);
    const image = { ...elf, segments: elf.segments.map(withoutHeaders) };
    const end = RAM_BASE + memory;
    for (const { physical, memorySize } of image.segments) {
        if (physical >= RAM_BASE && physical + memorySize <= end) continue;
        const where = `its segment of ${formatSize(memorySize)} at 0x${physical.toString(16)}`;
        const ram = `RAM, ${formatSize(memory)} at 0x${RAM_BASE.toString(16)} (see --memory)`;
        throw new CommandError("input", `${file}: ${where} does not fit ${ram}`);
    }
    if (image.entry < RAM_BASE || image.entry >= end) {
        throw new CommandError("input", `${file}: its entry 0x${image.entry.toString(16)} is outside RAM`);
    }
    return image;
}

type Segment = ElfFile["segments"][number];
const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];

/**
 * GNU ld -Ttext=0x80000000 puts the ELF headers into a page before the text, and no machine has this page. The headers are no part of the
 * program, and QEMU drops them too.
 */
function withoutHeaders(segment: Segment): Segment {
    const below = RAM_BASE - segment.physical;
    const isHeaders = ELF_MAGIC.every((byte, index) => segment.bytes[index] === byte);
    if (!isHeaders || below <= 0 || below > segment.bytes.length) return segment;
    const { address, memorySize, bytes } = segment;
    const moved = { address: address + below, physical: RAM_BASE, memorySize: memorySize - below };
    return { ...segment, ...moved, bytes: bytes.subarray(below) };
}

function parse(file: string, bytes: Uint8Array): ElfFile {
    try {
        return readElf(bytes);
    } catch (error) {
        if (error instanceof ElfError) throw new CommandError("input", `${file} ${error.message}`);
        throw error;
    }
}

const HTIF_BYTES = 8;

/** Throws CommandError("input") for a tohost or fromhost where the machine has no memory. */
function watchHtif(machine: Machine, image: ElfFile, { file, memory }: BareRequest): void {
    const address = (name: string): number | undefined => {
        const found = image.symbols.find((symbol) => symbol.name === name)?.address;
        // A weak symbol that no file defines is 0.
        if (found === undefined || found === 0) return undefined;
        const inside = found >= RAM_BASE && found + HTIF_BYTES <= RAM_BASE + memory && found % HTIF_BYTES === 0;
        if (inside) return found;
        const rule = `must be a multiple of 8 in RAM, ${formatSize(memory)} at 0x${RAM_BASE.toString(16)} (see --memory)`;
        throw new CommandError("input", `${file}: its symbol ${name} is 0x${found.toString(16)}; ${rule}`);
    };
    const tohost = address("tohost");
    if (tohost !== undefined) machine.watchHtif(tohost, address("fromhost"));
}

function asBareMachine(machine: Machine, { symbols }: ElfFile, tape: ConsoleTape): BareMachine {
    const symbolizer = new Symbolizer({ symbols, lines: [] });
    const total = (): Counters => machine.clusterCounters()[0] ?? { instructions: 0, cycles: 0, idleCycles: 0 };
    const debuggee: Debuggee = {
        machine,
        functionAt: (_hart, pc) => symbolizer.locate(Number(pc))?.function,
        moment: (previous) => {
            return { snapshot: machine.takeSnapshot(previous?.snapshot), gathered: new Map(), written: tape.position };
        },
        goBack: ({ snapshot, written }) => {
            machine.putBack(snapshot);
            tape.goBack(written);
        },
    };
    return {
        step: (instructions, limit, cycle) => {
            const maxInstructions = Math.min(instructions, limit - machine.executed);
            const maxRounds = cycle === undefined ? Infinity : machine.roundsTo(cycle);
            const { kind, code = 0, message = "" } = machine.run({ maxInstructions, maxRounds });
            if (kind === "finisher" || kind === "htif" || kind === "reset")
                return { ended: true, end: "exit", code, message };
            if (kind === "deadlock") return { ended: true, end: "deadlock", message };
            return machine.executed < limit ? { ended: false } : { ended: true, end: "max-instructions", message: "" };
        },
        debuggee,
        clock: () => machine.clock,
        snapshot: () => machine.snapshot(),
        restore: (bytes) => {
            machine.restore(bytes);
            return [];
        },
        receive: (bytes) => {
            machine.pushInput(bytes);
            debuggee.onInput?.();
        },
        listens: () => harts(machine).some((hart) => (hart.csr("mie") & EXTERNAL_INTERRUPTS) !== 0n),
        instructions: () => total().instructions,
        cycles: () => Math.max(...harts(machine).map((hart) => hart.cycles)),
        stateHash: () => machine.stateHash(),
        jit: () => machine.jitFigures(),
    };
}

function harts(machine: Machine): Hart[] {
    return Array.from({ length: machine.hartCount }, (_, index) => machine.hart(index));
}
