/**
 * Shrink-wrapping: paths that return early without needing the frame do without prologue and epilogue. Works on allocated code, before the
 * prologue is inserted. Framed blocks are those that need the frame and all that can follow them.
 */
import { type Block, type Instruction, type IrFunction, isCall, newBlock, newInstruction, SP } from "./ir.ts";

/** A parameter's copy into a saved register, made in the prologue instead of at the function's start. */
export interface SunkCopy {
    readonly to: number;
    readonly from: number;
}

export interface FramePlan {
    readonly framed: ReadonlySet<Block>;
    /** The blocks at whose start the frame is made. */
    readonly starts: readonly Block[];
    readonly copies: readonly SunkCopy[];
}

/** The longest return block that is copied, so that its frameless predecessors need no frame. */
const LONGEST_CLONE = 4;

/** Changes the blocks so that `starts` are entered only without the frame, and other framed blocks only with it. */
export function planFrame(fn: IrFunction, saved: ReadonlySet<number>): FramePlan {
    const [entry] = fn.blocks;
    if (entry === undefined) return { framed: new Set(), starts: [], copies: [] };
    for (let copies = parameterCopies(entry, saved); ; ) {
        const needing = new Set(fn.blocks.filter((block) => needsFrame(block, saved, copies)));
        const framed = withSuccessors(needing);
        const bad = copies.find((copy) => !canSink(fn, copy, framed, needing));
        if (framed.has(entry) || !returnsEarly(fn, framed, needing)) {
            return { framed: new Set(fn.blocks), starts: [entry], copies: [] };
        }
        if (bad !== undefined) {
            copies = copies.filter((copy) => copy !== bad);
            continue;
        }
        return apply(fn, framed, needing, copies);
    }
}

/** The copies `mv s, a` among the copies at the start of the function. */
function parameterCopies(entry: Block, saved: ReadonlySet<number>): SunkCopy[] {
    const copies: SunkCopy[] = [];
    for (const { op, d, args } of entry.code) {
        const from = args[0] as number;
        if (op !== "mv" || from < 10 || from > 17) break;
        if (saved.has(d)) copies.push({ to: d, from });
    }
    return copies;
}

function isSunk(instruction: Instruction, copies: readonly SunkCopy[]): boolean {
    return (
        instruction.op === "mv" && copies.some(({ to, from }) => to === instruction.d && from === instruction.args[0])
    );
}

function needsFrame(block: Block, saved: ReadonlySet<number>, copies: readonly SunkCopy[]): boolean {
    const readable = new Set(copies.map(({ to }) => to));
    const isBad = (value: number) => value === SP || (saved.has(value) && !readable.has(value));
    const needs = (instruction: Instruction): boolean => {
        if (isSunk(instruction, copies)) return false;
        if (isCall(instruction) && instruction.op !== "ecall") return true;
        const written = [instruction.d, ...(instruction.temporaries ?? [])];
        return written.some((value) => value === SP || saved.has(value)) || instruction.args.some(isBad);
    };
    return block.code.some(needs) || block.end.args.some(isBad);
}

function withSuccessors(blocks: ReadonlySet<Block>): Set<Block> {
    const found = new Set<Block>();
    const open = [...blocks];
    for (let block = open.pop(); block !== undefined; block = open.pop()) {
        if (found.has(block)) continue;
        found.add(block);
        open.push(...block.end.targets);
    }
    return found;
}

/** True for a return block that needs no frame itself. Its frameless predecessors get a copy of it. */
function isClonable(block: Block, needing: ReadonlySet<Block>): boolean {
    return block.end.kind === "return" && block.code.length <= LONGEST_CLONE && !needing.has(block);
}

/** True when uses of `to` without the frame may read `from`. Nothing there may write it, except a return block after its last use. */
function canSink(fn: IrFunction, copy: SunkCopy, framed: ReadonlySet<Block>, needing: ReadonlySet<Block>): boolean {
    return fn.blocks.every((block) => {
        if (framed.has(block) && !isClonable(block, needing)) return true;
        let clobbered = false;
        for (const instruction of block.code) {
            if (isSunk(instruction, [copy])) continue;
            if (clobbered && instruction.args.includes(copy.to)) return false;
            const written = [instruction.d, ...(instruction.temporaries ?? [])];
            if (instruction.op === "ecall" || written.includes(copy.from)) clobbered = true;
        }
        return !clobbered || (block.end.kind === "return" && !block.end.args.includes(copy.to));
    });
}

/** True when a path without the frame leads from the entry to a return. */
function returnsEarly(fn: IrFunction, framed: ReadonlySet<Block>, needing: ReadonlySet<Block>): boolean {
    return fn.blocks.some((block) => {
        if (framed.has(block)) return false;
        return block.end.kind === "return" || block.end.targets.some((target) => isClonable(target, needing));
    });
}

function apply(
    fn: IrFunction,
    framedBlocks: ReadonlySet<Block>,
    needing: ReadonlySet<Block>,
    copies: readonly SunkCopy[],
): FramePlan {
    const framed = new Set(framedBlocks);
    const starts = new Map<Block, Block>();
    const unframed = fn.blocks.filter((block) => !framed.has(block));
    for (const block of unframed) {
        block.end.targets = block.end.targets.map((target) => {
            if (!framed.has(target)) return target;
            return isClonable(target, needing) ? clone(fn, block, target) : startBefore(fn, target, framed, starts);
        });
    }
    for (const block of fn.blocks.filter((candidate) => !framed.has(candidate))) readParameters(block, copies);
    for (const start of starts.values()) framed.add(start);
    return { framed, starts: [...starts.values()], copies };
}

/** Copies the return block to the place right behind the block that jumps there. */
function clone(fn: IrFunction, from: Block, target: Block): Block {
    const copy = newBlock(fn);
    copy.code = target.code.map((instruction) => ({ ...instruction, args: [...instruction.args] }));
    copy.end = { ...target.end, args: [...target.end.args], targets: [] };
    fn.blocks.splice(fn.blocks.indexOf(from) + 1, 0, copy);
    return copy;
}

/** The block itself when only frameless code enters it, else a new block before it. */
function startBefore(fn: IrFunction, target: Block, framed: ReadonlySet<Block>, starts: Map<Block, Block>): Block {
    const known = starts.get(target);
    if (known !== undefined) return known;
    if (!target.predecessors.some((predecessor) => framed.has(predecessor))) {
        starts.set(target, target);
        return target;
    }
    const start = newBlock(fn);
    start.end = { kind: "jump", args: [], targets: [target], at: target.code[0]?.at ?? target.end.at };
    const place = fn.blocks.indexOf(target);
    const before = fn.blocks[place - 1];
    const fallsInto = before !== undefined && framed.has(before) && before.end.targets.includes(target);
    fn.blocks.splice(fallsInto ? fn.blocks.length : place, 0, start);
    starts.set(target, start);
    return start;
}

function readParameters(block: Block, copies: readonly SunkCopy[]): void {
    if (copies.length === 0) return;
    const sources = new Map(copies.map(({ to, from }) => [to, from]));
    const read = (value: number) => sources.get(value) ?? value;
    block.code = block.code.filter((instruction) => !isSunk(instruction, copies));
    for (const instruction of block.code) instruction.args = instruction.args.map(read);
    block.end.args = block.end.args.map(read);
}

/** The sunk copies as instructions of the prologue. */
export function copyInstructions(copies: readonly SunkCopy[], at: number): Instruction[] {
    return copies.map(({ to, from }) => newInstruction("mv", to, [from], 0, at));
}
