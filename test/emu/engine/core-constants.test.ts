/** Tables that share facts agree: CSRs with the hart's fields, frames with the map. Generated files: test/generated.test.ts. */
import { describe, expect, it } from "vitest";
import { CSRS } from "../../../emu/isa/csr.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import { HART_FIELDS } from "../../../emu/state/hart-table.ts";
import * as machine from "../../../emu/state/machine-layout.ts";
import { PAGE_BYTES } from "../../../emu/state/plan.ts";

describe("tables", () => {
    it("a CSR has a slot of its own in the hart, or shows one that has", () => {
        const slots = CSRS.flatMap(({ slot }) => slot ?? []);
        expect(slots.filter((slot) => !(slot in HART_FIELDS))).toEqual([]);
        expect(new Set(slots).size).toBe(slots.length);
        const shown = CSRS.flatMap(({ viewOf }) => viewOf ?? []);
        expect(shown.filter((name) => CSRS.every((row) => row.name !== name || row.slot === undefined))).toEqual([]);
    });

    it("of the probe agree with the map", () => {
        expect(machine.PROBE_ADDRESS).toBe(mapRow("probe").base);
    });

    it("of ROM frames agree with the map", () => {
        expect(mapRow("firmwareRom").sizeBytes).toBe(machine.FIRMWARE_ROM_FRAMES * PAGE_BYTES);
        expect(mapRow("resetRom").sizeBytes).toBe((machine.FIRMWARE_ROM_FRAME - machine.RESET_ROM_FRAME) * PAGE_BYTES);
        expect(machine.RAM_FRAME).toBe(machine.FIRMWARE_ROM_FRAME + machine.FIRMWARE_ROM_FRAMES);
    });
});
