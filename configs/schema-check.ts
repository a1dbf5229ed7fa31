/**
 * Checks a document against a JSON schema of ours and words each violation as docs/style.md, "Messages" asks. In such a schema `rule`
 * completes "must be ..." and `examples[0]` is the fix that is offered; `unit` and `size` are ours too.
 */

import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { parseSize } from "./size.ts";
import { suggest } from "./suggest.ts";
import type { Violation } from "./violation.ts";

/** A node of a schema, as far as this file looks at it. */
export interface SchemaNode {
    readonly rule?: string;
    readonly examples?: readonly unknown[];
    readonly format?: string;
    readonly properties?: Readonly<Record<string, SchemaNode>>;
    readonly additionalProperties?: boolean | SchemaNode;
    readonly items?: SchemaNode | readonly SchemaNode[];
}

interface SizeBounds {
    readonly minimum: number;
    readonly maximum?: number;
    readonly powerOfTwo?: boolean;
    readonly multipleOf?: number;
}

/** A check that fills defaults into the document, in place, and returns its violations. The schema is compiled at first use. */
export function schemaCheck(schema: SchemaNode): (document: unknown) => Violation[] {
    let compiled: ValidateFunction | undefined;
    return (document) => {
        compiled ??= compile(schema);
        return compiled(document) ? [] : schemaViolations(schema, compiled.errors ?? [], document);
    };
}

function compile(schema: SchemaNode): ValidateFunction {
    const ajv = new Ajv({ allErrors: true, useDefaults: true, allowUnionTypes: true, validateSchema: false });
    ajv.addVocabulary(["rule", "unit"]);
    ajv.addFormat("size", true);
    ajv.addKeyword({ keyword: "size", type: ["string", "number"], validate: isWithin });
    return ajv.compile(schema);
}

function isWithin(bounds: SizeBounds, value: unknown): boolean {
    const bytes = parseSize(value);
    if (bytes === undefined || bytes < bounds.minimum || bytes > (bounds.maximum ?? bytes)) return false;
    if (bounds.powerOfTwo && !Number.isInteger(Math.log2(bytes))) return false;
    return bounds.multipleOf === undefined || bytes % bounds.multipleOf === 0;
}

/** One violation per value, however many keywords it breaks; unknown and missing keys one each. */
function schemaViolations(schema: SchemaNode, errors: readonly ErrorObject[], document: unknown): Violation[] {
    const byPointer = new Map<string, Violation>();
    for (const error of errors) {
        const violation = toViolation(schema, error, document);
        if (!byPointer.has(violation.pointer)) byPointer.set(violation.pointer, violation);
    }
    return [...byPointer.values()];
}

function toViolation(schema: SchemaNode, error: ErrorObject, document: unknown): Violation {
    const path = error.instancePath.split("/").slice(1).map(unescapePointer);
    if (error.keyword === "additionalProperties")
        return unknownKey(schema, path, String(error.params.additionalProperty), document);
    if (error.keyword === "required") path.push(String(error.params.missingProperty));
    const { node, depth } = ruleAlong(schema, path);
    const owner = path.slice(0, depth);
    const example = node.examples?.[0];
    return {
        pointer: toPointer(owner),
        value: lookUp(document, owner),
        must: `must be ${node.rule ?? error.message}`,
        example,
    };
}

function unknownKey(schema: SchemaNode, path: readonly string[], key: string, document: unknown): Violation {
    const known = Object.keys(ruleAlong(schema, path).node.properties ?? {}).filter((name) => name !== "$schema");
    const meant = suggest(key, known);
    const pointer = toPointer([...path, key]);
    const must = `must not be there: the keys of ${toPointer(path) || "/"} are ${known.join(", ")}`;
    const value = lookUp(document, [...path, key]);
    return { pointer, value, must, hint: meant === undefined ? "remove it" : `did you mean "${meant}"?` };
}

/** The schema node that states the rule for the value at `path`, and how many steps of the path lead to that value. */
function ruleAlong(schema: SchemaNode, path: readonly string[]): { node: SchemaNode; depth: number } {
    let node: SchemaNode | undefined = schema;
    let found = { node, depth: 0 };
    for (const [index, step] of path.entries()) {
        node = schemaChild(node, step);
        if (node === undefined) break;
        if (node.rule !== undefined) found = { node, depth: index + 1 };
    }
    return found;
}

/** The node for the value at `step` of a value that `node` describes. */
export function schemaChild(node: SchemaNode, step: string): SchemaNode | undefined {
    const { items, properties, additionalProperties } = node;
    if (items === undefined) {
        const others = typeof additionalProperties === "object" ? additionalProperties : undefined;
        return properties?.[step] ?? others;
    }
    return Array.isArray(items) ? (items as readonly SchemaNode[])[Number(step)] : (items as SchemaNode);
}

function lookUp(document: unknown, path: readonly string[]): unknown {
    let value = document;
    for (const step of path) {
        if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
        value = (value as Record<string, unknown>)[step];
    }
    return value;
}

function toPointer(path: readonly string[]): string {
    return path.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function unescapePointer(step: string): string {
    return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
