/** Stock firmware boots: OpenSBI to its payload, U-Boot to its prompt. */

import { describe, expect, it } from "vitest";
import { assemble } from "../../toolchain/asm/assemble.ts";
import { link } from "../../toolchain/link/link.ts";
import { FIRMWARE, openSbi, uBoot } from "./firmware.ts";
import { runStock } from "./stock.ts";

const MIB = 2 ** 20;
const PAYLOAD_BASE = 0x8020_0000;

/** In S mode: prints ok and the number of its hart by the console call, then shuts down by that of system reset. */
const PAYLOAD = `
    mv s1, a0
    li a7, 1
    li a0, 'o'
    ecall
    li a0, 'k'
    ecall
    addi a0, s1, '0'
    ecall
    li a7, 0x53525354
    li a6, 0
    li a0, 0
    li a1, 0
    ecall
    1: j 1b`;

function payload() {
    const flags = { read: true, write: true, execute: true };
    const segments = [{ name: "ram", address: PAYLOAD_BASE, sections: [".text"], flags }];
    const object = assemble(`.globl _start\n_start:\n${PAYLOAD}\n`, "payload.S");
    return {
        file: "payload.bin",
        bytes: link([object], { segments, entry: "_start" }).segments[0]?.bytes ?? new Uint8Array(0),
    };
}

describe.each(FIRMWARE)("Debian $release", ({ root = "" }) => {
    describe.skipIf(root === "")("OpenSBI", () => {
        it.each([
            ["fw_dynamic.elf", 1],
            ["fw_dynamic.bin", 4],
            ["fw_jump.elf", 4],
            ["fw_jump.bin", 1],
        ])("%s on %i harts starts its payload in S mode", async (name, harts) => {
            const guest = { firmware: openSbi(root, name), kernel: payload() };
            const { out, end } = await runStock({ mesh: [1, 1], harts, memory: 128 * MIB }, guest);
            expect(out).toMatch(/OpenSBI v1\.\d+/);
            expect(out).toMatch(new RegExp(`HART Count +: ${harts}\n`));
            // Which hart wins the lottery of fw_jump is the seed's business.
            expect([out.slice(-3), end]).toEqual([expect.stringMatching(/^ok[0-3]$/), "exit 0"]);
        });
    });

    it.skipIf(root === "")("U-Boot comes to its prompt and powers off", async () => {
        const guest = { firmware: openSbi(root, "fw_dynamic.elf"), kernel: uBoot(root) };
        const { out, end } = await runStock({ mesh: [1, 1], harts: 1, memory: 256 * MIB }, guest, [
            { after: "Hit any key", text: "\n" },
            { after: "=> ", text: "printenv baudrate\n" },
            { after: "baudrate=115200", text: "poweroff\n" },
        ]);
        expect(out).toMatch(/U-Boot 20\d\d\.\d\d/);
        expect(out).toContain("DRAM:  256 MiB");
        expect([out.includes("\nbaudrate=115200\n"), end]).toEqual([true, "exit 0"]);
    });
});
