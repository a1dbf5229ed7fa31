/**
 * Which registers a region's code holds in locals at each block: those written since the hart's state was last complete (`dirty`), and
 * those whose present value something later needs (`live`). Every way out of the region stores what is dirty there.
 */
import type { Instruction } from "./instruction.ts";
import { type Block, edgesOf } from "./region.ts";
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
            return [
                block,
                { dirty: before, live: live.get(block) as RegisterSet, dirtyAfter: before.or(writesOf(block)) },
            ];
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
    const own = new Map(blocks.map((block) => [block, ownNeeds(block, dirty.get(block) as RegisterSet, mayLeave)]));
    const live = new Map<Block, RegisterSet>(blocks.map((block) => [block, NO_REGISTERS]));
    const backwards = blocks.toReversed();
    for (let changed = true; changed; ) {
        changed = false;
        for (const block of backwards) {
            const { needs, writes } = own.get(block) as Needs;
            let after = NO_REGISTERS;
            if (!isCallEnd(block))
                for (const { to } of edgesOf(block.end))
                    if (to !== undefined) after = after.or(live.get(to) as RegisterSet);
            const found = needs.or(after.without(writes));
            if (found.equals(live.get(block) as RegisterSet)) continue;
            live.set(block, found);
            changed = true;
        }
    }
    return live;
}

interface Needs {
    /** Before the block, by its own code and by the ways out of the region at its end. */
    readonly needs: RegisterSet;
    readonly writes: RegisterSet;
}

function ownNeeds(block: Block, dirty: RegisterSet, mayLeave: (instruction: Instruction) => boolean): Needs {
    const { instructions } = block;
    const dirtyAt: RegisterSet[] = [];
    let writes = NO_REGISTERS;
    for (const instruction of instructions) {
        dirtyAt.push(dirty.or(writes));
        writes = writes.or(instruction.writes);
    }
    let needs = leavesAtEnd(block) ? dirty.or(writes) : NO_REGISTERS;
    for (let i = instructions.length - 1; i >= 0; i--) {
        const instruction = instructions[i] as Instruction;
        needs = needs.without(instruction.writes).or(instruction.reads);
        if (mayLeave(instruction)) needs = needs.or(dirtyAt[i] as RegisterSet);
    }
    return { needs, writes };
}

function leavesAtEnd(block: Block): boolean {
    const edges = isCallEnd(block) ? [] : edgesOf(block.end);
    return edges.length === 0 || edges.some(({ to, mayEnd }) => to === undefined || mayEnd);
}
