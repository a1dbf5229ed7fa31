/**
 * interpreter/mix: a loop of loads, stores, ALU and branches, in million instructions a second, beside QEMU on the same ELF.
 * Each sample is a pair run one after the other, so that the ratio sees the same state of the host.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assemble } from "../../asm/assemble.ts";
import { writeElf } from "../../link/elf.ts";
import { link } from "../../link/link.ts";
import { makeBareMachine } from "../bare-machine.ts";
import { qemuMissing, qemuSeconds } from "./qemu.ts";
import { type Benchmark, type BenchRow, measuredRow, skippedRow } from "./types.ts";

const NAME = "interpreter/mix";
const PEER = "qemu-system-riscv64";
const UNIT = "MIPS";
const SAMPLES = 5;
/** Trips of the loop: about 2 s for the interpreter. */
const TRIPS = 20_000_000;
/** QEMU gets more, about 1 s, so that its start-up, which is measured and taken off, hardly counts. */
const QEMU_TRIPS = 10 * TRIPS;
/** Both ways of the branch have the same length. */
const TRIP_INSTRUCTIONS = 21;
const BASE = 0x8000_0000;

export const INTERPRETER_MIX: Benchmark = { name: NAME, run };

/** The program's text: a walk over 16 KiB of RAM behind it that hashes, stores and takes a data-dependent branch. */
export function mixSource(trips: number): string {
    return `
    .globl _start
_start:
    li   s0, ${trips}
    li   s1, 0x80010000
    li   s2, 0
    li   a1, 0x9e3779b9
    li   s3, 16376
1:  and  t0, s2, s3
    add  t0, t0, s1
    ld   t1, 0(t0)
    add  t1, t1, a1
    xor  a1, a1, t1
    slli t2, a1, 7
    srli t3, a1, 9
    or   t2, t2, t3
    add  a1, a1, t2
    sd   a1, 0(t0)
    lw   t4, 4(t0)
    andi t5, t4, 1
    beqz t5, 2f
    addi a2, a2, 1
    j    3f
2:  addi a3, a3, 1
    nop
3:  sw   a2, 0(t0)
    addi s2, s2, 24
    mul  t6, a2, a3
    sub  a4, t6, a2
    addi s0, s0, -1
    bnez s0, 1b
    li   t0, 0x100000
    li   t1, 0x5555
    sw   t1, 0(t0)
4:  j    4b
`;
}

/** The ELF for QEMU's virt machine. */
export function mixElf(trips: number): Uint8Array {
    const object = assemble(mixSource(trips), "mix.S");
    const flags = { read: true, write: true, execute: true };
    const ram = { name: "ram", address: BASE, sections: [".text"], flags };
    return writeElf(link([object], { segments: [ram], entry: "_start" }));
}

async function run(note: (text: string) => void): Promise<readonly BenchRow[]> {
    const folder = mkdtempSync(join(tmpdir(), "archipel-bench-"));
    try {
        const [elf, long, empty] = [TRIPS, QEMU_TRIPS, 1].map((trips) => writeMix(folder, trips)) as [
            string,
            string,
            string,
        ];
        const missing = qemuMissing();
        const [ours, peers]: [number[], number[]] = [[], []];
        for (let sample = 0; sample < SAMPLES; sample++) {
            note(`sample ${sample + 1} of ${SAMPLES}`);
            ours.push(await interpreterMips(elf));
            if (missing === undefined) peers.push(qemuMips(long, empty));
        }
        const ratios = peers.map((peer, index) => (ours[index] ?? Number.NaN) / peer);
        const row = measuredRow(NAME, "interpreter", UNIT, ours, ratios);
        return [
            row,
            missing === undefined ? measuredRow(NAME, PEER, UNIT, peers) : skippedRow(NAME, PEER, UNIT, missing),
        ];
    } finally {
        rmSync(folder, { recursive: true });
    }
}

function writeMix(folder: string, trips: number): string {
    const file = join(folder, `mix-${trips}.elf`);
    writeFileSync(file, mixElf(trips));
    return file;
}

async function interpreterMips(file: string): Promise<number> {
    const bounds = { maxInstructions: Number.MAX_SAFE_INTEGER, timeoutSeconds: 600 };
    const request = {
        file,
        harts: 1,
        memory: 2 ** 27,
        seed: 1,
        bounds,
        maxMemory: 2 ** 32,
        engine: "interpreter",
        json: undefined,
    };
    const machine = await makeBareMachine(request, () => {});
    const start = performance.now();
    while (!machine.step(50_000_000, bounds.maxInstructions).ended);
    return machine.instructions() / 1e3 / (performance.now() - start);
}

function qemuMips(long: string, empty: string): number {
    const startUp = qemuSeconds(empty);
    return (QEMU_TRIPS * TRIP_INSTRUCTIONS) / 1e6 / (qemuSeconds(long) - startUp);
}
