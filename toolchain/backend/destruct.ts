/** Leaves SSA: phis become copies at the end of the predecessors, and edges that need a place for them get a block. */
import {
    type Block,
    type Instruction,
    type IrFunction,
    isFloatValue,
    linkPredecessors,
    newBlock,
    newInstruction,
} from "./ir.ts";

interface Copy {
    readonly to: number;
    from: number;
}

export function destructSsa(fn: IrFunction): void {
    const after = new Map<Block, Block[]>();
    for (const block of fn.blocks) {
        if (block.phis.length === 0) continue;
        block.predecessors.forEach((predecessor, i) => {
            const copies = block.phis.map((phi): Copy => ({ to: phi.d, from: phi.args[i] as number }));
            const place = predecessor.end.targets.length === 1 ? predecessor : splitEdge(fn, predecessor, block, after);
            place.code.push(...sequence(fn, copies, predecessor.end.at));
        });
        block.phis = [];
    }
    fn.blocks = fn.blocks.flatMap((block) => [block, ...(after.get(block) ?? [])]);
    linkPredecessors(fn);
}

function splitEdge(fn: IrFunction, from: Block, to: Block, after: Map<Block, Block[]>): Block {
    const middle = newBlock(fn);
    middle.end = { kind: "jump", args: [], targets: [to], at: from.end.at };
    from.end.targets = from.end.targets.map((target) => (target === to ? middle : target));
    after.set(from, [...(after.get(from) ?? []), middle]);
    return middle;
}

/** The parallel copies as a sequence. A cycle goes through a fresh value. Constants come last, because they read nothing. */
function sequence(fn: IrFunction, copies: readonly Copy[], at: number): Instruction[] {
    const out: Instruction[] = [];
    const constants = copies.filter((copy) => fn.constants.has(copy.from));
    let open = copies.filter((copy) => !fn.constants.has(copy.from) && copy.from !== copy.to);
    while (open.length > 0) {
        const ready = open.find((copy) => !open.some((other) => other.from === copy.to));
        if (ready === undefined) {
            const [first] = open as [Copy];
            const saved = fn.nextValue++;
            if (isFloatValue(fn, first.to)) fn.floats.add(saved);
            out.push(newInstruction("mv", saved, [first.to], 0, at));
            for (const copy of open) if (copy.from === first.to) copy.from = saved;
            continue;
        }
        out.push(newInstruction("mv", ready.to, [ready.from], 0, at));
        open = open.filter((copy) => copy !== ready);
    }
    for (const { to, from } of constants) {
        out.push({ ...newInstruction("li", to, [], 0, at), value: fn.constants.get(from) as bigint });
    }
    return out;
}
