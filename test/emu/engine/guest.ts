/** Runs assembled text on a bare machine: the driver of the engine's tests. */

import { compileCore } from "../../../boot/build/core.ts";
import type { MachineOptions, StopReason } from "../../../emu/host/machine-options.ts";
import { registerNumber } from "../../../emu/isa/registers.ts";
import { Machine } from "../../../emu/machine.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { symbolAddress } from "../../../toolchain/link/image.ts";
import { link } from "../../../toolchain/link/link.ts";

export const RAM = mapRow("banks").base;
const MIB = 1048576;
/** Far more than any of these programs needs. */
const MOST_INSTRUCTIONS = 10_000_000;

/** In front of every program: names, and `finish`, which ends the run. */
const PRELUDE = `
    .macro finish
        li t6, 0x5555
        lui t5, 0x100
        sw t6, 0(t5)
    77: j 77b
    .endm
    .text
    .globl _start
_start:
`;

export interface Guest {
    readonly machine: Machine;
    readonly stop: StopReason;
    /** Register of a hart, by ABI name. */
    x(name: string, hart?: number): bigint;
    address(symbol: string): bigint;
    memory64(symbol: string, index?: number): bigint;
}

export type GuestOptions = Partial<Omit<MachineOptions, "core">> & {
    readonly rvc?: boolean;
    readonly maxInstructions?: number;
    /** Called with the machine before it runs. */
    readonly prepare?: (machine: Machine) => void;
    /** Stop after the construction: the test runs the machine itself. */
    readonly held?: boolean;
};

const core = await compileCore();

/** A machine with default options for tests. */
export function machine(options: GuestOptions = {}): Machine {
    return new Machine({
        meshX: 1,
        meshY: 1,
        hartsPerCluster: 1,
        bankSize: 2 * MIB,
        localWindow: false,
        quantum: 100,
        timebaseDivider: 1,
        ...options,
        core,
    });
}

/** Assembles `source` at the start of RAM, lets every hart start there, and runs to the end. */
export function run(source: string, options: GuestOptions = {}): Guest {
    const object = assemble(PRELUDE + source, "guest.s", { rvc: options.rvc ?? false });
    const image = link([object], {
        entry: "_start",
        segments: [
            {
                name: "all",
                address: RAM,
                sections: object.sections.map(({ name }) => name),
                flags: { read: true, write: true, execute: true },
            },
        ],
    });
    const made = machine(options);
    for (const segment of image.segments) made.writePhysical(segment.address, segment.bytes);
    for (let h = 0; h < made.hartCount; h++) made.hart(h).pc = BigInt(image.entry);
    options.prepare?.(made);
    const stop = options.held
        ? ({ kind: "instructions" } as const)
        : made.run({ maxInstructions: options.maxInstructions ?? MOST_INSTRUCTIONS });
    const address = (symbol: string) => BigInt(symbolAddress(image, symbol));
    return {
        machine: made,
        stop,
        x: (name, hart = 0) => made.hart(hart).x(registerNumber(name) as number),
        address,
        memory64: (symbol, index = 0) => {
            const bytes = made.readPhysical(Number(address(symbol)) + 8 * index, 8);
            return new DataView(bytes.buffer).getBigUint64(0, true);
        },
    };
}

/** Deterministic 32-bit numbers (xorshift), so that a failure repeats. */
export function random(seed: number): () => number {
    let state = seed | 0 || 1;
    return () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return state >>> 0;
    };
}
