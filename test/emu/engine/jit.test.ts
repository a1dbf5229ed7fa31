/** The JIT and the interpreter come to the same state, however places are chosen and cut (turns.md; docs/performance.md). */
import { describe, expect, it, vi } from "vitest";
import type { MachineOptions } from "../../../emu/host/machine-options.ts";
import type { Machine } from "../../../emu/machine.ts";
import { type GuestOptions, run } from "./guest.ts";
import { randomFlow } from "./random-flow.ts";
import { BANK_BYTES, makeTables } from "./random-system.ts";

/** Of the JIT: regions are dropped above so many instructions. */
const limits = vi.hoisted(() => ({ mostKept: undefined as number | undefined }));

vi.mock("../../../emu/host/wiring.ts", async (original) => {
    const wiring = await original<typeof import("../../../emu/host/wiring.ts")>();
    const jitOptions = (options: MachineOptions) => ({ ...wiring.jitOptions(options), ...limits });
    return { ...wiring, jitOptions };
});

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const SEEDS = NIGHTLY ? 300 : 24;
const THRESHOLDS = [1, 7, undefined, "never"] as const;
const REGIONS = [1, 3, 20, 200, 400];
const MODELS: readonly Partial<MachineOptions>[] = [
    {},
    { accounting: "accesses" },
    { fidelity: "latency" },
    { accounting: "accesses", fidelity: "latency", quantum: 37 },
];

/** Few of the programs go on for ever: they end by the limit. */
const MOST_INSTRUCTIONS = 1_000_000;

function ended(source: string, options: GuestOptions) {
    const common = { bankSize: 8 * 1048576, rvc: true, maxInstructions: MOST_INSTRUCTIONS };
    const output: number[] = [];
    const prepare = (made: Machine) => {
        made.onConsole = (byte) => output.push(byte);
        options.prepare?.(made);
    };
    const { machine, stop } = run(source, { ...common, ...options, prepare });
    const state = {
        output,
        end: stop.kind,
        hash: machine.stateHash(),
        instructions: machine.executed,
        cycles: machine.counters().map(({ cycles }) => cycles),
        traffic: machine.traffic(),
    };
    const { regions, instructions: compiled } = machine.jitFigures();
    return { state, regions, compiled };
}

describe("random flow ends in the same state, with the same counts", () => {
    it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))("seed %i", (seed) => {
        const harts = 1 + (seed % 3);
        const source = randomFlow(seed, { fuel: 4000, harts });
        const common = { ...MODELS[seed % MODELS.length], hartsPerCluster: harts, seed };
        const { state } = ended(source, { ...common, engine: "interpreter" });
        const combinations = NIGHTLY
            ? THRESHOLDS.flatMap((threshold) => REGIONS.map((region) => [threshold, region] as const))
            : [[THRESHOLDS[seed % 2], REGIONS[seed % REGIONS.length]] as const];
        for (const [jitThreshold, jitRegion] of combinations) {
            const found = ended(source, { ...common, engine: "auto", jitThreshold, jitRegion });
            expect({ jitThreshold, jitRegion, ...found.state }).toEqual({ jitThreshold, jitRegion, ...state });
            if (typeof jitThreshold === "number") expect(found.compiled).toBeGreaterThan(0);
            if (jitThreshold === "never") expect(found.compiled).toBe(0);
        }
    });
});

/** Machines that systems differ on, beside the model. */
function systemOptions(seed: number) {
    const clusters = 1 + (seed % 3 === 0 ? 1 : 0);
    const shape = { meshX: clusters, hartsPerCluster: 1 + (seed % 2), localWindow: seed % 4 === 0 };
    const quantum = [1, 7, 37, 100, 1000][seed % 5] as number;
    const model = [...MODELS, { fidelity: "latency", tlbEntries: 4, tlbWays: 1 } as const][seed % 5];
    const bounds = { bankSize: BANK_BYTES, maxInstructions: 150_000 };
    const prepare = (machine: Machine) => makeTables(machine, seed);
    return { ...shape, ...model, ...bounds, quantum, seed, prepare, preemption: seed % 7 !== 0 };
}

function system(seed: number): [source: string, options: GuestOptions] {
    const options = systemOptions(seed);
    const { meshX: clusters, hartsPerCluster } = options;
    return [randomFlow(seed, { fuel: 1000, harts: clusters * hartsPerCluster, clusters }), options];
}

describe("random systems end in the same state, with the same counts", () => {
    it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))("seed %i", (seed) => {
        const [source, options] = system(seed);
        const { state } = ended(source, { ...options, engine: "interpreter" });
        const combinations = NIGHTLY
            ? THRESHOLDS.flatMap((threshold) => REGIONS.map((region) => [threshold, region] as const))
            : [[1 + (seed % 4), REGIONS[seed % REGIONS.length]] as const];
        for (const [jitThreshold, jitRegion] of combinations) {
            const found = ended(source, { ...options, engine: "auto", jitThreshold, jitRegion });
            expect({ jitThreshold, jitRegion, ...found.state }).toEqual({ jitThreshold, jitRegion, ...state });
        }
    });

    it("however few regions are kept", () => {
        const [source, options] = system(6);
        const { state, regions } = ended(source, { ...options, engine: "jit" });
        limits.mostKept = 60;
        const few = ended(source, { ...options, engine: "jit" });
        limits.mostKept = undefined;
        expect(few.state).toEqual(state);
        expect(few.regions).toBeGreaterThan(2 * regions);
    });
});

describe("memory", () => {
    it("of compiled code can be freed: no module of regions has the table, which would keep its instances (V8 before 12)", () => {
        const modules: WebAssembly.Module[] = [];
        const { Instance } = WebAssembly;
        WebAssembly.Instance = new Proxy(Instance, {
            construct(target, parameters) {
                modules.push(parameters[0]);
                return Reflect.construct(target, parameters);
            },
        });
        const [source, options] = system(6);
        ended(source, { ...options, engine: "jit" });
        WebAssembly.Instance = Instance;
        const ofRegions = modules.filter((module) =>
            WebAssembly.Module.exports(module).some(({ name }) => name === "r0"),
        );
        expect(ofRegions.length).toBeGreaterThan(5);
        const kinds = ofRegions.flatMap((module) => WebAssembly.Module.imports(module).map(({ kind }) => kind));
        expect(kinds).not.toContain("table");
    });

    it("of a huge bank is not read for the hash because its end was written", () => {
        const store = `
    li   t0, 0xbffffff8
    sd   t0, 0(t0)
    finish
`;
        const { machine } = run(store, { bankSize: 2 ** 30, engine: "jit" });
        expect([...machine.memory.writtenPages()].length).toBeLessThan(200);
    });
});
