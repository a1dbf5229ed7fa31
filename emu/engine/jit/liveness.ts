/**
 * Which registers a region's code holds in locals at each block: those written since the hart's state was last complete (`dirty`), and
 * those whose present value something later needs (`live`). Every way out of the region stores what is dirty there.
 */
import type { Instruction } from "./instruction.ts";
import { type Block, type Edge, edgesOf } from "./region.ts";
import { NO_REGISTERS, type RegisterSet } from "./register-set.ts";

export interface Registers {
    /** At the block's start. */
    readonly dirty: RegisterSet;
    readonly live: RegisterSet;
    /** At its end. */
    readonly dirtyAfter: RegisterSet;
}

/** Of each block. `mayLeave` says whether code of the instruction may leave the region. */
export function findRegisters(
    blocks: readonly Block[],
    mayLeave: (instruction: Instruction) => boolean,
): Map<Block, Registers> {
    const dirty = findDirty(blocks);
    const live = findLive(blocks, dirty, mayLeave);
    return new Map(
        blocks.map((block) => {
            const before = dirty.get(block) as RegisterSet;
            return [block, { dirty: before, live: live.get(block) as RegisterSet, dirtyAfter: before.or(writesOf(block)) }];
        }),
    );
}

function writesOf({ instructions }: Block): RegisterSet {
    return instructions.reduce((set, { writes }) => set.or(writes), NO_REGISTERS);
}

/** A called function has the hart's state complete, and leaves it complete. */
export function isCallEnd({ end }: Block): boolean {
    return end.kind === "call" || end.kind === "callRegister";
}

function findDirty(blocks: readonly Block[]): Map<Block, RegisterSet> {
    const before = new Map<Block, RegisterSet>(blocks.map((block) => [block, NO_REGISTERS]));
    const after = (block: Block) =>
        isCallEnd(block) ? NO_REGISTERS : (before.get(block) as RegisterSet).or(writesOf(block));
    for (let changed = true; changed; ) {
        changed = false;
        for (const block of blocks) {
            const found = block.predecessors.reduce((set, each) => set.or(after(each)), NO_REGISTERS);
            if (found.equals(before.get(block) as RegisterSet)) continue;
            before.set(block, found);
            changed = true;
        }
    }
    return before;
}

function findLive(
    blocks: readonly Block[],
    dirty: ReadonlyMap<Block, RegisterSet>,
    mayLeave: (instruction: Instruction) => boolean,
): Map<Block, RegisterSet> {
    const live = new Map<Block, RegisterSet>(blocks.map((block) => [block, NO_REGISTERS]));
    for (let changed = true; changed; ) {
        changed = false;
        for (const block of blocks.toReversed()) {
            const found = liveBefore(block, dirty.get(block) as RegisterSet, live, mayLeave);
            if (found.equals(live.get(block) as RegisterSet)) continue;
            live.set(block, found);
            changed = true;
        }
    }
    return live;
}

function liveBefore(
    block: Block,
    dirty: RegisterSet,
    live: ReadonlyMap<Block, RegisterSet>,
    mayLeave: (instruction: Instruction) => boolean,
): RegisterSet {
    const { instructions, end } = block;
    const dirtyAt: RegisterSet[] = [];
    let written = dirty;
    for (const { writes } of instructions) {
        dirtyAt.push(written);
        written = written.or(writes);
    }
    let set = NO_REGISTERS;
    const edges = isCallEnd(block) ? [] : edgesOf(end);
    for (const edge of edges) set = set.or(neededOn(edge, written, live));
    if (edges.length === 0) set = set.or(written);
    for (let i = instructions.length - 1; i >= 0; i--) {
        const instruction = instructions[i] as Instruction;
        set = set.without(instruction.writes).or(instruction.reads);
        if (mayLeave(instruction)) set = set.or(dirtyAt[i] as RegisterSet);
    }
    return set;
}

function neededOn(edge: Edge, dirty: RegisterSet, live: ReadonlyMap<Block, RegisterSet>): RegisterSet {
    if (edge.to === undefined) return dirty;
    const needed = live.get(edge.to) as RegisterSet;
    return edge.mayEnd ? needed.or(dirty) : needed;
}
