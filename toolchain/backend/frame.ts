/**
 * The stack frame: outgoing arguments lowest, then spill slots, then saved registers. Inserts prologue and epilogues and resolves the
 * operations on slots. A pseudo-operation `.frame` notes for the unwinder where the frame's state changes.
 */
import type { Allocation } from "./allocate.ts";
import { type Block, FIRST_FLOAT, type Instruction, type IrFunction, isCall, newInstruction, RA, SP } from "./ir.ts";
import { upperPart } from "./lower-memory.ts";
import { OPERATIONS } from "./operations.ts";
import { copyInstructions, type FramePlan, planFrame } from "./shrink-wrap.ts";

export interface Frame {
    readonly size: number;
    /** Offset of the saved ra from the lowered sp; -1 when ra is never saved. */
    readonly raOffset: number;
}

/** One addi makes a frame up to this size. A larger one takes two steps, saved registers first. */
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
    const plan = size > 0 ? planFrame(fn, new Set(saved)) : undefined;
    for (const block of fn.blocks) resolveSlots(block, slotBase, size);
    if (plan !== undefined) insertFrame(fn, plan, saved, size, raOffset);
    return { size, raOffset };
}

function resolveSlots(block: Block, slotBase: number, size: number): void {
    block.code = block.code.flatMap((instruction) => {
        const { access, area } = OPERATIONS[instruction.op];
        if (access === undefined || area === undefined) return [instruction];
        const base = { slot: slotBase, out: 0, in: size }[area];
        return stackAccess({ ...instruction, op: access, imm: instruction.imm + base });
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

function insertFrame(fn: IrFunction, plan: FramePlan, saved: readonly number[], size: number, raOffset: number): void {
    const first = size <= ONE_STEP ? size : (saved.length * 8 + 15) & ~15;
    const rest = size - first;
    for (const block of fn.blocks) {
        const framed = plan.framed.has(block);
        if (plan.starts.includes(block)) block.code.unshift(...prologue(fn, plan, saved, first, rest));
        else block.code.unshift(framed ? note(size, raOffset) : note(0, -1));
        if (framed && block.end.kind === "return") block.code.push(...epilogue(saved, first, rest, block.end.at));
    }
}

function prologue(
    fn: IrFunction,
    plan: FramePlan,
    saved: readonly number[],
    first: number,
    rest: number,
): Instruction[] {
    const code = [note(0, -1), newInstruction("addi", SP, [SP], -first, fn.at), note(first, -1)];
    saved.forEach((register, i) => {
        code.push(
            newInstruction(register < FIRST_FLOAT ? "sd" : "fsd", -1, [SP, register], first - 8 * (i + 1), fn.at),
        );
        if (register === RA) code.push(note(first, first - 8));
    });
    const size = first + rest;
    if (rest > 0) code.push(...lowerStack(-rest, fn.at), note(size, size - 8));
    return [...code, ...copyInstructions(plan.copies, fn.at)];
}

function epilogue(saved: readonly number[], first: number, rest: number, at: number): Instruction[] {
    const code = rest > 0 ? lowerStack(rest, at) : [];
    saved.forEach((register, i) => {
        code.push(newInstruction(register < FIRST_FLOAT ? "ld" : "fld", register, [SP], first - 8 * (i + 1), at));
    });
    return [...code, newInstruction("addi", SP, [SP], first, at), note(0, -1)];
}

/** t0 is free at entry. At exit ra is free, and so is t0, because a result lies in a0. */
function lowerStack(by: number, at: number): Instruction[] {
    const T0 = 5;
    return [{ ...newInstruction("li", T0, [], 0, at), value: BigInt(by) }, newInstruction("add", SP, [SP, T0], 0, at)];
}

function note(size: number, raOffset: number): Instruction {
    return newInstruction(".frame", -1, [raOffset], size);
}
