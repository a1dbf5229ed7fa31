// asc transform: cstr("text") becomes the address (usize) of the text's UTF-8 bytes and a NUL, in static data. asc has no such form of its
// own: its string literals are UTF-16 objects of the managed runtime (docs/compiler.md, "What guest code may not do").
import { Parser } from "assemblyscript";
import { Transform } from "assemblyscript/transform";

const STRING_LITERAL = 2;
const SKIPPED_KEYS = new Set(["range", "source", "parent", "tokenizer"]);

export default class CstrTransform extends Transform {
    afterParse(parser) {
        for (const source of parser.sources) {
            if (source.isLibrary) continue;
            for (const statement of source.statements) this.visit(statement);
        }
    }

    /** Replaces the cstr calls below `node`. */
    visit(node) {
        for (const key of Object.keys(node)) {
            if (SKIPPED_KEYS.has(key)) continue;
            const child = node[key];
            if (Array.isArray(child)) {
                for (let i = 0; i < child.length; i++) child[i] = this.replace(child[i]);
            } else if (child !== null && typeof child === "object") {
                node[key] = this.replace(child);
            }
        }
    }

    replace(node) {
        if (node === null || typeof node !== "object") return node;
        if (node.expression?.text !== "cstr" || node.args === undefined) {
            if (node.range !== undefined) this.visit(node);
            return node;
        }
        const literal = node.args[0];
        if (node.args.length !== 1 || literal.literalKind !== STRING_LITERAL) {
            throw new Error(`${place(node)}: cstr() takes one string literal`);
        }
        const bytes = [...Buffer.from(literal.value, "utf8"), 0];
        return moved(parseExpression(`memory.data<u8>([${bytes.join(",")}])`), node.range);
    }
}

function place(node) {
    const { source, start } = node.range;
    return `${source.normalizedPath}:${source.lineAt(start)}`;
}

function parseExpression(text) {
    const parser = new Parser();
    parser.parseFile(text, "cstr.ts", true);
    return parser.sources[0].statements[0].expression;
}

/** The tree with every source range set to `range`, so that messages and the source map name the call. */
function moved(node, range) {
    if (node.range !== undefined) node.range = range;
    for (const key of Object.keys(node)) {
        if (SKIPPED_KEYS.has(key)) continue;
        const child = node[key];
        for (const one of Array.isArray(child) ? child : [child]) {
            if (one !== null && typeof one === "object") moved(one, range);
        }
    }
    return node;
}
