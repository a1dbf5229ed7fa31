/** What the schemas of documents are made of. */

/** An object with exactly these keys. */
export function record(properties: Readonly<Record<string, object>>): object {
    return { type: "object", required: Object.keys(properties), additionalProperties: false, properties };
}

export function nullable(schema: object): object {
    return { anyOf: [schema, { type: "null" }] };
}

/** A figure of this unit; the text says what it counts. */
export function figureSchema(unit: string, description: string): object {
    return { description, ...record({ value: { type: "number" }, unit: { const: unit } }) };
}
