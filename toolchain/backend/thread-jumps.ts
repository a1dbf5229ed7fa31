/**
 * Jump threading on SSA: a block that only tests a phi is skipped by each predecessor for which the outcome is known. asc makes such phis
 * of constants for short-circuit conditions (a && b as a value).
 */
import type { Block, Instruction, IrFunction } from "./ir.ts";
import { evaluate } from "./operations.ts";
import type { Ssa } from "./ssa.ts";

/** Threads until nothing changes. Each round removes at least one edge into a testing block. */
export function threadJumps(ssa: Ssa): void {
    const { fn } = ssa;
    const usedElsewhere = outsideUses(fn);
    const order = new Map(fn.blocks.map((block, i) => [block, i]));
    const isLoopHeader = (block: Block) => {
        return block.predecessors.some(
            (predecessor) => (order.get(predecessor) as number) >= (order.get(block) as number),
        );
    };
    for (let changed = true; changed; ) {
        changed = false;
        for (const block of fn.blocks) {
            const test = testOf(ssa, block, usedElsewhere);
            // A second way into a loop would make it irreducible.
            if (test !== undefined && !isLoopHeader(block) && threadBlock(ssa, block, test)) {
                changed = true;
            }
        }
    }
}

/** The test that a block makes, with nothing else but phis: it branches when `op`(phi, constant), or the phi itself, is not zero. */
interface Test {
    readonly phi: number;
    readonly compare: Instruction | undefined;
}

/** Values that are used outside the block that defines them, other than by phis of its successors. */
function outsideUses(fn: IrFunction): Set<number> {
    const home = new Map<number, Block>();
    for (const block of fn.blocks) {
        for (const phi of block.phis) home.set(phi.d, block);
        for (const { d } of block.code) home.set(d, block);
    }
    const used = new Set<number>();
    for (const block of fn.blocks) {
        const use = (value: number) => {
            if (home.get(value) !== block) used.add(value);
        };
        for (const instruction of block.code) instruction.args.forEach(use);
        block.end.args.forEach(use);
        for (const phi of block.phis) {
            phi.args.forEach((arg, i) => {
                if (home.get(arg) !== block.predecessors[i]) used.add(arg);
            });
        }
    }
    return used;
}

function testOf(ssa: Ssa, block: Block, usedElsewhere: ReadonlySet<number>): Test | undefined {
    const { end, code, phis } = block;
    if (end.kind !== "branch" || end.args[1] !== 0 || code.length > 1 || phis.length === 0) return undefined;
    if (end.targets[0] === end.targets[1] || end.targets.includes(block)) return undefined;
    if (phis.some(({ d }) => usedElsewhere.has(d)) || code.some(({ d }) => usedElsewhere.has(d))) return undefined;
    const [condition = 0] = end.args;
    const [compare] = code;
    const isPhi = (value: number | undefined) => phis.some(({ d }) => d === value);
    if (compare === undefined) return isPhi(condition) ? { phi: condition, compare } : undefined;
    const [a, b = 0] = compare.args;
    const escapes = end.targets.some((target) => target.phis.some(({ args }) => args.includes(compare.d)));
    const simple =
        !escapes && compare.d === condition && isPhi(a) && ssa.constantOf(b) !== undefined && compare.args.length === 2;
    return simple && evaluate(compare.op, 0n, 0n) !== undefined ? { phi: a as number, compare } : undefined;
}

function threadBlock(ssa: Ssa, block: Block, test: Test): boolean {
    const phi = block.phis.find(({ d }) => d === test.phi);
    const { end } = block;
    const [yes, no] = end.targets;
    if (end.kind !== "branch" || phi === undefined || yes === undefined || no === undefined) return false;
    for (const [i, predecessor] of block.predecessors.entries()) {
        const constant = ssa.constantOf(phi.args[i] as number);
        if (constant === undefined || predecessor.end.kind !== "jump" || predecessor === block) continue;
        const { compare } = test;
        const value =
            compare === undefined ? constant : evaluate(compare.op, constant, ssa.constantOf(compare.args[1] ?? 0));
        const target = (value !== 0n) === (end.op === "bne") ? yes : no;
        redirect(block, i, predecessor, target);
        return true;
    }
    return false;
}

/** Moves the edge predecessor -> block to predecessor -> target. */
function redirect(block: Block, index: number, predecessor: Block, target: Block): void {
    const through = target.predecessors.indexOf(block);
    for (const phi of target.phis) {
        const value = phi.args[through] as number;
        const own = block.phis.find(({ d }) => d === value);
        phi.args.push(own === undefined ? value : (own.args[index] as number));
    }
    target.predecessors.push(predecessor);
    predecessor.end = { ...predecessor.end, targets: [target] };
    block.predecessors = block.predecessors.filter((_, i) => i !== index);
    for (const phi of block.phis) phi.args = phi.args.filter((_, i) => i !== index);
}
