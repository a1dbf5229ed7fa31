/**
 * Checks asc's output at build time (docs/compiler.md, "What guest code may not do"). Each broken rule is one CompileError that says how to
 * fix it.
 */

import { CompileError } from "../../toolchain/backend/compile-error.ts";
import { parseWasm } from "../../toolchain/backend/wasm-parse.ts";
import type { StructLayout } from "../../toolchain/link/layout.ts";
import type { AscResult } from "./asc.ts";

/** Linear memory below this is asc's null page. No static datum may lie there. */
const LOWEST_STATIC = 1024;

/** Throws CompileError unless the module can be linked as RV64 code. */
export function checkModule(result: AscResult, memoryBase: number, importModules: readonly string[]): void {
    const problems = [...moduleProblems(result, memoryBase, importModules), ...result.layouts.flatMap(layoutProblems)];
    if (problems.length > 0) throw new CompileError(problems.map((problem) => `${result.name}: ${problem}`).join("\n"));
}

function moduleProblems(result: AscResult, memoryBase: number, importModules: readonly string[]): string[] {
    const module = parseWasm(result.wasm);
    const problems: string[] = [];
    if (module.start !== undefined) {
        problems.push("has a start function: top-level initialisers must be compile-time constants");
    }
    for (const { module: from, name } of module.imports) {
        if (from === "env" && name === "memory") continue;
        if (importModules.includes(from)) continue;
        const hint = from === "env" && name === "abort" ? " (a managed operation or an assert; see --noAssert)" : "";
        problems.push(`imports ${from}.${name}${hint}; allowed modules are ${importModules.join(" and ")}`);
    }
    for (const [index, name] of module.functionNames) {
        if (name.startsWith("~lib/rt/")) {
            problems.push(`function ${name} (index ${index}) allocates managed objects; use @unmanaged classes`);
        }
    }
    const lowest = Math.max(memoryBase, LOWEST_STATIC);
    for (const segment of module.data) {
        if (segment.offset !== undefined && segment.offset < lowest) {
            problems.push(`has static data at ${segment.offset}, below ${lowest}: is --memoryBase in decimal?`);
        }
    }
    if (module.elements.length > 0 && !module.exports.some((entry) => entry.kind === "table")) {
        problems.push("does not export its function table (--exportTable)");
    }
    return problems;
}

function layoutProblems(layout: StructLayout): string[] {
    const align = layout.fields.reduce((most, field) => Math.max(most, field.size), 1);
    if (layout.size % align === 0) return [];
    const missing = align - (layout.size % align);
    return [
        `class ${layout.name} (${layout.file}) has ${layout.size} bytes but alignment ${align}: add ${missing} bytes of padding`,
    ];
}
