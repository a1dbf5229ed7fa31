/** Whether a run's document is what was expected of it (interface.md 5, "expect"). */

import type { Expectation } from "../../configs/schema/expect.ts";

type Scalar = string | number | boolean | null;

export interface Expected {
    readonly value: string;
    /** The other key of the expectation, and what it has. */
    readonly test: "is" | "min" | "max" | "sum" | "within";
    readonly expected: Scalar | readonly number[];
    /** The values at the pointer, or their sum; undefined where it leads nowhere or to what is no value. */
    readonly found: Scalar | readonly Scalar[] | undefined;
    readonly met: boolean;
}

/** Each expectation with what became of it. */
export function expectAll(expectations: readonly Expectation[], document: unknown): Expected[] {
    return expectations.map((each) => expectOne(each, document));
}

/** Why an expectation is not met, in one line. */
export function unmetText({ value, test, expected, found }: Expected): string {
    const must = {
        is: "must be",
        min: "must be at least",
        max: "must be at most",
        sum: "must sum to",
        within: "must be within",
    };
    const is = found === undefined ? "leads to no value" : `is ${JSON.stringify(found)}`;
    return `expect: ${value} ${is}; ${must[test]} ${JSON.stringify(expected)}`;
}

function expectOne({ value, ...rest }: Expectation, document: unknown): Expected {
    const [[test, expected]] = Object.entries(rest) as [[Expected["test"], Expected["expected"]]];
    const values = valuesAt(value.split("/").slice(1).map(unescaped), document);
    const scalars = values.filter(isScalar);
    if (values.length === 0 || scalars.length < values.length)
        return { value, test, expected, found: undefined, met: false };
    if (test === "sum") {
        const sum = scalars.reduce((total: number, each) => total + number(each), 0);
        return { value, test, expected, found: sum, met: sum === expected };
    }
    const met = scalars.every((each) => meets(each, test, expected));
    const [first] = scalars;
    return { value, test, expected, found: scalars.length === 1 && first !== undefined ? first : scalars, met };
}

function meets(value: Scalar, test: Exclude<Expected["test"], "sum">, expected: Expected["expected"]): boolean {
    switch (test) {
        case "is":
            return value === expected;
        case "min":
            return number(value) >= Number(expected);
        case "max":
            return number(value) <= Number(expected);
        case "within": {
            const [low = Number.NaN, high = Number.NaN] = expected as readonly number[];
            return number(value) >= low && number(value) <= high;
        }
    }
}

/** What was never exercised counts as 0; what is no number meets nothing. */
function number(value: Scalar): number {
    if (value === null) return 0;
    return typeof value === "number" ? value : Number.NaN;
}

/** All that the pointer leads to. A figure is its value. */
function valuesAt([key, ...rest]: readonly string[], value: unknown): unknown[] {
    if (key === undefined) return [isFigure(value) ? value.value : value];
    if (typeof value !== "object" || value === null) return [];
    if (key === "*") return Object.values(value).flatMap((each) => valuesAt(rest, each));
    if (!Object.hasOwn(value, key)) return [];
    return valuesAt(rest, (value as Record<string, unknown>)[key]);
}

function unescaped(key: string): string {
    return key.replaceAll("~1", "/").replaceAll("~0", "~");
}

function isFigure(value: unknown): value is { readonly value: unknown } {
    return typeof value === "object" && value !== null && "value" in value && "unit" in value;
}

function isScalar(value: unknown): value is Scalar {
    return value === null || ["string", "number", "boolean"].includes(typeof value);
}
