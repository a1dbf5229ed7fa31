/** AssemblyScript cannot import emu/isa's tables, so it repeats a few numbers; layouts are plain constants. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CAUSE } from "../../../emu/isa/cause.ts";
import { csrNumber, MSTATUS_FIELDS, PTE_FIELDS } from "../../../emu/isa/csr.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import * as code from "../../../emu/state/code-layout.ts";
import * as hart from "../../../emu/state/hart-layout.ts";
import * as l0 from "../../../emu/state/l0-layout.ts";
import * as machine from "../../../emu/state/machine-layout.ts";

function constantsOf(file: string): Map<string, number> {
    const text = readFileSync(new URL(`../../../emu/core/${file}`, import.meta.url), "utf8");
    const found = text.matchAll(/export const (\w+): u\d\d = ([^;]+);/g);
    return new Map([...found].map(([, name = "", value = ""]) => [name, Number(value)]));
}

describe("numbers repeated in emu/core", () => {
    it("CSR numbers are those of the table", () => {
        const constants = constantsOf("csr/numbers.ts");
        expect(constants.size).toBeGreaterThan(40);
        for (const [name, value] of constants) {
            expect(csrNumber(name.replace("CSR_", "").toLowerCase()), name).toBe(value);
        }
    });

    it("causes are those of the table", () => {
        const names: Readonly<Record<string, keyof typeof CAUSE>> = {
            CAUSE_FETCH_ACCESS: "INSTRUCTION_ACCESS_FAULT",
            CAUSE_ILLEGAL: "ILLEGAL_INSTRUCTION",
            CAUSE_BREAKPOINT: "BREAKPOINT",
            CAUSE_LOAD_MISALIGNED: "LOAD_MISALIGNED",
            CAUSE_LOAD_ACCESS: "LOAD_ACCESS_FAULT",
            CAUSE_STORE_MISALIGNED: "STORE_MISALIGNED",
            CAUSE_STORE_ACCESS: "STORE_ACCESS_FAULT",
            CAUSE_ECALL_U: "ECALL_FROM_U",
            CAUSE_FETCH_PAGE: "INSTRUCTION_PAGE_FAULT",
            CAUSE_LOAD_PAGE: "LOAD_PAGE_FAULT",
            CAUSE_STORE_PAGE: "STORE_PAGE_FAULT",
        };
        const constants = constantsOf("cause.ts");
        for (const [name, row] of Object.entries(names)) expect(constants.get(name), name).toBe(CAUSE[row]);
    });

    it("mstatus fields lie where the table has them", () => {
        const text = readFileSync(new URL("../../../emu/core/csr/mstatus.ts", import.meta.url), "utf8");
        const single = [...text.matchAll(/MSTATUS_(\w+): u64 = 1 << (\d+);/g)];
        expect(single.length).toBeGreaterThan(9);
        for (const [, name = "", bit] of single) expect(MSTATUS_FIELDS[name]?.[1], name).toBe(Number(bit));
    });

    it("PTE bits lie where the table has them", () => {
        const text = readFileSync(new URL("../../../emu/core/sv39.ts", import.meta.url), "utf8");
        const bits = [...text.matchAll(/const PTE_([A-Z]): u64 = (\d+);/g)];
        expect(bits.length).toBe(7);
        for (const [, name = "", value] of bits) expect(2 ** (PTE_FIELDS[name]?.[1] ?? -1), name).toBe(Number(value));
    });
});

describe("layouts", () => {
    it("of a hart ascend, are aligned and fit its stride", () => {
        const names = Object.entries(hart).filter(
            ([name]) => !/^(EXIT_|PRIVILEGE_[USM]|RUNNING|WAITING|HART_STRIDE)/.test(name),
        );
        const offsets = names.map(([, offset]) => offset as number);
        expect(new Set(offsets).size).toBe(offsets.length);
        expect(Math.max(...offsets) + 8).toBeLessThanOrEqual(hart.HART_STRIDE);
        expect(hart.L0_CONTEXT + 8 * l0.REGIMES).toBeLessThanOrEqual(hart.DATA_REGIME);
        expect(hart.CROSS_END).toBe(hart.CROSS_SLOT + 2 * code.SLOT);
        expect(hart.SINK).toBe(hart.X + 32 * 8);
    });

    it("of L0 sets and decoded pages hold their parts", () => {
        expect(l0.L0_STRIDE).toBe(l0.REGIMES * l0.SET_STRIDE);
        expect(l0.SET_WRITE - l0.SET_READ).toBe(l0.L0_DATA_ENTRIES * l0.L0_ENTRY);
        expect(l0.SET_STRIDE - l0.SET_FETCH).toBe(l0.L0_FETCH_ENTRIES * l0.L0_ENTRY);
        expect(l0.L0_DATA_MASK).toBe((l0.L0_DATA_ENTRIES - 1) * l0.L0_ENTRY);
        expect(l0.L0_FETCH_MASK).toBe((l0.L0_FETCH_ENTRIES - 1) * l0.L0_ENTRY);
        expect(code.DECODED_END).toBe(2048 * code.SLOT);
        expect(code.DECODED_STRIDE).toBe(code.DECODED_CONTENT + 4096);
    });

    it("of ROM frames agree with the map", () => {
        expect(mapRow("firmwareRom").sizeBytes).toBe(machine.FIRMWARE_ROM_FRAMES * 4096);
        expect(mapRow("resetRom").sizeBytes).toBe((machine.FIRMWARE_ROM_FRAME - machine.RESET_ROM_FRAME) * 4096);
        expect(machine.RAM_FRAME).toBe(machine.FIRMWARE_ROM_FRAME + machine.FIRMWARE_ROM_FRAMES);
    });
});
