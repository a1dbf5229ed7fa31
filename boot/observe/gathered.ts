/**
 * What observers have heard so far, as text for snapshots and back: plain data, Maps, Sets, typed arrays and the classes of CLASSES, with
 * bigints and undefined. What two places share is shared again.
 */

import { WrittenWords } from "./written-words.ts";

/** The containers themselves that an observer fills, by name. What is no container stands in an object of them. */
export type Containers = Readonly<Record<string, object>>;

/** Classes all of whose state is public. */
const CLASSES: Readonly<Record<string, { readonly prototype: object }>> = { WrittenWords };
const ARRAYS = { Uint8Array, Uint16Array, Uint32Array } as const;

/** Numbers, strings, booleans and null stand for themselves; r: a node by its number, b: a bigint, u: undefined. */
type Value = number | string | boolean | null | { r: number } | { b: string } | { u: 0 };
/** An array, a Map, a Set, an object, a typed array, an instance of a class. */
type Node =
    | { a: Value[] }
    | { m: [Value, Value][] }
    | { s: Value[] }
    | { o: [string, Value][] }
    | { y: [keyof typeof ARRAYS, number[]] }
    | { c: [string, [string, Value][]] };

/** The containers as text. Node 0 is the object of all of them. */
export function gatheredText(containers: Containers): string {
    const nodes: Node[] = [];
    const numbers = new Map<object, number>();
    const waiting: object[] = [];
    const shown = (value: unknown): Value => {
        if (value === undefined) return { u: 0 };
        if (typeof value === "bigint") return { b: String(value) };
        if (value === null || typeof value !== "object") return value as number | string | boolean | null;
        const number = numbers.get(value) ?? numbers.size;
        if (number === numbers.size) {
            numbers.set(value, number);
            waiting.push(value);
        }
        return { r: number };
    };
    shown(containers);
    for (const object of waiting) nodes.push(nodeOf(object, shown));
    return JSON.stringify(nodes);
}

function nodeOf(object: object, shown: (value: unknown) => Value): Node {
    const fields = () => Object.entries(object).map(([name, value]): [string, Value] => [name, shown(value)]);
    if (Array.isArray(object)) return { a: object.map(shown) };
    if (object instanceof Map) return { m: [...object].map(([key, value]) => [shown(key), shown(value)]) };
    if (object instanceof Set) return { s: [...object].map(shown) };
    for (const [name, type] of Object.entries(ARRAYS))
        if (object instanceof type) return { y: [name as keyof typeof ARRAYS, [...object]] };
    const name = Object.keys(CLASSES).find((each) => Object.getPrototypeOf(object) === CLASSES[each]?.prototype);
    if (name !== undefined) return { c: [name, fields()] };
    if (Object.getPrototypeOf(object) !== Object.prototype) throw new Error("an observer gathers what has no text");
    return { o: fields() };
}

/** Fills the containers with what gatheredText has told of such ones. A container of which it tells nothing stays as it is. */
export function fillGathered(containers: Containers, text: string): void {
    const nodes = JSON.parse(text) as Node[];
    const objects = nodes.map(emptyOf);
    const meant = (value: Value): unknown => {
        if (value === null || typeof value !== "object") return value;
        if ("r" in value) return objects[value.r];
        return "b" in value ? BigInt(value.b) : undefined;
    };
    for (const [i, node] of nodes.entries()) fill(objects[i] as object, node, meant);
    for (const [name, saved] of Object.entries(objects[0] ?? {})) {
        const container = containers[name];
        if (container !== undefined) replace(container, saved as object);
    }
}

function emptyOf(node: Node): object {
    if ("a" in node) return [];
    if ("m" in node) return new Map();
    if ("s" in node) return new Set();
    if ("y" in node) return ARRAYS[node.y[0]].from(node.y[1]);
    return "c" in node ? (Object.create(CLASSES[node.c[0]]?.prototype ?? null) as object) : {};
}

function fill(object: object, node: Node, meant: (value: Value) => unknown): void {
    if ("a" in node) (object as unknown[]).push(...node.a.map(meant));
    else if ("m" in node)
        for (const [key, value] of node.m) (object as Map<unknown, unknown>).set(meant(key), meant(value));
    else if ("s" in node) for (const value of node.s) (object as Set<unknown>).add(meant(value));
    else if (!("y" in node)) {
        const fields = "c" in node ? node.c[1] : node.o;
        for (const [name, value] of fields) Object.defineProperty(object, name, { ...OWN, value: meant(value) });
    }
}

const OWN = { configurable: true, enumerable: true, writable: true } as const;

/** Others keep the container, so its content is changed. */
function replace(container: object, saved: object): void {
    if (container instanceof Map && saved instanceof Map) {
        container.clear();
        for (const [key, value] of saved) container.set(key, value);
    } else if (container instanceof Set && saved instanceof Set) {
        container.clear();
        for (const value of saved) container.add(value);
    } else if (Array.isArray(container) && Array.isArray(saved)) {
        container.length = 0;
        for (const value of saved) container.push(value);
    } else {
        Object.assign(container, saved);
    }
}
