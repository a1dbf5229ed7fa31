/**
 * Which accesses of a region need a test, and how far each test looks, where memory is one range of addresses. An access is base register
 * plus constant, so a test that covers an interval around the register's value serves every access in it while the register, or a copy or
 * sum made of it, has that value: later in the block, in other blocks, around a loop.
 */
import { STORES_GUARDED } from "../../state/stores-layout.ts";
import type { Instruction } from "./instruction.ts";
import { isCallEnd } from "./liveness.ts";
import type { Block } from "./region.ts";

/** Bytes from the register's value on. */
export interface Guard {
    readonly low: number;
    readonly high: number;
    /** A store is among what it is for. */
    readonly stores: boolean;
}

/** Undefined: the access has a test of its own; null: it needs none. */
export type Guards = ReadonlyMap<Instruction, Guard | null>;

/** Intervals grow no further than that around a loop. */
const MOST_KNOWN = 65536;
const MOST_PASSES = 30;
/** A test looks ahead so many instructions. */
const AHEAD = 32;
const REGISTERS = 32;

type Interval = readonly [low: number, high: number];
/** By register: what may be loaded; by register + 32: what may be stored. */
type Facts = Map<number, Interval>;

/** `isOwn` says which accesses have tests of their own in any case. */
export function planGuards(blocks: readonly Block[], isOwn: (instruction: Instruction) => boolean): Guards {
    const before = knownBefore(blocks, isOwn);
    const guards = new Map<Instruction, Guard | null>();
    for (const block of blocks) walk(block, new Map(before?.get(block)), isOwn, guards);
    return guards;
}

/** What is known at the start of each block; undefined when that does not settle. */
function knownBefore(
    blocks: readonly Block[],
    isOwn: (instruction: Instruction) => boolean,
): Map<Block, Facts> | undefined {
    const before = new Map<Block, Facts>();
    const after = new Map<Block, Facts>();
    for (let pass = 0; pass < MOST_PASSES; pass++) {
        let changed = false;
        for (const block of blocks) {
            const known = block.rank === 0 ? new Map() : meet(block.predecessors.map((each) => after.get(each)));
            before.set(block, known);
            const found = walk(block, new Map(known), isOwn, undefined);
            if (isEqual(found, after.get(block))) continue;
            after.set(block, found);
            changed = true;
        }
        if (!changed) return before;
    }
    return undefined;
}

/** What all know that are known yet. */
function meet(all: readonly (Facts | undefined)[]): Facts {
    let result: Facts | undefined;
    for (const facts of all) {
        if (facts === undefined) continue;
        if (result === undefined) {
            result = new Map(facts);
            continue;
        }
        for (const [key, [low, high]] of result) {
            const other = facts.get(key);
            const [from, to] = other === undefined ? [0, 0] : [Math.max(low, other[0]), Math.min(high, other[1])];
            if (from < to) result.set(key, [from, to]);
            else result.delete(key);
        }
    }
    return result ?? new Map();
}

function isEqual(a: Facts, b: Facts | undefined): boolean {
    if (b === undefined || a.size !== b.size) return false;
    for (const [key, [low, high]] of a) {
        const other = b.get(key);
        if (other === undefined || other[0] !== low || other[1] !== high) return false;
    }
    return true;
}

/** Takes the facts through the block, and notes its guards in `guards`. */
function walk(
    block: Block,
    facts: Facts,
    isOwn: (instruction: Instruction) => boolean,
    guards: Map<Instruction, Guard | null> | undefined,
): Facts {
    const { instructions } = block;
    for (const [i, instruction] of instructions.entries()) {
        if (instruction.kind === "access" && instruction.rs1 !== 0 && !isOwn(instruction)) {
            const guard = isCovered(facts, instruction) ? null : guardAt(instructions, i, isOwn);
            guards?.set(instruction, guard);
            if (guard !== null) learn(facts, instruction.rs1, guard);
        }
        define(facts, instruction);
    }
    if (isCallEnd(block)) facts.clear();
    return facts;
}

function isCovered(facts: Facts, { rs1, imm, width, isStore }: Instruction): boolean {
    const within = (known: Interval | undefined) => known !== undefined && known[0] <= imm && known[1] >= imm + width;
    return within(facts.get(rs1 + REGISTERS)) || (!isStore && within(facts.get(rs1)));
}

/** Looks ahead for accesses by the same value, which one test can cover. */
function guardAt(
    instructions: readonly Instruction[],
    at: number,
    isOwn: (instruction: Instruction) => boolean,
): Guard {
    const first = instructions[at] as Instruction;
    let [low, high, stores] = [first.imm, first.imm + first.width, first.isStore];
    /** Registers that have the value, and by how much more. */
    const copies = new Map([[first.rs1, 0]]);
    for (const instruction of instructions.slice(at, at + AHEAD)) {
        const { kind, rs1, imm, width, isStore } = instruction;
        const more = copies.get(rs1);
        if (kind === "access" && more !== undefined && !isOwn(instruction)) {
            const [from, to] = [Math.min(low, more + imm), Math.max(high, more + imm + width)];
            if (to - from <= STORES_GUARDED) {
                [low, high] = [from, to];
                stores ||= isStore;
            }
        }
        const target = instruction.writes.x === 0 ? 0 : instruction.rd;
        if (target === 0) continue;
        const source = copyOf(instruction);
        const sourceMore = source && copies.get(source.register);
        if (source === undefined || sourceMore === undefined) copies.delete(target);
        else copies.set(target, sourceMore + source.more);
        if (copies.size === 0) break;
    }
    return { low, high, stores };
}

/** The register of which the instruction makes a copy, or a sum with a constant. */
function copyOf({ row, rs1, rs2, imm }: Instruction): { register: number; more: number } | undefined {
    if (row.name === "addi" && rs1 !== 0) return { register: rs1, more: imm };
    if (row.name === "add" && rs1 === 0 && rs2 !== 0) return { register: rs2, more: 0 };
    return undefined;
}

function learn(facts: Facts, register: number, { low, high, stores }: Guard): void {
    for (const key of stores ? [register, register + REGISTERS] : [register]) {
        const known = facts.get(key);
        const [from, to] = known === undefined ? [low, high] : [Math.min(known[0], low), Math.max(known[1], high)];
        facts.set(key, to - from <= MOST_KNOWN ? [from, to] : [low, high]);
    }
}

function define(facts: Facts, instruction: Instruction): void {
    if (instruction.writes.x === 0) return;
    const source = copyOf(instruction);
    for (const file of [0, REGISTERS]) {
        const known = source && facts.get(source.register + file);
        if (source === undefined || known === undefined) facts.delete(instruction.rd + file);
        else facts.set(instruction.rd + file, [known[0] - source.more, known[1] - source.more]);
    }
}
