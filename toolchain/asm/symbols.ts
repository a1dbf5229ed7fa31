/** The symbols of one source: labels, constants, local labels, and their form in the object. */

import type { ObjectSymbol } from "../link/object.ts";
import { type Location, StatementError } from "./diagnostics.ts";
import { type Expression, type ExpressionNames, evaluate, type LinearValue, type SymbolValues } from "./expression.ts";
import type { SectionBuilder } from "./section.ts";

interface Label {
    readonly section: SectionBuilder;
    /** The item that starts here. */
    readonly item: number;
}

interface Constant {
    readonly expression: Expression;
    readonly mayChange: boolean;
}

interface Attributes {
    kind?: ObjectSymbol["kind"];
    size?: Expression;
    global?: boolean;
}

/** First character of names that no source can contain: those of local labels, `.` and expansions. */
const INTERNAL = "\uE000";
/** A constant that is defined through this many others is defined through itself. */
const MAX_CONSTANT_DEPTH = 100;

export class Symbols implements SymbolValues {
    readonly #labels = new Map<string, Label>();
    readonly #constants = new Map<string, Constant>();
    readonly #attributes = new Map<string, Attributes>();
    /** How often each local label was defined. */
    readonly #localCounts = new Map<string, number>();
    /** Forward references to local labels, by internal name. */
    readonly #forward = new Map<string, { readonly label: string; readonly location: Location }>();
    #anonymous = 0;
    #constantDepth = 0;

    defineLabel(name: string, section: SectionBuilder): void {
        let unique = name;
        if (/^\d+$/.test(name)) {
            const count = (this.#localCounts.get(name) ?? 0) + 1;
            this.#localCounts.set(name, count);
            unique = localName(name, count);
        }
        if (this.isDefined(unique)) throw new StatementError(`${name} is defined twice; rename one`);
        this.#labels.set(unique, { section, item: section.nextItem });
    }

    /** `mayChange` is true for .set and .equ: each use means the last definition before it. It is false for .equiv. */
    defineConstant(name: string, expression: Expression, mayChange: boolean): void {
        const before = this.#constants.get(name);
        if (this.#labels.has(name) || (before !== undefined && !(mayChange && before.mayChange))) {
            throw new StatementError(`${name} is defined twice; rename one`);
        }
        const { constant, terms } = evaluate(expression, this);
        const folded: Expression = terms.length === 0 ? { kind: "number", value: constant } : expression;
        this.#constants.set(name, { expression: folded, mayChange });
    }

    isDefined(name: string): boolean {
        return this.#labels.has(name) || this.#constants.has(name);
    }

    /** Names for `.` and local labels at this place of `section`. */
    names(section: SectionBuilder, location: Location): ExpressionNames {
        return {
            symbol: (name) => {
                const constant = this.#constants.get(name);
                return constant?.mayChange ? constant.expression : { kind: "symbol", name };
            },
            here: () => this.anonymous(section),
            local: (number, direction) => {
                const count = this.#localCounts.get(number) ?? 0;
                if (direction === "b") {
                    if (count === 0)
                        throw new StatementError(`no label ${number}: before this; define it or use ${number}f`);
                    return localName(number, count);
                }
                const name = localName(number, count + 1);
                this.#forward.set(name, { label: number, location });
                return name;
            },
        };
    }

    /** A new label at the section's end that no source can name. */
    anonymous(section: SectionBuilder): string {
        const name = `${INTERNAL}here_${this.#anonymous++}`;
        this.#labels.set(name, { section, item: section.nextItem });
        return name;
    }

    setGlobal(name: string): void {
        this.#attribute(name).global = true;
    }

    setKind(name: string, kind: ObjectSymbol["kind"]): void {
        this.#attribute(name).kind = kind;
    }

    setSize(name: string, size: Expression): void {
        this.#attribute(name).size = size;
    }

    /** References to local labels that were never defined. */
    unresolvedLocals(): { readonly label: string; readonly location: Location }[] {
        return [...this.#forward].filter(([name]) => !this.#labels.has(name)).map(([, reference]) => reference);
    }

    constantOf(name: string): LinearValue | undefined {
        const constant = this.#constants.get(name);
        if (constant === undefined) return undefined;
        if (++this.#constantDepth > MAX_CONSTANT_DEPTH) {
            this.#constantDepth = 0;
            throw new StatementError(`${name} is defined through itself; give it a value`);
        }
        const value = evaluate(constant.expression, this);
        this.#constantDepth--;
        return value;
    }

    distance(a: string, b: string): bigint | undefined {
        const from = this.#labels.get(b);
        const to = this.#labels.get(a);
        if (from === undefined || to === undefined || from.section !== to.section) return undefined;
        const bytes = to.section.distance(from.item, to.item);
        return bytes === undefined ? undefined : BigInt(bytes);
    }

    /** The section and byte offset of a label after layout; undefined for constants and unknown names. */
    locate(name: string): { readonly section: SectionBuilder; readonly offset: number } | undefined {
        const label = this.#labels.get(name);
        return label && { section: label.section, offset: label.section.offsetOf(label.item) };
    }

    /** The index of the item that a label stands before. */
    itemAt(name: string): number | undefined {
        return this.#labels.get(name)?.item;
    }

    /** The symbols of the object. Labels that start with .L and local labels are included only when `used` by a relocation. */
    toObject(used: ReadonlySet<string>): ObjectSymbol[] {
        const symbols: ObjectSymbol[] = [];
        for (const name of this.#labels.keys()) {
            const place = this.locate(name);
            const hidden = name.startsWith(INTERNAL) || name.startsWith(".L");
            if (place === undefined || (hidden && !used.has(objectName(name)))) continue;
            symbols.push(this.#toObject(name, place.section.name, place.offset));
        }
        for (const name of this.#constants.keys()) {
            if (this.#attributes.get(name)?.global !== true) continue;
            symbols.push(this.#toObject(name, "*ABS*", Number(this.constantOf(name)?.constant ?? 0n)));
        }
        return symbols;
    }

    #toObject(name: string, section: string, offset: number): ObjectSymbol {
        const { kind = "label", size, global = false } = this.#attributes.get(name) ?? {};
        const bytes = size === undefined ? 0 : Number(evaluate(size, this).constant);
        return { name: objectName(name), section, offset, size: bytes, kind, global };
    }

    #attribute(name: string): Attributes {
        const attributes = this.#attributes.get(name) ?? {};
        this.#attributes.set(name, attributes);
        return attributes;
    }
}

function localName(number: string, count: number): string {
    return `${INTERNAL}${number}_${count}`;
}

/** The form of an internal name in objects. .L keeps it out of the way of names in sources. */
export function objectName(name: string): string {
    return name.startsWith(INTERNAL) ? `.L$${name.slice(1)}` : name;
}
