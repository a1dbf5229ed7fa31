/** Removes instructions and phis whose results are not used. Works on SSA, and on the form that destruct leaves. */
import { FIRST_VIRTUAL, type Instruction, type IrFunction, isRemovable } from "./ir.ts";

export function removeDeadCode(fn: IrFunction): void {
    const definitions = new Map<number, (Instruction | { args: number[] })[]>();
    const define = (value: number, by: Instruction | { args: number[] }) => {
        const list = definitions.get(value);
        if (list === undefined) definitions.set(value, [by]);
        else list.push(by);
    };
    const needed = new Set<number>();
    const open: number[] = [];
    const need = (values: readonly number[]) => {
        for (const value of values) {
            if (needed.has(value)) continue;
            needed.add(value);
            open.push(value);
        }
    };
    for (const block of fn.blocks) {
        for (const phi of block.phis) define(phi.d, phi);
        for (const instruction of block.code) {
            if (isDroppable(instruction)) define(instruction.d, instruction);
            else need(instruction.args);
        }
        need(block.end.args);
    }
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
        for (const definition of definitions.get(value) ?? []) need(definition.args);
    }
    for (const block of fn.blocks) {
        block.phis = block.phis.filter((phi) => needed.has(phi.d));
        block.code = block.code.filter((instruction) => !isDroppable(instruction) || needed.has(instruction.d));
    }
}

/** Writes to registers of the calling convention stay, because calls read them without naming them in `args`. */
function isDroppable(instruction: Instruction): boolean {
    return instruction.d >= FIRST_VIRTUAL && isRemovable(instruction);
}
