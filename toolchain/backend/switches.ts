/** Multi-way branches as a binary search over runs of equal targets. Every target has the switch as its only predecessor. */
import { type Block, type Instruction, type IrFunction, newBlock, newInstruction, ZERO } from "./ir.ts";

interface Run {
    readonly first: number;
    readonly target: Block;
}

export function lowerSwitches(fn: IrFunction): void {
    for (const block of [...fn.blocks]) {
        if (block.end.kind !== "switch") continue;
        const made: Block[] = [];
        const runs = findRuns(block.end.targets);
        search(fn, block, block.end.args[0] ?? ZERO, block.end.at, runs, made);
        fn.blocks.splice(fn.blocks.indexOf(block) + 1, 0, ...made);
    }
}

/** Runs of the targets of indexes from `first` on. The last run is the default and goes up to 2^32. */
function findRuns(targets: readonly Block[]): Run[] {
    const runs: Run[] = [];
    targets.forEach((target, first) => {
        if (runs[runs.length - 1]?.target !== target) runs.push({ first, target });
    });
    return runs;
}

function search(fn: IrFunction, block: Block, index: number, at: number, runs: readonly Run[], made: Block[]): void {
    const [first] = runs;
    if (first === undefined) return;
    if (runs.length === 1) {
        block.end = { kind: "jump", args: [], targets: [first.target], at };
        return;
    }
    const middle = runs.length >> 1;
    const bound = (runs[middle] as Run).first;
    const [low, high] = [runs.slice(0, middle), runs.slice(middle)];
    const arm = (part: readonly Run[]): Block => {
        if (part.length === 1) return (part[0] as Run).target;
        const next = newBlock(fn);
        made.push(next);
        search(fn, next, index, at, part, made);
        return next;
    };
    const targets = [arm(low), arm(high)];
    if (bound === 1) {
        block.end = { kind: "branch", op: "beq", args: [index, ZERO], targets, at };
        return;
    }
    const limit: Instruction = { ...newInstruction("li", fn.nextValue++, [], 0, at), value: BigInt(bound) };
    block.code.push(limit);
    block.end = { kind: "branch", op: "bltu", args: [index, limit.d], targets, at };
}
