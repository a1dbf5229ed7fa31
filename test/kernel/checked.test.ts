/** Checked arithmetic (docs/spec/files.md F6.1) against arithmetic without a largest number, at the edges and at random. */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadGuest } from "./harness/guest-module.ts";
import type { Instance } from "./harness/instance.ts";
import { Machine } from "./harness/machine.ts";
import { runs, SEED } from "./harness/properties.ts";

const LARGEST = 2n ** 64n - 1n;
const OFFSET_END = 2n ** 63n;
const EDGES = [0n, 4095n, 4096n, 4097n, 2n ** 31n, 2n ** 32n, OFFSET_END, LARGEST].flatMap((n) => [n - 1n, n, n + 1n]);
const number = fc.oneof(
    fc.constantFrom(...EDGES.filter((n) => n >= 0n && n <= LARGEST)),
    fc.bigInt({ min: 0n, max: LARGEST }),
    fc.integer({ min: 0, max: 64 }).map((bits) => LARGEST >> BigInt(bits)),
);

let machine: Machine;
let kernel: Instance;
beforeAll(async () => {
    machine = new Machine(await loadGuest("memory"), { clusters: 1 });
    kernel = machine.at(0);
});
afterAll(() => machine.dispose());

const unsigned = (name: string, ...values: bigint[]) =>
    BigInt.asUintN(64, kernel.wide(name, ...values.map((value) => BigInt.asIntN(64, value))));

function holds(values: number, check: (...values: bigint[]) => void): void {
    const numbers = fc.array(number, { minLength: values, maxLength: values });
    fc.assert(
        fc.property(numbers, (drawn) => {
            check(...drawn);
        }),
        runs(2000),
    );
}

const capped = (exact: bigint) => (exact > LARGEST ? LARGEST : exact);

describe(`F6.1: checked arithmetic, for all numbers of 64 bits (seed ${SEED})`, () => {
    it("range_fits: a range ends at the limit or before", () =>
        holds(3, (begin = 0n, bytes = 0n, limit = 0n) =>
            expect(kernel.call("range_fits", begin, bytes, limit)).toBe(begin + bytes <= limit ? 1 : 0),
        ));

    it("add_capped and multiply_capped stop at the largest number", () =>
        holds(2, (a = 0n, b = 0n) => {
            expect(unsigned("add_capped", a, b)).toBe(capped(a + b));
            expect(unsigned("multiply_capped", a, b)).toBe(capped(a * b));
            expect(unsigned("smaller", a, b)).toBe(a < b ? a : b);
        }));

    it("pages_of: the last byte lies in the last page", () =>
        holds(1, (bytes = 0n) => expect(unsigned("pages_of", bytes)).toBe((bytes + 4095n) / 4096n)));

    it("offset_moved: a position never leaves [0, 2^63)", () =>
        holds(2, (position = 0n, word = 0n) => {
            const distance = BigInt.asIntN(64, word);
            const moved = position + distance;
            const expected = position < OFFSET_END && moved >= 0n && moved < OFFSET_END ? moved : -1n;
            expect(BigInt.asIntN(64, unsigned("offset_moved", position, word))).toBe(expected);
        }));
});
