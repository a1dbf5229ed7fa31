/** Dominators and loops of a function's blocks. The blocks must be in reverse postorder of the forward edges, and they are built so. */
import type { Block, IrFunction } from "./ir.ts";

export interface Loop {
    readonly header: Block;
    readonly blocks: ReadonlySet<Block>;
    /** The only block outside the loop that enters it, if it goes nowhere else; else undefined. */
    readonly preheader: Block | undefined;
}

export class Dominators {
    /** Entry and exit numbers of a walk of the dominator tree, by block id. */
    readonly #first: number[] = [];
    readonly #last: number[] = [];
    readonly immediate = new Map<Block, Block>();

    constructor(fn: IrFunction) {
        const order = new Map(fn.blocks.map((block, i) => [block, i]));
        this.#findImmediate(fn, order);
        this.#number(fn);
    }

    /** True also when both are the same block. */
    dominates(a: Block, b: Block): boolean {
        return (
            (this.#first[a.id] as number) <= (this.#first[b.id] as number) &&
            (this.#last[b.id] as number) <= (this.#last[a.id] as number)
        );
    }

    /** The algorithm is Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm". */
    #findImmediate(fn: IrFunction, order: ReadonlyMap<Block, number>): void {
        const { immediate } = this;
        const position = (block: Block) => order.get(block) as number;
        const [entry] = fn.blocks;
        if (entry === undefined) return;
        immediate.set(entry, entry);
        for (let changed = true; changed; ) {
            changed = false;
            for (const block of fn.blocks.slice(1)) {
                let best: Block | undefined;
                for (const predecessor of block.predecessors) {
                    if (!immediate.has(predecessor)) continue;
                    if (best === undefined) {
                        best = predecessor;
                        continue;
                    }
                    let other = predecessor;
                    while (best !== other) {
                        if (position(best) > position(other)) best = immediate.get(best) as Block;
                        else other = immediate.get(other) as Block;
                    }
                }
                if (best !== undefined && immediate.get(block) !== best) {
                    immediate.set(block, best);
                    changed = true;
                }
            }
        }
    }

    #number(fn: IrFunction): void {
        const children = new Map<Block, Block[]>(fn.blocks.map((block) => [block, []]));
        for (const block of fn.blocks.slice(1)) {
            const parent = this.immediate.get(block);
            if (parent !== undefined) children.get(parent)?.push(block);
        }
        let clock = 0;
        const open: { block: Block; next: number }[] = fn.blocks.slice(0, 1).map((block) => ({ block, next: 0 }));
        for (const start of open) this.#first[start.block.id] = clock++;
        while (open.length > 0) {
            const top = open[open.length - 1] as { block: Block; next: number };
            const child = children.get(top.block)?.[top.next++];
            if (child === undefined) {
                this.#last[top.block.id] = clock++;
                open.pop();
            } else {
                this.#first[child.id] = clock++;
                open.push({ block: child, next: 0 });
            }
        }
    }
}

/** Natural loops, inner ones before the loops around them. Sets the depth of every block. */
export function findLoops(fn: IrFunction, dominators: Dominators): Loop[] {
    const loops: Loop[] = [];
    for (const block of fn.blocks) block.depth = 0;
    for (const header of fn.blocks) {
        const latches = header.predecessors.filter((predecessor) => dominators.dominates(header, predecessor));
        if (latches.length === 0) continue;
        const blocks = new Set<Block>([header]);
        const open = latches.filter((latch) => latch !== header);
        for (let block = open.pop(); block !== undefined; block = open.pop()) {
            if (blocks.has(block)) continue;
            blocks.add(block);
            open.push(...block.predecessors);
        }
        for (const block of blocks) block.depth++;
        const entries = header.predecessors.filter((predecessor) => !blocks.has(predecessor));
        const [entry] = entries;
        const preheader = entries.length === 1 && entry?.end.targets.length === 1 ? entry : undefined;
        loops.push({ header, blocks, preheader });
    }
    return loops.sort((a, b) => a.blocks.size - b.blocks.size);
}

/** Drops blocks that cannot be reached. Returns the others. */
export function dropUnreachable(fn: IrFunction): Set<Block> {
    const reached = new Set<Block>();
    const open = fn.blocks.slice(0, 1);
    for (let block = open.pop(); block !== undefined; block = open.pop()) {
        if (reached.has(block)) continue;
        reached.add(block);
        open.push(...block.end.targets);
    }
    fn.blocks = fn.blocks.filter((block) => reached.has(block));
    return reached;
}

/** Drops blocks that cannot be reached, and the phi arguments of edges from them. */
export function removeUnreachable(fn: IrFunction): void {
    const reached = dropUnreachable(fn);
    for (const block of fn.blocks) {
        const keep = block.predecessors.map(
            (predecessor) => reached.has(predecessor) && predecessor.end.targets.includes(block),
        );
        if (keep.every(Boolean)) continue;
        for (const phi of block.phis) phi.args = phi.args.filter((_, i) => keep[i]);
        block.predecessors = block.predecessors.filter((_, i) => keep[i]);
    }
}
