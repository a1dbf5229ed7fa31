/** The bare-metal programs on our machine: same console as on QEMU (programs.test.ts), same run every time. */

import { beforeAll, describe, expect, it } from "vitest";
import { compileCore } from "../../boot/build/core.ts";
import type { MachineOptions } from "../../emu/host/machine-options.ts";
import { Machine } from "../../emu/machine.ts";
import { mapRow } from "../../emu/mem/map.ts";
import { type BareProgram, PROGRAMS, programImage } from "./programs.ts";

const RAM = mapRow("banks").base;
const A0 = 10;
const MAX_INSTRUCTIONS = 2_000_000;

let core: Uint8Array;
beforeAll(async () => {
    core = await compileCore();
});

function run({ name, harts }: BareProgram, rvc: boolean, options: Partial<MachineOptions> = {}) {
    const machine = new Machine({
        meshX: 1,
        meshY: 1,
        hartsPerCluster: harts,
        bankSize: 4 * 1024 * 1024,
        localWindow: false,
        core,
        ...options,
    });
    let console = "";
    machine.onConsole = (byte) => {
        console += String.fromCharCode(byte);
    };
    machine.writePhysical(RAM, programImage(name, rvc));
    for (let index = 0; index < harts; index++) {
        machine.hart(index).pc = BigInt(RAM);
        machine.hart(index).setX(A0, BigInt(index));
    }
    const stop = machine.run({ maxInstructions: MAX_INSTRUCTIONS });
    return { result: { console, stop }, hash: machine.stateHash() };
}

describe.each([false, true])("on our machine, compressed: %s", (rvc) => {
    it.each(PROGRAMS)("$name passes, and twice alike", (program) => {
        const first = run(program, rvc);
        expect(first.result).toEqual({ console: program.console, stop: { kind: "finisher", code: 0 } });
        expect(run(program, rvc)).toEqual(first);
    });
});

it.each([1, 2, 3, 4, 5])("the spin lock excludes when turns end anywhere (seed %i)", (seed) => {
    const program = { name: "spinlock", harts: 2, console: "ok\n" };
    const { result } = run(program, false, { scheduler: "instruction", seed });
    expect(result).toEqual({ console: "ok\n", stop: { kind: "finisher", code: 0 } });
});

it("another quantum is another run with the same result", () => {
    const program = { name: "spinlock", harts: 2, console: "ok\n" };
    const short = run(program, false, { quantum: 100 });
    const long = run(program, false, { quantum: 1000 });
    expect(short.result).toEqual(long.result);
    expect(short.hash).not.toBe(long.hash);
});
