import { describe, expect, it } from "vitest";
import { expectAll, unmetText } from "../../../boot/report/expect.ts";
import { parseConfig } from "../../../configs/check.ts";
import { ConfigError } from "../../../configs/violation.ts";

const figure = (value: number) => ({ value, unit: "faults" });
const DOCUMENT = {
    exit: { code: 0, reason: "ok" },
    clusters: [{ faults: figure(2) }, { faults: figure(4) }, { faults: null }],
    "a/b~c": true,
};

function met(expectation: Parameters<typeof expectAll>[0][number]): boolean | undefined {
    return expectAll([expectation], DOCUMENT)[0]?.met;
}

describe("what a run is expected to have come to", () => {
    it("is: each value, null for what was never exercised", () => {
        expect(met({ value: "/exit/code", is: 0 })).toBe(true);
        expect(met({ value: "/exit/reason", is: "ok" })).toBe(true);
        expect(met({ value: "/clusters/0/faults", is: 2 })).toBe(true);
        expect(met({ value: "/clusters/2/faults", is: null })).toBe(true);
        expect(met({ value: "/clusters/2/faults", is: 0 })).toBe(false);
        expect(met({ value: "/clusters/*/faults", is: 2 })).toBe(false);
        expect(met({ value: "/a~1b~0c", is: true })).toBe(true);
    });

    it("min, max, within: each value, with both ends, 0 for what was never exercised", () => {
        expect([met({ value: "/clusters/*/faults", min: 0 }), met({ value: "/clusters/*/faults", min: 1 })]).toEqual([
            true,
            false,
        ]);
        expect([met({ value: "/clusters/*/faults", max: 4 }), met({ value: "/clusters/*/faults", max: 3 })]).toEqual([
            true,
            false,
        ]);
        expect(met({ value: "/clusters/*/faults", within: [0, 4] })).toBe(true);
        expect(met({ value: "/clusters/0/faults", within: [3, 4] })).toBe(false);
        expect(met({ value: "/clusters/1/faults", within: [2, 3] })).toBe(false);
        expect(met({ value: "/exit/reason", min: 0 })).toBe(false);
    });

    it("sum: of all values", () => {
        expect(met({ value: "/clusters/*/faults", sum: 6 })).toBe(true);
        expect(met({ value: "/clusters/*/faults", sum: 5 })).toBe(false);
        expect(met({ value: "/exit/reason", sum: 0 })).toBe(false);
    });

    it("a pointer that leads nowhere, or to no value, meets nothing", () => {
        for (const value of [
            "/nowhere",
            "/clusters/7/faults",
            "/clusters",
            "/clusters/*",
            "/exit/code/x",
            "/constructor",
        ]) {
            expect(met({ value, max: 100 }), value).toBe(false);
            expect(met({ value, is: null }), value).toBe(false);
            expect(met({ value, sum: 0 }), value).toBe(false);
        }
    });

    it("says what it found", () => {
        const texts = expectAll(
            [
                { value: "/clusters/*/faults", sum: 5 },
                { value: "/clusters/*/faults", within: [1, 2] },
                { value: "/exit/code", is: "none" },
                { value: "/no", min: 1 },
            ],
            DOCUMENT,
        ).map(unmetText);
        expect(texts).toEqual([
            "expect: /clusters/*/faults is 6; must sum to 5",
            "expect: /clusters/*/faults is [2,4,null]; must be within [1,2]",
            'expect: /exit/code is 0; must be "none"',
            "expect: /no leads to no value; must be at least 1",
        ]);
    });
});

it("a config's expectation has a value and exactly one test", () => {
    const problems = (expectation: object): readonly string[] => {
        try {
            parseConfig(JSON.stringify({ expect: [expectation] }), "test");
            return [];
        } catch (error) {
            if (error instanceof ConfigError) return error.problems;
            throw error;
        }
    };
    expect(problems({ value: "/machine/cycles", max: 3 })).toEqual([]);
    expect(problems({ value: "/machine/cycles" })).toEqual([
        expect.stringMatching(/\/expect\/0 .*one of is, min, max, sum, within/),
    ]);
    expect(problems({ value: "/machine/cycles", max: 3, min: 1 })).toHaveLength(1);
    expect(problems({ value: "cycles", max: 3 })).toEqual([
        expect.stringMatching(/\/expect\/0\/value .*a JSON pointer/),
    ]);
    expect(problems({ value: "/x", within: [1] })).toEqual([
        expect.stringMatching(/\/expect\/0\/within .*two numbers/),
    ]);
    expect(problems({ value: "/x", most: 1 })).not.toEqual([]);
});
