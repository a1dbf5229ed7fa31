/**
 * timing/*: what fidelity "timing" costs the host (docs/spec/timing.md 10.2). Hits are compared with the same guest without the model, in pairs run one
 * after the other; what leaves the hits is told in nanoseconds of CPU time each.
 */

import { Machine } from "../../../emu/machine.ts";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { link } from "../../../toolchain/link/link.ts";
import { compileCore } from "../../build/core.ts";
import { type Benchmark, type BenchRow, measuredRow } from "./types.ts";

const SAMPLES = 5;
const BASE = 0x8000_0000;
const MIB = 2 ** 20;

interface Mesh {
    readonly x: number;
    readonly y: number;
}

/** Each hart gets its number in a0 and works on memory of its own; s0 is the address of 1 MiB in the next cluster's bank. */
interface Work {
    readonly name: string;
    readonly mesh: Mesh;
    /** The body of the loop; t0 to t6 are free. */
    readonly body: string;
    readonly setUp: string;
    readonly trips: number;
    /** What one trip has of what is measured; undefined: its instructions, compared with the functional machine. */
    readonly events?: number;
}

/** Loads and stores of 4 KiB: all are hits of L0. */
const HITS: Work = {
    name: "timing/hits",
    mesh: { x: 1, y: 1 },
    setUp: "mv t1, s0\n li t2, 4096\n add t2, t2, s0",
    body: "ld t3, 0(t1)\n addi t3, t3, 1\n sd t3, 0(t1)\n addi t1, t1, 8\n bltu t1, t2, 4f\n mv t1, s0\n 4:",
    trips: 2_000_000,
};
/** Two lines that share an entry of L0, and lie in two ways of L1. */
const L0_MISSES: Work = {
    name: "timing/l0-misses",
    mesh: { x: 1, y: 1 },
    setUp: "li t1, 16384\n add t1, t1, s0",
    body: "ld t3, 0(s0)\n ld t4, 0(t1)",
    trips: 2_000_000,
    events: 2,
};

/** Loads that go round 64 KiB of the next cluster's bank by lines: all miss L1 and hit L2. */
function misses(x: number, y: number): Work {
    return {
        name: `timing/misses-${x * y}`,
        mesh: { x, y },
        setUp: "mv t1, s0\n li t2, 65536\n add t2, t2, s0",
        body: "ld t3, 0(t1)\n addi t1, t1, 64\n bltu t1, t2, 4f\n mv t1, s0\n 4:",
        trips: 600_000,
        events: 1,
    };
}

const WORK: readonly Work[] = [HITS, L0_MISSES, misses(1, 1), misses(2, 2), misses(4, 4), misses(8, 8)];

export const TIMING: Benchmark = { name: "timing", run };

async function run(note: (text: string) => void): Promise<readonly BenchRow[]> {
    const core = await compileCore();
    return WORK.flatMap((work) => {
        note(work.name);
        const trips = Math.ceil(work.trips / (work.mesh.x * work.mesh.y));
        const image = imageOf(work, trips);
        const pairs = Array.from({ length: SAMPLES }, () => ({
            functional: secondsOf(core, image, work, "functional"),
            timing: secondsOf(core, image, work, "timing"),
        }));
        return [work.events === undefined ? speedRow(work, pairs) : costRow(work, trips, work.events, pairs)];
    });
}

type Pair = Readonly<Record<"functional" | "timing", { readonly seconds: number; readonly instructions: number }>>;

function speedRow({ name }: Work, pairs: readonly Pair[]): BenchRow {
    const mips = pairs.map(({ timing }) => timing.instructions / timing.seconds / 1e6);
    const ratios = pairs.map(({ timing, functional }) => functional.seconds / timing.seconds);
    return measuredRow(name, "interpreter", "MIPS", mips, ratios);
}

/** What an event costs beyond the functional machine. */
function costRow({ name, mesh }: Work, trips: number, events: number, pairs: readonly Pair[]): BenchRow {
    const count = trips * events * mesh.x * mesh.y;
    const nanoseconds = pairs.map(({ timing, functional }) => ((timing.seconds - functional.seconds) / count) * 1e9);
    return measuredRow(name, "interpreter", "ns", nanoseconds, []);
}

function imageOf({ body, setUp, mesh }: Work, trips: number): Uint8Array {
    const source = `
        .globl _start
    _start:
        csrr a0, mhartid
        addi s0, a0, 1
        li   t0, ${mesh.x * mesh.y}
        remu s0, s0, t0
        slli s0, s0, 20
        li   t0, ${BASE + MIB / 2}
        add  s0, s0, t0
        ${setUp}
        li   s1, ${trips}
    1:  ${body}
        addi s1, s1, -1
        bnez s1, 1b
    9:  wfi
        j    9b`;
    const flags = { read: true, write: true, execute: true };
    const image = link([assemble(source, "timing.S")], {
        segments: [{ name: "ram", address: BASE, sections: [".text"], flags }],
        entry: "_start",
    });
    const [segment] = image.segments;
    if (segment === undefined) throw new Error("the benchmark's guest has no segment");
    return segment.bytes;
}

function secondsOf(core: Uint8Array, image: Uint8Array, { mesh }: Work, fidelity: "functional" | "timing") {
    const machine = new Machine({
        meshX: mesh.x,
        meshY: mesh.y,
        hartsPerCluster: 1,
        bankSize: MIB,
        localWindow: false,
        preemption: false,
        engine: "interpreter",
        fidelity,
        core,
    });
    machine.writePhysical(BASE, image);
    for (let hart = 0; hart < machine.hartCount; hart++) machine.hart(hart).pc = BigInt(BASE);
    const before = process.cpuUsage();
    const stop = machine.run();
    const { user, system } = process.cpuUsage(before);
    if (stop.kind !== "deadlock") throw new Error(`the benchmark's guest ended by ${stop.kind}`);
    return { seconds: (user + system) / 1e6, instructions: machine.executed };
}
