/** Fills one relocated field (RISC-V ELF psABI, "Relocations"). */

import { fits, insert } from "../../emu/isa/immediate.ts";
import { FORMATS } from "../../emu/isa/row.ts";
import type { Relocation, Section } from "./object.ts";

export interface Fields {
    /** The content of the segment that holds the field. */
    readonly view: DataView;
    /** The address of its first byte. */
    readonly start: number;
    readonly resolve: (symbol: string) => number | undefined;
}

type FormatName = "B" | "J" | "I" | "S" | "U";

/** The multiple of 4096 nearest to the value, so that the rest is a signed 12-bit number. */
function upper(value: number): number {
    return Math.floor((value + 0x800) / 0x1000) * 0x1000;
}

/** Fills the field at address `place`. Returns the error, or undefined. */
export function applyRelocation(
    fields: Fields,
    relocation: Relocation,
    place: number,
    section: Section,
    sectionAddress: number,
): string | undefined {
    const { type, symbol, addend } = relocation;
    const address = fields.resolve(symbol);
    if (address === undefined) return `symbol ${symbol} is not defined`;
    const target = address + addend;
    const at = place - fields.start;
    const put = (format: FormatName, value: number, offset = at): string | undefined => {
        const { immediate } = FORMATS[format];
        const wrapped = format === "U" ? value | 0 : value;
        if (!fits(immediate, wrapped)) return `${symbol} is out of reach of ${type}: ${value} bytes away`;
        const old = fields.view.getUint32(offset, true);
        fields.view.setUint32(offset, (old | insert(immediate, wrapped)) >>> 0, true);
        return undefined;
    };
    switch (type) {
        case "branch":
            return put("B", target - place);
        case "jal":
            return put("J", target - place);
        case "call": {
            const distance = target - place;
            return put("U", upper(distance)) ?? put("I", distance - upper(distance), at + 4);
        }
        case "pcrel_hi":
            return put("U", upper(target - place));
        case "pcrel_lo_i":
        case "pcrel_lo_s": {
            const distance = pairedDistance(fields, section, sectionAddress, target);
            if (distance === undefined) return `${symbol} labels no pcrel_hi`;
            return put(type === "pcrel_lo_i" ? "I" : "S", distance - upper(distance));
        }
        case "hi20":
            return put("U", upper(target));
        case "lo12_i":
            return put("I", target - upper(target));
        case "lo12_s":
            return put("S", target - upper(target));
        case "absolute32":
            fields.view.setUint32(at, target >>> 0, true);
            return undefined;
        case "absolute64":
            fields.view.setBigUint64(at, BigInt.asUintN(64, BigInt(target)), true);
            return undefined;
    }
}

/** The distance from the pcrel_hi at address `auipc` to its symbol. */
function pairedDistance(fields: Fields, section: Section, sectionAddress: number, auipc: number): number | undefined {
    const high = section.relocations.find(
        ({ type, offset }) => type === "pcrel_hi" && sectionAddress + offset === auipc,
    );
    const address = high === undefined ? undefined : fields.resolve(high.symbol);
    return high === undefined || address === undefined ? undefined : address + high.addend - auipc;
}
