/**
 * Computes expressions over a document, with units. What is null in the document (never exercised) makes null of all that
 * needs it; in a list it is skipped.
 */

import type { BinaryOperator, Expression, FunctionName, Scalar, Step } from "./expression.ts";
import { ExpressionError } from "./expression.ts";

export interface Quantity {
    readonly value: Scalar;
    /** Undefined: a plain number of the expression, which takes on any unit. */
    readonly unit: string | undefined;
}

/** A pointer that leads nowhere in this document. */
export class MissingValue extends ExpressionError {}

type Values = Quantity | readonly Quantity[];

/** The expression's one value. Throws ExpressionError, MissingValue. */
export function evaluate(expression: Expression, document: unknown): Quantity {
    return single(expression, compute(expression, document, document));
}

function compute(expression: Expression, root: unknown, element: unknown): Values {
    const one = (of: Expression): Quantity => single(of, compute(of, root, element));
    switch (expression.kind) {
        case "literal":
            return { value: expression.value, unit: undefined };
        case "path":
            return valuesOf(expression, root, element);
        case "not":
            return { value: !truth(one(expression.of)), unit: undefined };
        case "negate":
            return arithmetic("-", { value: 0, unit: undefined }, one(expression.of));
        case "call": {
            if (expression.by !== undefined)
                return groups(expression.name, expression.of, expression.by, root, element);
            const values = compute(expression.of, root, element);
            return aggregate(expression.name, [values].flat() as Quantity[]);
        }
        case "figure":
            return figureIn(one(expression.of), expression.label);
        case "binary":
            return binary(expression.operator, one(expression.left), () => one(expression.right));
    }
}

function single(expression: Expression, values: Values): Quantity {
    if (!Array.isArray(values)) return values as Quantity;
    const text = expression.kind === "path" ? expression.text : "this";
    throw new ExpressionError(`${text} is a list; must be one value (e.g. sum(${text}))`);
}

function binary(operator: BinaryOperator, left: Quantity, right: () => Quantity): Quantity {
    const plain = (value: boolean): Quantity => ({ value, unit: undefined });
    switch (operator) {
        case "??":
            return left.value === null ? right() : left;
        case "&&":
            return plain(truth(left) && truth(right()));
        case "||":
            return plain(truth(left) || truth(right()));
        case "==":
            return plain(left.value === right().value);
        case "!=":
            return plain(left.value !== right().value);
        case "<":
        case "<=":
        case ">":
        case ">=":
            return plain(compare(operator, left, right()));
        default:
            return arithmetic(operator, left, right());
    }
}

function truth({ value }: Quantity): boolean {
    if (typeof value === "boolean") return value;
    throw new ExpressionError(`${JSON.stringify(value)} is no condition; compare it (e.g. == 1)`);
}

function compare(operator: "<" | "<=" | ">" | ">=", left: Quantity, right: Quantity): boolean {
    const [a, b] = [number(left), number(right)];
    if (a === null || b === null) return false;
    if (operator === "<") return a < b;
    if (operator === "<=") return a <= b;
    return operator === ">" ? a > b : a >= b;
}

function number({ value }: Quantity): number | null {
    if (value === null || typeof value === "number") return value;
    throw new ExpressionError(`${JSON.stringify(value)} is no number`);
}

function arithmetic(operator: "+" | "-" | "*" | "/", left: Quantity, right: Quantity): Quantity {
    const unit = unitOf(operator, left.unit, right.unit);
    const [a, b] = [number(left), number(right)];
    if (a === null || b === null || (operator === "/" && b === 0)) return { value: null, unit };
    const value = operator === "+" ? a + b : operator === "-" ? a - b : operator === "*" ? a * b : a / b;
    return { value, unit };
}

function unitOf(
    operator: "+" | "-" | "*" | "/",
    left: string | undefined,
    right: string | undefined,
): string | undefined {
    if (right === undefined) return left;
    if (operator !== "/") {
        if (left === undefined || left === right) return operator === "*" && left !== undefined ? "" : right;
        return "";
    }
    if (left === right) return "";
    return `${left ?? 1}/${right}`;
}

function aggregate(name: FunctionName, quantities: readonly Quantity[]): Quantity {
    const present = quantities.filter(({ value }) => value !== null);
    const numbers = present.map(number).filter((value) => value !== null);
    if (name === "count") return { value: quantities.length, unit: "" };
    const units = new Set(present.map(({ unit }) => unit));
    const unit = units.size > 1 ? "" : [...units][0];
    if (numbers.length === 0) return { value: null, unit };
    const sum = numbers.reduce((total, value) => total + value, 0);
    if (name === "sum") return { value: sum, unit };
    if (name === "mean") return { value: sum / numbers.length, unit };
    // Not spread into Math.min: a traffic table is longer than an argument list may be.
    const pick = name === "min" ? Math.min : Math.max;
    return { value: numbers.reduce((best, value) => pick(best, value)), unit };
}

/** One value for each `by` of the list's elements, in the order in which they come first. */
function groups(name: FunctionName, of: Expression, by: Expression, root: unknown, element: unknown): Quantity[] {
    if (of.kind !== "path" || !isList(of)) throw new ExpressionError("by needs a list with a * before it");
    const members = new Map<Scalar, Quantity[]>();
    for (const found of lookUp(of, root, element)) {
        if (found.quantity.value === null) continue;
        const { value } = single(by, compute(by, root, found.element));
        members.set(value, [...(members.get(value) ?? []), found.quantity]);
    }
    return [...members.values()].map((quantities) => aggregate(name, quantities));
}

/** The figure of a program's line `LABEL: VALUE UNIT` (userland/lib/print.ts); a list when there are several such lines. */
function figureIn({ value: text }: Quantity, label: string): Values {
    if (text === null) return { value: null, unit: undefined };
    if (typeof text !== "string") throw new ExpressionError(`${JSON.stringify(text)} is no text`);
    const found = text.split("\n").flatMap((line): Quantity[] => {
        const [, value, unit] = /^: (-?\d+) (\S+)$/.exec(line.startsWith(label) ? line.slice(label.length) : "") ?? [];
        return value === undefined ? [] : [{ value: Number(value), unit }];
    });
    if (found.length === 0) throw new MissingValue(`there is no line "${label}: NUMBER UNIT"`);
    return found.length === 1 ? (found[0] as Quantity) : found;
}

type Path = Expression & { readonly kind: "path" };

/** A quantity, and the element that the last * before it gave (the whole document without one). */
interface Found {
    readonly quantity: Quantity;
    readonly element: unknown;
}

function isList({ steps }: Path): boolean {
    return steps.some(({ kind }) => kind === "each");
}

function lookUp(path: Path, root: unknown, element: unknown): Found[] {
    const walk: Walk = { root, elements: 0 };
    const found = follow(path.fromRoot ? root : element, path.steps, walk, root);
    if (found.length === 0 && (!isList(path) || walk.elements > 0 || !reachesList(path, root, element))) {
        throw new MissingValue(`${path.text}: there is no such value`);
    }
    return found.map((leaf) => ({ quantity: quantity(leaf.value, path.text), element: leaf.element }));
}

function valuesOf(path: Path, root: unknown, element: unknown): Values {
    const quantities = lookUp(path, root, element).map((found) => found.quantity);
    return isList(path) ? quantities : (quantities[0] as Quantity);
}

interface Walk {
    readonly root: unknown;
    /** Elements that a * gave. */
    elements: number;
}

/** Whether the steps before the first * lead anywhere: then an empty list is a fact and no typing error. */
function reachesList({ fromRoot, steps }: Path, root: unknown, element: unknown): boolean {
    const first = steps.findIndex(({ kind }) => kind === "each");
    const [list] = follow(fromRoot ? root : element, steps.slice(0, first), { root, elements: 0 }, root);
    return typeof list?.value === "object";
}

interface Leaf {
    readonly value: unknown;
    readonly element: unknown;
}

/** What the steps lead to; nothing for a key that is not there. Null on the way stays null. */
function follow(value: unknown, steps: readonly Step[], walk: Walk, element: unknown): Leaf[] {
    const [step, ...rest] = steps;
    if (step === undefined || value === null) return [{ value, element }];
    if (typeof value !== "object" || value === undefined) return [];
    if (step.kind === "key") {
        if (!Object.hasOwn(value, step.key)) return [];
        return follow((value as Record<string, unknown>)[step.key], rest, walk, element);
    }
    const { where } = step;
    const children = Object.values(value).filter(
        (child) => where === undefined || truth(single(where, compute(where, walk.root, child))),
    );
    walk.elements += children.length;
    return children.flatMap((child) => follow(child, rest, walk, child));
}

/** A figure {value, unit, description} is its value. */
function quantity(value: unknown, text: string): Quantity {
    if (value === null || typeof value === "number" || typeof value === "string" || typeof value === "boolean") {
        return { value, unit: undefined };
    }
    const { value: inner, unit } = value as { value?: unknown; unit?: unknown };
    if (typeof inner === "number" && typeof unit === "string") return { value: inner, unit };
    const kind = Array.isArray(value) ? "an array" : "an object";
    throw new ExpressionError(`${text} is ${kind}; must lead to one value`);
}
