/**
 * A region: the blocks of one page of code that can be reached from its entry, with the flow of control between them. Flow that leaves the
 * region, or enters a loop other than by its head, is an edge without a block.
 */
import { type Instruction, isCall } from "./instruction.ts";

export interface Edge {
    /** Undefined: out of the region. */
    to: Block | undefined;
    /** Of the target, from the start of the page; also outside it. */
    readonly offset: number;
    /** The turn may end here (turns.md 2.1). */
    readonly mayEnd: boolean;
}

/** How a block ends. `call` and `callRegister` go on with `edge` when the called function returns there. */
export type End =
    | { readonly kind: "go"; readonly edge: Edge }
    | { readonly kind: "branch"; readonly taken: Edge; readonly edge: Edge }
    | { readonly kind: "call"; readonly callee: Edge; readonly edge: Edge }
    | { readonly kind: "callRegister"; readonly edge: Edge }
    | { readonly kind: "jumpRegister" }
    | { readonly kind: "leave"; readonly offset: number };

export interface Block {
    readonly offset: number;
    /** Its last one is the branch or jump that `end` describes, if that is one. */
    readonly instructions: readonly Instruction[];
    end: End;
    /** Of an order in which a block's dominators come before it. */
    rank: number;
    predecessors: Block[];
    /** Its immediate dominator; the entry's is itself. */
    dominator: Block | undefined;
}

export interface Page {
    /** The instruction there; undefined where the page has none that is whole and legal. */
    at(offset: number): Instruction | undefined;
    /** True where code has run, or was decoded with code that has. */
    isKnown(offset: number): boolean;
}

const PAGE_BYTES = 4096;
const MOST_BLOCKS = 80;

/**
 * The blocks of the region at `entry`, in the order of their ranks, of `most` instructions or a few more; none when its first instruction
 * is not for the JIT.
 */
export function findRegion(page: Page, entry: number, most: number): Block[] {
    const finder = new Finder(page, entry, most);
    const first = finder.find();
    return first === undefined ? [] : order(first);
}

class Finder {
    readonly #page: Page;
    readonly #entry: number;
    readonly #most: number;
    readonly #leaders = new Set<number>();
    readonly #blocks = new Map<number, Block>();
    /** Where a call returns to, though nothing has run there yet. */
    readonly #assumed = new Set<number>();

    constructor(page: Page, entry: number, most: number) {
        this.#page = page;
        this.#entry = entry;
        this.#most = most;
    }

    find(): Block | undefined {
        this.#assumed.add(this.#entry);
        if (!this.#lead(this.#entry)) return undefined;
        let count = 0;
        const waiting = [this.#entry];
        const add = (offset: number, assumed = false): void => {
            if (assumed) this.#assumed.add(offset);
            if (this.#leaders.has(offset) || this.#leaders.size >= MOST_BLOCKS || count >= this.#most) return;
            if (this.#lead(offset)) waiting.push(offset);
        };
        for (let offset = waiting.shift(); offset !== undefined; offset = waiting.shift()) {
            for (let at = offset; count < this.#most; ) {
                const instruction = this.#at(at);
                if (instruction === undefined || (at !== offset && this.#leaders.has(at))) break;
                count++;
                const next = at + instruction.length;
                if (instruction.kind === "branch") {
                    add(next);
                    add(at + instruction.imm);
                } else if (isCall(instruction)) add(next, true);
                else if (instruction.kind === "jump") add(at + instruction.imm);
                if (endsBlock(instruction)) break;
                at = next;
            }
        }
        return this.#build();
    }

    #lead(offset: number): boolean {
        if (this.#at(offset) === undefined) return false;
        this.#leaders.add(offset);
        return true;
    }

    #build(): Block | undefined {
        let left = this.#most;
        for (const offset of this.#leaders) {
            const block = this.#blockAt(offset, left);
            left = Math.max(1, left - block.instructions.length);
            this.#blocks.set(offset, block);
        }
        for (const { end } of this.#blocks.values())
            for (const edge of edgesOf(end)) edge.to = this.#blocks.get(edge.offset);
        for (const block of this.#blocks.values()) {
            const { end } = block;
            if ((end.kind === "call" || end.kind === "callRegister") && end.edge.to === undefined)
                block.end = end.kind === "call" ? { kind: "go", edge: end.callee } : { kind: "jumpRegister" };
        }
        return this.#blocks.get(this.#entry);
    }

    #blockAt(offset: number, most: number): Block {
        const instructions: Instruction[] = [];
        const made = (end: End): Block => ({
            offset,
            instructions,
            end,
            rank: 0,
            predecessors: [],
            dominator: undefined,
        });
        for (let at = offset; ; ) {
            const instruction = this.#at(at);
            if (instruction === undefined) return made(this.#stop(at));
            if (at !== offset && this.#leaders.has(at)) return made({ kind: "go", edge: edgeTo(at) });
            if (instructions.length >= most) return made({ kind: "go", edge: edgeTo(at) });
            instructions.push(instruction);
            const next = at + instruction.length;
            if (endsBlock(instruction)) return made(endOf(instruction));
            at = next;
        }
    }

    /** The end of a block in front of an instruction that is not in the region. */
    #stop(at: number): End {
        if (at >= PAGE_BYTES || !this.#isKnown(at)) return { kind: "go", edge: edgeTo(at) };
        return { kind: "leave", offset: at };
    }

    #isKnown(offset: number): boolean {
        return this.#assumed.has(offset) || this.#page.isKnown(offset);
    }

    /** The instruction at `offset`; undefined if the JIT does not take it. */
    #at(offset: number): Instruction | undefined {
        if (offset < 0 || offset >= PAGE_BYTES || !this.#isKnown(offset)) return undefined;
        const instruction = this.#page.at(offset);
        return instruction?.kind === "leave" ? undefined : instruction;
    }
}

function endsBlock({ kind }: Instruction): boolean {
    return kind === "branch" || kind === "jump" || kind === "jumpRegister";
}

function edgeTo(offset: number, mayEnd = false): Edge {
    return { to: undefined, offset, mayEnd };
}

function endOf(instruction: Instruction): End {
    const { kind, offset, imm, length } = instruction;
    const next = edgeTo(offset + length);
    const target = edgeTo(offset + imm, imm <= 0);
    if (kind === "branch") return { kind, taken: target, edge: next };
    if (kind === "jump")
        return isCall(instruction) ? { kind: "call", callee: target, edge: next } : { kind: "go", edge: target };
    return isCall(instruction) ? { kind: "callRegister", edge: next } : { kind: "jumpRegister" };
}

/** The edges to other blocks of the region; a call's callee is none. */
export function edgesOf(end: End): Edge[] {
    if (end.kind === "branch") return [end.edge, end.taken];
    return end.kind === "jumpRegister" || end.kind === "leave" ? [] : [end.edge];
}

/** Sets ranks, predecessors and dominators, and cuts edges that enter a loop beside its head until there is none. */
function order(first: Block): Block[] {
    for (;;) {
        const blocks = ranked(first);
        findDominators(blocks);
        let cut = false;
        for (const block of blocks) {
            for (const edge of edgesOf(block.end)) {
                if (edge.to === undefined || edge.to.rank > block.rank || dominates(edge.to, block)) continue;
                edge.to = undefined;
                cut = true;
                if (block.end.kind === "call") block.end = { kind: "go", edge: block.end.callee };
                if (block.end.kind === "callRegister") block.end = { kind: "jumpRegister" };
            }
        }
        if (!cut) return blocks;
    }
}

function ranked(first: Block): Block[] {
    const seen = new Set<Block>();
    const blocks: Block[] = [];
    const visit = (block: Block): void => {
        seen.add(block);
        for (const { to } of edgesOf(block.end)) if (to !== undefined && !seen.has(to)) visit(to);
        blocks.push(block);
    };
    visit(first);
    blocks.reverse();
    blocks.forEach((block, i) => {
        block.rank = i;
        block.predecessors = [];
        block.dominator = undefined;
    });
    for (const block of blocks) for (const { to } of edgesOf(block.end)) to?.predecessors.push(block);
    return blocks;
}

function findDominators(blocks: readonly Block[]): void {
    const first = blocks[0] as Block;
    first.dominator = first;
    for (let changed = true; changed; ) {
        changed = false;
        for (const block of blocks.slice(1)) {
            let dominator: Block | undefined;
            for (const predecessor of block.predecessors) {
                if (predecessor.dominator === undefined) continue;
                dominator = dominator === undefined ? predecessor : common(predecessor, dominator);
            }
            changed ||= dominator !== block.dominator;
            block.dominator = dominator;
        }
    }
}

function common(one: Block, other: Block): Block {
    let [a, b] = [one, other];
    while (a !== b) {
        while (a.rank > b.rank) a = a.dominator as Block;
        while (b.rank > a.rank) b = b.dominator as Block;
    }
    return a;
}

function dominates(one: Block, other: Block): boolean {
    let block = other;
    while (block.rank > one.rank) block = block.dominator as Block;
    return block === one;
}
