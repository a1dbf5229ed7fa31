/** The host writes what it hands to the guest by the names of a layout's fields. */

import type { Fields, Layout } from "../../emu/state/layout.ts";

/** A number for each field of 64 bits: none may be forgotten. */
export type Words<F extends Fields> = Readonly<
    Record<{ [N in keyof F]: F[N]["type"] extends "u64" ? N : never }[keyof F] & string, number | bigint>
>;

/** Writes words by the names of their fields; -1n is all ones. */
export function writeWords<N extends string>(
    bytes: Uint8Array,
    { offsets }: Layout<N>,
    words: Readonly<Partial<Record<N, number | bigint>>>,
): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const [name, word] of Object.entries(words) as [N, number | bigint][]) {
        view.setBigUint64(offsets[name], BigInt.asUintN(64, BigInt(word)), true);
    }
}
