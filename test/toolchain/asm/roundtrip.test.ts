/** The assembler reads what the disassembler writes. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { COMPRESSED } from "../../../emu/isa/compressed.ts";
import { decode } from "../../../emu/isa/decode.ts";
import { disassemble } from "../../../emu/isa/disassemble.ts";
import { INSTRUCTIONS } from "../../../emu/isa/table.ts";
import { assemble } from "../../../toolchain/asm/assemble.ts";

/** Random words of a row: its fixed bits, anything elsewhere. */
function wordsOf(row: { readonly match: number; readonly mask: number }) {
    const bits = fc.integer({ min: 0, max: 0xffff_ffff });
    return bits.map((random) => ((random & ~row.mask) | row.match) >>> 0).filter((word) => decode(word) !== undefined);
}

/** Words may differ in bits that mean nothing; the text says what they mean. */
function expectRoundTrip(word: number): void {
    const text = disassemble(word);
    const { bytes } = assemble(text, "t.S").sections[0] ?? { bytes: new Uint8Array() };
    const view = new DataView(bytes.buffer);
    expect(disassemble(bytes.length === 2 ? view.getUint16(0, true) : view.getUint32(0, true))).toBe(text);
}

it.each(INSTRUCTIONS)("$name comes back as itself", (row) => {
    fc.assert(fc.property(wordsOf(row), expectRoundTrip), { numRuns: 20, seed: 1 });
});

it.each(COMPRESSED)("$name comes back as itself", (row) => {
    const words = wordsOf(row).map((word) => word & 0xffff);
    fc.assert(
        fc.property(
            words.filter((word) => decode(word) !== undefined),
            expectRoundTrip,
        ),
        { numRuns: 20, seed: 1 },
    );
});
