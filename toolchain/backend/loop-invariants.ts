/** Loop-invariant code motion on SSA: pure operations, and loads of the header, move to the block before the loop. */
import { Dominators, findLoops, type Loop } from "./control-flow.ts";
import { type Block, type Instruction, type IrFunction, isCall } from "./ir.ts";
import { isPure, OPERATIONS } from "./operations.ts";
import { changesMemory } from "./value-numbering.ts";

/** One loop may keep so many values in registers for its invariants. More would spill. */
const MOST_MOVED = 10;
/** Replaces MOST_MOVED where a call in the loop makes each value cost a saved register. */
const MOST_MOVED_ACROSS_CALLS = 3;

export function moveInvariants(fn: IrFunction): void {
    const dominators = new Dominators(fn);
    const home = new Map<number, Block>();
    for (const block of fn.blocks) {
        for (const phi of block.phis) home.set(phi.d, block);
        for (const instruction of block.code) if (instruction.d >= 0) home.set(instruction.d, block);
    }
    for (const loop of findLoops(fn, dominators)) {
        if (loop.preheader !== undefined) moveOut(fn, loop, loop.preheader, home);
    }
}

function moveOut(fn: IrFunction, loop: Loop, preheader: Block, home: Map<number, Block>): void {
    const blocks = fn.blocks.filter((block) => loop.blocks.has(block));
    const calls = blocks.some((block) => block.code.some(isCall));
    const clobbers = blocks.some((block) => block.code.some(changesMemory));
    const most = calls ? MOST_MOVED_ACROSS_CALLS : MOST_MOVED;
    const outside = (value: number) => {
        const block = home.get(value);
        return block === undefined || !loop.blocks.has(block);
    };
    let moved = 0;
    for (const block of blocks) {
        block.code = block.code.filter((instruction) => {
            if (moved >= most || !instruction.args.every(outside)) return true;
            if (!isMovable(instruction, block === loop.header && !clobbers, calls)) return true;
            preheader.code.push(instruction);
            home.set(instruction.d, preheader);
            moved++;
            return false;
        });
    }
}

function isMovable(instruction: Instruction, loadsToo: boolean, calls: boolean): boolean {
    if (OPERATIONS[instruction.op].effect === "load") return loadsToo && instruction.volatile !== true;
    if (!isPure(instruction.op) || instruction.op === "param") return false;
    return !calls || instruction.op === "lui";
}
