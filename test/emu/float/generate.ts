/** Writes vectors/: runs every case on QEMU, assembled by GNU as. `npx tsx test/emu/float/generate.ts`; see README.md. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HUNG_MS } from "../../limits.ts";
import { CASES, caseProgram, type FloatCase, operandsOf, resultBytes } from "./cases.ts";
import { type Outcomes, outcomesOf, writeVectors } from "./vectors.ts";

const TOOLS = "riscv64-unknown-elf-";
const QEMU = "qemu-system-riscv64";

/** Runs the case, prints the results' bytes on the UART, ends by the test finisher. */
function bareProgram(item: FloatCase): string {
    const all = operandsOf(item);
    const data = all.map((tuple) => `.dword ${tuple.map((value) => `0x${value.toString(16)}`).join(", ")}`);
    return `
        .globl _start
    _start:
        li t0, 0x2000
        csrs mstatus, t0
        ${caseProgram(item, all.length, 0, false)}
        la t1, results
        mv t2, s1
        li t3, 0x10000000
    2:  lbu t4, 5(t3)
        andi t4, t4, 0x20
        beqz t4, 2b
        lbu t4, 0(t1)
        sb t4, 0(t3)
        addi t1, t1, 1
        bltu t1, t2, 2b
        li t0, 0x5555
        li t1, 0x100000
        sw t0, 0(t1)
    3:  j 3b
        .balign 8
    operands: ${data.join("\n")}
    results: .zero ${all.length * resultBytes(item)}
    `;
}

function onQemu(item: FloatCase, folder: string): Outcomes {
    const [source, object, elf] = ["case.S", "case.o", "case.elf"].map((name) => join(folder, name)) as [
        string,
        string,
        string,
    ];
    writeFileSync(source, bareProgram(item));
    execFileSync(`${TOOLS}as`, ["-march=rv64imafdc_zicsr", "-o", object, source]);
    execFileSync(`${TOOLS}ld`, ["-Ttext=0x80000000", "-o", elf, object]);
    const options = ["-M", "virt", "-display", "none", "-serial", "stdio", "-monitor", "none", "-bios", elf];
    const { stdout, status } = spawnSync(QEMU, options, { maxBuffer: 1 << 28, timeout: HUNG_MS, input: "" });
    if (status !== 0) throw new Error(`${item.name}: QEMU ended with ${status}`);
    return outcomesOf(item, new Uint8Array(stdout));
}

const folder = mkdtempSync(join(tmpdir(), "archipel-float-"));
try {
    for (const item of CASES) writeVectors(item, onQemu(item, folder));
} finally {
    rmSync(folder, { recursive: true });
}
