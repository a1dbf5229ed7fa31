/**
 * The codegen benchmark: the same algorithm in AssemblyScript (through our backend) and in C (riscv64-unknown-elf-gcc -O2),
 * executed instructions side by side. Sources: bench/codegen.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Machine } from "../../../emu/machine.ts";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { runtimeLibrary } from "../../../toolchain/backend/runtime.ts";
import { translate } from "../../../toolchain/backend/translate.ts";
import { type ElfFile, readElf, writeElf } from "../../../toolchain/link/elf.ts";
import { link } from "../../../toolchain/link/link.ts";
import { compileAssemblyScript } from "../../build/asc.ts";
import { packageFile } from "../../package-root.ts";

/** Names of the pairs and the scale each runs at: about a million instructions. `tiny` is that of the tests. */
export const CODEGEN_PAIRS: readonly { readonly name: string; readonly scale: number; readonly tiny: number }[] = [
    { name: "allocator", scale: 16, tiny: 1 },
    { name: "vsegs", scale: 60, tiny: 2 },
    { name: "page-table", scale: 4, tiny: 1 },
    { name: "hash-table", scale: 16, tiny: 1 },
];

export interface PairRun {
    readonly instructions: number;
    /** What run() returned: both languages must agree. */
    readonly result: bigint;
}

/** Runs a bare-metal ELF in the local window; a0 at the end is the result. Ends by storing to the test finisher. */
export type PairRunner = (elf: ElfFile) => PairRun;

export interface PairRow {
    readonly name: string;
    readonly ours: number;
    readonly gcc: number;
    readonly ratio: number;
}

const BANK_SIZE = 16 << 20;
/** No pair needs a tenth of this. */
const MOST_INSTRUCTIONS = 100_000_000;
const A0 = 10;

/** Runs on the emulator; `core` is what boot/build/core.ts compiles. */
export function machineRunner(core: Uint8Array): PairRunner {
    return (elf) => {
        const machine = new Machine({ meshX: 1, meshY: 1, hartsPerCluster: 1, bankSize: BANK_SIZE, core });
        for (const { address, bytes } of elf.segments) machine.writePhysical(address, bytes);
        const hart = machine.hart(0);
        hart.pc = BigInt(elf.entry);
        const { kind } = machine.run({ maxInstructions: MOST_INSTRUCTIONS, maxRounds: MOST_INSTRUCTIONS / 1000 });
        if (kind !== "finisher") throw new Error(`a codegen benchmark ended by ${kind}, not through the finisher`);
        return { instructions: hart.instructions, result: hart.x(A0) };
    };
}

const GCC = "riscv64-unknown-elf-gcc";
const TEXT = 0x40000000;
const DATA = 0x40100000;
const STACK_TOP = 0x40400000;
const GCC_FLAGS = "-O2 -march=rv64imac -mabi=lp64 -mcmodel=medany -ffreestanding -nostdlib -fno-builtin".split(" ");

export function gccMissing(): string | undefined {
    const found = spawnSync(GCC, ["--version"], { stdio: "ignore" }).status === 0;
    return found ? undefined : `${GCC} is not installed (Debian: apt-get install gcc-riscv64-unknown-elf)`;
}

/** One pair; throws when the two languages give different results. */
export async function runPair(name: string, scale: number, run: PairRunner): Promise<PairRow> {
    const ours = run(readElf(await buildOurs(name, scale)));
    const gcc = run(readElf(buildGcc(name, scale)));
    if (ours.result !== gcc.result) throw new Error(`codegen/${name}: ours gives ${ours.result}, gcc ${gcc.result}`);
    const [a, b] = [ours.instructions, gcc.instructions];
    return { name, ours: a, gcc: b, ratio: a / b };
}

export function geometricMean(ratios: readonly number[]): number {
    return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}

function startSource(scale: number): string {
    return `
    .globl _start
_start:
    li sp, ${STACK_TOP}
    li a0, ${scale}
    call run
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
1:  j 1b
`;
}

export async function buildOurs(name: string, scale: number): Promise<Uint8Array> {
    const entry = packageFile("bench", "codegen", `${name}.ts`);
    const compiled = await compileAssemblyScript({ entry, memoryBase: DATA, name: `codegen-${name}` });
    const { sourceMap, staticEnd } = compiled;
    const object = translate(compiled.wasm, { name, sourceMap, staticEnd });
    const flags = { read: true, write: true, execute: true };
    const image = link([assemble(startSource(scale), "start.S"), object], {
        entry: "_start",
        library: runtimeLibrary(),
        segments: [
            { name: "text", address: TEXT, sections: [".text", ".rodata"], flags },
            { name: "data", address: DATA, sections: [".data", ".globals"], flags },
        ],
    });
    return writeElf(image);
}

function buildGcc(name: string, scale: number): Uint8Array {
    const folder = mkdtempSync(join(tmpdir(), "archipel-codegen-"));
    try {
        const out = join(folder, "out.elf");
        const source = packageFile("bench", "codegen", `${name}.c`);
        const args = [
            ...GCC_FLAGS,
            `-Wl,-Ttext=0x${TEXT.toString(16)}`,
            "-Wl,-n",
            "-Wl,-e,_start",
            "-x",
            "assembler",
            "-",
            "-x",
            "c",
            source,
            "-o",
            out,
        ];
        const { status, stderr } = spawnSync(GCC, args, { encoding: "utf8", input: startSource(scale) });
        if (status !== 0) throw new Error(`codegen/${name}: gcc fails:\n${stderr}`);
        return new Uint8Array(readFileSync(out));
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}
