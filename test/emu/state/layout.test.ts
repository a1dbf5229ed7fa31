/** Layouts as tables (emu/state/layout.ts): offsets follow from the order and the widths of the fields. */

import { describe, expect, it } from "vitest";
import { constantsFile, equatesFile, fieldConstants } from "../../../boot/dev/constants.ts";
import { HART, HART_FIELDS, HART_VALUES } from "../../../emu/state/hart-table.ts";
import { block, layOut, u16, u32, u64 } from "../../../emu/state/layout.ts";

const FIELDS = {
    A: u32("First of two."),
    B: u32(),
    C: u64("Aligned to its width.", { count: 2 }),
    D: u16("Small."),
    E: block(24, "Aligned as it says.", { align: 16 }),
} as const;

describe("a layout", () => {
    it("puts each field at the next multiple of its alignment", () => {
        expect(layOut(FIELDS)).toEqual({ offsets: { A: 0, B: 4, C: 8, D: 24, E: 32 }, size: 56 });
        expect(layOut(FIELDS, 1024).offsets).toEqual({ A: 1024, B: 1028, C: 1032, D: 1048, E: 1056 });
    });

    it("moves what is behind a field that is put in, and nothing before it", () => {
        const { A, ...rest } = FIELDS;
        expect(layOut({ A, NEW: u64("New."), ...rest }).offsets).toEqual({ A: 0, NEW: 8, B: 16, C: 24, D: 40, E: 48 });
        const { X, ...others } = HART_FIELDS;
        const moved = layOut({ X, NEW: u64("New."), ...others });
        expect(Object.entries(moved.offsets).every(([, offset]) => offset % 4 === 0)).toBe(true);
        expect(moved.offsets.PC).toBe(HART.offsets.PC + 8);
    });

    it("is written as constants and as equates, each sentence with the width it is true for", () => {
        const constants = fieldConstants(FIELDS, layOut(FIELDS), "X_");
        expect(constantsFile("t.ts", "A head.", [constants], "u32")).toBe(
            [
                "// A head.",
                "// Generated from t.ts by `npm run generate`.",
                "",
                "/** u32 each. First of two. */",
                "export const X_A: u32 = 0;",
                "export const X_B: u32 = 4;",
                "/** 2 u64. Aligned to its width. */",
                "export const X_C: u32 = 8;",
                "/** u16. Small. */",
                "export const X_D: u32 = 24;",
                "/** Aligned as it says. */",
                "export const X_E: u32 = 32;",
                "",
            ].join("\n"),
        );
        expect(equatesFile("t.ts", "A head.", [constants.slice(0, 2)])).toBe(
            "# A head.\n# Generated from t.ts by `npm run generate`.\n\n    .equ X_A, 0\n    .equ X_B, 4\n",
        );
    });

    it("of a hart fits its stride, in lines of 64 bytes", () => {
        expect(HART_VALUES.HART_STRIDE.value - HART.size).toBeLessThan(64);
        expect(HART_VALUES.HART_STRIDE.value % 64).toBe(0);
    });
});
