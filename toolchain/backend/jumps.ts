/** Cleans up blocks after SSA: empty blocks are skipped, chains merged, loops inverted. */
import { dropUnreachable } from "./control-flow.ts";
import { type Block, type IrFunction, isCall, linkPredecessors, ZERO } from "./ir.ts";
import { BRANCHES, evaluate } from "./operations.ts";

/** The longest chain of empty blocks that is followed. Only an endless empty loop is longer. */
const LONGEST_CHAIN = 32;
/** Instructions of a loop header that may be copied to the loop's end. */
const LONGEST_HEADER = 8;

/** Branches to blocks that only jump on go to their goal. Unreachable blocks are removed, and lone successors are appended. */
export function cleanJumps(fn: IrFunction): void {
    for (const block of fn.blocks) {
        block.end.targets = block.end.targets.map(goal);
        const [yes, no] = block.end.targets;
        if (block.end.kind === "branch" && yes === no && yes !== undefined) {
            block.end = { ...block.end, kind: "jump", args: [], targets: [yes] };
        }
    }
    dropUnreachable(fn);
    linkPredecessors(fn);
    mergeChains(fn);
    linkPredecessors(fn);
}

function goal(block: Block): Block {
    let current = block;
    for (let i = 0; i < LONGEST_CHAIN; i++) {
        const [next] = current.end.targets;
        if (current.code.length > 0 || current.end.kind !== "jump" || next === undefined || next === current) break;
        current = next;
    }
    return current;
}

function mergeChains(fn: IrFunction): void {
    const [entry] = fn.blocks;
    const gone = new Set<Block>();
    for (const block of fn.blocks) {
        if (gone.has(block)) continue;
        for (;;) {
            const [next] = block.end.targets;
            if (block.end.kind !== "jump" || next === undefined || next === block || next === entry) break;
            if (next.predecessors.length !== 1) break;
            block.code.push(...next.code);
            block.end = next.end;
            gone.add(next);
            for (const target of block.end.targets) {
                target.predecessors = target.predecessors.map((predecessor) =>
                    predecessor === next ? block : predecessor,
                );
            }
        }
    }
    fn.blocks = fn.blocks.filter((block) => !gone.has(block));
}

/** A jump to a return block of at most `longest` instructions becomes a copy of it. */
export function duplicateReturns(fn: IrFunction, longest: number): void {
    for (const [i, block] of fn.blocks.entries()) {
        const [target] = block.end.targets;
        if (block.end.kind !== "jump" || target === undefined || target === fn.blocks[i + 1]) continue;
        if (target.end.kind !== "return" || target.code.length > longest) continue;
        block.code.push(...target.code.map((instruction) => ({ ...instruction, args: [...instruction.args] })));
        block.end = { ...target.end, args: [...target.end.args], targets: [] };
    }
    dropUnreachable(fn);
    linkPredecessors(fn);
}

/** Folds branches on constants of their own block, such as the first test of a loop that counts from a constant, after loop inversion. */
export function foldConstantBranches(fn: IrFunction): void {
    for (const block of fn.blocks) {
        const { end } = block;
        const [yes, no] = end.targets;
        if (end.kind !== "branch" || yes === undefined || no === undefined) continue;
        const [a, b] = end.args.map((arg) => constantAtEnd(block, arg));
        if (a === undefined || b === undefined) continue;
        const holds = evaluate(BRANCHES[end.op].compare, a, b) === 1n;
        block.end = { ...end, kind: "jump", args: [], targets: [holds ? yes : no] };
    }
}

function constantAtEnd(block: Block, value: number): bigint | undefined {
    if (value === ZERO) return 0n;
    return block.code.findLast(({ d, temporaries }) => d === value || temporaries?.includes(value))?.value;
}

/** A jump back to a short header that tests becomes the test itself: one branch a turn instead of two. */
export function invertLoops(fn: IrFunction): void {
    const position = new Map(fn.blocks.map((block, i) => [block, i]));
    fn.blocks.forEach((latch, i) => {
        const [header] = latch.end.targets;
        if (latch.end.kind !== "jump" || header === undefined || (position.get(header) as number) > i) return;
        if (header.end.kind !== "branch" || header.code.length > LONGEST_HEADER || header.code.some(isCall)) return;
        if (!header.end.targets.some((target) => (position.get(target) as number) > i)) return;
        latch.code.push(...header.code.map((instruction) => ({ ...instruction, args: [...instruction.args] })));
        latch.end = { ...header.end, args: [...header.end.args], targets: [...header.end.targets] };
    });
    linkPredecessors(fn);
}
