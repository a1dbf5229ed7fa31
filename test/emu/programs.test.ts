/** The bare-metal programs themselves, on a machine that shares no code with ours. Skipped where it is not installed. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HUNG_MS } from "../limits.ts";
import { PROGRAMS, programImage } from "./programs.ts";

const QEMU = "qemu-system-riscv64";
const installed = spawnSync(QEMU, ["--version"]).status === 0;

function runOnQemu(image: Uint8Array, harts: number) {
    const folder = mkdtempSync(join(tmpdir(), "archipel-qemu-"));
    try {
        const file = join(folder, "program.bin");
        writeFileSync(file, image);
        // Into a file: of what goes through a pipe QEMU drops the rest when it ends on a loaded machine.
        const serial = join(folder, "serial");
        const options = [
            "-M",
            "virt",
            "-smp",
            String(harts),
            "-display",
            "none",
            "-serial",
            `file:${serial}`,
            "-monitor",
            "none",
        ];
        const result = spawnSync(QEMU, [...options, "-bios", file], {
            timeout: HUNG_MS,
            input: "",
        });
        return { console: readFileSync(serial, "utf8"), code: result.status };
    } finally {
        rmSync(folder, { recursive: true });
    }
}

describe.skipIf(!installed)("on QEMU's virt machine", () => {
    it.each(PROGRAMS)("$name passes", ({ name, harts, console }) => {
        expect(runOnQemu(programImage(name), harts)).toEqual({ console, code: 0 });
    });

    it.each(PROGRAMS)("$name passes with compressed instructions", (program) => {
        expect(runOnQemu(programImage(program.name, true), program.harts)).toEqual({
            console: program.console,
            code: 0,
        });
    });
});
