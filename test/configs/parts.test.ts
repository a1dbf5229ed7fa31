/** The loader's small parts: sizes, suggestions, words, JSON with positions. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../configs/json.ts";
import { formatSize, parseSize } from "../../configs/size.ts";
import { suggest } from "../../configs/suggest.ts";
import { splitWords } from "../../configs/words.ts";

describe("sizes", () => {
    it.each([
        ["0", 0],
        ["4096", 4096],
        ["1K", 1024],
        ["128MiB", 2 ** 27],
        ["1G", 2 ** 30],
        [65536, 65536],
    ])("%s is %d bytes", (text, bytes) => expect(parseSize(text)).toBe(bytes));

    it.each(["", "MiB", "1 MiB", "1.5MiB", "-1", "1TB", "1mib", -1, 0.5, null, [], "99999999999GiB"])(
        "%j is no size",
        (value) => {
            expect(parseSize(value)).toBeUndefined();
        },
    );

    it("formatSize is exact for round sizes and readable for others", () => {
        expect([2 ** 30, 3 * 2 ** 20, 98304, 100, 15 * 2 ** 20 + 1].map(formatSize)).toEqual([
            "1GiB",
            "3MiB",
            "96KiB",
            "100B",
            "15.0MiB",
        ]);
    });
});

it("suggest finds the near name and nothing for a far one", () => {
    expect(suggest("bankSiz", ["mesh", "bankSize"])).toBe("bankSize");
    expect(suggest("BANKSIZE", ["mesh", "bankSize"])).toBe("bankSize");
    expect(suggest("colour", ["mesh", "bankSize"])).toBeUndefined();
    expect(suggest("x", [])).toBeUndefined();
});

it.each([
    ["a  b", ["a", "b"]],
    ["a 'b c' \"d\"e", ["a", "b c", "de"]],
    ["a ''", ["a", ""]],
    ["", []],
    ["'a", undefined],
])("words of %j", (text, words) => expect(splitWords(text)).toEqual(words));

describe("JSON", () => {
    it("agrees with JSON.parse on any value", () => {
        fc.assert(
            fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 4), (value, indent) => {
                const text = JSON.stringify(value, null, indent);
                expect(parseJson(text)).toEqual(JSON.parse(text));
            }),
            { seed: 1, numRuns: 300 },
        );
    });

    it("accepts and refuses what JSON.parse does, on mutated texts", () => {
        const accepts = (parse: (text: string) => unknown, text: string): boolean => {
            try {
                parse(text);
                return true;
            } catch {
                return false;
            }
        };
        const text = '{"a":[1,-2.5e3,true,null],"b":{"c":"x\\n"}}';
        for (let index = 0; index < text.length; index++) {
            for (const mutated of [
                text.slice(0, index) + text.slice(index + 1),
                `${text.slice(0, index)},${text.slice(index)}`,
            ]) {
                expect(accepts(parseJson, mutated), mutated).toBe(accepts(JSON.parse, mutated));
            }
        }
    });

    it("a key __proto__ is a key like any other", () => {
        expect(Object.keys(parseJson('{"__proto__": {"x": 1}}') as object)).toEqual(["__proto__"]);
    });
});
