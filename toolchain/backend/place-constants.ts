/** Loads constants and symbol addresses that loops use before the loop. Works on selected SSA. */
import { Dominators, findLoops, type Loop } from "./control-flow.ts";
import { type Block, FIRST_VIRTUAL, type IrFunction, isCall } from "./ir.ts";

/** One loop may spend so many registers on constants. */
const MOST_IN_LOOP = 8;
const MOST_ACROSS_CALLS = 3;

export function placeConstants(fn: IrFunction): void {
    const replaced = new Map<number, number>();
    for (const loop of findLoops(fn, new Dominators(fn))) {
        if (loop.preheader !== undefined) moveOut(fn, loop, loop.preheader, replaced);
    }
    if (replaced.size === 0) return;
    const resolve = (value: number): number => {
        let current = value;
        for (let next = replaced.get(current); next !== undefined; next = replaced.get(current)) current = next;
        return current;
    };
    for (const block of fn.blocks) {
        for (const instruction of block.code) instruction.args = instruction.args.map(resolve);
        for (const phi of block.phis) phi.args = phi.args.map(resolve);
        block.end.args = block.end.args.map(resolve);
    }
}

/** Inner loops come first, so a constant moves out of all loops around it one by one. */
function moveOut(fn: IrFunction, loop: Loop, preheader: Block, replaced: Map<number, number>): void {
    const blocks = fn.blocks.filter((block) => loop.blocks.has(block));
    const most = blocks.some((block) => block.code.some(isCall)) ? MOST_ACROSS_CALLS : MOST_IN_LOOP;
    const moved = new Map<bigint, number>();
    for (const { d, value } of preheader.code) if (value !== undefined && d >= FIRST_VIRTUAL) moved.set(value, d);
    let count = 0;
    for (const block of blocks) {
        block.code = block.code.filter((instruction) => {
            const { op, d, value } = instruction;
            if (op !== "li" || value === undefined || d < FIRST_VIRTUAL) return true;
            const twin = moved.get(value);
            if (twin !== undefined) {
                replaced.set(d, twin);
                return false;
            }
            if (count >= most) return true;
            count++;
            moved.set(value, d);
            preheader.code.push(instruction);
            return false;
        });
    }
}
