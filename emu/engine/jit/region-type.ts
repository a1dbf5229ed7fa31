/** What a compiled region is as a function: its parameters, its results, and what it may call. */
import type { FunctionImport, Signature } from "../../wasm/module.ts";
import { I32, I64 } from "../../wasm/types.ts";
import { CORE_IMPORTS } from "../core-imports.ts";

/**
 * region(hart, base, page, depth): the hart's host address, that of the decoded page, the virtual address of the page, and how many
 * calls may still be nested. PC, BUDGET and registers are the hart's state on entry and on return. It returns a LEFT_*.
 */
export const REGION: Signature = { parameters: [I32, I32, I64, I32], results: [I32] };
/** Its type in modules that call regions. */
export const REGION_TYPE = 0;

/** The interpreter goes on at PC, by compiled code if there is some. */
export const LEFT_AT_PC = 0;
/** The turn has ended at PC. */
export const LEFT_TURN = 1;
/** A slow path has set EXIT. */
export const LEFT_BY_SLOW_PATH = 2;
/** The interpreter itself executes the instruction at PC. */
export const LEFT_TO_INTERPRETER = 3;

/** Calls of guest functions that are calls of Wasm functions, one in the other. */
export const MOST_NESTED = 40;

/** Goes on at PC of the hart, in compiled code if there is some (jit/dispatch.ts). */
export const DISPATCH: FunctionImport = { name: "dispatch", parameters: [I32, I32], results: [I32] };

/** Goes on in the region that the last one, a heat, says (jit/dispatch.ts). */
export const ENTER: FunctionImport = { name: "enter", parameters: [...REGION.parameters, I32], results: [I32] };

/** A region hears that its kind is not for the hart, or that an access fails: the decoded page, and the offset in it. */
export const JIT_HOST: readonly FunctionImport[] = [
    { name: "left_by_mode", parameters: [I32, I32], results: [] },
    { name: "left_by_access", parameters: [I32, I32], results: [] },
];

const byName = new Map<string, FunctionImport>(
    [...CORE_IMPORTS, DISPATCH, ENTER, ...JIT_HOST].map((item) => [item.name, item]),
);

/** The imports of a module of regions: those that its code uses, numbered as they are first used. */
export class RegionImports {
    readonly list: FunctionImport[] = [];
    readonly #indices = new Map<string, number>();

    readonly indexOf = (name: string): number => {
        let index = this.#indices.get(name);
        if (index === undefined) {
            const found = byName.get(name);
            if (found === undefined) throw new Error(`regions cannot call ${name}`);
            index = this.list.push(found) - 1;
            this.#indices.set(name, index);
        }
        return index;
    };
}
