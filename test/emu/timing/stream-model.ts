/** The model of time (emu/core/timing) without harts that run, for streams of accesses and messages that a test makes up. */

import { compileForMachine } from "../../../boot/build/core.ts";
import { Accounts, modelOf } from "../../../emu/host/accounts.ts";
import type { MachineOptions } from "../../../emu/host/machine-options.ts";
import { type TimingFigures, timingFigures } from "../../../emu/host/timing-figures.ts";
import { writeOptions } from "../../../emu/host/wiring.ts";
import { Geometry } from "../../../emu/mem/geometry.ts";
import { SharedMemory } from "../../../emu/state/shared-memory.ts";

export interface ModelShape {
    readonly meshX: number;
    readonly meshY: number;
    readonly hartsPerCluster: number;
    readonly bankSize: number;
}

/** The exports of guest/driver.ts. */
interface Driver {
    hit(hart: number, line: number, isWrite: number): number;
    miss(hart: number, line: number, isWrite: number, time: number): number;
    message(network: number, from: number, to: number, time: number, flits: number): number;
}

const module = new WebAssembly.Module(
    (await compileForMachine("timing-driver", "test/emu/timing/guest/driver.ts")) as BufferSource,
);

export interface Model extends Driver {
    readonly shared: SharedMemory;
    figures(): TimingFigures;
}

/** A machine's tables, with nothing in its caches and all clocks at 0. */
export function makeModel(shape: ModelShape, parameters: Partial<MachineOptions> = {}): Model {
    const options = { ...shape, ...parameters, fidelity: "timing", core: new Uint8Array() } as MachineOptions;
    const clusters = shape.meshX * shape.meshY;
    const harts = clusters * shape.hartsPerCluster;
    const model = modelOf(options, clusters);
    if (model === undefined) throw new Error("fidelity timing has a model");
    const shared = new SharedMemory({ harts, ramBytes: clusters * shape.bankSize, model });
    writeOptions(shared, options);
    new Accounts(shared, model, new Geometry({ ...shape, localWindow: true }));
    const driver = new WebAssembly.Instance(module, { env: { memory: shared.memory } }).exports as unknown as Driver;
    const counters = Array.from({ length: harts }, () => ({ cycles: 0, idleCycles: 0, instructions: 0 }));
    return {
        shared,
        hit: driver.hit,
        miss: driver.miss,
        message: driver.message,
        figures: () => {
            const figures = timingFigures(shared, counters, shape.hartsPerCluster);
            if (figures === null) throw new Error("the machine has no model of time");
            return figures;
        },
    };
}
