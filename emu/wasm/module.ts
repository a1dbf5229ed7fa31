/** Builds a Wasm module that imports the shared memory and functions, and exports functions. */
import { WasmBuffer } from "./buffer.ts";
import type { WasmFunction } from "./function.ts";
import { FUNCTION_TYPE } from "./types.ts";

export interface Signature {
    readonly parameters: readonly number[];
    readonly results: readonly number[];
}

export interface FunctionImport extends Signature {
    readonly name: string;
}

const MEMORY_SHARED = 0x03;
const FUNCTION_REFERENCE = 0x70;
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const MAXIMUM_PAGES = 65536;

/**
 * Imports are `core.NAME`, the memory `core.memory` and, when functions are called through it, the table `core.table`; function i of
 * `imports` has index i. The types of `indirect` come
 * first.
 */
export function wasmModule(
    imports: readonly FunctionImport[],
    functions: readonly (Signature & { readonly name: string; readonly body: WasmFunction })[],
    indirect: readonly Signature[] = [],
): Uint8Array {
    const out = new WasmBuffer();
    out.append(HEADER);
    const signatures: readonly Signature[] = [...indirect, ...imports, ...functions];
    section(out, SECTION.type, signatures, (s, buffer) => {
        buffer.byte(FUNCTION_TYPE);
        buffer.unsigned(s.parameters.length);
        buffer.append(s.parameters);
        buffer.unsigned(s.results.length);
        buffer.append(s.results);
    });
    const objects: readonly ("memory" | "table")[] = indirect.length === 0 ? ["memory"] : ["memory", "table"];
    section(out, SECTION.import, [...objects, ...imports], (item, buffer, index) => {
        buffer.name("core");
        if (item === "memory") {
            buffer.name(item);
            buffer.append([0x02, MEMORY_SHARED]);
            buffer.unsigned(1);
            buffer.unsigned(MAXIMUM_PAGES);
        } else if (item === "table") {
            buffer.name(item);
            buffer.append([0x01, FUNCTION_REFERENCE, 0x00, 0x00]);
        } else {
            buffer.name(item.name);
            buffer.byte(0x00);
            buffer.unsigned(indirect.length + index - objects.length);
        }
    });
    const firstType = imports.length + indirect.length;
    section(out, SECTION.function, functions, (_, buffer, index) => buffer.unsigned(firstType + index));
    section(out, SECTION.export, functions, (item, buffer, index) => {
        buffer.name(item.name);
        buffer.byte(0x00);
        buffer.unsigned(imports.length + index);
    });
    section(out, SECTION.code, functions, (item, buffer) => {
        const code = item.body.encode();
        buffer.unsigned(code.length);
        buffer.append(code);
    });
    return out.bytes();
}

function section<T>(
    out: WasmBuffer,
    id: number,
    items: readonly T[],
    write: (item: T, buffer: WasmBuffer, index: number) => void,
): void {
    const content = new WasmBuffer();
    content.unsigned(items.length);
    items.forEach((item, index) => {
        write(item, content, index);
    });
    out.byte(id);
    out.unsigned(content.length);
    out.append(content.bytes());
}
