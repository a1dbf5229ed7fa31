/** Expressions of experiments: values, units, conditions, and what is refused. */

import { describe, expect, it } from "vitest";
import { evaluate, MissingValue } from "../../../boot/cli/sweep/evaluate.ts";
import { parseExpression } from "../../../boot/cli/sweep/expression.ts";

const figure = (value: number, unit: string) => ({ value, unit });

const DOCUMENT = {
    engine: "interpreter",
    machine: { mesh: [4, 2], cycles: figure(1000, "cycles"), instructions: figure(500, "instructions") },
    clusters: [
        { cxy: 0, sent: figure(3, "requests"), spills: null, faults: { CODE: figure(1, "faults"), DATA: null } },
        { cxy: 1, sent: figure(9, "requests"), spills: null, faults: { CODE: figure(2, "faults"), DATA: null } },
    ],
    traffic: [
        { source: 0, home: 0, operation: "ifetch", count: 30 },
        { source: 0, home: 1, operation: "ifetch", count: 10 },
        { source: 1, home: 1, operation: "load", count: 5 },
    ],
    programs: [
        { output: "unmap: 3 pages\nmunmap: 5891 cycles\nunmap: ok\n" },
        { output: "a+b: 1 s\na+b: -7 s\na: 4\n" },
    ],
    faultCost: null,
    empty: [],
};

function compute(text: string): unknown[] {
    const { value, unit } = evaluate(parseExpression(text), DOCUMENT);
    return unit === undefined ? [value] : [value, unit];
}

const VALUES: readonly (readonly [string, unknown[]])[] = [
    ["/machine/cycles", [1000, "cycles"]],
    ["/engine", ["interpreter"]],
    ["/machine/mesh/0 * /machine/mesh/1", [8]],
    ["1 + 2 * 3 - 4 / 2", [5]],
    ["-(1 + 2) * 2e1", [-60]],
    ["sum(/clusters/*/sent)", [12, "requests"]],
    ["mean(/clusters/*/sent)", [6, "requests"]],
    ["min(/clusters/*/sent)", [3, "requests"]],
    ["max(/clusters/*/sent) / mean(/clusters/*/sent)", [1.5, ""]],
    ["count(/clusters/*/sent)", [2, ""]],
    ["sum(/clusters/*/faults/*)", [3, "faults"]],
    ["/machine/cycles / /machine/instructions", [2, "cycles/instructions"]],
    ["100 * /machine/cycles / /machine/cycles", [100, ""]],
    ["/machine/cycles + 1", [1001, "cycles"]],
    ["1 / /machine/cycles", [0.001, "1/cycles"]],
    ["sum(/traffic/*[source == home]/count) / sum(/traffic/*/count)", [35 / 45]],
    ["sum(/traffic/*[source == home && operation == 'ifetch']/count)", [30]],
    ["sum(/clusters/*[cxy > 0]/sent)", [9, "requests"]],
    ["max(sum(/traffic/*/count by home))", [30]],
    ["min(sum(/traffic/*/count by home))", [15]],
    ["min(sum(/traffic/*[operation == 'ifetch']/count by source + home))", [10]],
    ["count(sum(/clusters/*/sent by cxy))", [2, ""]],
    ["max(sum(/clusters/*/faults/* by 1))", [3, "faults"]],
    ["max(sum(/empty/*/count by home))", [null]],
    ["max(sum(/faultCost/*/count by home))", [null]],
    ["figure(/programs/0/output, 'munmap')", [5891, "cycles"]],
    ['2 * figure(/programs/0/output, "munmap")', [11782, "cycles"]],
    ["sum(figure(/programs/1/output, 'a+b'))", [-6, "s"]],
    ["figure(/faultCost, 'a')", [null]],
    ["/machine/mesh/0 == 4 && !(/machine/mesh/1 != 2)", [true]],
    ["/machine/mesh/0 < 4 || /machine/mesh/1 <= 1", [false]],
    ["/faultCost == null", [true]],
    ["/faultCost/total + 1", [null]],
    ["sum(/clusters/*/spills)", [null]],
    ["sum(/faultCost/*/count)", [null]],
    ["sum(/empty/*/count)", [null]],
    ["1 / 0", [null]],
    ["sum(/traffic/*[home == 7]/count) ?? 0", [0]],
    ["count(/clusters/*[(faults/DATA ?? 0) + (faults/CODE ?? 0) > 1]/cxy)", [1, ""]],
    ["/machine/cycles ?? 1 + 1", [1000, "cycles"]],
];

describe("expressions", () => {
    it.each(VALUES)("%s", (text, expected) => expect(compute(text)).toEqual(expected));
});

const REFUSED: readonly (readonly [string, string])[] = [
    ["", "expected a value, found the end"],
    ["1 +", "expected a value, found the end"],
    ["(1", 'expected ")", found the end'],
    ["1 2", 'expected an operator or the end, found "2"'],
    ["/", 'expected a pointer such as "/machine/cycles", found "/"'],
    ["median(1)", "no function median; there are sum, mean, min, max, count, figure"],
    ["sum(/machine/cycles by 1)", "by needs a list with a * before it"],
    ["sum(1 by 1)", "by needs a list with a * before it"],
    ["sum(/traffic/*/count by home", 'expected ")", found the end'],
    ["sum(/traffic/*/count by house)", "house: there is no such value"],
    ["sum(/traffic/*/count by home)", "this is a list; must be one value"],
    ["figure(/programs/0/output)", 'expected ", " and the label in quotes, found ")"'],
    ["figure(/programs/0/output, a)", 'expected the label in quotes, found "a"'],
    ["figure(/programs/0/output, 'mun')", 'there is no line "mun: NUMBER UNIT"'],
    ["figure(/machine/cycles, 'a')", "1000 is no text"],
    ["/clusters/*/sent", "/clusters/*/sent is a list; must be one value (e.g. sum(/clusters/*/sent))"],
    ["/machine/mesh", "/machine/mesh is an array; must lead to one value"],
    ["/engine + 1", '"interpreter" is no number'],
    ["1 && true", "1 is no condition; compare it (e.g. == 1)"],
    ["/machine/cycle", "/machine/cycle: there is no such value"],
    ["sum(/clusters/*/send)", "/clusters/*/send: there is no such value"],
    ["sum(/cluster/*/sent)", "/cluster/*/sent: there is no such value"],
    ["(".repeat(100), "nested deeper than 64 levels"],
];

describe("refused expressions", () => {
    it.each(REFUSED)("%s", (text, message) => expect(() => compute(text)).toThrow(message));

    it("a pointer that leads nowhere is told apart", () => {
        expect(() => compute("/machine/cycle")).toThrow(MissingValue);
        expect(() => compute("/machine/mesh")).not.toThrow(MissingValue);
    });
});
