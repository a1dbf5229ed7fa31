/** Images as files (boot/system/image-file.ts): what is written is read again. */

import { describe, expect, it } from "vitest";
import { buildKernel } from "../../../boot/build/kernel-image.ts";
import { imageBytes, imageOf } from "../../../boot/system/image-file.ts";

const round = (value: unknown) => imageOf(imageBytes(value));

describe("images as files", () => {
    it("hold the kernel's image and its layouts", async () => {
        const kernel = await buildKernel();
        const bytes = imageBytes(kernel);
        expect(imageOf(bytes)).toEqual(kernel);
        expect(bytes.length).toBeLessThan(JSON.stringify(kernel.image.lines).length);
    });

    it("hold rows of numbers, words and truths in their order, whatever the differences", () => {
        const rows = Array.from({ length: 40 }, (_, i) => ({
            up: 2 ** 31 * i,
            down: 5 - 7 * i,
            wild: (i * 2654435761) % 2 ** 32,
            part: i / 8,
            word: ["a", "b", ""][i % 3] ?? "",
            truth: i % 5 === 0,
        }));
        expect(round({ rows })).toEqual({ rows });
        const [first] = rows;
        expect(Object.keys((round(rows) as object[])[0] ?? {})).toEqual(Object.keys(first ?? {}));
    });

    it("hold rows that are not alike, nested ones, lists, nothing, and bytes at any depth", () => {
        const odd = Array.from({ length: 20 }, (_, i) => (i === 7 ? { a: 1, b: 2 } : { a: 1 }));
        const nested = Array.from({ length: 20 }, (_, i) => ({ a: i, list: [i], bytes: Uint8Array.of(i, i + 1) }));
        const value = {
            odd,
            nested,
            none: [],
            null: null,
            empty: new Uint8Array(0),
            deep: [[[Uint8Array.of(1, 2, 3)]]],
        };
        expect(round(value)).toEqual(value);
    });

    it("refuse what is none", () => {
        expect(() => imageOf(new Uint8Array(3))).toThrow(SyntaxError);
        expect(() => imageOf(Uint8Array.of(255, 255, 0, 0, 1))).toThrow(SyntaxError);
        expect(() => imageOf(Uint8Array.of(2, 0, 0, 0, 123, 32))).toThrow(SyntaxError);
    });
});
