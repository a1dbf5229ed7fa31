/**
 * The stack frame: outgoing arguments lowest, then spill slots, then saved registers. Inserts prologue and epilogues and
 * resolves the operations on slots. A pseudo-operation `.frame` notes where the frame's state changes, for the unwinder.
 */
import type { Allocation } from "./allocate.ts";
import { type Block, type Instruction, type IrFunction, isCall, newInstruction, RA, SP } from "./ir.ts";
import { upperPart } from "./lower-memory.ts";

export interface Frame {
    readonly size: number;
    /** Where ra lies, from the lowered sp; -1: it is never saved. */
    readonly raOffset: number;
}

/** Frames up to this are made by one addi; larger ones in two steps, saved registers first. */
const ONE_STEP = 2032;

export function layOutFrame(fn: IrFunction, allocation: Allocation): Frame {
    const instructions = fn.blocks.flatMap((block) => block.code);
    const outgoing = instructions.reduce((most, { op, imm }) => (op === "sd.out" ? Math.max(most, imm + 8) : most), 0);
    const slotBase = outgoing;
    const saveBase = slotBase + allocation.slots * 8;
    const calls = instructions.some((instruction) => isCall(instruction) && instruction.op !== "ecall");
    const incoming = instructions.reduce((most, { op, imm }) => (op === "ld.in" ? Math.max(most, imm + 8) : most), 0);
    const large = saveBase + 8 * allocation.savedRegisters.length + incoming > ONE_STEP - 16;
    const saved = [...(calls || large ? [RA] : []), ...allocation.savedRegisters];
    const size = (saveBase + saved.length * 8 + 15) & ~15;
    const raOffset = saved[0] === RA ? size - 8 : -1;
    for (const block of fn.blocks) resolveSlots(block, slotBase, size);
    if (size > 0) insertPrologue(fn, saved, size, raOffset);
    return { size, raOffset };
}

function resolveSlots(block: Block, slotBase: number, size: number): void {
    block.code = block.code.flatMap((instruction) => {
        const base = { "ld.slot": slotBase, "sd.slot": slotBase, "sd.out": 0, "ld.in": size }[instruction.op];
        if (base === undefined) return [instruction];
        return stackAccess({ ...instruction, op: instruction.op.slice(0, 2), imm: instruction.imm + base });
    });
}

/** Beyond 2 KiB the address goes through ra, which such frames have saved. */
function stackAccess(access: Instruction): Instruction[] {
    if (access.imm <= 2047) return [access];
    const upper = upperPart(access.imm);
    const { at } = access;
    return [
        { ...newInstruction("li", RA, [], 0, at), value: BigInt(upper) },
        newInstruction("add", RA, [RA, SP], 0, at),
        { ...access, args: [RA, ...access.args.slice(1)], imm: access.imm - upper },
    ];
}

function insertPrologue(fn: IrFunction, saved: readonly number[], size: number, raOffset: number): void {
    const first = size <= ONE_STEP ? size : (saved.length * 8 + 15) & ~15;
    const rest = size - first;
    const [entry] = fn.blocks;
    if (entry === undefined) return;
    const prologue = [newInstruction("addi", SP, [SP], -first, fn.at), note(first, -1)];
    saved.forEach((register, i) => {
        prologue.push(newInstruction("sd", -1, [SP, register], first - 8 * (i + 1), fn.at));
        if (register === RA) prologue.push(note(first, raOffset - rest));
    });
    if (rest > 0) prologue.push(...lowerStack(-rest, fn.at), note(size, raOffset));
    entry.code.unshift(...prologue);
    for (const block of fn.blocks) {
        if (block !== entry) block.code.unshift(note(size, raOffset));
        if (block.end.kind === "return") block.code.push(...epilogue(saved, first, rest, block.end.at));
    }
}

function epilogue(saved: readonly number[], first: number, rest: number, at: number): Instruction[] {
    const code = rest > 0 ? lowerStack(rest, at) : [];
    saved.forEach((register, i) => {
        code.push(newInstruction("ld", register, [SP], first - 8 * (i + 1), at));
    });
    return [...code, newInstruction("addi", SP, [SP], first, at), note(0, -1)];
}

/** t0 is free at entry, and ra at exit, where t0 is too: a result lies in a0. */
function lowerStack(by: number, at: number): Instruction[] {
    const T0 = 5;
    return [{ ...newInstruction("li", T0, [], 0, at), value: BigInt(by) }, newInstruction("add", SP, [SP, T0], 0, at)];
}

function note(size: number, raOffset: number): Instruction {
    return newInstruction(".frame", -1, [raOffset], size);
}
