/** What the closed forms of docs/spec/timing.md, section 7, need: guests that measure, and terms of the forms. */
import { TIMING_PARAMETERS, type TimingParameter } from "../../../emu/host/timing-parameters.ts";
import type { Machine } from "../../../emu/machine.ts";
import { type Guest, type GuestOptions, RAM, run } from "../engine/guest.ts";

const MIB = 1048576;
export type Parameters = Partial<Record<TimingParameter, number>>;

export function parameterOf(parameters: Parameters, key: TimingParameter): number {
    return parameters[key] ?? TIMING_PARAMETERS[key].default;
}

/** The flits of a message with a line (5.2). */
export function flitsOf(parameters: Parameters): number {
    return 1 + Math.ceil(parameterOf(parameters, "lineSize") / parameterOf(parameters, "flitBytes"));
}

/** Cycles of a message that waits for nobody (5.2). `hops` 0 is within the cluster. */
export function oneWay(parameters: Parameters, hops: number, flits: number): number {
    const way = hops === 0 ? parameterOf(parameters, "localCycles") : 2 + hops * parameterOf(parameters, "hopCycles");
    return way + flits - 1;
}

/** Behind its code, half of each bank is data. */
export function dataOf(bank: number): number {
    return RAM + bank * MIB + MIB / 2;
}

/** Runs the program on a machine of fidelity timing with banks of 1 MiB. */
export function runTimed(source: string, options: GuestOptions): Guest {
    return run(source, { fidelity: "timing", bankSize: MIB, ...options });
}

/** Longer than it takes harts with nothing to do to rest. */
export const SETTLE = "li t0, 3000\n 8: addi t0, t0, -1\n bnez t0, 8b\n";

/** The hart has done its work: jump to 9. The machine stops when all have. */
export const REST = ".balign 128\n 9: wfi\n j 9b\n";

/** Pointers from each address to the next, and from the last to the first. */
export function writeRing(machine: Machine, addresses: readonly number[]): void {
    for (const [i, address] of addresses.entries()) {
        const word = new DataView(new ArrayBuffer(8));
        word.setBigUint64(0, BigInt(addresses[(i + 1) % addresses.length] ?? 0), true);
        machine.writePhysical(address, new Uint8Array(word.buffer));
    }
}

export interface Window {
    readonly cycles: number;
    /** Of the port of bank 0. */
    readonly served: number;
    readonly waited: number;
    /** Of data, of all harts. */
    readonly misses: number;
    readonly stalled: number;
}

/** What happened between two times of a machine all of whose harts are busy. Its quantum is 100. */
export function windowOf(machine: Machine, from: number, cycles: number): Window {
    const rounds = (count: number) => machine.run({ maxRounds: count / 100 });
    rounds(from);
    const [start, before] = [machine.clock, sums(machine)];
    rounds(cycles);
    const after = sums(machine);
    return {
        cycles: machine.clock - start,
        served: after.served - before.served,
        waited: after.waited - before.waited,
        misses: after.misses - before.misses,
        stalled: after.stalled - before.stalled,
    };
}

function sums(machine: Machine): Omit<Window, "cycles"> {
    const figures = machine.timing();
    const port = figures?.banks[0]?.port;
    if (!figures || !port) throw new Error("the machine has no model of time");
    const add = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);
    return {
        served: port.uses,
        waited: port.waited,
        misses: add(figures.harts.map(({ misses }) => misses.l1d)),
        stalled: add(figures.harts.map(({ stalls }) => add(Object.values(stalls.l1d)))),
    };
}
