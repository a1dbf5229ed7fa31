/** Checks a config against schema and cross-field rules and makes it whole: all violations at once, or a Config. */

import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { RULES } from "./rules.ts";
import { CONFIG_SCHEMA, type Config } from "./schema/config.ts";
import { parseSize } from "./size.ts";
import { suggest } from "./suggest.ts";
import type { Violation } from "./violation.ts";

/** A node of the schema, as far as this file looks at it. */
interface SchemaNode {
    readonly rule?: string;
    readonly examples?: readonly unknown[];
    readonly format?: string;
    readonly properties?: Readonly<Record<string, SchemaNode>>;
    readonly items?: SchemaNode | readonly SchemaNode[];
}

interface SizeBounds {
    readonly minimum: number;
    readonly maximum?: number;
    readonly powerOfTwo?: boolean;
    readonly multipleOf?: number;
}

/** Fills defaults into `document` and turns its sizes into bytes, in place. */
export function validateConfig(document: unknown): { config: Config } | { violations: Violation[] } {
    const validate = compiled();
    const violations = validate(document) ? [] : schemaViolations(validate.errors ?? [], document);
    const sizesDone = resolveSizes(CONFIG_SCHEMA as SchemaNode, document) as Config;
    for (const rule of RULES) {
        const usable = rule.needs.every((need) => !violations.some(({ pointer }) => touches(pointer, need)));
        if (usable) violations.push(...rule.check(sizesDone));
    }
    return violations.length > 0 ? { violations } : { config: sizesDone };
}

/** Adds what `document` leaves out, in place, so that --set can reach into defaults (machine.mesh.0=3). */
export function fillDefaults(document: unknown): unknown {
    compiled()(document);
    return document;
}

let cached: ValidateFunction | undefined;

function compiled(): ValidateFunction {
    if (cached !== undefined) return cached;
    const ajv = new Ajv({ allErrors: true, useDefaults: true, allowUnionTypes: true, validateSchema: false });
    ajv.addVocabulary(["rule", "unit"]);
    ajv.addFormat("size", true);
    ajv.addKeyword({ keyword: "size", type: ["string", "number"], validate: isWithin });
    cached = ajv.compile(CONFIG_SCHEMA);
    return cached;
}

function isWithin(bounds: SizeBounds, value: unknown): boolean {
    const bytes = parseSize(value);
    if (bytes === undefined || bytes < bounds.minimum || bytes > (bounds.maximum ?? bytes)) return false;
    if (bounds.powerOfTwo && !Number.isInteger(Math.log2(bytes))) return false;
    return bounds.multipleOf === undefined || bytes % bounds.multipleOf === 0;
}

/** One violation per value, however many keywords it breaks; unknown and missing keys one each. */
function schemaViolations(errors: readonly ErrorObject[], document: unknown): Violation[] {
    const byPointer = new Map<string, Violation>();
    for (const error of errors) {
        const violation = toViolation(error, document);
        if (!byPointer.has(violation.pointer)) byPointer.set(violation.pointer, violation);
    }
    return [...byPointer.values()];
}

function toViolation(error: ErrorObject, document: unknown): Violation {
    const path = error.instancePath.split("/").slice(1).map(unescapePointer);
    if (error.keyword === "additionalProperties")
        return unknownKey(path, String(error.params.additionalProperty), document);
    if (error.keyword === "required") path.push(String(error.params.missingProperty));
    const { node, depth } = ruleAlong(path);
    const owner = path.slice(0, depth);
    const example = node.examples?.[0];
    return {
        pointer: toPointer(owner),
        value: lookUp(document, owner),
        must: `must be ${node.rule ?? error.message}`,
        example,
    };
}

function unknownKey(path: readonly string[], key: string, document: unknown): Violation {
    const known = Object.keys(ruleAlong(path).node.properties ?? {}).filter((name) => name !== "$schema");
    const meant = suggest(key, known);
    const pointer = toPointer([...path, key]);
    const must = `must not be there: the keys of ${toPointer(path) || "/"} are ${known.join(", ")}`;
    const value = lookUp(document, [...path, key]);
    return { pointer, value, must, hint: meant === undefined ? "remove it" : `did you mean "${meant}"?` };
}

/** The schema node that states the rule for the value at `path`, and how many steps of the path lead to that value. */
function ruleAlong(path: readonly string[]): { node: SchemaNode; depth: number } {
    let node: SchemaNode | undefined = CONFIG_SCHEMA as SchemaNode;
    let found = { node, depth: 0 };
    for (const [index, step] of path.entries()) {
        node = child(node, step);
        if (node === undefined) break;
        if (node.rule !== undefined) found = { node, depth: index + 1 };
    }
    return found;
}

function child(node: SchemaNode, step: string): SchemaNode | undefined {
    const { items } = node;
    if (items === undefined) return node.properties?.[step];
    return Array.isArray(items) ? (items as readonly SchemaNode[])[Number(step)] : (items as SchemaNode);
}

/** Replaces each valid size under `value` by its bytes. */
function resolveSizes(node: SchemaNode, value: unknown): unknown {
    if (node.format === "size") return parseSize(value) ?? value;
    if (typeof value !== "object" || value === null) return value;
    const holder = value as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
        const next = child(node, key);
        if (next !== undefined) holder[key] = resolveSizes(next, holder[key]);
    }
    return value;
}

/** Whether a violation at `pointer` spoils the value at `need`: one lies within the other. */
function touches(pointer: string, need: string): boolean {
    return pointer === "" || pointer === need || need.startsWith(`${pointer}/`) || pointer.startsWith(`${need}/`);
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
