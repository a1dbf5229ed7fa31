/** Snapshots of machines (docs/machine.md, "Snapshots"): a run that goes on from one, in another machine, ends as the run it was taken of. */

import { describe, expect, it } from "vitest";
import type { Device } from "../../../emu/dev/device.ts";
import { SnapshotError } from "../../../emu/host/snapshot.ts";
import type { Machine } from "../../../emu/machine.ts";
import { type GuestOptions, machine, RAM, random, run } from "../engine/guest.ts";
import { randomFlow } from "../engine/random-flow.ts";
import { BANK_BYTES, makeTables } from "../engine/random-system.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const SEEDS = NIGHTLY ? 200 : 12;
const FUZZED = NIGHTLY ? 100_000 : 300;
const MOST_INSTRUCTIONS = 300_000;

const MODELS: readonly GuestOptions[] = [
    {},
    { accounting: "accesses" },
    { fidelity: "latency", accounting: "accesses" },
    { fidelity: "timing", accounting: "accesses" },
    { scheduler: "instruction" },
    { scheduler: "conflicts" },
];

function outcome(made: Machine): object {
    return {
        state: made.stateHash(),
        executed: made.executed,
        counters: made.counters(),
        traffic: made.traffic(),
        accounts: made.checkAccounts(),
        timing: made.timing(),
    };
}

function toTheEnd(made: Machine): object {
    made.run({ maxInstructions: MOST_INSTRUCTIONS - made.executed });
    return outcome(made);
}

function held(seed: number, options: GuestOptions): Machine {
    const harts = 4;
    const source = randomFlow(seed, { fuel: 1500, harts, clusters: 2 });
    const prepare = (made: Machine) => makeTables(made, seed);
    const common = { bankSize: BANK_BYTES, meshX: 2, hartsPerCluster: 2, localWindow: true, rvc: true } as const;
    return run(source, { ...common, seed, ...options, prepare, held: true }).machine;
}

describe("a run from a snapshot", () => {
    it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))(
        "ends as the whole run, whatever runs it: seed %i",
        (seed) => {
            const model = MODELS[seed % MODELS.length] as GuestOptions;
            const expected = toTheEnd(held(seed, { ...model, engine: "interpreter" }));
            const next = random(seed);
            let made = held(seed, { ...model, engine: "jit" });
            for (const engine of ["interpreter", "jit", "auto"] as const) {
                made.run({ maxInstructions: next() % 3000 });
                const bytes = made.snapshot();
                const before = outcome(made);
                made = held(seed, { ...model, engine });
                made.restore(bytes);
                expect(outcome(made)).toEqual(before);
                expect(Buffer.compare(made.snapshot(), bytes)).toBe(0);
            }
            expect(toTheEnd(made)).toEqual(expected);
        },
    );

    it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))("can be had again in the same machine: seed %i", (seed) => {
        const made = held(seed, { ...MODELS[seed % MODELS.length], engine: "jit" });
        made.run({ maxInstructions: 700 });
        const first = made.takeSnapshot();
        const state = outcome(made);
        made.run({ maxInstructions: 5000 });
        const second = made.takeSnapshot(first);
        const expected = toTheEnd(made);
        made.putBack(first);
        expect(outcome(made)).toEqual(state);
        expect(toTheEnd(made)).toEqual(expected);
        made.putBack(second);
        expect(toTheEnd(made)).toEqual(expected);
    });

    it("shares with an earlier snapshot the pages that have not changed", () => {
        const { machine: made } = run("la t0, far\n sd sp, 0(t0)\n 1: j 1b\n .balign 4096\n far: .zero 4096", {
            held: true,
            prepare: (m) => m.writePhysical(RAM + 0x5000, Uint8Array.of(1)),
        });
        const first = made.takeSnapshot();
        made.hart(0).setX(2, 7n);
        made.run({ maxInstructions: 100 });
        const second = made.takeSnapshot(first);
        const changed = [...second.frames].filter(([frame, page]) => first.frames.get(frame) !== page);
        expect(changed.map(([, page]) => page[0])).toEqual([7]);
        expect(second.frames.size).toBe(3);
    });

    it("has the bytes that the host added", () => {
        const made = machine();
        expect(machine().restore(made.snapshot(Uint8Array.of(3, 1, 4)))).toEqual(Uint8Array.of(3, 1, 4));
    });
});

/** Sets registers of a device as a guest would, at random. */
function stir(device: Device, next: () => number): void {
    const access = { offset: 0, width: 0, hart: 0, lo: 0, hi: 0 };
    for (let i = 0; i < 3000; i++) {
        const offset = next() % 4 === 0 ? next() % device.size : next() % Math.min(device.size, 0x4000);
        const width = [1, 2, 4, 8][next() % 4] as number;
        Object.assign(access, { offset: offset - (offset % width), width, lo: next(), hi: next() });
        if (next() % 3 === 0) device.read(access);
        else device.write(access);
    }
}

/** All devices that there are. */
function devicesOf(): readonly Device[] {
    const image = { sizeBytes: 8192, read: (_offset: number, length: number) => new Uint8Array(length) };
    const drives = [{ image, readOnly: false }];
    return machine({ localWindow: true, hartsPerCluster: 2, drives, randomDevice: true }).devices;
}

describe("each device", () => {
    it.each(devicesOf().map((device, i) => [device.name, i] as const))("%s is put back whole", (_, i) => {
        const next = random(i + 1);
        const [one, other] = [devicesOf()[i] as Device, devicesOf()[i] as Device];
        stir(one, next);
        const state = Object.fromEntries(Object.entries(one.state()).map(([name, bytes]) => [name, bytes.slice()]));
        expect(other.restore(state)).toBe(true);
        expect(other.state()).toEqual(state);
        // Both go on in the same way: there is nothing that the state does not tell.
        const [a, b] = [random(9), random(9)];
        stir(one, a);
        stir(other, b);
        expect(other.state()).toEqual(one.state());
    });

    it.each(devicesOf().map((device, i) => [device.name, i] as const))(
        "%s refuses a state with a part less",
        (_, i) => {
            const device = devicesOf()[i] as Device;
            for (const name of Object.keys(device.state())) {
                const { [name]: _less, ...rest } = device.state();
                expect(device.restore(rest), name).toBe(false);
            }
        },
    );
});

describe("bytes that are no snapshot of such a machine", () => {
    const made = machine({ hartsPerCluster: 2 });
    const good = made.snapshot(Uint8Array.of(1, 2, 3));
    const refusal = (bytes: Uint8Array, options: GuestOptions = { hartsPerCluster: 2 }): string => {
        try {
            machine(options).restore(bytes);
            return "";
        } catch (error) {
            if (error instanceof SnapshotError) return error.message;
            throw error;
        }
    };
    const changed = (at: number, to: number) => good.map((byte, i) => (i === at ? to : byte));

    it("are refused, and the message says why", () => {
        expect(refusal(good)).toBe("");
        expect(refusal(new Uint8Array())).toBe("is no snapshot of Archipel");
        expect(refusal(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46))).toBe("is no snapshot of Archipel");
        expect(refusal(changed(18, 50))).toBe("is a snapshot of another version of Archipel");
        expect(refusal(changed(good.length - 1, 9))).toBe("is damaged: its hash is wrong");
        expect(refusal(good.subarray(0, 30))).toBe("is damaged: it ends too early");
        expect(refusal(good, { hartsPerCluster: 3 })).toBe(
            "is of another machine: it has hartsPerCluster 2, this one hartsPerCluster 3",
        );
        expect(refusal(good, { hartsPerCluster: 2, seed: 3 })).toContain("is of another machine: it has ");
    });

    it(`${FUZZED} damaged ones are refused, and nothing else happens`, () => {
        const next = random(77);
        for (let i = 0; i < FUZZED; i++) {
            const bytes = good.slice(0, next() % 5 === 0 ? next() % good.length : good.length);
            for (let flips = 1 + (next() % 4); flips > 0; flips--) bytes[next() % bytes.length] = next();
            if (bytes.length === good.length && bytes.every((byte, at) => byte === good[at])) continue;
            expect(() => made.restore(bytes)).toThrow(SnapshotError);
        }
    });
});
