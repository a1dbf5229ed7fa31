/**
 * interpreter/*: a guest loop on the interpreter, in million instructions a second, beside QEMU on the same ELF. Each sample is
 * a pair run one after the other, so that the ratio sees the same state of the host.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { writeElf } from "../../../toolchain/link/elf.ts";
import type { Image } from "../../../toolchain/link/image.ts";
import { link } from "../../../toolchain/link/link.ts";
import { TURN_DEFAULTS } from "../../system/bare-machine.ts";
import { loadBareMachine } from "../bare-machine.ts";
import { qemuMissing, qemuSeconds } from "./qemu.ts";
import { type Benchmark, type BenchRow, measuredRow, skippedRow } from "./types.ts";

const PEER = "qemu-system-riscv64";
const UNIT = "MIPS";
const SAMPLES = 5;
const BASE = 0x8000_0000;

export interface GuestLoop {
    /** Assembly from `_start` for that many trips; ends by the test finisher. */
    source(trips: number): string;
    /** For about 2 s of the interpreter. */
    readonly trips: number;
    /** QEMU may get more, for about 1 s, so that its start-up, which is measured and taken off, hardly counts. */
    readonly qemuTrips: number;
    /** The same in every trip. */
    readonly tripInstructions: number;
}

export function interpreterBenchmark(name: string, loop: GuestLoop): Benchmark {
    return { name, run: (note) => run(name, loop, note) };
}

/** Assembly that ends the run. */
export const FINISH = `
    li   t0, 0x100000
    li   t1, 0x5555
    sw   t1, 0(t0)
9:  j    9b
`;

/** Linked for QEMU's virt machine. */
export function loopImage(loop: GuestLoop, trips: number): Image {
    const object = assemble(loop.source(trips), "loop.S");
    const flags = { read: true, write: true, execute: true };
    const ram = { name: "ram", address: BASE, sections: [".text"], flags };
    return link([object], { segments: [ram], entry: "_start" });
}

async function run(name: string, loop: GuestLoop, note: (text: string) => void): Promise<readonly BenchRow[]> {
    const folder = mkdtempSync(join(tmpdir(), "archipel-bench-"));
    try {
        const [elf, long, empty] = [loop.trips, loop.qemuTrips, 1].map((trips) => writeLoop(folder, loop, trips)) as [
            string,
            string,
            string,
        ];
        const missing = qemuMissing();
        const [ours, peers]: [number[], number[]] = [[], []];
        for (let sample = 0; sample < SAMPLES; sample++) {
            note(`sample ${sample + 1} of ${SAMPLES}`);
            ours.push(await interpreterMips(elf));
            if (missing === undefined) peers.push(qemuMips(loop, long, empty));
        }
        const ratios = peers.map((peer, index) => (ours[index] ?? Number.NaN) / peer);
        const row = measuredRow(name, "interpreter", UNIT, ours, ratios);
        return [
            row,
            missing === undefined ? measuredRow(name, PEER, UNIT, peers) : skippedRow(name, PEER, UNIT, missing),
        ];
    } finally {
        rmSync(folder, { recursive: true });
    }
}

function writeLoop(folder: string, loop: GuestLoop, trips: number): string {
    const file = join(folder, `loop-${trips}.elf`);
    writeFileSync(file, writeElf(loopImage(loop, trips)));
    return file;
}

async function interpreterMips(file: string): Promise<number> {
    const bounds = { maxInstructions: Number.MAX_SAFE_INTEGER, timeoutSeconds: 600 };
    const request = {
        file,
        mesh: [1, 1] as const,
        harts: 1,
        memory: 2 ** 27,
        seed: 1,
        turns: TURN_DEFAULTS,
        bounds,
        maxMemory: 2 ** 32,
        engine: { engine: "interpreter" as const },
        json: undefined,
    };
    const machine = await loadBareMachine(request, () => {});
    const start = performance.now();
    while (!machine.step(50_000_000, bounds.maxInstructions).ended);
    return machine.instructions() / 1e3 / (performance.now() - start);
}

function qemuMips(loop: GuestLoop, long: string, empty: string): number {
    const startUp = qemuSeconds(empty);
    return (loop.qemuTrips * loop.tripInstructions) / 1e6 / (qemuSeconds(long) - startUp);
}
