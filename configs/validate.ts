/** Checks a config against schema and cross-field rules and makes it whole: all violations at once, or a Config. */

import { RULES } from "./rules.ts";
import { CONFIG_SCHEMA, type Config } from "./schema/config.ts";
import { type SchemaNode, schemaCheck, schemaChild } from "./schema-check.ts";
import { parseSize } from "./size.ts";
import type { Violation } from "./violation.ts";

const check = schemaCheck(CONFIG_SCHEMA as SchemaNode);

/** Fills defaults into `document` and turns its sizes into bytes, in place. */
export function validateConfig(document: unknown): { config: Config } | { violations: Violation[] } {
    const violations = check(document);
    const sizesDone = resolveSizes(CONFIG_SCHEMA as SchemaNode, document) as Config;
    for (const rule of RULES) {
        const usable = rule.needs.every((need) => !violations.some(({ pointer }) => touches(pointer, need)));
        if (usable) violations.push(...rule.check(sizesDone));
    }
    return violations.length > 0 ? { violations } : { config: sizesDone };
}

/** Adds what `document` leaves out, in place, so that --set can reach into defaults (machine.mesh.0=3). */
export function fillDefaults(document: unknown): unknown {
    check(document);
    return document;
}

/** Replaces each valid size under `value` by its bytes. */
function resolveSizes(node: SchemaNode, value: unknown): unknown {
    if (node.format === "size") return parseSize(value) ?? value;
    if (typeof value !== "object" || value === null) return value;
    const holder = value as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
        const next = schemaChild(node, key);
        if (next !== undefined) holder[key] = resolveSizes(next, holder[key]);
    }
    return value;
}

/** Whether a violation at `pointer` spoils the value at `need`: one lies within the other. */
function touches(pointer: string, need: string): boolean {
    return pointer === "" || pointer === need || need.startsWith(`${pointer}/`) || pointer.startsWith(`${need}/`);
}
