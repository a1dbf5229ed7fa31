/** Random programs on this machine and on QEMU's, where it is installed: the same bytes on the console. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { assemble } from "../../../toolchain/asm/assemble.ts";
import { HUNG_MS } from "../../limits.ts";
import { machine, RAM } from "./guest.ts";
import { randomProgram } from "./random-program.ts";
import { randomProtection } from "./random-protection.ts";

const QEMU = "qemu-system-riscv64";
const missing = spawnSync(QEMU, ["--version"]).status !== 0;
const CPU = "rv64,f=off,d=off,h=off,zba=on,zbb=on,zbc=off,zbs=on,sstc=off";
const PROGRAMS = process.env.ARCHIPEL_NIGHTLY ? 200 : 12;

function image(source: string): Uint8Array {
    const { sections } = assemble(source, "random.s");
    const [section] = sections;
    if (section === undefined || section.relocations.length > 0) throw new Error("must be one section");
    return section.bytes;
}

function here(bytes: Uint8Array): string {
    const bare = machine({ pmpEntries: 16 });
    let console = "";
    bare.onConsole = (byte) => {
        console += byte.toString(16).padStart(2, "0");
    };
    bare.writePhysical(RAM, bytes);
    bare.hart(0).pc = BigInt(RAM);
    expect(bare.run({ maxInstructions: 1_000_000 }).kind).toBe("finisher");
    return console;
}

function onQemu(bytes: Uint8Array): string {
    const folder = mkdtempSync(join(tmpdir(), "archipel-qemu-"));
    try {
        const file = join(folder, "program.bin");
        writeFileSync(file, bytes);
        // Into a file: of what goes through a pipe QEMU drops the rest when it ends on a loaded machine.
        const serial = join(folder, "serial");
        const options = [
            "-M",
            "virt",
            "-cpu",
            CPU,
            "-display",
            "none",
            "-serial",
            `file:${serial}`,
            "-monitor",
            "none",
        ];
        const { status } = spawnSync(QEMU, [...options, "-bios", file], { timeout: HUNG_MS, input: "" });
        expect(status).toBe(0);
        return readFileSync(serial).toString("hex");
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/** As 64-bit little-endian words, so that a difference can be read. */
function words(hex: string): string[] {
    return (hex.match(/.{16}/g) ?? []).map((word) => (word.match(/../g) ?? []).reverse().join(""));
}

describe.skipIf(missing)("random programs print the same as on QEMU", () => {
    it.each(Array.from({ length: PROGRAMS }, (_, i) => i + 1))("seed %i", (seed) => {
        const bytes = image(randomProgram(seed));
        expect(words(here(bytes))).toEqual(words(onQemu(bytes)));
    });

    it.each(Array.from({ length: PROGRAMS }, (_, i) => i + 1))("with PMP entries, seed %i", (seed) => {
        const bytes = image(randomProtection(seed));
        const ours = words(here(bytes));
        expect(ours.length).toBeGreaterThan(300);
        expect(ours).toEqual(words(onQemu(bytes)));
    });
});
