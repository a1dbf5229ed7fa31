import { beforeAll, describe, expect, test } from "vitest";
import { compileAssemblyScript } from "../../../boot/build/asc.ts";
import { compileCore } from "../../../boot/build/core.ts";
import {
    buildOurs,
    CODEGEN_PAIRS,
    gccMissing,
    geometricMean,
    machineRunner,
    type PairRun,
    type PairRunner,
    runPair,
} from "../../../boot/cli/bench/codegen-pairs.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import { type ElfFile, readElf } from "../../../toolchain/link/elf.ts";
import { Oracle } from "../../toolchain/backend/rv64-oracle.ts";

const FINISHER = mapRow("finisher").base;
const A0 = 10;
const MOST_INSTRUCTIONS = 3_000_000;

/** Results of run(tiny), unsigned: independent of language and machine. */
const RESULTS: Readonly<Record<string, bigint>> = {
    allocator: 14558979998531194435n,
    vsegs: 94666759n,
    "page-table": 1077206784n,
    "hash-table": 2375981951794922494n,
};

function runOnOracle(elf: ElfFile): PairRun {
    const oracle = new Oracle();
    for (const { address, bytes } of elf.segments) oracle.memory.load(address, bytes);
    oracle.pc = elf.entry;
    while (oracle.memory.read(FINISHER, 4) === 0n) {
        if (oracle.instructions > MOST_INSTRUCTIONS) throw new Error("does not end");
        oracle.step();
    }
    return { instructions: oracle.instructions, result: BigInt.asUintN(64, oracle.x[A0] as bigint) };
}

describe.each(CODEGEN_PAIRS)("codegen pair $name", ({ name, tiny }) => {
    let elf: ElfFile;
    let onMachine: PairRunner;

    beforeAll(async () => {
        elf = readElf(await buildOurs(name, tiny));
        onMachine = machineRunner(await compileCore());
    });

    test("gives the checked-in result natively, on the oracle and on the emulator", async () => {
        const entry = `bench/codegen/${name}.ts`;
        const { wasm } = await compileAssemblyScript({ entry, memoryBase: 0x40100000, name: `codegen-${name}` });
        const { instance } = await WebAssembly.instantiate(wasm as BufferSource);
        const memory = instance.exports["memory"] as WebAssembly.Memory;
        memory.grow(64);
        const native = BigInt.asUintN(64, (instance.exports["run"] as (scale: number) => bigint)(tiny));
        expect(native).toBe(RESULTS[name]);
        expect(runOnOracle(elf).result).toBe(native);
        expect(onMachine(elf).result).toBe(native);
    });

    test("executes as many instructions on the emulator as on the oracle", () => {
        expect(onMachine(elf).instructions).toBe(runOnOracle(elf).instructions);
    });
});

test.skipIf(gccMissing() !== undefined)(
    "the pairs agree with gcc -O2 and take at most 1.5 times its instructions",
    async () => {
        const run = machineRunner(await compileCore());
        const ratios: number[] = [];
        for (const { name, tiny } of CODEGEN_PAIRS) ratios.push((await runPair(name, tiny, run)).ratio);
        expect(geometricMean(ratios)).toBeLessThan(1.5);
    },
);
